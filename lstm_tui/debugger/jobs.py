"""A run along the text: to the next stop, or to a far place. Done in any thread, then arrived at on the screen's."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.engine.cells import Cell
    from lstm_tui.engine.rollout import Rollout
    from lstm_tui.engine.search.search import Hit
    from lstm_tui.engine.timeline import Timeline

Outcome = Literal["running", "there", "cancelled", "failed"]


SAME = 5e-5
"""Differences of two implementations up to here are float32's rounding."""
HEAVY = 1_000_000
"""Weights from which copying them takes longer than anybody waits for a key."""


class Job:
    """One way along the text, on a copy of what is known of it: nothing on the screen changes before it has arrived.

    `run` may be called again where it came back before its end; `cancel` and the attributes may be used from other
    threads meanwhile.
    """

    verb = "running"
    """What is being done, for the status row."""
    changes = False
    """Whether it changes the model or its state: nothing else may change them meanwhile."""

    def __init__(
        self,
        timeline: Timeline,
        traversal: Iterator[int | Hit],
        start: int,
        goal: int,
        describe: Callable[[Hit | None], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeline = timeline
        self.also: tuple[Timeline, ...] = ()
        """Copies of what is known of other models that go along."""
        self.start = start
        """Where the cursor was."""
        self.goal = goal
        """Where it ends unless a stop holds before."""
        self.heavy = timeline.model.size > HEAVY and max(start, goal) > timeline.scanned
        """Whether its first piece already takes long: it is not begun while the user waits for the next key."""
        self.reached = start
        """How far it is: between `start` and `goal`."""
        self.stopped = False
        """Whether something on the way made it stop."""
        self.outcome: Outcome = "running"
        self.sentence = ""
        """How it ended, for the status row."""
        self.error: UserError | None = None
        """What it failed with."""
        self.kept = f"still at {step_name(start)}"
        """What is as it was where the run is cancelled."""
        self._traversal, self._describe, self._clock = traversal, describe, clock
        self._cancelled = threading.Event()

    def before(self, way: Iterable[int | Hit]) -> None:
        """Goes `way` first."""
        self._traversal = chain(way, self._traversal)

    @property
    def fraction(self) -> float:
        """Of the whole way, 0..1."""
        return (self.reached - self.start) / (self.goal - self.start) if self.goal != self.start else 1.0

    @property
    def given_up(self) -> str:
        """The sentence for a run that is cancelled here."""
        return f"cancelled at {step_name(self.reached)}: {self.kept}"

    def cancel(self) -> None:
        """Stop soon, without moving. Safe from any thread."""
        self._cancelled.set()

    def run(self, seconds: float | None = None) -> None:
        """Continue to the end, to `cancel`, or for about so many seconds: then `outcome` is still "running"."""
        from lstm_tui.engine.search.search import scan_to

        until = None if seconds is None else self._clock() + seconds
        try:
            for found in self._traversal:
                if not isinstance(found, int):
                    self.goal, self.stopped = found.position, True
                    self.sentence = self._describe(found)
                    self._traversal = scan_to(self.timeline, self.goal)
                    return self.run(None if until is None else max(0.0, until - self._clock()))
                self.reached = min(max(found, min(self.start, self.goal)), max(self.start, self.goal))
                if self._cancelled.is_set():
                    self.outcome, self.sentence = "cancelled", self.given_up
                    return
                if until is not None and self._clock() >= until:
                    return
        except UserError as error:  # a user's own cell may raise at any step
            self.outcome, self.sentence, self.error = "failed", str(error), error
            return
        self.reached, self.outcome = self.goal, "there"
        self.sentence = self.sentence or self._describe(None)


class WorkJob(Job):
    """A change that takes work. The work runs in a thread, piece by piece; `Debugger.commit` makes the change of it."""

    changes = True

    def __init__(
        self,
        verb: str,
        timeline: Timeline,
        work: Iterator[int],
        start: int,
        goal: int,
        make: Callable[[], str],
        kept: str,
    ) -> None:
        super().__init__(timeline, work, start, goal, lambda _: "")
        self.verb, self.make, self.kept = verb, make, kept
        """What is being done; makes the change and says so; what is as it was where the job is cancelled."""


class RescanJob(Job):
    """A run through the text as it reads after a change, up to the cursor. `Debugger.commit` makes the change: of what
    is open at that point, which may have been changed meanwhile, or saved under another name."""

    verb = "reading again"
    changes = True

    def __init__(
        self,
        make: Callable[[Debuggee], Debuggee],
        now: Debuggee,
        position: int,
        parted: int | None,
        remember: Callable[[Debuggee, Debuggee], None],
        summary: str,
        kept: str,
    ) -> None:
        super().__init__(now.rollout.timeline, self._rescan(), 0, position, lambda _: summary)
        self.heavy = now.network.size > HEAVY
        self.parted = parted
        """The furthest position where the cursor may stay in the same text."""
        self.summary, self.kept, self.remember = summary, kept, remember
        """What was done, in words; what stays where it is not; what is to be remembered of it."""
        self._make, self._now = make, now
        self._after: Debuggee | None = None
        """What is open afterwards, as far as the job has read it."""

    def _rescan(self) -> Iterator[int]:
        from lstm_tui.engine.search.search import scan_to

        yield 0  # nothing is copied before anybody could ask for less
        self._after = after = self._make(self._now)
        parted = 0 if self._now.is_another(after) else self.parted
        self.goal = self.goal if parted is None else min(self.goal, parted)
        self.timeline = after.rollout.timeline.fork()
        yield from scan_to(self.timeline, self.goal)

    def after(self, now: Debuggee) -> Debuggee:
        """What there is once it is done. What was read on the way is of use unless what is open has changed."""
        made = self._make(now)
        if self._after is None or now.rollout is not self._now.rollout:
            return made
        self._after.rollout.timeline.take_over(self.timeline)
        return replace(made, rollout=self._after.rollout)


@dataclass(frozen=True, eq=False)
class Switched:
    """What changing the cell implementation did."""

    cell: str
    difference: float
    """The largest absolute difference of any quantity at any of the steps compared."""
    steps: int


class SwitchJob(WorkJob):
    """Copies the weights of `reading`'s model into cells of `kind`, and has both read the text's first characters."""

    def __init__(self, reading: Rollout, name: str, kind: type[Cell], make: Callable[[Rollout, str], None]) -> None:
        super().__init__("comparing cells", reading.timeline, self._work(), 0, 1, self._made, "the cell is as it was")
        self.heavy = reading.model.size > HEAVY
        self._reading, self._name, self._kind, self._adopt = reading, name, kind, make
        self._after: Rollout
        self.switched: Switched
        """What it did, once it is committed."""

    def _work(self) -> Iterator[int]:
        yield 0  # nothing is copied before anybody could ask for less
        model = self._reading.model.with_cell(self._kind)
        found: list[float] = []
        for difference in self._reading.differences(model):
            found.append(difference)
            yield 0
        self._after = self._reading.with_model(model)
        worst = math.nan if any(map(math.isnan, found)) else max(found)
        self.switched = Switched(self._name, worst, len(found))

    def _made(self) -> str:
        self._adopt(self._after, self._name)
        switched = self.switched
        difference = f"{switched.difference:.0e}" if switched.difference else "0"
        same = "same numbers" if switched.difference <= SAME else "THE NUMBERS DIFFER"
        return f"{visible(switched.cell)}: {same}, largest difference {difference} over {switched.steps} steps"
