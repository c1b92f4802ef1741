"""What a controller may touch. It exists while a model is open, so no controller checks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.tui.actions import Requirement
from lstm_tui.tui.frame import frame_of, steps_shown
from lstm_tui.tui.jobs import BackgroundReading, JobRunner

if TYPE_CHECKING:
    from lstm_tui.core.step import Step
    from lstm_tui.debugger.door import DebuggerDoor, JobDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.over_time_model import OverTimeModel
    from lstm_tui.tui.paired.companion import Companion
    from lstm_tui.tui.view import DebuggerView


class Workspace:
    """The model that is open, what is looked at, and what is under way."""

    def __init__(self, view: DebuggerView, debugger: DebuggerDoor) -> None:
        self.view = view
        self.debugger = debugger
        self.selection = view.selection
        self.companion: Companion | None = None
        """What goes along while two models are looked at."""
        self.over_time: OverTimeModel | None = None
        """Made when the first view over time is shown."""
        self.jobs = JobRunner(view, self.commit, self._report_run)
        self.reading = BackgroundReading(view, self._finish_reading)
        self.idle_sources: tuple[Callable[[], str], ...] = ()
        """What the message row says while nothing happened: the first that has anything to say."""
        self.left_alone: Callable[[str], str] = lambda why: why
        """Lets the companion go that cannot go along any more, and says so."""
        self.pause: Callable[[], None] = lambda: None
        """Ends what steps by itself."""
        self.put_back: Callable[[Prepared, DebuggerDoor], None] = lambda prepared, debugger: None
        """Shows a model that was open before."""

    @property
    def all(self) -> tuple[DebuggerDoor, ...]:
        """The model that is open; of two the one that was opened first, and the other."""
        return (self.debugger,) if self.companion is None else self.companion.both

    def show_message(self, sentence: str) -> None:
        """See `DebuggerView.show_message`."""
        self.view.show_message(sentence)

    def idle(self) -> str:
        """What the message row says while nothing happened."""
        return next(filter(None, (source() for source in self.idle_sources)), "")

    def _report_run(self) -> None:
        self.show_message(self.idle())
        self.view.dim_keys()

    def refused(self, needs: Requirement) -> bool:
        """Whether something under way forbids it; then the reason is shown."""
        refusal = self.jobs.refusal(needs)
        if refusal:
            self.show_message(refusal)
        return bool(refusal)

    # What is shown

    @property
    def shown(self) -> Step | None:
        """The step on the screen."""
        return self.view.frame.step

    def refresh(self, message: str | None = None) -> None:
        """Shows the debugger's step, and `message` (None: what is there anyway)."""
        step = self.debugger.step
        if self.companion is not None:
            try:
                self.companion.follow()
            except UserError as error:
                message = self.left_alone(str(error))
        self.selection.fit(step)
        self.view.make_room_for(step, self.debugger.quantities)
        self.show()
        self.view.show_message(self.idle() if message is None else message, hint=message is None)

    def refresh_layout(self) -> None:
        """The same step and message, with other things beside them."""
        self.view.fit()
        self.refresh(self.view.message or None)

    def show(self) -> None:
        """Hands the widgets a new frame. Raises the error of what it lacks."""
        debugger, selection = self.debugger, self.selection
        viewport = self.view.viewport(debugger.position, debugger.length)
        all_read = self.reading.ready(debugger, *steps_shown(debugger, selection, viewport, self.over_time))
        frame = frame_of(debugger, selection, viewport, self.over_time, all_read)
        self.view.frame = frame if self.companion is None else self.companion.beside(frame, selection, viewport)
        if self.view.frame.failure is not None:
            raise self.view.frame.failure

    def _finish_reading(self, run: JobDoor, idle: bool) -> None:
        self.debugger.take_over(run)
        self.refresh(None if idle else self.view.message)

    def select(self, unit: int) -> None:
        """Marks a unit of the layer in all panels; at the ends it stays."""
        if self.shown is not None:
            self.selection.unit = unit
            self.refresh()

    # Running

    def start(self, run: JobDoor, on_done: Callable[[JobDoor], None] | None = None) -> None:
        """Starts a run; autoplay continues only where the run changes the model."""
        if not self.jobs.start(run, on_done) and not run.changes:
            self.pause()

    def commit(self, run: JobDoor) -> None:
        """Takes over what a run has found."""
        self.refresh(self.arrived(run) or None)

    def arrived(self, run: JobDoor) -> str:
        """`commit` without showing it: what is to be said."""
        if self.companion is not None:
            self.companion.other.take_over(run)
        return self.debugger.commit(run)

    def cancel_run(self) -> bool:
        """Whether a run was under way."""
        given_up = self.jobs.cancel()
        if given_up:
            self.refresh(given_up)
        return bool(given_up)

    def near(self, position: int) -> bool:
        """Whether the debugger can go there at once; else it is on its way there. A single step may take long too: one
        block's first states come from reading the last."""
        if self.debugger.near(position) and (self.companion is None or self.companion.near(position)):
            return True
        if self.jobs.run is None:
            self.jobs.start(self.debugger.stops.goto(position))
        return False

    @property
    def next_position(self) -> int:
        """The step that is finished next: one that was begun, or the one after."""
        stage = self.debugger.step.stage
        return self.debugger.position + (stage is None or stage.done)
