"""A changed run beside the untouched one: since when they are apart, how far, and whether they come together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import step_name
from lstm_tui.debugger.contrasts.lockstep import Lockstep
from lstm_tui.debugger.jobs import WorkJob

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout

APART = 1e-4
"""KL of the guesses, in nats, from which on two runs are called apart."""
LOOKED_AT = 4096
"""Steps after the first change that are looked at."""


class UntouchedComparison:
    """How far the guesses of a changed run are from those of the same model left alone, step by step."""

    def __init__(self, changed: Rollout) -> None:
        alone = changed.untouched()
        first = changed.interventions.parted(alone.interventions)
        self._both = Lockstep(alone, changed)
        self.first = max(1, min(int(first), len(changed))) if first < float("inf") else len(changed) + 1
        self.last = min(len(changed), self.first + LOOKED_AT - 1)
        self._kl: dict[int, float] = {}

    def look(self) -> Iterator[int]:
        """Compare them: gives the positions reached."""
        for position in range(self.first, self.last + 1):
            self._kl[position] = self._both.kl(position) or 0.0
            yield position

    def describe(self, position: int) -> str:
        """`apart since step 12, KL 0.83 here, together again at step 19`, seen from `position`."""
        apart = [at for at, kl in self._kl.items() if not kl < APART]
        if not apart:
            return f"what is changed here moves no guess by KL {APART:g} or more up to {step_name(self.last)}"
        here = self._both.kl(position) if position else 0.0
        largest = max(apart, key=lambda at: self._kl[at])
        parts = [f"apart since step {apart[0]}", f"KL {here or 0.0:.4f} here"]
        if largest != position:
            parts.append(f"largest {self._kl[largest]:.4f} at step {largest}")
        if apart[-1] < self.last:
            parts.append(f"together again at step {apart[-1] + 1}")
        else:
            parts.append(f"not together again up to {step_name(self.last)}")
        return ", ".join(parts)


def compare_with_untouched(changed: Rollout, position: Callable[[], int]) -> WorkJob:
    """The comparison as a job that changes nothing. Raises `UserError` where there is nothing to compare."""
    if changed.model.output is None:
        raise UserError("this model has no output layer: it guesses nothing that could be compared")
    if not (changed.interventions.clamps or changed.interventions.states):
        raise UserError("nothing is changed here: f clamps the selected unit, z sets the states to 0")
    own = changed.with_model(changed.model)  # tensors of its own: this runs in another thread
    comparison = UntouchedComparison(own)
    verb = "comparing with the untouched run"
    job = WorkJob(
        verb,
        changed.timeline,
        comparison.look(),
        comparison.first - 1,
        comparison.last,
        lambda: comparison.describe(position()),
        "not compared",
    )
    job.changes = False
    return job
