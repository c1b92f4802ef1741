"""The application: themes, colours, and the keys that are typed before there is a model to obey them."""

from __future__ import annotations

import os
from typing import cast

from rich.console import Console
from textual import events
from textual.app import App

from lstm_tui.debugger import Prepared
from lstm_tui.errors import RunFailed, UserError
from lstm_tui.tui.footer import KeyFooter
from lstm_tui.tui.models import Models
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.screen_options import ScreenOptions
from lstm_tui.tui.theme import Depth, Look, textual_themes

_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard"}


class LstmTui(App[None]):
    """One screen. Until its model is open, keys are kept here, and then obeyed in the order they came."""

    CSS_PATH = "app.tcss"
    TITLE = "lstm-tui"
    COMMANDS = set()

    def __init__(self, prepared: Prepared, options: ScreenOptions) -> None:
        super().__init__()
        self.prepared = prepared
        self.options = options
        self.failure: UserError | RunFailed | None = None
        """Why the first model could not be opened."""
        self._kept: list[events.Key] | None = []
        self._show_keys = options.show_keys
        if options.color in _SYSTEMS:
            self.console = Console(
                color_system=_SYSTEMS[options.color],  # type: ignore[arg-type]  # one of rich's own names
                file=self.console.file,
                markup=True,
                highlight=False,
                emoji=False,
                legacy_windows=False,
            )
        self.look = Look(self._depth(), options.ascii)
        for theme in textual_themes():
            self.register_theme(theme)
        self.theme = options.theme

    def _depth(self) -> Depth:
        if self.no_color:
            return "none"
        return "16" if self.console.color_system == "standard" else "full"

    def get_default_screen(self) -> DebuggerScreen:
        return DebuggerScreen(self.prepared)

    async def on_event(self, event: events.Event) -> None:
        """Every key comes through here before anyone sees it."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._kept is not None:
                return self._keep(event)
            self._before(event)
        await super().on_event(event)

    def _keep(self, event: events.Key) -> None:
        assert self._kept is not None
        if event.key in ("ctrl+c", "ctrl+q") or (event.key == "q" and not self._kept):
            self.exit()
        else:
            self._kept.append(event)

    def _before(self, event: events.Key) -> None:
        screen = self.screen
        if isinstance(screen, DebuggerScreen):
            screen.before_key(event.key)
        if self._show_keys:
            self._debugger_screen.query_one(KeyFooter).pressed = self.get_key_name(event)

    @staticmethod
    def get_key_name(event: events.Key) -> str:
        """How a key just pressed is shown."""
        return event.character if event.is_printable and event.character and event.character != " " else event.key

    @property
    def _debugger_screen(self) -> DebuggerScreen:
        return cast(DebuggerScreen, self.screen_stack[0])

    async def on_models_ready(self, event: Models.Ready) -> None:
        """Obeys the keys typed so far, one after the other, before any newer one."""
        kept, self._kept = self._kept or [], None
        for key in kept:
            await self.on_event(key)

    def on_models_nothing_to_show(self, event: Models.NothingToShow) -> None:
        self.failure = event.error
        self.exit(return_code=event.error.exit_code)

    def action_show_keys(self) -> None:
        """Turns the display of pressed keys on or off."""
        self._show_keys = not self._show_keys
        self._debugger_screen.query_one(KeyFooter).pressed = ""

    async def action_quit(self) -> None:
        """Ctrl+Q asks what q asks."""
        self._debugger_screen.action_leave()

    def action_help_quit(self) -> None:
        """Ctrl+C is what a shell's user tries first."""
        self._debugger_screen.say("q quits, ? shows all keys")


def make_app(prepared: Prepared, options: ScreenOptions | None = None) -> LstmTui:
    """The app for the command line, the tests and the pictures alike."""
    options = options or ScreenOptions()
    if options.color == "none":
        os.environ["NO_COLOR"] = "1"  # Textual decides by it, once, when the app is made
    return LstmTui(prepared, options)


def run(prepared: Prepared, options: ScreenOptions | None = None) -> int:
    """Shows the debugger until the user leaves; the exit code. Raises what opening the first model raised."""
    app = make_app(prepared, options)
    app.run(mouse=app.options.mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
