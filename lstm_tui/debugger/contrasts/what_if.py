"""What is done to a model while it reads, and taken back: states set to zero, values held at a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.core.clamps import overlap, read_clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.comparison import ComparedStep
from lstm_tui.core.step import Step, step_name
from lstm_tui.debugger.contrasts.lockstep import Lockstep
from lstm_tui.debugger.contrasts.untouched import compare_with_untouched
from lstm_tui.debugger.history import Change
from lstm_tui.debugger.jobs import RescanJob, WorkJob

if TYPE_CHECKING:
    from lstm_tui.debugger.changes import Changes
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.engine.interventions import Interventions


AWAITED = 1024
"""Steps of the untouched run that a key may wait for."""


class WhatIf:
    """Owns nothing: what is done stands in the rollout, what can be undone in the history."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._both: Lockstep | None = None
        """The untouched run and the one that is open, as long as that stays."""

    @property
    def listed(self) -> tuple[str, ...]:
        """What is done, a line each: the clamps, then where all states were set to zero."""
        now = self._now
        rollout = self._changes.debuggee.rollout
        zeroed = (
            f"all states {'= 0' if rollout.is_zeroed(position) else 'from elsewhere'} after {step_name(position)}"
            for position in sorted(now.states)
        )
        return (*(clamp.text for clamp in now.clamps), *zeroed)

    @property
    def _now(self) -> Interventions:
        return self._changes.debuggee.rollout.interventions

    def apply(self, clamps: Sequence[str], beyond: int = 0) -> None:
        """From the beginning, as nothing to be undone; see `Rollout.with_clamps`. Raises `UserError`."""
        if clamps:
            self._changes.debuggee = self._changes.debuggee.with_clamps(map(read_clamp, clamps), beyond)
            self._changes.cursor.show(self._changes.cursor.position)

    def reset(self) -> Step:
        """Start over: step 0, h = c = 0, and whatever was done to the model is forgotten."""
        before, nothing = self._now, self._changes.debuggee.rollout.untouched().interventions
        if self.listed:
            self._changes.make(
                Change("reset", lambda now: now.with_interventions(before), lambda now: now.with_interventions(nothing))
            )
        return self._changes.cursor.show(0)

    def zero(self) -> Step:
        """Set h and c of every layer to zero after this step; earlier steps stay, later ones continue from there."""
        changes, cursor = self._changes, self._changes.cursor
        position, step = cursor.position, cursor.step
        if step.stage is not None and cursor.show(position).stage is not None:
            return cursor.step  # a user's cell raises here: there is no state to replace
        quantities = changes.debuggee.cell.quantities
        states = [(q.initial, layer.values[q.name]) for layer in cursor.step.layers for q in quantities if q.state]
        if all(value == initial for initial, values in states for value in values):
            return cursor.step  # the zero state already: at step 0, or where it was set before
        rollout = changes.debuggee.rollout
        before = dict(rollout.timeline.edits)
        after = {**before, position: rollout.zero_stack()}
        label = f"zero at {step_name(position)}"
        return changes.make(Change(label, lambda now: now.with_edits(before), lambda now: now.with_edits(after)))

    def patching(self, source: int | Debuggee) -> RescanJob:
        """A job that replaces all states after the cursor's step by those after step `source`, or by those of another
        model at the same step. Raises `UserError` where there is no such step, or the other one's states do not fit."""
        now, position = self._changes.debuggee, self._changes.cursor.position
        if isinstance(source, int):
            if not 0 <= source <= len(now.rollout):
                raise UserError(f"there is no step {source}: the text has steps 0 to {len(now.rollout)}")
            stack, whence = now.rollout.timeline.state(source), f"step {source}"
        else:
            mine, theirs = (each.rollout.model for each in (now, source))
            if (now.cell.states, mine.hidden_sizes) != (source.cell.states, theirs.hidden_sizes):
                sizes = " and ".join(
                    f"{', '.join(each.cell.states)} of {'/'.join(map(str, each.network.hidden_sizes))} units"
                    for each in (now, source)
                )
                raise UserError(f"the states of both do not fit each other: {sizes}")
            stack, whence = source.rollout.timeline.state(position), "the other model"
        before = self._now
        after = before.setting(position, tuple(tuple(state.clone() for state in layer) for layer in stack))
        summary = (
            f"all states after {step_name(position)} are those of {whence}: → continues from there, u restores them"
        )
        return self._making(f"states from {whence}", before, after, summary)

    def clamping(self, text: str) -> RescanJob:
        """A job that holds a value, in the place of others at which the same one is held then. Raises `UserError`."""
        clamp, before = read_clamp(text), self._now
        (clamp,) = self._changes.debuggee.rollout.with_clamps([clamp]).interventions.clamps
        replaced = tuple(other for other in before.clamps if overlap(clamp, other))
        kept = tuple(other for other in before.clamps if other not in replaced)
        instead = f" instead of {', '.join(other.text for other in replaced)}" if replaced else ""
        after = replace(before, clamps=(*kept, clamp))
        summary = f"clamped: {clamp.text}{instead}; what follows is computed from it, u takes it back"
        return self._making(f"clamp {clamp.text}", before, after, summary)

    def releasing(self, numbers: Sequence[int]) -> RescanJob:
        """A job that takes back those of `listed`, counted from 0. Raises `UserError` where there are none."""
        before, listed = self._now, self.listed
        if not numbers:
            raise UserError("nothing was released")
        clamps = tuple(clamp for at, clamp in enumerate(before.clamps) if at not in numbers)
        zeroed = enumerate(sorted(before.states), len(before.clamps))
        states = {position: before.states[position] for at, position in zeroed if at not in numbers}
        gone = ", ".join(listed[at] for at in sorted(numbers))
        after = replace(before, clamps=clamps, states=states)
        return self._making(f"release {gone}", before, after, f"released: {gone}; u holds it again")

    def beside(self) -> WorkJob:
        """A job that says how far the untouched run is from this one. Raises `UserError` where nothing is changed."""
        return compare_with_untouched(self._changes.debuggee.rollout, lambda: self._changes.cursor.position)

    def pair(self) -> ComparedStep | None:
        """The untouched run at the cursor, and the one that is open; None where nothing is changed, inside a step, and
        where the untouched run would first have to be read so far that somebody waits."""
        run, position = self._changes.debuggee.rollout, self._changes.cursor.position
        if not self.listed or self._changes.cursor.inside:
            return None
        if self._both is None or self._both.b is not run:
            self._both = Lockstep(run.untouched(), run)
        if self._both.a.timeline.unread(max(position - 1, 0), max(position - 1, 0)) > AWAITED:
            return None
        return self._both.at(position)

    def _making(self, label: str, before: Interventions, after: Interventions, summary: str) -> RescanJob:
        changes = self._changes
        change = Change(label, lambda now: now.with_interventions(before), lambda now: now.with_interventions(after))
        return RescanJob(
            change.redone,
            changes.debuggee,
            changes.cursor.position,
            None,
            lambda *_: changes.remember(change),
            summary,
            "nothing was changed",
        )
