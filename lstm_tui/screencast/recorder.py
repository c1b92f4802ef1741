"""Recording a session while it is used: the thrifty driver, which also writes down what it sends.

    recording = Recording(Cast("demo.cast"))
    app.run with driver_class=recording.driver

A frame is recorded when it goes out, so that what a slow line skipped is not in the recording either. The file is the
driver's own business: nothing that goes wrong with it disturbs the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstm_tui.core.errors import RunFailed
from lstm_tui.screencast.cast import Cast
from lstm_tui.screencast.markers import Markers
from lstm_tui.screencast.sanitise import drawn
from lstm_tui.terminal_driver.driver import ThriftyDriver

if TYPE_CHECKING:
    from lstm_tui.core.step import Step

IDLE = 3.0
"""The longest pause that a player should keep, in seconds."""


class Recording:
    """A session on its way into a file."""

    def __init__(
        self,
        cast: Cast,
        theme: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        step_markers: bool = False,
        title: str = "lstm-tui",
    ) -> None:
        self.failure: RunFailed | None = None
        """Why the recording stopped before the session did."""
        self.markers = Markers(step_markers)
        self._cast = cast
        self._theme, self._title = theme, title
        self._clock = clock
        self._began = 0.0

    @property
    def driver(self) -> type[RecordingDriver]:
        """The driver class for the app that is to be recorded."""
        return type("Recorder", (RecordingDriver,), {"recording": self})

    def sent(self, text: str, width: int, height: int) -> None:
        """The terminal, of this size, was sent `text`."""
        shown = drawn(text)
        if not shown or self.failure is not None:
            return
        now = self._clock()
        try:
            if self._cast.size is None:
                self._began = now
                self._cast.begin(width, height, title=self._title, idle_time_limit=IDLE, theme=self._theme)
            at = now - self._began
            if self._cast.size != (width, height):
                self._cast.resized(at, width, height)
            self._cast.output(at, shown)
            for label in self.markers.due():
                self._cast.marker(at, label)
        except RunFailed as error:
            self.failure = error

    def close(self) -> None:
        """The session is over. Raises what stopped the recording, if anything did."""
        self._cast.close()
        if self.failure is not None:
            raise self.failure


class RecordingDriver(ThriftyDriver):
    """The thrifty driver of one recording."""

    recording: ClassVar[Recording]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._shown.anywhere = True

    @classmethod
    def mark(cls, step: Step) -> None:
        """Another step is on its way to the screen."""
        cls.recording.markers.step(step)

    def _send(self, text: str) -> None:
        self.recording.sent(text, self._copy.width, self._copy.height)
        super()._send(text)
