"""The real app on a driver that keeps every byte instead of sending it, and what a byte stream may hold."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from lstm_tui.core.vocabulary import visible

ALLOWED = re.compile(
    r"\x1b\[[0-9;]*m"  # styles
    r"|\x1b\[[0-9]*(?:;[0-9]*)?H"  # cursor position
    r"|\x1b\[\?(?:2026|25|1049|1004|2004|2048|1000|1002|1003|1006|1015|1016|7)[hl]"  # modes that Textual sets
    r"|\x1b\[\?(?:2026|2048)\$p|\x1b\[[<>=][0-9]*u|\x1b\[[0-9]* q"  # questions, the keyboard protocol, cursor shape
    r"|\x1b\]22;[a-z-]*(?:\x07|\x1b\\)"  # the shape of the mouse pointer
)


def foreign(written: str) -> list[str]:
    """What in `written` is neither an allowed sequence nor harmless text."""
    rest = ALLOWED.sub("", written)
    return [
        character for character in rest if character not in "\n\r\u2800" and visible("a" + character)[1:] != character
    ]


class Captured(Driver):
    """A terminal of which only the size is real."""

    written: list[str]

    def __init__(self, app: App[Any], *, size: tuple[int, int] | None = None, **options: Any) -> None:
        super().__init__(app, size=size, **options)
        self.written = []

    def write(self, data: str) -> None:
        self.written.append(data)

    def start_application_mode(self) -> None:
        width, height = self._size or (120, 40)
        event = Resize(Size(width, height), Size(width, height))
        asyncio.run_coroutine_threadsafe(self._app._post_message(event), asyncio.get_running_loop())

    def disable_input(self) -> None:
        pass

    def stop_application_mode(self) -> None:
        pass


@asynccontextmanager
async def captured(app: App[Any], size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Pilot[Any], list[str]]]:
    """The app running on a `Captured` driver of `size`; what it has written so far."""
    app.driver_class = Captured
    ready: asyncio.Future[Pilot[Any]] = asyncio.get_running_loop().create_future()
    finish = asyncio.Event()

    async def hold(pilot: Pilot[Any]) -> None:
        ready.set_result(pilot)
        await finish.wait()
        app.exit()

    running = asyncio.ensure_future(app.run_async(size=size, auto_pilot=hold))
    either: set[asyncio.Future[Any]] = {ready, running}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    try:
        pilot = ready.result()
        assert isinstance(app._driver, Captured)
        with app._context():
            yield pilot, app._driver.written
    finally:
        finish.set()
        await running
