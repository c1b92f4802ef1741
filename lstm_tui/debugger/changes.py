"""What is open, and every way in which it becomes another: at once, or in a job, and back again.

After a change the text up to the cursor has to be read again, which takes seconds far into a long one. Nothing is
changed before that has been done; then everything is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import EMPTY_TEXT, NOTHING_READ, WEIGHTS_KEPT, UserError
from lstm_tui.core.step import Step, step_name
from lstm_tui.core.text import Text
from lstm_tui.debugger.cursor import Cursor, Place
from lstm_tui.debugger.debuggee import Debuggee
from lstm_tui.debugger.history import Change, ChangeHistory
from lstm_tui.debugger.jobs import Job, RescanJob, SwitchJob, WorkJob
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.interventions import check_held
from lstm_tui.engine.rollout import Rollout, Written
from lstm_tui.engine.sampling import writing

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor, TrainingDoor


class Changes:
    """The debuggee, the cursor in it, and its changes. Nothing else replaces it."""

    def __init__(self, debuggee: Debuggee) -> None:
        self.debuggee = debuggee
        self.cursor = Cursor(lambda: self.debuggee.rollout)
        self._history = ChangeHistory()
        self._marked: tuple[Debuggee, ChangeHistory, Place] | None = None

    def make(self, change: Change) -> Step:
        """Do something that can be undone."""
        self._history.record(change)
        return self._open(change.redone(self.debuggee), change.parted)

    def remember(self, change: Change) -> None:
        """A change that a job has made can be undone."""
        self._history.record(change)

    def bookmark(self) -> None:
        """Remember what is open, where we are in it, and what can be undone."""
        self._marked = self.debuggee, self._history.copy(), self.cursor.place

    def to_bookmark(self) -> Step:
        """All of that again, whatever was done since. Raises `UserError` where there is no bookmark."""
        if self._marked is None:
            raise UserError("there is no place to return to")
        self.debuggee, history, self.cursor.place = self._marked
        self._history = history.copy()
        return self.cursor.step

    def read(self, text: str) -> Step:
        """Read another text from its start; what was done to the one before is forgotten.

        Raises `UserError` where it is empty or holds unknown characters.
        """
        if not text:
            raise UserError(EMPTY_TEXT)
        self.debuggee = self.debuggee.with_text(text)
        self._history.forget_text()
        return self.cursor.show(0)

    def follow(self, text: str) -> Step:
        """Read `text` as well, which another model reads now; what was done to this one stays as far as both texts are
        the same. Raises `UserError` where it holds unknown characters."""
        now = self.debuggee.rollout
        assert isinstance(now.sequence, Text), "rows of numbers stand beside nothing"
        other = Text(now.vocabulary, text, now.sequence.unknown)
        done = now.interventions.up_to(now.sequence.common_prefix(other))
        there = Rollout(now.model, other, done, now)
        self.debuggee = replace(self.debuggee, rollout=there)
        self._history.forget_text()
        return self.cursor.show(min(self.cursor.position, len(there)))

    def _open(self, after: Debuggee, parted: int | None) -> Step:
        """`after` is open from now on; the cursor stays, or is at `parted` where it was further on."""
        if self.debuggee.is_another(after):
            parted = 0
        self.debuggee = after
        return self.cursor.show(self.cursor.position if parted is None else min(self.cursor.position, parted))

    # In a job: imagining, other cells, trainings, taking back, doing again

    def imagining(self, count: int, temperature: float, seed: int) -> WorkJob:
        """A job that replaces what follows the cursor by `count` characters the model writes. Raises `UserError`."""
        position, before, written = self.cursor.position, self.debuggee.rollout, list[Written]()
        if position == 0:
            raise UserError(NOTHING_READ)
        indices = writing(before, position, count, temperature, seed)

        def work() -> Iterator[int]:
            for index in indices:
                written.append(index)
                yield position + len(written)

        def make() -> str:
            after = before.continued(position, written)
            undone, redone = (partial(Debuggee.reading, rollout=rollout) for rollout in (before, after))
            self.make(Change("imagine", undone, redone, parted=position))
            some = f"{count} {before.sequence.unit}" + ("" if count == 1 else "s")
            return f"imagined {some} after {step_name(position)}: → steps into them, u removes them"

        return WorkJob("imagining", before.timeline, work(), position, position + count, make, "nothing was imagined")

    def switching(self, name: str, kind: type[Cell]) -> SwitchJob:
        """A job that has the same weights read the text in another cell. Raises `UserError` where that cannot be."""
        check_held(kind, self.debuggee.rollout.interventions.clamps)

        def make(rollout: Rollout, cell: str) -> None:
            self.debuggee = replace(self.debuggee, rollout=rollout, about=replace(self.debuggee.about, cell=cell))
            self.cursor.show(self.cursor.position)

        return SwitchJob(self.debuggee.rollout, name, kind, make)

    def adopt(self, training: TrainingJob) -> str:
        """Continue with what was trained (`undo` undoes it); a cancelled training changes nothing. Says so."""
        job = self.adopting(training)
        return training.sentence if job is None else self.do(job)

    def adopting(self, training: TrainingDoor) -> RescanJob | None:
        """`adopt` as a job; None where there is nothing to adopt."""
        assert isinstance(training, TrainingJob), "what is taken back was handed out here"
        if training.outcome in ("cancelled", "running", "failed") or not training.losses:
            return None

        def make(now: Debuggee) -> Debuggee:
            trained = training.reading.anew(training.reading.model)  # what was scanned of it had other weights
            return now.trained(trained, training)

        def remember(before: Debuggee, after: Debuggee) -> None:
            whole = training.own_text
            undone, redone = (partial(Debuggee.with_weights, other=which, whole=whole) for which in (before, after))
            kept = after.network.size * (1 + (after.course is not None and len(after.course.numbers.kept)))
            self._history.record(Change("train", undone, redone, parameters=kept))

        return RescanJob(make, self.debuggee, self.cursor.position, None, remember, training.sentence, WEIGHTS_KEPT)

    def travelling(self, by: int) -> RescanJob:
        """A job after which the weights are those of an epoch so many of the kept ones on; 0: of the first of all.

        It is no change to undo: `undo` takes the training back from wherever one is in it. Raises `UserError`.
        """
        course = self.debuggee.course
        if course is None:
            raise UserError("there is no training to go through: t trains, then { and } go back and forth over epochs")
        epoch = course.next(by) if by else 0
        summary = f"epoch {epoch:,} of {len(course.numbers.figures):,}"

        def make(now: Debuggee) -> Debuggee:
            return now.at_epoch(epoch) if now.course is not None else now

        kept = f"still at epoch {course.numbers.at:,}"
        return RescanJob(make, self.debuggee, self.cursor.position, None, lambda *_: None, summary, kept)

    def interrupted(self, training: TrainingDoor, patience: float) -> Debuggee | None:
        """What would be open if a training that ends now, for want of time, were adopted; None where it has nothing.

        Waits `patience` seconds for its end. The text is not read again, and nothing changes.
        """
        assert isinstance(training, TrainingJob), "what is ended was handed out here"
        if not training.interrupt(patience):
            return None
        return self.debuggee.trained(training.learned(), training)

    @property
    def undoable(self) -> str | None:
        """The change that `undo` would undo; None where there is none."""
        return None if self._history.undoable is None else self._history.undoable.label

    @property
    def redoable(self) -> str | None:
        """What `redo` would do again; None where there is nothing."""
        return None if self._history.redoable is None else self._history.redoable.label

    def undo(self) -> str:
        """Undo the last training or edit that was not undone yet. Says which."""
        try:
            return self.do(self.undoing())
        except UserError as error:
            return str(error)

    def redo(self) -> str:
        """Redo what was undone last. Says which."""
        try:
            return self.do(self.redoing())
        except UserError as error:
            return str(error)

    def undoing(self) -> RescanJob:
        """`undo` as a job. Raises `UserError` where there is nothing."""
        history, change = self._history, self._history.undoable
        if change is None:
            raise UserError("nothing to undo")
        return self._rescan(change.undone, change, history.undid, history.after_undo(), "nothing was undone")

    def redoing(self) -> RescanJob:
        """`redo` as a job, like `undoing`."""
        history, change = self._history, self._history.redoable
        if change is None:
            raise UserError("nothing to redo")
        return self._rescan(change.redone, change, history.redid, history.after_redo(), "nothing was redone")

    def _rescan(
        self,
        make: Callable[[Debuggee], Debuggee],
        change: Change,
        moved: Callable[[Change], None],
        summary: str,
        kept: str,
    ) -> RescanJob:
        return RescanJob(
            make, self.debuggee, self.cursor.position, change.parted, lambda *_: moved(change), summary, kept
        )

    def commit(self, run: JobDoor) -> str:
        """Move to where a finished job got, having made the change that it prepared, and say how it ended.

        What was cancelled changes nothing, nor does a run of another text or state.
        """
        assert isinstance(run, Job), "what is taken back was handed out here"
        if isinstance(run, RescanJob) and run.outcome not in ("cancelled", "running"):
            before, after = self.debuggee, run.after(self.debuggee)
            run.remember(before, after)
            self._open(after, run.parted)
            return run.summary
        if isinstance(run, WorkJob) and run.outcome == "there":
            same = run.timeline is self.debuggee.rollout.timeline
            return run.make() if same else f"the text, the model or its state has changed: {run.kept}"
        if run.outcome != "there":
            return run.sentence
        timeline = self.debuggee.rollout.timeline
        if not run.timeline.like(timeline):
            return "the text, the model or its state has changed: run it again"
        timeline.take_over(run.timeline)
        self.cursor.to(run.goal)
        return run.sentence

    def do(self, run: Job) -> str:
        """Run and commit. Raises what made it fail."""
        run.run()
        if run.error is not None:
            raise run.error
        return self.commit(run)
