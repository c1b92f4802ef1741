"""A debugger with the door's shape and no model behind it: what it shows is a plain function of the position."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lstm_tui.conditions import ConditionError
from lstm_tui.core.errors import NO_STOP, WEIGHTS_KEPT, UserError
from lstm_tui.core.explanation import Explanation, Ledger, UnitWeight, Write
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import LSTM, Quantity, Scale
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.slopes import StepSlopes
from lstm_tui.core.sessions.session import Session
from lstm_tui.core.step import (
    About,
    Character,
    Equation,
    Guess,
    LayerStep,
    Prediction,
    Step,
    Vector,
    step_name,
)
from lstm_tui.core.training_course import EpochFigures, TrainingCourse
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.door import (
    DebuggeeDoor,
    DebuggerDoor,
    JobDoor,
    Progress,
    QuestionsDoor,
    StopListDoor,
    TrainingDoor,
)
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.debugger.stops import Stop

CELLS = ("by-hand", "fused", "builtin")


class FakeTraining:
    """Ends when the test says so: `finish` lets `run` go on."""

    def __init__(self, epochs: int, lr: float, text: str | None, fresh: bool) -> None:
        self.epochs, self.lr, self.text, self.fresh = epochs, lr, text, fresh
        self.shape: tuple[int | None, float | None] = (None, None)
        self.figures: tuple[EpochFigures, ...] = ()
        self.progress: Progress | None = None
        self.outcome: Literal["running", "done", "cancelled", "nan"] = "running"
        self.sentence = ""
        self.started = threading.Event()
        self.finish = threading.Event()

    def run(self, report: Callable[[Progress], None]) -> None:
        self.figures = tuple(EpochFigures(loss, 0.5, 0.01) for loss in (1.2, 0.4))
        self.progress = Progress(2, self.epochs, 2 / self.epochs, 0.4, 1.0, 99.0)
        report(self.progress)
        self.started.set()
        if not self.finish.wait(20):
            raise AssertionError("the test neither finished nor cancelled the training")
        if self.outcome == "running":
            self.outcome = "done"
        self.sentence = "trained 2 epochs" if self.outcome == "done" else "cancelled: the weights are those from before"

    @property
    def losses(self) -> tuple[float, ...]:
        return tuple(epoch.loss for epoch in self.figures)

    def cancel(self) -> None:
        self.outcome = "cancelled"
        self.finish.set()


class FakeRun:
    """Arrives at once, or, where `wait` is set, when the test lets it."""

    def __init__(self, start: int, goal: int, sentence: str = "", wait: bool = False) -> None:
        self.start, self.goal, self.reached, self.sentence = start, goal, start, sentence
        self.fraction, self.stopped = 0.0, False
        self.verb, self.kept, self.changes, self.heavy = "running", f"still at {step_name(start)}", False, False
        self.lands: Callable[[], str] | None = None
        """What arriving does, where it is more than going there."""
        self.outcome: Literal["running", "there", "cancelled", "failed"] = "running"
        self.finish = threading.Event()
        if not wait:
            self.finish.set()

    def run(self, seconds: float | None = None) -> None:
        if seconds is None and not self.finish.wait(20):
            raise AssertionError("the test neither finished nor cancelled the run")
        if self.finish.is_set() and self.outcome == "running":
            self.outcome = "there"

    @property
    def given_up(self) -> str:
        return f"cancelled at {step_name(self.reached)}: {self.kept}"

    def cancel(self) -> None:
        self.outcome = "cancelled"
        self.finish.set()


class FakeStops:
    """Every run goes to the next (previous) tenth step; `wait` makes runs take longer than a key."""

    def __init__(self, debugger: FakeDebugger) -> None:
        self._debugger = debugger
        self.listed: tuple[Stop, ...] = ()
        self.search_text = ""
        self.wait = False
        self.runs: list[FakeRun] = []

    def set(self, stops: Sequence[Stop]) -> None:
        self.listed = tuple(stops)

    def adopt(self, other: StopListDoor) -> None:
        self.listed = other.listed

    def mistake(self, text: str) -> ConditionError | None:
        return ConditionError("it is wrong", text, 1 + text.index("wrong")) if "wrong" in text else None

    def holds(self, text: str) -> bool:
        raise AssertionError("no lesson plays")

    def suggested(self, layer: int, unit: int, quantity: str) -> str:
        return f"{quantity}[{unit}] < 0.1"

    def find(self, text: str, forward: bool = True) -> FakeRun | None:
        self.search_text = text
        at = self._debugger.text.find(text, self._debugger.position)
        return None if at < 0 or not text else self.goto(at + 1, f"found '{text}'")

    def run(self, forward: bool = True) -> FakeRun:
        if not self.listed:
            raise UserError(NO_STOP)
        here = self._debugger.position
        return self.goto((here // 10 + 1) * 10 if forward else (here - 1) // 10 * 10, "stop 1: f[0] = 0.0123")

    def goto(self, position: int, sentence: str = "") -> FakeRun:
        run = FakeRun(self._debugger.position, position, sentence, self.wait)
        self.runs.append(run)
        return run

    def commit(self, run: JobDoor) -> str:
        if run.outcome == "there":
            self._debugger.to(run.goal)
        return run.sentence


class FakeDebugger:
    """Two layers of `units` units over a text."""

    def __init__(self, text: str = "hello", units: int = 8, layers: int = 2, name: str = "made") -> None:
        self.text = text
        self.vocabulary = Vocabulary.of(text)
        self.quantities: tuple[Quantity, ...] = LSTM
        self.about = About(name, "by-hand", self.vocabulary.symbols, (units,) * layers, 200, 0.00004)
        self.position = 0
        self.undoable: str | None = None
        self.redoable: str | None = None
        self.train_first = False
        self.trainings: list[FakeTraining] = []
        self.written: list[tuple[str, bool]] = []
        self.zeroed = False
        self.interventions: tuple[str, ...] = ()
        self.stops = FakeStops(self)
        self.imagined: list[tuple[int, float]] = []

    @property
    def symbols(self) -> Sequence[str]:
        return self.vocabulary.split(self.text)

    @property
    def length(self) -> int:
        return len(self.symbols)

    @property
    def step(self) -> Step:
        position = self.position
        char = self.symbols[position - 1] if position else None
        target = self.symbols[position] if position < self.length else None
        layers = tuple(self._layer(index) for index in range(len(self.about.hidden_sizes)))
        return Step(position, self.length, char, target, layers, self._guess(target) if position else None, self.zeroed)

    def _layer(self, index: int) -> LayerStep:
        states = {q.name: self._values(q, index, self.position) for q in self.quantities if q.state}
        if not self.position:
            return LayerStep(index, states, {})
        before = {q.name: self._values(q, index, self.position - 1) for q in self.quantities if q.state}
        return LayerStep(index, {q.name: self._values(q, index, self.position) for q in self.quantities}, before)

    def _values(self, quantity: Quantity, layer: int, position: int) -> Vector:
        units = range(self.about.hidden_sizes[layer])
        if not position or self.zeroed:
            return tuple(0.0 for _ in units)
        wave = [math.sin(position * (unit + 1) + layer + ord(quantity.name[0])) for unit in units]
        return tuple((value + 1) / 2 for value in wave) if quantity.kind == "gate" else tuple(wave)

    def _guess(self, target: str | None) -> Prediction:
        symbols = self.about.vocabulary
        top = tuple(Guess(i, s, 1 / len(symbols)) for i, s in enumerate(symbols))
        true = next((guess for guess in top if guess.symbol == target), None)
        loss = math.log(len(symbols)) if true else None
        return Prediction(tuple(0.0 for _ in symbols), top, true, loss, math.log(len(symbols)))

    def to(self, position: int) -> Step:
        self.position = min(max(position, 0), self.length)
        return self.step

    def forward(self, count: int = 1) -> Step:
        return self.to(self.position + count)

    def back(self, count: int = 1) -> Step:
        return self.to(self.position - count)

    def into(self) -> Step:
        raise AssertionError("a step of it has no equations to walk through")

    def into_back(self) -> Step:
        raise AssertionError("a step of it has no equations to walk through")

    def reset(self) -> Step:
        self.zeroed = False
        return self.to(0)

    def zero(self) -> Step:
        self.zeroed, self.undoable = True, "zero"
        return self.step

    def clamping(self, text: str) -> FakeRun:
        def hold() -> str:
            self.interventions += (text,)
            return f"clamped: {text}"

        return self._change(hold, "nothing was changed")

    def releasing(self, numbers: Sequence[int]) -> FakeRun:
        def release() -> str:
            self.interventions = tuple(text for at, text in enumerate(self.interventions) if at not in numbers)
            return "released"

        return self._change(release, "nothing was changed")

    def patching(self, source: int) -> FakeRun:
        return self._change(lambda: f"patched from {source}", "nothing was changed")

    def weights_at(self, layer: int, unit: int) -> tuple[UnitWeight, ...]:
        raise UserError("the fake has no weights")

    def reweighing(self, weight: UnitWeight, typed: str) -> FakeRun:
        raise UserError("the fake has no weights")

    def pair(self) -> None:
        return None

    def beside(self) -> FakeRun:
        raise UserError("nothing is changed here")

    def undoing(self) -> FakeRun:
        if self.undoable is None:
            raise UserError("nothing to undo")
        return self._change(self._undone, "nothing was undone")

    def redoing(self) -> FakeRun:
        if self.redoable is None:
            raise UserError("nothing to redo")
        return self._change(self._redone, "nothing was redone")

    def _undone(self) -> str:
        self.zeroed = not self.zeroed
        self.undoable, self.redoable = None, self.undoable
        return f"undone: {self.redoable}"

    def _redone(self) -> str:
        self.zeroed = not self.zeroed
        self.undoable, self.redoable = self.redoable, None
        return f"redone: {self.undoable}"

    def _change(self, lands: Callable[[], str], kept: str) -> FakeRun:
        run = self.stops.goto(self.position)
        run.verb, run.kept, run.changes, run.lands = "reading again", kept, True, lands
        return run

    def commit(self, run: JobDoor) -> str:
        assert isinstance(run, FakeRun)
        if run.outcome == "there" and run.lands is not None:
            return run.lands()
        return self.stops.commit(run)

    def switching(self, name: str | None = None) -> FakeRun:
        chosen = name or CELLS[(CELLS.index(self.about.cell) + 1) % len(CELLS)]

        def switched() -> str:
            self.about = replace(self.about, cell=chosen)
            return f"{chosen}: same numbers, largest difference 1e-07 over {self.length} steps"

        return self._change(switched, "the cell is as it was")

    def cells(self) -> tuple[str, ...]:
        return CELLS

    def read(self, text: str) -> Step:
        if not text:
            raise UserError("the text is empty: it needs at least one character")
        self.vocabulary.codes(text)
        self.text = text
        return self.reset()

    def characters(self, start: int, stop: int) -> tuple[Character, ...]:
        return tuple(
            Character(number, self.symbols[number - 1], None if number > self.position else False)
            for number in range(start, stop)
        )

    def near(self, position: int) -> bool:
        return True

    def at_hand(self, first: int, last: int) -> bool:
        return True

    @property
    def explained_from(self) -> int:
        return max(0, self.position - 1024)

    def series(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> tuple[float, ...]:
        chosen = next(q for q in self.quantities if q.name == quantity)
        return tuple(self._values(chosen, layer, position)[unit] for position in range(start, stop))

    def verdict(self) -> None:
        return None

    def equations(self, layer: int, unit: int, position: int | None = None) -> tuple[Equation, ...]:
        if not self.position:
            return ()
        return (Equation("f", "f = σ(-6.2077) = 0.0020", 0.002), Equation("c", "c = 0.0020 × 0.9571 = 0.00", 0.0))

    def explain(self, layer: int, unit: int) -> Explanation:
        ledger = Ledger((Write(1, 0.75), Write(2, -0.5)), 0.05, 0.3, 1) if self.position > 1 else None
        return Explanation(layer, unit, self.equations(layer, unit), ledger, (), 0, 4.5)

    def values(self, quantity: str, layer: int, units: Sequence[int], start: int, stop: int) -> tuple[Vector, ...]:
        return tuple(self.series(quantity, layer, unit, start, stop) for unit in units)

    def losses(self, start: int, stop: int) -> Vector:
        lost = math.log(len(self.about.vocabulary))
        return tuple(lost if 0 < position < self.length else math.nan for position in range(start, stop))

    def curve(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> Vector:
        return self.series(quantity, layer, unit, start, stop)

    def imagining(self, count: int, temperature: float = 1.0, seed: int | None = None) -> FakeRun:
        def imagined() -> str:
            self.imagined.append((count, temperature))
            self.text = self.text[: self.position] + self.vocabulary.symbols[0] * count
            self.undoable = "imagine"
            return f"imagined {count} characters after step {self.position}: → steps into them, u removes them"

        return self._change(imagined, "nothing was imagined")

    def movers(self, layer: int, quantity: str, count: int = 3) -> tuple[int, ...]:
        return tuple(range(count)) if self.position else ()

    @property
    def edits(self) -> tuple[int, ...]:
        return (self.position,) if self.zeroed else ()

    def scales(self, layer: int) -> dict[str, Scale]:
        return {"c": Scale(2.0, (2.0,) * self.about.hidden_sizes[layer])}

    def training(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        text: str | None = None,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> FakeTraining:
        self.recipe(epochs, lr, fresh)
        training = FakeTraining(epochs or 200, lr or 0.1, text, fresh)
        training.shape = hidden, forget_bias
        self.trainings.append(training)
        return training

    def recipe(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> FakeTraining:
        if epochs is not None and epochs < 1:
            raise UserError(f"the number of epochs cannot be less than 1 (got {epochs})")
        return FakeTraining(epochs or 200, lr or 0.1, None, fresh)

    def adopting(self, training: TrainingDoor) -> FakeRun | None:
        assert isinstance(training, FakeTraining)
        if training.outcome != "done":
            return None
        return self._change(lambda: self._adopted(training), WEIGHTS_KEPT)

    course: TrainingCourse | None = None

    def travelling(self, by: int) -> FakeRun:
        raise UserError("there is no training to go through")

    def _adopted(self, training: FakeTraining) -> str:
        self.about = replace(self.about, unsaved=True)
        if training.text is not None:
            self.text, self.vocabulary = training.text, Vocabulary.of(training.text)
            self.position = 0
        return training.sentence

    def close(self) -> None:
        """Nothing ends."""

    def save(self, path: str, force: bool = False) -> str:
        self.written.append((path, force))
        self.about = replace(self.about, unsaved=False)
        return f"wrote {Path(path).name}"

    # What no test of the screen alone asks for: those that do have a model

    def reading_up(self, first: int, last: int) -> FakeRun:
        raise AssertionError("everything is at hand")

    def follows(self, run: JobDoor) -> bool:
        raise AssertionError("nothing is read up")

    def take_over(self, run: JobDoor) -> None:
        raise AssertionError("nothing is read up")

    @property
    def weights_now(self) -> object:
        return self

    def weights(self, aim: DebuggeeDoor | None = None) -> Callable[[], bytes] | None:
        raise AssertionError("there are no weights")

    def session(self, prepared: Prepared, aim: DebuggeeDoor | None = None) -> Session:
        raise AssertionError("nothing of it is kept")

    def interrupted(self, training: TrainingDoor, patience: float) -> DebuggeeDoor | None:
        raise AssertionError("nothing of it is kept")

    def resume(self, session: Session, prepared: Prepared) -> tuple[Session, str]:
        raise AssertionError("nothing of it is kept")

    def slopes(self, objective: Objective) -> StepSlopes:
        raise AssertionError("there is nothing to differentiate")

    def slope_values(self, *asked: object) -> tuple[Vector, ...]:
        raise AssertionError("there is nothing to differentiate")

    def slopes_of_text(self, *asked: object) -> tuple[Vector, Vector]:
        raise AssertionError("there is nothing to differentiate")

    @property
    def questions(self) -> QuestionsDoor:
        raise UserError("there is nothing to ask")

    def backward(self, *asked: object) -> tuple[Equation, ...]:
        raise AssertionError("there is nothing to differentiate")

    def bookmark(self) -> None:
        raise AssertionError("no lesson plays")

    def to_bookmark(self) -> Step:
        raise AssertionError("no lesson plays")

    def fork(self) -> FakeDebugger:
        return self

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        raise AssertionError("its steps are not asked for")

    def printed(self, start: int, stop: int) -> Iterator[Step]:
        raise AssertionError("its steps are not written")


if TYPE_CHECKING:  # it has the door's shape

    def _door(made: FakeDebugger) -> DebuggerDoor:
        return made


@dataclass
class FakePrepared:
    """Opens when the test lets it, so that what happens before is seen."""

    debugger: FakeDebugger = field(default_factory=FakeDebugger)
    failure: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    name: str = "made"
    text: str = "hello"
    cell: str | None = None
    hidden_sizes: tuple[int, ...] = (8,)
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary.of("hello"))
    options: ModelOptions = field(default_factory=ModelOptions)
    rows: None = None
    beside: None = None

    @property
    def symbols(self) -> str:
        return self.text

    def open(self) -> FakeDebugger:
        if not self.gate.wait(20):
            raise AssertionError("the test never let the model open")
        if self.failure is not None:
            raise self.failure
        return self.debugger
