"""Stepping by itself."""

from __future__ import annotations

from textual.timer import Timer

from lstm_tui.tui.controllers.inspection import Looks

SPEEDS = (0.5, 1, 2, 5, 10, 20)
"""Steps a second."""


class Autoplay(Looks):
    """One timer that moves one step a tick. A tick that comes while the last frame is still being painted is skipped:
    a slow terminal gets fewer steps a second, never a queue of old ones."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._speed = SPEEDS.index(2)
        self._timer: Timer | None = None
        self._painting = False

    @property
    def playing(self) -> bool:
        """Whether the text steps by itself."""
        return self._timer is not None

    def action_autoplay(self) -> None:
        if self.debugger is None:
            return
        if self.playing:
            self.stop_playing()
            return self.present()
        if self.debugger.position == self.debugger.length:
            self.debugger.to(0)
        self._start()
        self.present()

    def action_space(self) -> None:
        if self.playing:
            self.stop_playing()
            self.present()
        else:
            self.action_forward()

    def action_faster(self) -> None:
        self._change_speed(1)

    def action_slower(self) -> None:
        self._change_speed(-1)

    def _change_speed(self, by: int) -> None:
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        if self.playing:
            self._start()
            self.present()
        else:
            self.say(f"autoplay: {SPEEDS[self._speed]:g} steps a second (a plays)")

    def _start(self) -> None:
        self.stop_playing()
        self._timer = self.set_interval(1 / SPEEDS[self._speed], self.tick, name="autoplay")

    def stop_playing(self) -> None:
        """Stays where it is; does nothing while nothing plays."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def tick(self) -> None:
        """One step of the autoplay; the last one ends it."""
        if self.debugger is None or self._painting or self.app.screen is not self:
            return
        with self.telling():
            if not self.near(self._next):
                return
            before = self.debugger.position
            try:
                self.debugger.forward()
            finally:
                if self.debugger.position in (before, self.debugger.length):  # the end, or a step that cannot be made
                    self.stop_playing()
            self._painting = True
            self.present()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._painting = False

    def standing(self) -> str:
        if self.playing:
            return f"playing {SPEEDS[self._speed]:g} steps a second: space pauses, + - speed"
        return super().standing()
