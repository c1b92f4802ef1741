"""The application: themes, colours, and what is opened in it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App
from textual.binding import Binding
from textual.worker import get_current_worker

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.starting import collector, native_code
from lstm_tui.core.user_cell import is_user_cell
from lstm_tui.tui.loading import LoadingScreen
from lstm_tui.tui.messages import Opened, OpenFailed, OpenRequested, QuitRequested, apart, here
from lstm_tui.tui.system.autosave import Autosave
from lstm_tui.tui.system.key_queue import KeyQueue
from lstm_tui.tui.system.line_filters import PLAIN_CSS, colours_decided, console_for, filters
from lstm_tui.tui.system.showing_errors import ShowsErrors
from lstm_tui.tui.system.signals import Signals
from lstm_tui.tui.system.theme import MANY, Depth, Look, textual_themes
from lstm_tui.tui.system.waiting import Waiting

if TYPE_CHECKING:  # the panels and all they need are imported after the first frame
    from collections.abc import Callable, Mapping, Sequence

    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.filter import LineFilter

    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.messages import Opening
    from lstm_tui.tui.screen import DebuggerScreen
    from lstm_tui.tui.system.autosave import Snapshot
    from lstm_tui.tui.system.lesson_shelf import Lesson, Shelf


WELCOME = "new here? 'lstm-tui lesson', or : lessons; → reads a character"
"""Where to begin, for who has just met the program."""


class LstmTui(KeyQueue, App[None]):
    """One screen. Until its model is open, keys are kept here, and then obeyed in the order they came."""

    TITLE = "lstm-tui"
    COMMANDS = set()
    ENABLE_COMMAND_PALETTE = False  # Textual's own ctrl+p; ours opens a palette that closes once
    CSS = PLAIN_CSS
    # What belongs to the terminal continues in dialogs, the help and the palette.
    BINDINGS = [
        Binding("ctrl+z", "terminal('app.suspend')", "pause", priority=True, id="terminal.suspend", show=False),
        Binding("ctrl+l", "terminal('app.redraw')", "redraw", priority=True, id="terminal.redraw", show=False),
    ]

    def __init__(
        self,
        prepared: Prepared,
        options: ScreenOptions,
        driver: type[Driver] | None = None,
        opening: Callable[[Prepared], Opening] = here,
        shelf: Shelf | None = None,
        lesson: Lesson | None = None,
    ) -> None:
        # Native colours from the start: Textual decides now, once, between no colour at all and shades of grey.
        super().__init__(driver_class=driver, ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.prepared = prepared
        self.options = options
        self.failure: UserError | RunFailed | None = None
        """Why the first model could not be opened."""
        self.debugger_screen: DebuggerScreen | None = None
        self._limits = tuple(filters(options.ascii))
        self.autosave = Autosave(self, options.place, self._snapshot, self._report_failure)
        self.waiting = Waiting(self, prepared.cell, lambda: self.debugger_screen, self.end)
        self._opening = opening
        self._shelf, self._lesson = shelf, lesson
        self._signals = Signals(self.end, self.waiting.end_soon)
        self._queued = []
        self._show_keys = options.show_keys
        self.console = console_for(options.color, self.console)
        self.look = Look(self._depth(), options.ascii, options.ltr)
        if self.look.depth not in MANY:
            self.ansi_color = True
        for theme in textual_themes(self.look.depth):
            self.register_theme(theme)
        self.theme = options.theme

    def _depth(self) -> Depth:
        if self.no_color:
            return "none"
        if self.console.color_system == "256":
            return "256"
        return "16" if self.console.color_system == "standard" else "full"

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._limits]

    def get_default_screen(self) -> LoadingScreen:
        return LoadingScreen(self.prepared, self.options.ascii)

    async def on_loading_screen_shown(self) -> None:
        """Both waits begin: torch in a thread, the panels here."""
        self.on_open_requested(OpenRequested(self.prepared))
        from lstm_tui.tui.screen import DebuggerScreen

        welcome = WELCOME if self.options.newcomer else ""
        self.debugger_screen = DebuggerScreen(self.prepared, self._shelf, self._lesson, welcome)
        await self.push_screen(self.debugger_screen)

    # Beginning and ending

    def on_load(self) -> None:
        """Before anything is changed on the terminal. The loop forgets signals at its end: then it is as it was."""
        self._signals.enter()

    def on_mount(self) -> None:
        if self.options.autosave:
            self.autosave.start()
        self.waiting.start()
        if self.is_headless:
            self._signals.leave()

    def on_unmount(self) -> None:
        self.waiting.close()

    def end(self, number: int) -> None:
        """A signal: nothing can be asked any more."""
        self.autosave.end()
        self.exit(return_code=128 + number)

    def on_quit_requested(self, event: QuitRequested) -> None:
        """The user leaves."""
        self.autosave.leave()
        self.exit()

    def _report_failure(self, sentence: str) -> None:
        if self.debugger_screen is not None:
            self.debugger_screen.show_message(sentence)

    def _snapshot(self, ending: bool) -> Snapshot | None:
        screen = self.debugger_screen
        return screen.snapshot(ending) if self.options.autosave and screen is not None else None

    # Opening models

    def on_open_requested(self, event: OpenRequested) -> None:
        """In a thread: the first time torch is imported, which takes a second or more."""
        work = partial(self._open, event.prepared, event.beside)
        self.run_worker(work, name="open", group="open", exclusive=True, thread=True)

    def _open(self, prepared: Prepared, beside: bool) -> None:
        worker = get_current_worker()
        answer: Opened | OpenFailed
        try:
            answer = Opened(prepared, *self._opened(prepared, beside), beside)
            collector.freeze_imported_objects()
        except (UserError, RunFailed) as error:
            answer = OpenFailed(error)
        if not worker.is_cancelled:
            self.post_message(answer)

    def _opened(self, prepared: Prepared, beside: bool) -> tuple[DebuggerDoor, Session | None, str]:
        """The model, where the session was that it continues, and what of that could not be brought back."""
        if beside:
            return prepared.open(), None, ""
        opening = self._opening(prepared)
        self.waiting.opening(opening)
        debugger = opening.open()
        if self.options.session is None or prepared is not self.prepared:
            return debugger, None, ""
        return debugger, *debugger.resume(self.options.session, prepared)

    async def on_opened(self, event: Opened) -> None:
        assert self.debugger_screen is not None  # made before this message could be handled
        if event.beside:
            with self.debugger_screen.showing_errors():
                await self.debugger_screen.pairing.opened(event.prepared, event.debugger)
            return
        self.waiting.opened(event.debugger)
        try:
            self.debugger_screen.opened(event.prepared, event.debugger)
            if event.prepared.beside is not None:
                self.on_open_requested(OpenRequested(event.prepared.beside, beside=True))
            if event.session is not None:
                self.debugger_screen.resumed(event.session, event.missed)
        finally:  # a cell of the user's may fail at the first look
            if self._queued is not None:
                self.run_worker(self._replay_queued(), name="keys", group="keys")

    def on_open_failed(self, event: OpenFailed) -> None:
        if self._queued is None and self.debugger_screen is not None:
            return self.debugger_screen.show_message(str(event.error))
        self.failure = event.error
        self.exit(return_code=event.error.exit_code)

    # What went wrong

    def show_message(self, sentence: str) -> None:
        """Shows a sentence where the user is looking: in a dialog, else on the debugger's screen."""
        top = self.screen if isinstance(self.screen, ShowsErrors) else self.debugger_screen
        assert top is not None  # keys are kept until there is one
        top.show_message(sentence)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """See `App.run_action`: every key, click and command comes through here."""
        with self.showing_errors():
            return await super().run_action(action, default_namespace, namespaces)
        return True

    # For scripts

    def show_caption(self, text: str) -> None:
        """Words in a bar at the bottom, which stays from the first time on; an empty text clears it."""
        if self.debugger_screen is not None:
            self.debugger_screen.presentation.show_caption(text)

    def show_guess(self, shown: bool) -> None:
        """Shows what the model guesses, or hides it."""
        if self.debugger_screen is not None:
            self.debugger_screen.lesson.show_guess(shown)

    def holds(self, condition: str) -> bool:
        """Whether a condition holds at the step shown. Raises `UserError` for one that cannot be read."""
        return self.debugger_screen is not None and self.debugger_screen.lesson.holds(condition)

    def ask(self, question: str, answers: Sequence[str]) -> None:
        """Asks the audience; the words that follow say whether the answer is right."""
        if self.debugger_screen is not None:
            self.run_worker(self.debugger_screen.lesson.ask(question, answers), name="ask", group="ask")

    def picture(self) -> str:
        """The screen as an SVG."""
        from lstm_tui.tui.system.svg import picture

        return picture(self)

    async def action_terminal(self, action: str) -> None:
        """An action of the debugger's screen, whatever lies over it."""
        if self.debugger_screen is not None:
            await self.debugger_screen.action_do(action)

    async def action_quit(self) -> None:
        """Ctrl+Q asks what q asks."""
        if self.debugger_screen is not None:
            await self.debugger_screen.action_do("app.quit")

    def action_help_quit(self) -> None:
        """Ctrl+C is what a shell's user tries first."""
        if self.debugger_screen is not None:
            self.debugger_screen.show_message("q quits, ? shows all keys")


def make_app(
    prepared: Prepared,
    options: ScreenOptions | None = None,
    driver: type[Driver] | None = None,
    opening: Callable[[Prepared], Opening] = here,
    shelf: Shelf | None = None,
    lesson: Lesson | None = None,
) -> LstmTui:
    """The app for the command line, the tests and the pictures alike; without a `driver`, on Textual's own."""
    options = options or ScreenOptions()
    with colours_decided(options.color):
        return LstmTui(prepared, options, driver, opening, shelf, lesson)


def run(
    prepared: Prepared,
    options: ScreenOptions | None = None,
    driver: type[Driver] | None = None,
    shelf: Shelf | None = None,
    lesson: Lesson | None = None,
) -> int:
    """Shows the debugger until the user leaves; the exit code. Raises what opening the first model raised."""
    app = make_app(prepared, options, driver, apart, shelf, lesson)
    if not is_user_cell(prepared.options.cell):  # else torch is wanted in another process
        native_code.begin()
    app.run(mouse=app.options.mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
