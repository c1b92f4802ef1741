"""What a debugger in another process hands out: stops, runs, trainings, a second cursor. Each has a number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from lstm_tui.core.errors import WEIGHTS_KEPT, UserError
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import About, Equation, Step, step_name
from lstm_tui.core.training_course import EpochFigures
from lstm_tui.debugger.apart.child import Decision
from lstm_tui.debugger.apart.wire import unpacked
from lstm_tui.debugger.door import Progress

if TYPE_CHECKING:
    from lstm_tui.conditions import ConditionError
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.apart.supervised import Supervised
    from lstm_tui.debugger.door import StopListDoor
    from lstm_tui.debugger.stops import Stop

SLICE = 0.05
"""Seconds of a run asked for at once: between two of them the screen asks what it needs."""
POLL = 0.1
PATIENCE = 0.5
"""Seconds that something cancelled has to come to its end by itself."""
DELIVERY = 0.3
"""Seconds for what a training has learned to come here once that has ended, or has been waited for in vain."""


class RemoteStopList:
    """See `StopList`."""

    def __init__(self, debugger: Supervised) -> None:
        self._debugger = debugger

    @property
    def listed(self) -> tuple[Stop, ...]:
        return cast("tuple[Stop, ...]", self._debugger.state["listed"])

    @property
    def search_text(self) -> str:
        return cast(str, self._debugger.state["session"].search_text)

    def set(self, stops: Sequence[Stop]) -> None:
        self._debugger.ask("set_stops", tuple(stops))

    def adopt(self, other: StopListDoor) -> None:
        self._debugger.ask("adopt_stops", other.listed, other.search_text)

    def mistake(self, text: str) -> ConditionError | None:
        try:
            found = self._debugger.ask("mistake", text)
        except UserError:
            return None  # there is no process to ask; `set` raises that
        return None if found is None else cast("ConditionError", unpacked(found))

    def holds(self, text: str) -> bool:
        return cast(bool, self._debugger.ask("holds", text))

    def suggested(self, layer: int, unit: int, quantity: str) -> str:
        return cast(str, self._debugger.ask("suggested", layer, unit, quantity))

    def find(self, text: str, forward: bool = True) -> RemoteJob | None:
        return run_of(self._debugger, self._debugger.ask("find", text, forward))

    def run(self, forward: bool = True) -> RemoteJob:
        return certain(self._debugger, "run", forward)

    def goto(self, position: int, sentence: str = "") -> RemoteJob:
        return certain(self._debugger, "goto", position, sentence)


class _Numbered:
    """Something that lives in a process, and is lost with it."""

    def __init__(self, debugger: Supervised, number: int) -> None:
        self._debugger = debugger
        self.number = number
        self._generation = debugger.generation
        self._cancelled: float | None = None

    @property
    def lost(self) -> bool:
        """Whether its process has ended."""
        return self._generation != self._debugger.generation

    def cancel(self) -> None:
        """See `Job` and `TrainingJob`. What does not end by itself is interrupted, and then ended."""
        self._cancelled = time.monotonic()

    def _ask(self, name: str, *arguments: Any) -> Any:
        look = None if threading.current_thread() is threading.main_thread() else self._look
        return self._debugger.ask(name, self.number, *arguments, look=look, generation=self._generation)

    def _look(self, seconds: float) -> Decision:
        asked = self._cancelled
        return "wait" if asked is None or time.monotonic() - asked < PATIENCE else "interrupt"


class RemoteJob(_Numbered):
    """See `Job`."""

    verb: str
    changes: bool
    heavy: bool
    start: int
    goal: int
    reached: int
    kept: str
    stopped: bool
    outcome: Literal["running", "there", "cancelled", "failed"]
    sentence: str

    def __init__(self, debugger: Supervised, number: int, fields: dict[str, Any]) -> None:
        super().__init__(debugger, number)
        vars(self).update(fields)

    @property
    def fraction(self) -> float:
        return (self.reached - self.start) / (self.goal - self.start) if self.goal != self.start else 1.0

    @property
    def given_up(self) -> str:
        return f"cancelled at {step_name(self.reached)}: {self.kept}"

    def run(self, seconds: float | None = None) -> None:
        while self.outcome == "running":
            if self._cancelled is not None:
                self.outcome, self.sentence = "cancelled", self.given_up
                return
            try:
                vars(self).update(self._ask("go_on", SLICE if seconds is None else seconds))
            except UserError as error:
                self.outcome, self.sentence = "failed", str(error)
            if seconds is not None:
                return
            time.sleep(0.001)  # whoever waits to ask something gets his turn


class RemoteRecipe(NamedTuple):
    """See `engine.training.Recipe`, which cannot be had without torch."""

    epochs: int
    lr: float


@dataclass(frozen=True, eq=False)
class RemoteDebuggee:
    """See `history.Debuggee`: what is kept of it."""

    about: About
    session: Session
    weights: bytes = field(repr=False)


class RemoteTraining(_Numbered):
    """See `TrainingJob`."""

    epochs: int
    lr: float

    def __init__(self, debugger: Supervised, number: int, fields: dict[str, Any]) -> None:
        super().__init__(debugger, number)
        vars(self).update(fields)
        self.figures: tuple[EpochFigures, ...] = ()
        self.best: float | None = None
        self.progress: Progress | None = None
        self.outcome = "running"
        self.sentence = ""

    @property
    def losses(self) -> tuple[float, ...]:
        return tuple(epoch.loss for epoch in self.figures)

    def run(self, report: Callable[[Progress], None] = lambda _: None) -> None:
        interrupts = 0
        try:
            self._ask("train")
            while self.outcome == "running":
                time.sleep(POLL)
                since = None if self._cancelled is None else time.monotonic() - self._cancelled
                if since is not None and interrupts < (wanted := 1 + (since > PATIENCE)):
                    interrupts = wanted
                    self._ask("cancel_training", interrupts > 1)
                if since is not None and since > 3 * PATIENCE:
                    return self._given_up()
                known = len(self.figures)
                more, fields = self._ask("trained", known)
                self.figures = self.figures[:known] + more
                vars(self).update(fields)
                if self.progress is not None:
                    report(self.progress)
        except UserError as error:
            if self._cancelled is not None:
                return self._given_up()
            self.outcome, self.sentence = (
                "failed",
                f"training failed, {WEIGHTS_KEPT}: {error}",
            )

    def interrupted(self, patience: float) -> RemoteDebuggee | None:
        """See `Debugger.interrupted`."""
        if self._cancelled is not None or self.lost:
            return None
        until = time.monotonic() + patience + DELIVERY
        try:
            kept = self._debugger.ask(
                "interrupted", self.number, patience, generation=self._generation,
                look=lambda _: "wait" if time.monotonic() < until else "leave",
            )  # fmt: skip
        except UserError:
            raise UserError("the weights of its training could not be retrieved in time") from None
        if kept is None:
            return None
        self.figures, *aim = kept
        return RemoteDebuggee(*aim)

    def _given_up(self) -> None:
        """It did not end when it was cancelled, so its process does."""
        if not self.lost:
            self._debugger.restart()
        done = len(self.figures)
        self.outcome = "cancelled"
        self.sentence = f"training cancelled after {done} epoch{'' if done == 1 else 's'}: {WEIGHTS_KEPT}"


class RemoteFork:
    """See `Debugger.fork`."""

    def __init__(
        self,
        debugger: Supervised,
        symbols: Sequence[str],
        quantities: tuple[Quantity, ...],
        interventions: tuple[str, ...],
        number: int,
        about: About,
        length: int,
    ) -> None:
        self._debugger, self._number = debugger, number
        self.symbols, self.quantities, self.interventions = symbols, quantities, interventions
        self.about, self.length = about, length
        self._generation = debugger.generation

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        return self._made(start, stop, printed=False)

    def printed(self, start: int, stop: int) -> Iterator[Step]:
        return self._made(start, stop, printed=True)

    def _made(self, start: int, stop: int, printed: bool) -> Iterator[Step]:
        generation = self._debugger.generation
        while start < stop:
            made: list[Step] = self._debugger.ask("steps", self._number, start, stop, printed, generation=generation)
            yield from made
            start += len(made)

    def equations(self, layer: int, unit: int, position: int) -> tuple[Equation, ...]:
        asked = (self._number, layer, unit, position)
        return cast("tuple[Equation, ...]", self._debugger.ask("equations_of", *asked, generation=self._generation))


def run_of(debugger: Supervised, answer: tuple[int, dict[str, Any]] | None) -> RemoteJob | None:
    """The run that an answer tells of."""
    return None if answer is None else RemoteJob(debugger, *answer)


def certain(debugger: Supervised, name: str, *arguments: Any) -> RemoteJob:
    """The run that what is asked for surely makes."""
    run = run_of(debugger, debugger.ask(name, *arguments))
    assert run is not None
    return run
