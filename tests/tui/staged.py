"""The real app with no terminal, in a time of its own: keys go in, the screen is read off the cells it has drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.events import MouseDown, MouseMove, MouseScrollDown, MouseUp, Paste

from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.screencast.headless_driver import StageDriver
from lstm_tui.screencast.keyboard import event
from lstm_tui.screencast.virtual_clock import VirtualLoop, textual_follows
from lstm_tui.tui.app import LstmTui, make_app
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.system.lesson_shelf import Shelf

SETTLING = 0.0537
"""Seconds after keys, a number of its own: a key must not always coincide with the same tick of a timer."""

_NAMES = {"enter", "escape", "tab", "space", "backspace", "up", "down", "left", "right", "home", "end"}


def keys(words: str) -> tuple[str, ...]:
    """A key by its name, or a text as the keys that type it."""
    return (words,) if words in _NAMES else tuple(words)


class Staged:
    """What a test does with the app."""

    def __init__(self, app: LstmTui, driver: StageDriver) -> None:
        self.app = app
        self._driver = driver

    @property
    def screen(self) -> DebuggerScreen:
        """The debugger's screen, whatever lies over it."""
        assert self.app.debugger_screen is not None
        return self.app.debugger_screen

    @property
    def alone(self) -> bool:
        """Whether nothing lies over the debugger's screen."""
        return self.app.screen is self.screen

    @property
    def running(self) -> bool:
        """False once the program was left, or has failed."""
        return self.app.is_running

    async def press(self, *keys: str) -> None:
        """Keys typed faster than they are obeyed, then time for what they do."""
        for key in keys:
            self._driver.press(event(key))
        await self.settle()

    async def paste(self, text: str) -> None:
        """What a terminal in bracketed mode hands in."""
        self._driver.process_message(Paste(text))
        await self.settle()

    async def click(self, x: int, y: int) -> None:
        """The mouse comes, its button goes down and up, its wheel turns."""
        at = (None, x, y, 0, 0)
        self._driver.process_message(MouseMove(*at, 0, False, False, False))
        self._driver.process_message(MouseDown(*at, 1, False, False, False))
        self._driver.process_message(MouseUp(*at, 1, False, False, False))
        self._driver.process_message(MouseScrollDown(*at, 0, False, False, False))
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """The terminal gets another size."""
        self._driver.resize(width, height)
        await self.settle()

    async def settle(self, seconds: float = SETTLING) -> None:
        """Time passes once everybody has done what there is to do now."""
        await asyncio.sleep(seconds)

    def watch(self, frame: Callable[[], None]) -> None:
        """Has `frame` called for every frame that a terminal would be sent."""
        self._driver.frame = lambda text: frame()

    def listen(self, heard: Callable[[str], None]) -> None:
        """Has `heard` called with everything that Textual writes."""
        write = self._driver.write

        def both(data: str) -> None:
            heard(data)
            write(data)

        self._driver.write = both  # type: ignore[method-assign]

    def cells(self) -> list[list[str]]:
        """The text of every cell, row by row; empty for the right half of a wide one."""
        return [[cell.text for cell in row] for row in self._driver._copy.rows]


def on_stage(
    prepared: Prepared,
    act: Callable[[Staged], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
    shelf: Shelf | None = None,
) -> None:
    """Opens `prepared`, does `act` and leaves. Raises AssertionError where the program has failed meanwhile."""
    entered: list[StageDriver] = []
    hooks = {"entered": staticmethod(entered.append), "stepped": staticmethod(lambda step: None)}
    driver = type("Driver", (StageDriver,), hooks)
    app = make_app(prepared, ScreenOptions(color="truecolor", autosave=False), driver, shelf=shelf)
    app.animation_level = "none"
    loop = VirtualLoop()

    async def pilot(_: object) -> None:
        while app.is_running and not app.ready:
            await asyncio.sleep(SETTLING)
        await act(Staged(app, entered[0]))
        if app.is_running:
            app.exit()

    with textual_follows(loop), asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(app.run_async(mouse=False, size=size, auto_pilot=pilot))
    assert not app.return_code, "the program has failed: its own account is above"
