"""Stepping by itself: through the text, or at one step of it through the epochs of a training."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from lstm_tui.tui.actions import Action, Requirement

if TYPE_CHECKING:
    from lstm_tui.tui.workspace import Workspace

SPEEDS = (0.5, 1, 2, 5, 10, 20)
"""Steps a second."""
EPOCHS = SPEEDS.index(5)
"""The speed at which the epochs are begun."""


class AutoplayController:
    """One timer that moves one step a tick. A tick that comes while the last frame is still being painted is skipped:
    a slow terminal gets fewer steps a second, never a queue of old ones."""

    def __init__(self, workspace: Workspace, forward: Callable[[], None], travel: Callable[[int], None]) -> None:
        self._workspace, self._forward, self._travel = workspace, forward, travel
        self._one = self._step
        """What a tick does."""
        workspace.pause = self.pause
        self._speed = SPEEDS.index(2)
        self._timer: Timer | None = None
        self._painting = False

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("play.toggle", self.toggle),
            Action("step.space", self.step_or_pause),
            Action("play.faster", partial(self._change_speed, 1)),
            Action("play.slower", partial(self._change_speed, -1)),
            Action("epoch.play", self.play_training, Requirement.NO_WORK),
        )

    @property
    def playing(self) -> bool:
        """Whether the text steps by itself."""
        return self._timer is not None

    def toggle(self) -> None:
        """Starts, from step 0 where the text has ended, or stops."""
        debugger = self._workspace.debugger
        if self.playing:
            self.pause()
        else:
            if debugger.position == debugger.length:
                debugger.to(0)
            self._one = self._step
            self._start()
        self._workspace.refresh()

    def play_training(self) -> None:
        """Goes through the epochs from the one that is open, or from the first where that is the last."""
        course = self._workspace.debugger.course
        if course is None or course.at == course.kept[-1]:
            self._travel(0)  # which says so where there is no training
        self._one, self._speed = self._epoch, max(self._speed, EPOCHS)
        self._start()
        self._workspace.show_message(self.idle())

    def step_or_pause(self) -> None:
        """The space bar."""
        if self.playing:
            self.pause()
            self._workspace.refresh()
        else:
            self._forward()

    def _change_speed(self, by: int) -> None:
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        if self.playing:
            self._start()
            self._workspace.refresh()
        else:
            self._workspace.show_message(f"autoplay: {SPEEDS[self._speed]:g} steps a second (a starts it)")

    def _start(self) -> None:
        self.pause()
        self._timer = self._workspace.view.set_interval(1 / SPEEDS[self._speed], self.tick, name="autoplay")

    def pause(self) -> None:
        """Stays where it is; does nothing while nothing plays."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def tick(self) -> None:
        """One step of the autoplay; the last one ends it."""
        view = self._workspace.view
        if self._painting or view.app.screen is not view:
            return
        with view.showing_errors():
            self._one()
        if self._painting:
            view.call_after_refresh(self._painted)

    def _step(self) -> None:
        debugger = self._workspace.debugger
        if not self._workspace.near(self._workspace.next_position):
            return
        begun, before = debugger.step.stage is not None, debugger.position
        try:
            debugger.forward()
        finally:
            stuck = debugger.position == before and (not begun or debugger.step.stage is not None)
            if stuck or debugger.position == debugger.length:  # a step that cannot be made, or the end
                self.pause()
        self._painting = True
        self._workspace.refresh()

    def _epoch(self) -> None:
        course = self._workspace.debugger.course
        if course is None or course.at == course.kept[-1]:  # the end, or a training that was taken back
            return self.pause()
        if self._workspace.jobs.run is None:
            self._painting = True
            self._travel(1)

    def _painted(self) -> None:
        self._painting = False

    def idle(self) -> str:
        """How fast it plays."""
        what = "epochs" if self._one == self._epoch else "steps"
        sentence = f"playing {SPEEDS[self._speed]:g} {what} a second: space pauses, + - change the speed"
        return sentence if self.playing else ""
