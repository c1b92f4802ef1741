"""Plays a script: presses its keys in a real app that has no terminal, and records what it would have shown.

Time is the event loop's own (`clock.py`), so a key pressed after a training is pressed when the training is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import write_atomically
from lstm_tui.core.filesystem.reach import Reach
from lstm_tui.core.vocabulary import visible
from lstm_tui.screencast import script_commands as commands
from lstm_tui.screencast.cast import Cast
from lstm_tui.screencast.keyboard import event
from lstm_tui.screencast.markers import Markers
from lstm_tui.screencast.playable import Playable, Watch, Words
from lstm_tui.screencast.script import Script
from lstm_tui.screencast.virtual_clock import VirtualLoop, textual_follows

if TYPE_CHECKING:
    from lstm_tui.screencast.headless_driver import StageDriver

NO_CURSOR = "\x1b[?25l"
"""What is selected shows by itself."""
BETWEEN_KEYS = 0.5
"""Seconds after every key pressed, so that an audience sees what it did."""
TYPING = 0.1
"""Seconds after every character typed."""
READING = 3.0
"""Seconds where a person would go on by himself."""
SETTLING = 0.1
"""Seconds after everything else."""


class ExpectationFailed(RunFailed):
    """The screen did not show what a script expects."""

    def __init__(self, sentence: str, screen: list[str]) -> None:
        super().__init__(sentence)
        self.screen = screen
        """What it showed, row by row."""


def _left(where: str, app: Playable) -> RunFailed:
    """The program ended too early: by a mistake of its own, by a key, or by a signal, whose exit code it then keeps."""
    failed = RunFailed(f"{where}: the program has {'failed' if app.return_code == 1 else 'ended'} before that")
    failed.exit_code = max(app.return_code or 0, failed.exit_code)
    return failed


class ScriptPlayer:
    """One script played once. Make it, make the app on its `driver`, then `run(app)`."""

    def __init__(
        self,
        script: Script,
        cast: Cast,
        theme: Mapping[str, str] | None = None,
        beside: Reach | None = None,
        step_markers: bool = False,
        watch: Watch | None = None,
    ) -> None:
        """Its pictures go where `beside` reaches, by default to the recording's folder.

        `watch` is called with the app and what the audience is told, after every key and every command.
        """
        self._script = script
        self._cast = cast
        self._theme = theme
        self._beside = beside or Reach(os.path.dirname(cast.path) or os.curdir)
        self._watcher = watch
        self._words = Words()
        self._pictures: list[tuple[commands.Picture, bytes]] = []
        self._new: list[str] = []
        self._line = 0
        self._markers = Markers(step_markers)
        self._failure: RunFailed | None = None
        self._loop = VirtualLoop()
        self._began = 0.0
        self._driver: StageDriver | None = None

    @property
    def driver(self) -> type[StageDriver]:
        """The driver class for the app."""
        from lstm_tui.screencast.headless_driver import StageDriver

        hooks = {"entered": staticmethod(self._entered), "stepped": staticmethod(self._markers.step)}
        return type("Stage", (StageDriver,), hooks)

    def run(self, app: Playable) -> None:
        """From the first frame to the last; its pictures are not kept yet.

        Raises `ExpectationFailed`, or `RunFailed` where it could not continue.
        """
        app.animation_level = "none"

        async def pilot(_: Any) -> None:
            await self._play(app)

        with textual_follows(self._loop), asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(app.run_async(mouse=False, size=self._script.size, auto_pilot=pilot))

    def _entered(self, driver: StageDriver) -> None:
        self._driver = driver

    def _watch(self, app: Playable) -> None:
        if self._watcher is not None:
            self._watcher(app, self._words)

    @property
    def _stage(self) -> StageDriver:
        assert self._driver is not None  # the app runs
        return self._driver

    @property
    def _now(self) -> float:
        return self._loop.time() - self._began

    def _frame(self, text: str) -> None:
        """Something has changed on the screen."""
        if self._failure is not None:
            return
        try:
            self._cast.output(self._now, text)
            for label in self._markers.due():
                self._cast.marker(self._now, label)
        except RunFailed as error:
            self._failure = error

    async def _play(self, app: Playable) -> None:
        while not app.ready:
            if not app.is_running:
                return
            await asyncio.sleep(SETTLING)
        if self._script.captioned:
            app.show_caption("")
        await asyncio.sleep(SETTLING)
        self._cast.begin(*self._script.size, title=self._script.title, theme=self._theme)
        self._began = self._loop.time()
        self._cast.output(self._now, NO_CURSOR)
        self._stage.frame = self._frame
        self._stage.whole()
        await asyncio.sleep(SETTLING)
        self._watch(app)
        for command in self._script.commands:
            if not app.is_running:
                raise _left(f"{self._script.name}, line {command.line}", app)
            self._line = command.line
            await self._execute(command, app)
            self._check()
            self._watch(app)
            if self._failure is not None:
                raise self._failure
        self._cast.output(self._now, "")  # how long the last frame stays
        app.exit()

    async def _execute(self, command: commands.ScriptCommand, app: Playable) -> None:
        match command:
            case commands.Press():
                for key in command.keys:
                    await self._press(key, BETWEEN_KEYS)
                    self._watch(app)
            case commands.Type():
                for character in command.text:
                    await self._press({"\n": "enter", "\t": "tab"}.get(character, character), TYPING)
            case commands.Wait():
                await asyncio.sleep(command.seconds)
            case commands.Caption():
                self._words = Words(command.text, self._words.mark)
                app.show_caption(command.text)
                await asyncio.sleep(SETTLING)
            case commands.Mark():
                self._words = replace(self._words, mark=command.label)
                self._cast.marker(self._now, visible(command.label))
            case commands.Expect():
                self._expect(command)
            case commands.Picture():
                self._pictures.append((command, app.picture().encode()))
            case commands.Size():
                self._stage.resize(command.width, command.height)
                self._cast.resized(self._now, command.width, command.height)
                await asyncio.sleep(SETTLING)
            case _:
                await self._teach(command, app)

    async def _teach(self, command: commands.ScriptCommand, app: Playable) -> None:
        """What waits for a person in a lesson: a recording leaves time to read, and knows the answers."""
        match command:
            case commands.Check():
                self._check_condition(command, app)
            case commands.Pause():
                self._words = replace(self._words, paused=True)
                await asyncio.sleep(READING)
                self._watch(app)
                self._words = replace(self._words, paused=False)
            case commands.Ask():
                await self._answer(command, app)
            case commands.ShowGuess():
                app.show_guess(command.shown)
                await asyncio.sleep(SETTLING)

    async def _answer(self, command: commands.Ask, app: Playable) -> None:
        """Types the first of the right answers, as someone would who knows it."""
        app.ask(command.question, command.answers)
        self._words = Words("", self._words.mark, True, command.question, command.answers)
        self._watch(app)
        self._words = Words(f"It is {command.answers[0]}.", self._words.mark)
        await asyncio.sleep(READING)
        for character in command.answers[0]:
            await self._press(character, TYPING)
        await self._press("enter", BETWEEN_KEYS)
        await asyncio.sleep(READING)

    def _check_condition(self, command: commands.Check, app: Playable) -> None:
        where = f"{self._script.name}, line {command.line}"
        try:
            holds = app.holds(command.condition)
        except UserError as error:
            raise RunFailed(f"{where}: {error}") from None
        if not holds:
            raise ExpectationFailed(f"{where}: {visible(command.condition)} does not hold here", self._stage.text())

    async def _press(self, key: str, pause: float) -> None:
        self._stage.press(event(key))
        await asyncio.sleep(pause)
        self._check()

    def _check(self) -> None:
        """Raises `UserError` where the script wanted what it may not have, whichever way it went about it."""
        refusal = reach.now().refusal
        if refusal is not None:
            raise UserError(f"{self._script.name}, line {self._line}: {refusal}")

    def keep_pictures(self, force: bool = False) -> None:
        """Writes them, when all else is done: a lesson that fails leaves none. Raises `RunFailed`."""
        for command, svg in self._pictures:
            placed = self._beside.placed(command.path)
            existed = os.path.lexists(placed)
            try:
                write_atomically(command.path, svg, force, where=self._beside)
            except UserError as error:
                raise RunFailed(f"{self._script.name}, line {command.line}: {error}") from None
            if not existed:
                self._new.append(placed)

    def drop_pictures(self) -> None:
        """Takes back those that were kept and replaced nothing."""
        for path in self._new:
            with contextlib.suppress(OSError):
                os.unlink(path)
        self._new.clear()

    def _expect(self, command: commands.Expect) -> None:
        if not self._stage.shows(command.text):
            sentence = f'{self._script.name}, line {command.line}: the screen does not show "{visible(command.text)}"'
            raise ExpectationFailed(sentence, self._stage.text())
