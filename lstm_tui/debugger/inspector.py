"""Looking around: what the model holds at the cursor and over time, and one unit explained. Nothing here moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.explanation import Explanation
from lstm_tui.core.quantities import Scale
from lstm_tui.core.questions.excerpt import WHOLE, Excerpt
from lstm_tui.core.step import Character, Equation, Step, Vector
from lstm_tui.debugger.jobs import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstm_tui.core.user_cell import CheckReport
    from lstm_tui.debugger.cursor import Cursor
    from lstm_tui.debugger.door import JobDoor
    from lstm_tui.engine.rollout import Rollout

WINDOW = 1536
"""Steps that one look may ask for: they lie in the blocks a timeline keeps."""
AT_ONCE = 16
"""Steps that may be taken while a key waits: each costs some milliseconds of the largest models."""


class Inspector:
    """Answers about what is open, as seen from the cursor."""

    def __init__(self, rollout: Callable[[], Rollout], cursor: Cursor) -> None:
        self._rollout, self._cursor = rollout, cursor
        self._looked: tuple[tuple[object, ...], tuple[Vector, ...]] | None = None
        """What was asked for last and the answer: most keys ask for the same window again."""
        self._lost: tuple[tuple[object, ...], Vector] | None = None
        """The losses asked for last, and what of."""
        self._scaled: tuple[tuple[object, ...], tuple[dict[str, Scale], ...]] | None = None
        """The scales, and what they are of."""

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        """The steps at positions start..stop-1 without moving the cursor, in bounded memory."""
        return self._rollout().steps(start, stop)

    def arrays(self, excerpt: Excerpt) -> dict[tuple[int | None, str], NDArray[Any]]:
        """Numbers of the whole text: see `stepped_arrays`."""
        from lstm_tui.engine.spans.arrays import stepped_arrays

        return stepped_arrays(self._rollout(), excerpt)

    def printed(self, start: int, stop: int, excerpt: Excerpt = WHOLE) -> Iterator[Step]:
        """The same as programs get them, from step 1 on: see `printed_steps`."""
        from lstm_tui.engine.spans.printed import printed_steps

        return printed_steps(self._rollout(), range(start, stop), excerpt)

    # What of it has to be read first

    def near(self, position: int) -> bool:
        """Whether the debugger can go there without keeping anybody waiting."""
        before = max(0, min(position, len(self._rollout())) - 1)
        return self._rollout().timeline.unread(before, before) <= AT_ONCE

    def at_hand(self, first: int, last: int) -> bool:
        """The same of looking at the steps first..last."""
        last = min(last, len(self._rollout()))
        return self._rollout().timeline.unread(max(0, min(first, last) - 1), last) <= AT_ONCE

    @property
    def explained_from(self) -> int:
        """The first step that an explanation looks back to."""
        from lstm_tui.engine.timeline import LOOKBACK

        return max(0, self._cursor.step.position - LOOKBACK)

    def reading_up(self, first: int, last: int) -> Job:
        """A run through the steps first..last, to be made in any thread: `take_over` keeps what it found."""
        from lstm_tui.engine.search.search import through

        first, last = max(0, first - 1), min(last, len(self._rollout()))
        timeline = self._rollout().timeline.fork()
        return Job(timeline, through(timeline, first, last), first, last, lambda _: "")

    def follows(self, run: JobDoor) -> bool:
        """Whether `run` reads what is open, near the cursor."""
        assert isinstance(run, Job), "what is asked about was handed out here"
        return beside(run, self._cursor.step.position) and run.timeline.like(self._rollout().timeline)

    def take_over(self, run: JobDoor) -> None:
        """Take over what a run has found, unless another text, model or state is open by now."""
        assert isinstance(run, Job), "what is taken back was handed out here"
        for timeline in (run.timeline, *run.also):
            if timeline.like(self._rollout().timeline):
                self._rollout().timeline.take_over(timeline)

    def characters(self, start: int, stop: int) -> tuple[Character, ...]:
        """The characters read at steps start..stop-1, those read so far marked where the guess before them missed.

        Characters further on carry None: what the model will get wrong is not told before it is asked.
        """
        return self._rollout().characters(start, stop, self._cursor.step.position)

    def series(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> Vector:
        """One unit's values at steps start..stop-1; NaN where a quantity does not exist (a gate at step 0)."""
        return self._rollout().series(quantity, layer, unit, max(0, start), min(stop, self._cursor.hidden_from))

    def curve(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> Vector:
        """`series` for a picture, many times faster: see `values`."""
        return self.values(quantity, layer, (unit,), start, min(stop, self._cursor.hidden_from))[0]

    def values(self, quantity: str, layer: int, units: Sequence[int], start: int, stop: int) -> tuple[Vector, ...]:
        """`units` over the steps start..stop-1, those ahead of the cursor too: one vector a unit.

        The values at the cursor are the step's own; the others, which are for pictures, agree with their steps to
        float32's rounding. NaN where a value does not exist: a gate at step 0, and what a step that is being walked
        through has not computed, or a user's cell fails to. Raises `ValueError` for more than `WINDOW` steps.
        """
        if stop - start > WINDOW:
            raise ValueError(f"{stop - start} steps are more than the limit of {WINDOW}")
        start, stop = max(start, 0), min(stop, len(self._rollout()) + 1)
        if stop <= start:
            return tuple(() for _ in units)
        timeline = self._rollout().timeline
        asked = (timeline, quantity, layer, tuple(units), start, stop)
        if self._looked is None or self._looked[0] != asked:
            self._looked = asked, self._until_failure(quantity, layer, units, start, stop)
        rows, at = self._looked[1], self._cursor.step.position - start
        if self._cursor.inside:
            return tuple(row[: max(at, 0)] + (math.nan,) * (len(row) - max(at, 0)) for row in rows)
        own = self._cursor.step.layers[layer].values.get(quantity)
        if own is None or not 0 <= at < stop - start:
            return rows
        return tuple((*row[:at], own[unit], *row[at + 1 :]) for unit, row in zip(units, rows, strict=True))

    def losses(self, start: int, stop: int) -> Vector:
        """The loss of guessing what follows, at the steps start..stop-1, those ahead of the cursor too.

        The one at the cursor is the step's own; NaN where there is none. Raises `ValueError` as `values` does.
        """
        if stop - start > WINDOW:
            raise ValueError(f"{stop - start} steps are more than the limit of {WINDOW}")
        asked = (self._rollout().timeline, start, stop)
        if self._lost is None or self._lost[0] != asked:
            self._lost = (
                asked,
                self._until(lambda first, last: (self._rollout().losses(first, last),), 1, start, stop)[0],
            )
        row, at = self._lost[1], self._cursor.step.position - start
        if not 0 <= at < len(row):
            return row
        own = None if self._cursor.inside else self._cursor.step.loss
        return (*row[:at], math.nan if own is None else own, *row[at + 1 :])

    def _until_failure(
        self, quantity: str, layer: int, units: Sequence[int], start: int, stop: int
    ) -> tuple[Vector, ...]:
        return self._until(
            lambda first, last: self._rollout().values(quantity, layer, units, first, last), len(units), start, stop
        )

    def _until(
        self, read: Callable[[int, int], tuple[Vector, ...]], rows: int, start: int, stop: int
    ) -> tuple[Vector, ...]:
        """What is read of the steps start..stop-1, up to the one at which a user's cell fails; NaN from there on."""
        try:
            return read(start, stop)
        except UserError as error:
            failed: int | None = getattr(error, "position", None)
            if failed is None:
                raise
        if failed <= start:
            return ((math.nan,) * (stop - start),) * rows
        found = self._until(read, rows, start, failed)  # it may fail earlier when asked again
        return tuple(row + (math.nan,) * (stop - failed) for row in found)

    def equations(self, layer: int, unit: int, position: int | None = None) -> tuple[Equation, ...]:
        """The unit's equations at the cursor or at a `position`; none at step 0, inside a step, and for a cell that
        has others."""
        from lstm_tui.engine.explain.unit_equations import equations

        if position is None:
            if self._cursor.inside:
                return ()
            position = self._cursor.step.position
        try:
            return equations(self._rollout(), position, layer, unit)
        except UserError:
            return ()

    def verdict(self) -> CheckReport | None:
        """What a class of the user's own computes, equation by equation; None for a cell of ours."""
        from lstm_tui.engine.explain.own_verdict import own_verdict

        return own_verdict(self._rollout())

    def explain(self, layer: int, unit: int) -> Explanation:
        """One unit at the cursor: its equations, who wrote its cell, its habits and its half-life.

        Inside a step that is being walked through there is nothing to explain yet: an explanation without parts.
        """
        from lstm_tui.engine.explain.unit import explain

        if self._cursor.inside:
            return Explanation(layer, unit, (), None, (), 0, None)
        return explain(self._rollout(), self._cursor.step.position, layer, unit, self.equations(layer, unit))

    def scales(self, layer: int) -> dict[str, Scale]:
        """How far a layer's quantities without bound reach, by name: see `engine.spans.extents`."""
        from lstm_tui.engine.spans.extents import looked_at, scales

        rollout, position = self._rollout(), self._cursor.position - self._cursor.inside
        of = (rollout.model, rollout.indices, looked_at(rollout, position))
        if self._scaled is None or not _same(self._scaled[0], of):
            self._scaled = of, scales(rollout, position)
        return self._scaled[1][layer]

    def movers(self, layer: int, quantity: str, count: int = 3) -> tuple[int, ...]:
        """The units of c or h that moved most since the step before, largest first; none at step 0."""
        return movers(self._cursor.step, layer, quantity, count)


def movers(step: Step, layer: int, quantity: str, count: int) -> tuple[int, ...]:
    """The units of c or h that moved most in `step`, largest first; none at step 0."""
    here = step.layers[layer]
    old, new = here.before.get(quantity), here.values.get(quantity, ())
    if old is None or not new:
        return ()
    moves = ((abs(b - a), -unit) for unit, (a, b) in enumerate(zip(old, new, strict=True)) if abs(b - a) > 0)
    return tuple(-unit for _, unit in nlargest(count, moves))


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether they are the same objects, or equal numbers."""
    return all(a is b or (isinstance(a, int) and a == b) for a, b in zip(one, other, strict=True))


def beside(run: JobDoor, position: int) -> bool:
    """Whether a run goes by near a position."""
    return run.start - WINDOW // 6 <= position <= run.goal + WINDOW // 6
