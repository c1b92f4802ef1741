"""A training that is over, as a time of its own: which epoch's weights are open, and how to open another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import About
from lstm_tui.core.training_course import TrainingCourse

if TYPE_CHECKING:
    from lstm_tui.engine.training.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class Course:
    """Its epochs."""

    snapshots: Snapshots
    numbers: TrainingCourse
    known: Mapping[int, About] = field(default_factory=dict)
    """What was said of the epochs that were open already: whether they have been saved, and where."""

    @property
    def ended(self) -> bool:
        """Whether the weights are those that the training ended with."""
        return self.numbers.at == self.numbers.last

    def next(self, by: int) -> int:
        """The epoch that many of the kept ones on. Raises `UserError` where there is none."""
        kept = self.numbers.kept
        there = kept.index(self.numbers.at) + by
        if there < 0:
            raise UserError("epoch 0: these are the weights that the training began with")
        if there >= len(kept):
            raise UserError(f"epoch {kept[-1]:,} was the training's last")
        return kept[there]

    def at(self, epoch: int, now: About) -> tuple[Course, About]:
        """The same at another epoch, and what is to be said of that; `now`: of the epoch that is left."""
        known = {**self.known, self.numbers.at: now}
        begun = None if now.epochs is None else now.epochs - self.numbers.at
        about = known.get(epoch) or replace(
            now,
            epochs=None if begun is None else begun + epoch,
            loss=self.numbers.figures[epoch - 1].loss if epoch else None,
            path=known[self.numbers.last].path if self.numbers.last in known else now.path,
            unsaved=True,
        )
        return replace(self, numbers=replace(self.numbers, at=epoch), known=known), about
