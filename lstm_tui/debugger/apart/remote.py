"""The debugger of a user's own cell: it lives in a process of its own, so that nothing that the cell does (hang, print,
end) reaches the program that has the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from lstm_tui.core.explanation import Explanation, UnitWeight
from lstm_tui.core.filesystem.files import write_atomically
from lstm_tui.core.quantities import Quantity, Scale
from lstm_tui.core.step import About, Character, Equation, Step, Vector
from lstm_tui.debugger.apart.remote_parts import (
    RemoteDebuggee,
    RemoteFork,
    RemoteJob,
    RemoteRecipe,
    RemoteStopList,
    RemoteTraining,
    certain,
    run_of,
)
from lstm_tui.debugger.apart.remote_questions import RemoteQuestions
from lstm_tui.debugger.apart.supervised import Supervised
from lstm_tui.debugger.inspector import beside, movers

if TYPE_CHECKING:
    from lstm_tui.core.questions.comparison import ComparedStep
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.core.questions.slopes import StepSlopes
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.core.user_cell import CheckReport
    from lstm_tui.debugger.door import DebuggeeDoor, JobDoor, TrainingDoor
    from lstm_tui.debugger.prepared import Prepared


def _job_named(name: str) -> Callable[..., RemoteJob]:
    """The method of that name which hands out a job."""

    def ask(debugger: Supervised, *arguments: Any) -> RemoteJob:
        return certain(debugger, name, *arguments)

    return ask


class RemoteDebugger(Supervised):
    """What `Debugger` is, from afar. Its verbs wait.

    What they changed is kept here, so that nothing is asked that is only looked up, and so that everything can be
    brought back in another process.
    """

    reading_up, clamping, patching, reweighing, beside, imagining, switching, travelling, undoing, redoing = map(
        _job_named,
        (
            "reading_up", "clamping", "patching", "reweighing", "beside", "imagining", "switching", "travelling",
            "undoing", "redoing",
        ),
    )  # fmt: skip

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(prepared)
        self.stops = RemoteStopList(self)
        self.questions = RemoteQuestions(self)

    # What is open

    @property
    def about(self) -> About:
        """See `Debugger`; the same for all that follows."""
        return cast(About, self._state["about"])

    @property
    def text(self) -> str:
        return cast(str, self._state["text"])

    @property
    def symbols(self) -> Sequence[str]:
        return cast("Sequence[str]", self._state["symbols"])

    @property
    def length(self) -> int:
        return len(self.symbols)

    @property
    def position(self) -> int:
        return self.step.position

    @property
    def step(self) -> Step:
        return cast(Step, self._state["step"])

    @property
    def train_first(self) -> bool:
        return cast(bool, self._state["train_first"])

    @property
    def edits(self) -> tuple[int, ...]:
        return cast("tuple[int, ...]", self._state["edits"])

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return cast("tuple[Quantity, ...]", self._state["quantities"])

    # Moving

    def _moved(self, name: str, *arguments: Any) -> Step:
        self.ask(name, *arguments)
        return self.step

    def forward(self, count: int = 1) -> Step:
        return self._moved("forward", count)

    def back(self, count: int = 1) -> Step:
        return self._moved("back", count)

    def to(self, position: int) -> Step:
        return self._moved("to", position)

    def into(self) -> Step:
        return self._moved("into")

    def into_back(self) -> Step:
        return self._moved("into_back")

    def reset(self) -> Step:
        return self._moved("reset")

    def zero(self) -> Step:
        return self._moved("zero")

    @property
    def interventions(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self._state["interventions"])

    def releasing(self, numbers: Sequence[int]) -> RemoteJob:
        return certain(self, "releasing", tuple(numbers))

    def weights_at(self, layer: int, unit: int) -> tuple[UnitWeight, ...]:
        return cast("tuple[UnitWeight, ...]", self.ask("weights_at", layer, unit))

    def pair(self) -> ComparedStep | None:
        return cast("ComparedStep | None", self.ask("pair"))

    def near(self, position: int) -> bool:
        return cast(bool, self.ask("near", position))

    def at_hand(self, first: int, last: int) -> bool:
        return cast(bool, self.ask("at_hand", first, last))

    @property
    def explained_from(self) -> int:
        return cast(int, self._state["explained_from"])

    def follows(self, run: JobDoor) -> bool:
        assert isinstance(run, RemoteJob)
        if run.lost:  # by itself, perhaps: then another one like it would end the next process too
            return run.outcome == "failed" and beside(run, self.position)
        return cast(bool, self.ask("follows", run.number))

    def take_over(self, run: JobDoor) -> None:
        assert isinstance(run, RemoteJob)
        if not run.lost:
            self.ask("take_over", run.number)

    def characters(self, start: int, stop: int) -> tuple[Character, ...]:
        return cast("tuple[Character, ...]", self.ask("characters", start, stop))

    def curve(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> Vector:
        return cast(Vector, self.ask("curve", quantity, layer, unit, start, stop))

    def values(self, quantity: str, layer: int, units: Sequence[int], start: int, stop: int) -> tuple[Vector, ...]:
        return cast("tuple[Vector, ...]", self.ask("values", quantity, layer, tuple(units), start, stop))

    def losses(self, start: int, stop: int) -> Vector:
        return cast(Vector, self.ask("losses", start, stop))

    def equations(self, layer: int, unit: int, position: int | None = None) -> tuple[Equation, ...]:
        return cast("tuple[Equation, ...]", self.ask("equations", layer, unit, position))

    def verdict(self) -> CheckReport | None:
        return cast("CheckReport | None", self.ask("verdict"))

    def explain(self, layer: int, unit: int) -> Explanation:
        return cast(Explanation, self.ask("explain", layer, unit))

    def slopes(self, objective: Objective) -> StepSlopes:
        return cast("StepSlopes", self.ask("slopes", objective))

    def slope_values(
        self, objective: Objective, quantity: str, layer: int, units: Sequence[int], start: int, stop: int
    ) -> tuple[Vector, ...]:
        asked = (objective, quantity, layer, tuple(units), start, stop)
        return cast("tuple[Vector, ...]", self.ask("slope_values", *asked))

    def slopes_of_text(self, objective: Objective, start: int, stop: int) -> tuple[Vector, Vector]:
        return cast("tuple[Vector, Vector]", self.ask("slopes_of_text", objective, start, stop))

    def backward(self, objective: Objective, layer: int, unit: int) -> tuple[Equation, ...]:
        return cast("tuple[Equation, ...]", self.ask("backward", objective, layer, unit))

    def movers(self, layer: int, quantity: str, count: int = 3) -> tuple[int, ...]:
        return movers(self.step, layer, quantity, count)

    def scales(self, layer: int) -> Mapping[str, Scale]:
        return cast("Mapping[str, Scale]", self._state["scales"][layer])

    # Changing

    def read(self, text: str) -> Step:
        return self._moved("read", text)

    def bookmark(self) -> None:
        self.ask("bookmark")

    def to_bookmark(self) -> Step:
        return self._moved("to_bookmark")

    def cells(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.ask("cells"))

    def training(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        text: str | None = None,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> RemoteTraining:
        number, fields = self.ask("training", epochs, lr, fresh, text, hidden, forget_bias)
        return RemoteTraining(self, number, fields)

    def recipe(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> RemoteRecipe:
        return RemoteRecipe(*self.ask("recipe", epochs, lr, fresh, hidden, forget_bias))

    def interrupted(self, training: TrainingDoor, patience: float) -> RemoteDebuggee | None:
        """As there; raises `UserError` where a process that does not answer has to be left with what was learned."""
        assert isinstance(training, RemoteTraining)
        return training.interrupted(patience)

    def adopting(self, training: TrainingDoor) -> RemoteJob | None:
        assert isinstance(training, RemoteTraining)
        if training.lost:
            return None
        return run_of(self, self.ask("adopting", training.number))

    @property
    def course(self) -> Any:
        return self._state["course"]

    def commit(self, run: JobDoor) -> str:
        assert isinstance(run, RemoteJob)
        if run.lost:
            return run.sentence if run.outcome == "failed" else "the process it ran in has ended: run it again"
        return cast(str, self.ask("commit", run.number))

    # Keeping

    @property
    def weights_now(self) -> object:
        return self._weights_now

    def weights(self, aim: DebuggeeDoor | None = None) -> Callable[[], bytes] | None:
        assert aim is None or isinstance(aim, RemoteDebuggee)
        kept = aim.weights if aim else None if self._state["weightless"] else self._weights
        return None if kept is None else lambda: kept

    def session(self, prepared: Prepared, aim: DebuggeeDoor | None = None) -> Session:
        assert aim is None or isinstance(aim, RemoteDebuggee)
        if aim is not None:
            return aim.session
        return replace(cast("Session", self._state["session"]), position=self.position)

    def resume(self, session: Session, prepared: Prepared) -> tuple[Session, str]:
        resumed = cast("tuple[Session, str]", self.ask("resume", session))
        if self.about.unsaved:
            self._weights = self.ask("file")
        return resumed

    def save(self, path: str, force: bool = False) -> str:
        write_atomically(path, self.ask("file"), force)
        self.ask("saved", path)
        return path

    def fork(self) -> RemoteFork:
        return RemoteFork(self, self.symbols, self.quantities, self.interventions, *self.ask("fork"))
