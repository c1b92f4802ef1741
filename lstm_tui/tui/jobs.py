"""What takes longer continues in a thread: the screen stays where it is, and can be used, until it is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.tui.actions import Requirement

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggerDoor, JobDoor, TrainingDoor
    from lstm_tui.tui.view import DebuggerView

RUNNING = "a run is in progress: escape cancels it"
TRAINING = "a training is running: escape cancels it"
FRAMES = 8
"""Reports a second of one that takes longer."""
SOON = 0.06
"""Seconds to wait for a run: most have arrived by then, and the next key finds them there."""


class JobEnded(Message):
    """What a thread did has come to its end."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then
        self.failure: UserError | RunFailed | None = None

    def finish(self) -> None:
        """Do on the screen's own thread what follows. Raises what the thread has raised."""
        if self.failure is not None:
            raise self.failure
        self._then()


def run_in_thread(view: DebuggerView, work: Callable[[], object], then: Callable[[], None], group: str) -> None:
    """Does `work` in a thread, where nothing of the screen may be touched, and `then` on the screen's."""

    def thread() -> None:
        ended = JobEnded(then)
        try:
            work()
        except (UserError, RunFailed) as error:
            ended.failure = error
        finally:
            view.post_message(ended)

    view.run_worker(thread, name=group, group=group, thread=True)


class JobRunner:
    """One run along the text at a time, and one training beside it, which is started and watched elsewhere."""

    def __init__(self, view: DebuggerView, on_done: Callable[[JobDoor], None], report: Callable[[], None]) -> None:
        self._view, self._on_done, self._report = view, on_done, report
        self.run: JobDoor | None = None
        self.training: TrainingDoor | None = None
        self._reports: Timer | None = None

    def refusal(self, needs: Requirement) -> str:
        """Why something cannot be done now; empty where it can."""
        run = self.run
        if needs is Requirement.NO_WORK and self.training is not None:
            return TRAINING
        if needs is Requirement.NO_RUN and run is not None:
            return RUNNING
        if needs in (Requirement.NO_CHANGE, Requirement.NO_WORK) and run is not None and run.changes:
            return f"{run.verb}: escape cancels it"
        return ""

    def start(self, run: JobDoor, on_done: Callable[[JobDoor], None] | None = None) -> bool:
        """Starts a run. Whether it has arrived at once, as near ones do; others continue in a thread."""
        on_done = on_done or self._on_done
        if not run.heavy:
            run.run(SOON)
        if run.outcome != "running":
            on_done(run)
            return True
        self.run = run
        self._reports = self._view.set_interval(1 / FRAMES, self._report, name="run")

        def then() -> None:
            if self.run is run:
                self._clear()
                on_done(run)

        run_in_thread(self._view, run.run, then, "run")
        self._report()
        return False

    def cancel(self) -> str:
        """The sentence for what was given up; empty where no run was under way. Its thread ends soon after."""
        run = self.run
        if run is None:
            return ""
        run.cancel()
        self._clear()
        return run.given_up

    def idle(self) -> str:
        """How far the run is."""
        run = self.run
        if run is None:
            return ""
        back = " back" if run.goal < run.start else ""
        return f"{run.verb}{back}: step {run.reached:,}, {run.fraction:.0%} of the way to {run.goal:,} (escape cancels)"

    def close(self) -> None:
        """A running thread would keep the program alive."""
        for job in (self.run, self.training):
            if job is not None:
                job.cancel()

    def _clear(self) -> None:
        self.run = None
        if self._reports is not None:
            self._reports.stop()


class BackgroundReading:
    """Steps through what is to be looked at where that takes long, one run at a time.

    Until then the step is shown with its equations, without what is made from many steps.
    """

    def __init__(self, view: DebuggerView, done: Callable[[JobDoor, bool], None]) -> None:
        self._view, self._done = view, done
        self._run: JobDoor | None = None
        """The run that reads, or that failed to."""

    def ready(self, debugger: DebuggerDoor, first: int, last: int) -> bool:
        """Whether all of these steps can be asked for at once; else they are being read."""
        run = self._run
        if debugger.at_hand(first, last):
            self.close()
            return True
        if run is None or not debugger.follows(run):
            self.close()
            run = debugger.reading_up(first, last)
            if not run.heavy:
                run.run(SOON)
            if run.outcome == "there":
                debugger.take_over(run)
                return True
            self._run = run
            if run.outcome == "running":
                run_in_thread(self._view, run.run, partial(self._ended, run), "read")
        return run.outcome == "failed"  # asking for the numbers raises the cell's own error

    def _ended(self, run: JobDoor) -> None:
        if self._run is run:
            was_idle = self._view.message == self.idle()
            if run.outcome != "failed":
                self._run = None
            self._done(run, was_idle)

    def idle(self) -> str:
        """What is being read."""
        run = self._run
        if run is None or run.outcome == "failed":
            return ""
        return f"reading the steps {run.start + 1:,} to {run.goal:,} …"

    def close(self) -> None:
        """A thread that reads on would keep the program alive."""
        if self._run is not None:
            self._run.cancel()
            self._run = None
