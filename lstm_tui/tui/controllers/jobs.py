"""One run at a time: set off, watched, arrived at or cancelled. What runs are for is in the classes built on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from lstm_tui.tui.controllers.autoplay import Autoplay
from lstm_tui.tui.controllers.reading_up import SOON

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor

FRAMES = 8
"""Reports a second of one that takes longer."""
REMEMBERED = 200
"""Jumps that `backspace` can take back."""


class Journeys(Autoplay):
    """A run that takes longer goes on in a thread: the screen stays where it is, and can be used, until it arrives."""

    class RunEnded(Message):
        """A run has come to its end in its thread."""

        def __init__(self, run: JobDoor, remember: bool) -> None:
            super().__init__()
            self.run = run
            self.remember = remember

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.under_way: JobDoor | None = None
        self._reports: Timer | None = None
        self._jumps: list[int] = []
        """Where the cursor stood before each jump, the latest last."""

    def near(self, position: int) -> bool:
        """See `Moving.near`. A single step may take long too: one block's first states come from reading the last."""
        if self.debugger is None or self.debugger.near(position):
            return True
        if self.under_way is None:
            self.set_off(self.debugger.stops.goto(position), remember=False, playing=True)
        return False

    def set_off(self, run: JobDoor, remember: bool = True, playing: bool = False) -> None:
        """Goes there: at once where it is near, else in a thread. What plays goes on only where `playing` says so."""
        run.run(0.0 if run.heavy else SOON)
        if run.outcome != "running":
            return self._arrive(run, remember)
        if not (run.changes or playing):
            self.stop_playing()
        self.under_way = run
        self._reports = self.set_interval(1 / FRAMES, self._report, name="run")
        self.run_worker(partial(self._go_on, run, remember), name="run", group="run", thread=True)
        self._report()

    def _go_on(self, run: JobDoor, remember: bool) -> None:
        """In the thread: nothing of the screen may be touched here but its message queue."""
        try:
            run.run()
        finally:
            self.post_message(self.RunEnded(run, remember))

    def on_journeys_run_ended(self, event: RunEnded) -> None:
        if self.under_way is event.run:
            self._land()
            self._arrive(event.run, event.remember)

    def _land(self) -> None:
        self.under_way = None
        if self._reports is not None:
            self._reports.stop()

    def _arrive(self, run: JobDoor, remember: bool) -> None:
        if self.debugger is None:
            return
        before = self.debugger.position
        sentence = self.debugger.commit(run)
        if remember and self.debugger.position != before:
            self._jumps = [*self._jumps[1 - REMEMBERED :], before]
        self.present(sentence or None)

    def change(self, job: JobDoor) -> None:
        """See `Looks.change`. A run under way is through what is going to be another one."""
        self.cancel_run()
        self.set_off(job, remember=False)

    def cancel_run(self) -> bool:
        """Whether a run was under way. Its thread ends by itself soon after."""
        run = self.under_way
        if run is None:
            return False
        run.cancel()
        self._land()
        self.present(run.given_up)
        return True

    def changing(self) -> bool:
        if self.under_way is None or not self.under_way.changes:
            return False
        self.say(f"{self.under_way.verb}: escape cancels it")
        return True

    def busy(self) -> bool:
        """Whether something is going to change the model, which says so: it must not be changed under it."""
        return self.changing() or super().busy()

    def _report(self) -> None:
        self.say(self.standing())

    def standing(self) -> str:
        run = self.under_way
        if run is None:
            return super().standing()
        back = " back" if run.goal < run.start else ""
        return f"{run.verb}{back}: step {run.reached:,}, {run.fraction:.0%} of the way to {run.goal:,} (escape cancels)"

    def on_unmount(self) -> None:
        """A thread that runs on would keep the program alive."""
        super().on_unmount()
        if self.under_way is not None:
            self.under_way.cancel()
