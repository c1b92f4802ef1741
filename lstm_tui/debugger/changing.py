"""What changes the model or its states under the cursor, and takes it back: at once, or as a run in another thread.

After a change the text up to the cursor has to be read again, which takes seconds far into a long one. Nothing is
changed before that has been done; then everything is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import About, Step
from lstm_tui.debugger.history import Change, Debuggee, History
from lstm_tui.debugger.jobs import HEAVY, Job, WorkJob
from lstm_tui.debugger.training_job import TrainingJob

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor, TrainingDoor
    from lstm_tui.debugger.stops import StopList
    from lstm_tui.engine.network import Stack
    from lstm_tui.engine.rollout import Rollout


class RescanJob(Job):
    """A run through the text as it reads after a change, up to the cursor. `Debugger.commit` makes the change."""

    verb = "reading again"
    changes = True

    def __init__(
        self,
        make: Callable[[], Debuggee],
        now: Rollout,
        position: int,
        done: Callable[[Debuggee], None],
        said: str,
        kept: str,
    ) -> None:
        super().__init__(now.timeline, self._rescan(), 0, position, lambda _: said)
        self.heavy = now.model.size > HEAVY
        self.aim: Debuggee | None = None
        """What is open afterwards, as far as it was read aside."""
        self.make, self.done, self.said = make, done, said
        """What is open afterwards; what is to be remembered then; what was done, in words."""
        self.kept = kept
        self._now, self._version = now, now.timeline.version

    def _rescan(self) -> Iterator[int]:
        from lstm_tui.engine.search.search import scan_to

        yield 0  # nothing is copied before anybody could ask for less
        self.aim = aim = self.make()
        self.goal = self.goal if aim.limit is None else min(self.goal, aim.limit)
        self.scout = aim.reading.timeline.fork()
        yield from scan_to(self.scout, self.goal)

    def began_from(self, reading: Rollout) -> bool:
        """Whether what is open has not changed since: else what was read on the way is of no use."""
        return self._now is reading and self._version == reading.timeline.version


class Changing:
    """A debugger builds on it; what is not its own is declared here."""

    _reading: Rollout
    _about: About
    _step: Step
    _history: History
    _largest: dict[int, float]
    stops: StopList

    if TYPE_CHECKING:

        def _show(self, position: int) -> Step: ...

    # Trainings

    def adopt(self, training: TrainingJob) -> str:
        """Go on with what was trained (`undo` takes it back); a cancelled training changes nothing. Says so."""
        run = self.adopting(training)
        return training.sentence if run is None else self._at_once(run)

    def adopting(self, training: TrainingDoor) -> Job | None:
        """`adopt` as a run, to be made in any thread and then arrived at; None where there is nothing to adopt."""
        assert isinstance(training, TrainingJob), "what is taken back was handed out here"
        if training.outcome in ("cancelled", "running", "failed") or not training.losses:
            return None
        kept = "the weights from before are kept"
        return self._rereading(
            partial(self._after_training, training), partial(self._trained, training), training.sentence, kept
        )

    def interrupted(self, training: TrainingDoor, patience: float) -> Debuggee | None:
        """What would be open if a training that ends now, for want of time, were adopted; None where it has nothing.

        Waits `patience` seconds for its end. The text is not read anew, and nothing changes.
        """
        assert isinstance(training, TrainingJob), "what is ended was handed out here"
        if not training.interrupt(patience):
            return None
        return self._with_weights(training.learned(), self._about_trained(training), training.own_text)

    def _after_training(self, training: TrainingJob) -> Debuggee:
        trained = training.reading.anew(training.reading.model)  # what was scanned of it had other weights
        return self._with_weights(trained, self._about_trained(training), training.own_text)

    def _trained(self, training: TrainingJob, after: Debuggee) -> None:
        texts = training.own_text
        undone = partial(self._with_weights, self._reading, self._about, texts)
        redone = partial(self._with_weights, after.reading, self._about_trained(training), texts)
        kept = sum(weights.numel() for weights in after.reading.model.parameters())
        self._history.record(Change("train", undone, redone, kept))

    # Taking back

    @property
    def undoable(self) -> str | None:
        """What `undo` would take back; None where there is nothing."""
        change = self._history.undoable
        return None if change is None else change.label

    @property
    def redoable(self) -> str | None:
        """What `redo` would do again; None where there is nothing."""
        change = self._history.redoable
        return None if change is None else change.label

    def undo(self) -> str:
        """Take back the last training or edit that was not taken back yet. Says which."""
        try:
            return self._at_once(self.undoing())
        except UserError as error:
            return str(error)

    def redo(self) -> str:
        """Do again what was taken back last. Says which."""
        try:
            return self._at_once(self.redoing())
        except UserError as error:
            return str(error)

    def undoing(self) -> Job:
        """`undo` as a run, to be made in any thread and then committed. Raises `UserError` where there is nothing."""
        history, change = self._history, self._history.undoable
        if change is None:
            raise UserError("nothing to undo")
        return self._rereading(
            change.undone, lambda _: history.undid(change), history.after_undo(), "nothing was undone"
        )

    def redoing(self) -> Job:
        """`redo` as a run, like `undoing`."""
        history, change = self._history, self._history.redoable
        if change is None:
            raise UserError("nothing to redo")
        said = history.after_redo()
        return self._rereading(change.redone, lambda _: history.redid(change), said, "nothing was redone")

    # Runs

    def commit(self, run: JobDoor) -> str:
        """Where a finished run got, and how it ended: see `StopList.commit`. One that changes something does so now."""
        assert isinstance(run, Job), "what is taken back was handed out here"
        if isinstance(run, WorkJob):
            return self._worked(run)
        if not isinstance(run, RescanJob):
            return self.stops.commit(run)
        if run.outcome in ("cancelled", "running"):
            return run.sentence
        aim = run.make()  # anew: what is open may have been changed meanwhile, or saved under another name
        if run.aim is not None and run.began_from(self._reading):
            run.aim.reading.timeline.learn(run.scout)
            aim = replace(aim, reading=run.aim.reading)
        run.done(aim)
        self._take(aim)
        return run.said

    def _rereading(
        self, make: Callable[[], Debuggee], done: Callable[[Debuggee], None], said: str, kept: str
    ) -> RescanJob:
        return RescanJob(make, self._reading, self._step.position, done, said, kept)

    def _worked(self, job: WorkJob) -> str:
        if job.outcome != "there":
            return job.sentence
        if job.scout is not self._reading.timeline:
            return f"the text, the model or its state changed meanwhile: {job.kept}"
        return job.take()

    def _at_once(self, run: Job) -> str:
        run.run()
        if run.error is not None:
            raise run.error
        return self.commit(run)

    # What there is after a change

    def _take(self, aim: Debuggee) -> None:
        self._reading, self._about = aim.reading, aim.about
        if aim.other_text:
            self._largest.clear()
        position = self._step.position
        self._show(position if aim.limit is None else min(position, aim.limit))

    def _with_edits(self, edits: Mapping[int, Stack]) -> Debuggee:
        return Debuggee(self._reading.with_edits(edits), self._about)

    def _with_weights(self, reading: Rollout, about: About, with_text: bool) -> Debuggee:
        """Another model: with its text from the start, or in the same cell at the same place of the present one."""
        if with_text:
            return Debuggee(reading, about, 0, other_text=True)
        cell = self._reading.model.cell_type
        model = reading.model if reading.model.cell_type is cell else reading.model.with_cell(cell)
        other = self._reading.with_model(model)
        if other.indices is reading.indices:
            other.timeline.inherit(reading.timeline)
        return Debuggee(other, replace(about, cell=cell.name))

    def _about_trained(self, training: TrainingJob) -> About:
        other = training.own_text
        model = training.reading.model
        before = 0 if training.fresh else self._about.epochs
        return replace(
            self._about,
            name="fresh" if other else self._about.name,
            vocabulary=training.reading.vocabulary.symbols,
            hidden_sizes=model.hidden_sizes,
            epochs=None if before is None else before + len(training.losses),
            loss=training.best,
            path=None if other else self._about.path,
            unsaved=True,
            parameters=sum(p.numel() for p in model.parameters()),
            notes=() if training.fresh else self._about.notes,
        )
