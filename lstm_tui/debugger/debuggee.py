"""What is debugged: a network reading a text, the states set by hand, and the facts to show about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lstm_tui.conditions import NameSpace
from lstm_tui.core.clamps import Clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.step import About
from lstm_tui.core.text import Text
from lstm_tui.debugger.course import Course
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.interventions import Interventions
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.rollout import Rollout


@dataclass(frozen=True, eq=False)
class Debuggee:
    """What is open. A change makes a new one, which takes over what is known to stay the same."""

    rollout: Rollout
    about: About
    course: Course | None = None
    """The training whose weights these are, where it can be gone back through."""

    @property
    def network(self) -> Network:
        """The weights, in the cell that computes them."""
        return self.rollout.model

    @property
    def cell(self) -> type[Cell]:
        """The implementation that computes the steps."""
        return self.network.cell_type

    def apart(self) -> Debuggee:
        """The same for another thread."""
        return replace(self, rollout=self.rollout.with_model(self.network))

    def with_text(self, text: str) -> Debuggee:
        """Another text from its start. Raises `UserError` where it holds unknown characters."""
        now = self.rollout
        if isinstance(now.sequence, Rows):
            raise UserError("this model reads rows of numbers, which cannot be typed: open it again with --rows FILE")
        classes = now.classes and now.classes.unlabelled()
        other = Text(now.vocabulary, text, now.sequence.unknown, classes)
        return replace(self, rollout=Rollout(now.model, other, after=now))

    def with_edits(self, edits: Mapping[int, Stack]) -> Debuggee:
        """With the states set after just these positions."""
        return replace(self, rollout=self.rollout.with_edits(edits))

    def with_clamps(self, clamps: Iterable[Clamp], beyond: int = 0) -> Debuggee:
        """With just these values held. Raises `UserError` where they do not fit."""
        return replace(self, rollout=self.rollout.with_clamps(clamps, beyond))

    def with_interventions(self, interventions: Interventions) -> Debuggee:
        """With this done to the states and values, and nothing else."""
        return replace(self, rollout=self.rollout.with_interventions(interventions))

    def zeroed_at(self, positions: Sequence[int]) -> Debuggee:
        """With every state zero after just these positions."""
        return self.with_edits(dict.fromkeys(positions, self.rollout.zero_stack()))

    def reading(self, rollout: Rollout) -> Debuggee:
        """The text of `rollout`, read by the network there is now."""
        return replace(self, rollout=rollout if rollout.model is self.network else rollout.with_model(self.network))

    def with_weights(self, other: Debuggee, whole: bool) -> Debuggee:
        """Those of `other` in the same cell, at the same place of the present text; `whole`: with its own text."""
        if whole:
            return other
        network = other.network if other.cell is self.cell else other.network.with_cell(self.cell)
        rollout = self.rollout.with_model(network)
        rollout.timeline.take_over(other.rollout.timeline)
        return Debuggee(rollout, replace(other.about, cell=self.cell.name), other.course)

    def at_epoch(self, epoch: int) -> Debuggee:
        """With the weights that the training had then, in the same cell, at the same place of the text."""
        assert self.course is not None, "asked where there was a training"
        network = self.course.snapshots.network(epoch)
        if network.cell_type is not self.cell:
            network = network.with_cell(self.cell)
        course, about = self.course.at(epoch, self.about)
        return Debuggee(self.rollout.with_model(network), replace(about, cell=self.cell.name), course)

    @property
    def ended(self) -> Debuggee:
        """With the weights that the training ended with, which a look at earlier ones must not lose."""
        return self if self.course is None or self.course.ended else self.at_epoch(self.course.numbers.last)

    @property
    def ended_about(self) -> About:
        """What is said of those."""
        course = self.course
        return self.about if course is None or course.ended else course.at(course.numbers.last, self.about)[1]

    @property
    def name_space(self) -> NameSpace:
        """All names that a condition may use."""
        now, about = self.rollout.sequence, self.about
        names = now.form if isinstance(now, Rows) else now.vocabulary.symbols
        return NameSpace.of(self.cell.quantities, about.hidden_sizes, names, about.words, about.classes)

    def is_another(self, other: Debuggee) -> bool:
        """Whether `other` has a vocabulary of its own: nothing seen so far belongs to it."""
        return self.rollout.vocabulary is not other.rollout.vocabulary

    def furthest(self, position: int, other: Debuggee) -> int:
        """Where a cursor at `position` is in `other`, which has the same text and other weights."""
        return 0 if self.is_another(other) else position

    def trained(self, rollout: Rollout, training: TrainingJob) -> Debuggee:
        """What `training` made of this: `rollout`'s weights here, or, where it learned a text of its own, there."""
        own, now = training.own_text, self.about
        before = 0 if training.fresh else now.epochs
        about = replace(
            now,
            name="fresh" if own else now.name,
            vocabulary=() if isinstance(rollout.sequence, Rows) else rollout.vocabulary.symbols,
            words=rollout.vocabulary.words,
            classes=() if own else now.classes,
            channels=() if own else now.channels,
            targets=() if own else now.targets,
            scale="none" if own else now.scale,
            hidden_sizes=rollout.model.hidden_sizes,
            epochs=None if before is None else before + len(training.losses),
            loss=training.best,
            path=None if own else now.path,
            unsaved=True,
            parameters=sum(p.numel() for p in rollout.model.parameters()),
            notes=() if training.fresh else now.notes,
        )
        return self.with_weights(Debuggee(rollout, about, training.course), own)
