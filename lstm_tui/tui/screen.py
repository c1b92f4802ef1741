"""The screen: the views and verbs put together, its keys, and what belongs to the program rather than to a model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual import events

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.controllers.presentation import Audience
from lstm_tui.tui.controllers.search import Runs
from lstm_tui.tui.keys import KEYS, bindings
from lstm_tui.tui.palette import Commander, Commands
from lstm_tui.tui.system.theme import COLOURS
from lstm_tui.tui.widgets import StatusRow
from lstm_tui.tui.widgets.notice import MessageRow

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.tui.app import LstmTui


KNOWN = frozenset(name for key in KEYS for name in key.keys.split(","))
"""The names of the keys that do something here."""


class DebuggerScreen(Audience, Runs):
    """Text, panels, guess, keys. One `var` each for what is shown (see `DebuggerView`); every verb asks the debugger,
    then presents the step it is at."""

    AUTO_FOCUS = ""
    CSS_PATH = "app.tcss"
    BINDINGS = bindings()
    COMMANDS = {Commands}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._strange: set[str] = set()
        """Keys that were said to do nothing."""

    def on_key(self, event: events.Key) -> None:
        """A key that does nothing says so, once."""
        if event.key in KNOWN or event.key in self._strange or event.key in self.active_bindings:
            return
        self._strange.add(event.key)
        name = event.character if event.is_printable else event.key
        self.say(f"'{visible(name or '')}' does nothing: ? shows all keys")

    def action_escape(self) -> None:
        if self.cancel_run() or self.cancel_training():
            return
        if self.playing:
            self.stop_playing()
        if self.leave_step() or self.close_explanation() or self.leave_view():
            return
        if self.selection.zoomed:
            return self.action_zoom(0)
        self.present()

    @property
    def message_at(self) -> int:
        """The row that sentences stand in."""
        rows = [self.query_one(kind) for kind in (MessageRow, StatusRow)]
        return next((row.region.y for row in rows if row.is_on_screen and row.size.height), 0)

    async def action_help(self) -> None:
        from lstm_tui.tui.help import Help

        await self.app.push_screen(Help())

    async def action_commands(self) -> None:
        await self.app.push_screen(Commander())

    def action_redraw(self) -> None:
        redraw = getattr(self.app.driver_class, "redraw", None)
        if redraw is not None:  # a driver that remembers what the terminal shows forgets it first
            redraw(self.app)
        else:
            self.app.refresh(repaint=True, layout=True)

    def action_theme(self, name: str) -> None:
        self.app.theme = name

    async def action_choose_theme(self) -> None:
        from lstm_tui.tui.dialogs import Pick

        dialog = Pick("theme", tuple(COLOURS), self.app.theme)
        await self.ask(dialog, self.action_theme)

    def action_suspend(self) -> None:
        from lstm_tui.tui.system.leaving import can_come_back

        if getattr(self.app.driver_class, "pauses", True) and can_come_back():
            self.app.action_suspend_process()
        else:
            self.say("there is no shell here that could bring lstm-tui back: not paused")

    def resumed(self, session: Session, missed: str) -> None:
        """Looks at what was looked at when the session was kept; `missed` is what is not as it was."""
        self.selection.layer, self.selection.unit = session.layer, session.unit
        if session.zoomed != self.selection.zoomed:
            self.action_zoom(session.zoomed)
        self.present(missed or f"resumed at step {self.frame.position}")

    def action_leave(self) -> None:
        self.if_nothing_is_lost("quit", partial(self._leave))

    def _leave(self) -> None:
        cast("LstmTui", self.app).keeper.leave()
        self.app.exit()
