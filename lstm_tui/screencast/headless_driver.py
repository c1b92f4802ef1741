"""A driver without a terminal: it keeps the screen, and hands out what changed on it whenever time passes."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.driver import Driver
from textual.geometry import Size

from lstm_tui.screencast.virtual_clock import VirtualLoop
from lstm_tui.terminal_driver.diff import Shown, difference
from lstm_tui.terminal_driver.screen_copy import ScreenCopy

if TYPE_CHECKING:
    from textual.app import App

    from lstm_tui.core.step import Step


class StageDriver(Driver):
    """It is not headless in Textual's sense, which would draw nothing. Make a subclass for each performance."""

    entered: ClassVar[Callable[[StageDriver], None]]
    """Called with the driver once there is one."""
    stepped: ClassVar[Callable[[Step], None]]
    """Called with every step that is on its way to the screen."""
    pauses: ClassVar[bool] = False
    """Whether a shell may be there that brings the program back after a pause: never where a script is played."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert size is not None  # there is no terminal to ask
        self.frame: Callable[[str], None] | None = None
        """Takes what turns the last screen into the present one; None while nothing reads it."""
        self._copy = ScreenCopy(*size)
        self._shown = Shown(size[1], anywhere=True)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.before_time_passes = self._settled
        type(self).entered(self)

    @classmethod
    def mark(cls, step: Step) -> None:
        """Another step is on its way to the screen."""
        cls.stepped(step)

    def write(self, data: str) -> None:
        """Draws; other sequences have no reader here."""
        for _ in self._copy.read(data):
            pass

    def press(self, event: events.Key) -> None:
        """A key, as the input thread of a driver with a terminal would hand it in."""
        self.process_message(event)

    def resize(self, width: int, height: int) -> None:
        """The terminal gets another size; all of it is drawn again."""
        self._size = (width, height)
        self._copy.resize(width, height)
        self._shown.forget(height)
        self._announce_size()

    def whole(self) -> None:
        """The next frame is the whole screen."""
        self._shown.forget(self._copy.height)
        self._copy.touched = True

    def text(self) -> list[str]:
        """The rows of the screen."""
        return ["".join(cell.text for cell in row).rstrip() for row in self._copy.rows]

    def shows(self, text: str) -> bool:
        """Whether `text` is in a row of the screen."""
        wanted = unicodedata.normalize("NFC", text)
        return any(wanted in unicodedata.normalize("NFC", row) for row in self.text())

    def _settled(self) -> None:
        if self.frame is None or not self._copy.touched:
            return
        self._copy.touched = False
        if self._copy.tidy():
            self._shown.forget(self._copy.height)
        if None in self._shown.rows:
            self._copy.drawn.update(range(self._copy.height))
        text = difference(self._shown, self._copy)
        if text:
            self.frame(text)

    def _announce_size(self) -> None:
        assert self._size is not None
        size = Size(*self._size)
        self.send_message(events.Resize(size, size))

    def start_application_mode(self) -> None:
        """There is no mode to enter."""
        self._announce_size()

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """There is no mode to leave."""
