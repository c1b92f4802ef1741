"""The debugger in a process of its own: the same as the one here, whatever is asked; a cell that hangs or dies costs a
step."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lstm_tui.conditions import ConditionError
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.vocabulary import UnknownCharacters
from lstm_tui.debugger.apart.child import Decision
from lstm_tui.debugger.apart.remote import RemoteDebugger
from lstm_tui.debugger.apart.remote_parts import RemoteJob
from lstm_tui.debugger.apart.supervised import CellLost
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop

BREAKING = str(Path(__file__).parents[1] / "engine" / "breaking.py")
STUDENTS = str(Path(__file__).parents[1] / "engine" / "students.py")
TEXT = "hello, hello: the hollow hill lies low"


if TYPE_CHECKING:  # both have the door's shape

    def _doors(here: Debugger, apart: RemoteDebugger) -> tuple[DebuggerDoor, DebuggerDoor]:
        return here, apart


def plain(value: Any) -> Any:
    """Told values as what they hold: most compare as objects."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return repr(value) if isinstance(value, float) else value  # NaN is NaN


class Pair:
    """One of each; whatever is done to both must come out the same."""

    def __init__(self, options: ModelOptions) -> None:
        self.prepared = prepare(options)
        self.here: Debugger = prepare(options).open()
        self.apart = RemoteDebugger(self.prepared).open()

    def both(self, name: str, *arguments: Any) -> Any:
        answers = []
        for debugger in (self.here, self.apart):
            try:
                answer = getattr(debugger, name)(*arguments)
                if name in ("imagining", "switching"):
                    answer.run()
                    answer = (answer.outcome, debugger.commit(answer))
                answers.append(answer)
            except UserError as error:
                answers.append((type(error), str(error), vars(error)))
        assert plain(answers[0]) == plain(answers[1]), (name, arguments)
        return answers[1]

    def run(self, runs: Sequence[Any]) -> None:
        for run in runs:
            run.run()
        assert len({(run.outcome, run.goal, run.reached, run.sentence, run.verb, run.changes) for run in runs}) == 1
        assert self.here.commit(runs[0]) == self.apart.commit(runs[1])

    def look(self) -> None:
        for name in ("about", "text", "symbols", "step", "position", "length", "quantities", "train_first",
                     "explained_from"):  # fmt: skip
            assert plain(getattr(self.here, name)) == plain(getattr(self.apart, name)), name
        assert self.here.stops.listed == self.apart.stops.listed
        for name, arguments in (
            ("characters", (0, 60)), ("scales", (0,)), ("movers", (0, "c")), ("movers", (0, "h", 9)), ("cells", ()),
            ("equations", (0, 2)), ("explain", (0, 1)), ("curve", ("c", 0, 3, 0, self.here.position + 1)),
            ("values", ("f", 0, (0, 5), 0, 30)), ("near", (30,)), ("at_hand", (3, 38)), ("slopes", (Objective(3),)),
            ("slope_values", (Objective(3), "c", 0, (1,), 0, 5)), ("slopes_of_text", (Objective(), 1, 5)),
            ("backward", (Objective(3), 0, 1)),
        ):  # fmt: skip
            self.both(name, *arguments)
        here, apart = (each.session(self.prepared) for each in (self.here, self.apart))
        assert here == apart


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    pair = Pair(ModelOptions(cell=f"{STUDENTS}:Textbook", text=TEXT, stops=("f[0] < 0.2",)))
    yield pair
    pair.apart.close()


VERBS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("forward", ()), ("forward", (7,)), ("back", ()), ("back", (3,)), ("to", (20,)), ("to", (99,)), ("into", ()),
    ("into", ()), ("into_back", ()), ("zero", ()), ("reset", ()), ("switching", ()), ("imagining", (5, 1.0, 3)),
    ("read", ("hello hello",)), ("read", (TEXT,)), ("read", ("x",)), ("read", ("",)), ("switching", ("nothing",)),
)  # fmt: skip


def test_a_random_walk_is_the_same_in_both(pair: Pair) -> None:
    drawn = random.Random(11)
    for _ in range(60):
        name, arguments = drawn.choice(VERBS)
        pair.both(name, *arguments)
        pair.look()


def test_runs_stops_trainings_undo_and_files_are_the_same(pair: Pair, tmp_path: Path) -> None:
    pair.both("read", TEXT)
    both: tuple[Any, Any] = (pair.here, pair.apart)
    for each in both:
        each.stops.set([Stop("p < 0.02"), Stop("c[3] > 0.2")])
        each.stops.adopt(each.stops)
    pair.run([each.stops.find("hill") for each in both])
    pair.run([each.stops.run() for each in both])
    pair.run([each.stops.goto(30, "there") for each in both])
    pair.look()
    trainings = [each.training(3) for each in both]
    for training in trainings:
        training.run(lambda _: None)
    assert trainings[0].losses == trainings[1].losses
    assert trainings[0].sentence == trainings[1].sentence
    assert {(each.recipe(4).epochs, each.recipe(4).lr) for each in both} == {(4, 0.1)}
    pair.both("recipe", 0)
    aims = [each.interrupted(training, 0) for each, training in zip(both, trainings, strict=True)]
    kept = [(each.session(pair.prepared, aim), each.weights(aim)()) for each, aim in zip(both, aims, strict=True)]
    assert kept[0] == kept[1]
    assert plain(aims[0].about) == plain(aims[1].about)
    pair.run([pair.here.adopting(trainings[0]), pair.apart.adopting(trainings[1])])
    pair.look()
    assert [plain(step) for step in pair.here.fork().steps(1, 9)] == [
        plain(step) for step in pair.apart.fork().steps(1, 9)
    ]
    _keep_the_same(pair, tmp_path)


def _keep_the_same(pair: Pair, tmp_path: Path) -> None:
    both: tuple[Any, Any] = (pair.here, pair.apart)
    pair.run([each.travelling(-2) for each in both])  # to an earlier epoch, which changes nothing that is kept
    pair.look()
    assert plain(pair.here.course) == plain(pair.apart.course)
    assert pair.apart.about.epochs == 1
    unsaved = [each.weights() for each in both]
    assert unsaved[0] is not None
    assert unsaved[1] is not None
    assert unsaved[0]() == unsaved[1]()
    for name, each in zip(("here", "apart"), both, strict=True):
        each.save(str(tmp_path / f"{name}.safetensors"))
    assert (tmp_path / "here.safetensors").read_bytes() == (tmp_path / "apart.safetensors").read_bytes()
    pair.run([each.undoing() for each in both])
    assert pair.apart.about.epochs == 0


def test_edits_taken_back_one_by_one_and_done_again_are_the_same(pair: Pair) -> None:
    pair.both("read", TEXT)
    for position in (3, 5):
        pair.both("to", position)
        pair.both("zero")
    for name in ("undoing", "undoing", "redoing"):
        pair.run([getattr(each, name)() for each in (pair.here, pair.apart)])
        pair.look()
    assert pair.apart.session(pair.prepared).edited == (3,)


def test_what_is_looked_back_at_is_read_aside(pair: Pair) -> None:
    for each in (pair.here, pair.apart):
        each.read(TEXT)
        behind = each.reading_up(3, 30)
        behind.run()
        assert behind.outcome == "there"
        assert each.follows(behind)
        each.take_over(behind)
        assert each.at_hand(3, 30)
        each.read("hello")
        assert not each.follows(behind)


def test_errors_come_as_themselves(pair: Pair) -> None:
    stops = pair.apart.stops
    wrong = stops.mistake("f[0] <")
    assert isinstance(wrong, ConditionError)
    assert wrong.column == pair.here.stops.mistake("f[0] <").column  # type: ignore[union-attr]
    with pytest.raises(ConditionError, match="column"):
        stops.set([Stop("nonsense")])
    with pytest.raises(UnknownCharacters) as told:
        pair.apart.read("xyz")
    assert told.value.counts == {"x": 1, "y": 1, "z": 1}


class Impatient:
    """Wants the step given up that reads an l."""

    def look(self, seconds: float, what: str) -> Decision:
        hopeless = what.startswith(("step 3 (t = 2): Loops takes long", "step 5 (t = 4): HoldsTheLock takes long"))
        return "interrupt" if hopeless else "wait"

    def over(self) -> None:
        pass


def test_a_step_that_hangs_is_interrupted_and_shows_its_line() -> None:
    debugger = RemoteDebugger(prepare(ModelOptions(cell=f"{BREAKING}:Loops")))
    threading.Thread(target=_interrupt_when_busy, args=(debugger,), daemon=True).start()
    debugger.open()
    try:
        assert "interrupted after" in debugger.about.notes[0]
        debugger.watched(Impatient())
        debugger.to(2)
        stage = debugger.forward().stage
        assert stage is not None
        assert stage.error is not None
        assert stage.error.startswith("interrupted after")
        assert stage.equation in ("while True:", "pass")
        assert debugger.back().position == 2
        assert debugger.step.stage is None
    finally:
        debugger.close()


def _interrupt_when_busy(debugger: RemoteDebugger) -> None:
    pause = threading.Event()
    while debugger.busy_for < 1:
        pause.wait(0.05)
    debugger.interrupt()


UNTIL_AN_L: dict[str, Any] = {"text": "heheheh", "vocab": ("e", "h", "l", "o")}


@pytest.mark.parametrize(("name", "epochs"), [("Dies", 0), ("HoldsTheLock", 5)])
def test_a_process_that_dies_or_must_be_ended_loses_nothing(name: str, epochs: int) -> None:
    prepared = prepare(ModelOptions(cell=f"{BREAKING}:{name}", **UNTIL_AN_L))
    debugger = RemoteDebugger(prepared).open()
    try:
        debugger.watched(Impatient())
        training = debugger.training(epochs or None)
        run: RemoteJob | None = debugger.stops.goto(3)
        if epochs:
            training.run()
            run = debugger.adopting(training)
        assert run is not None
        run.run()
        debugger.commit(run)
        debugger.to(1)
        debugger.zero()
        debugger.read("hehelo")
        debugger.stops.set([Stop("c[0] > 9"), Stop("h[1] < 0", False)])
        before, session = debugger.to(4), debugger.session(prepared)
        with pytest.raises(CellLost, match=r"step 5 \(t = 4\): " + name):
            debugger.forward()
        debugger.back(0)
        assert plain(debugger.step) == plain(before)
        assert debugger.session(prepared) == session
        assert (debugger.about.unsaved, debugger.about.epochs) == (epochs > 0, epochs)
        assert debugger.stops.listed == (Stop("c[0] > 9"), Stop("h[1] < 0", False))
        assert "has ended" in debugger.commit(run)
    finally:
        debugger.close()


def test_a_training_that_holds_the_lock_is_not_waited_for_when_it_has_to_end() -> None:
    debugger = RemoteDebugger(prepare(ModelOptions(cell=f"{BREAKING}:HoldsTheLock", **UNTIL_AN_L))).open()
    training = debugger.training(9, fresh=True, text="hello", hidden=2)
    thread = threading.Thread(target=training.run)
    thread.start()
    try:
        pause = threading.Event()
        while debugger.busy_for < 0.5:
            pause.wait(0.05)
        with pytest.raises(UserError, match="could not be retrieved in time"):
            debugger.interrupted(training, 0)
    finally:
        training.cancel()
        debugger.close()
        thread.join()  # nobody waits for it any more either


def test_nothing_of_torch_is_loaded_where_the_screen_is() -> None:
    code = (
        "import sys\n"
        "from lstm_tui.debugger.apart.remote import RemoteDebugger\n"
        "from lstm_tui.tui.screen import DebuggerScreen\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
