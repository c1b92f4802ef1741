"""What is typed: kept until there is a model to obey it, and shown to an audience that wants to see it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events

from lstm_tui.tui.system.showing_errors import ShowsErrors

if TYPE_CHECKING:
    from textual.app import App

    from lstm_tui.tui.screen import DebuggerScreen
    from lstm_tui.tui.system.waiting import Waiting

    class Base(ShowsErrors, App[None]):
        """The app that builds on it."""
else:
    Base = ShowsErrors

TURNS = 40
"""Turns of the event loop between two keys that were kept: a dialog's answer needs about a dozen."""


class KeyQueue(Base):
    """The app, as far as it deals with keys and pastes. Until its model is open they are kept here, and then obeyed in
    the order they came.
    """

    waiting: Waiting
    debugger_screen: DebuggerScreen | None
    _show_keys: bool
    _queued: list[events.Key | events.Paste] | None

    @property
    def ready(self) -> bool:
        """Whether a model is open and the next key is obeyed at once."""
        return self._queued is None

    async def on_event(self, event: events.Event) -> None:
        """Every key and every paste comes through here before anyone sees it."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if isinstance(event, events.Key):
                self.waiting.key_seen()
            if self._queued is not None:
                return self._keep(event)
            if isinstance(event, events.Key):
                if self.debugger_screen is not None and self.debugger_screen.holds_back(event):
                    return
                self._before(event)
        await super().on_event(event)

    def _keep(self, event: events.Key | events.Paste) -> None:
        assert self._queued is not None
        if isinstance(event, events.Paste):
            self._queued.append(event)
        elif event.key in ("ctrl+c", "ctrl+q") or (event.key == "q" and not self._queued):
            self.exit()
        elif event.key != "escape" or not self.waiting.interrupt_opening():
            self._queued.append(event)

    def _before(self, event: events.Key) -> None:
        screen = self.debugger_screen
        if screen is None:
            return
        if self.screen is screen:
            screen.before_key()
        if self._show_keys and not (event.is_printable and self._typing()):
            screen.presentation.show_key(
                event.character if event.is_printable and event.character != " " else event.key
            )

    def _typing(self) -> bool:
        """Whether keys go into a field: what is typed there shows there, and a path stays private."""
        if self.screen is self.debugger_screen:
            return False
        from textual.widgets import Input

        return isinstance(self.focused, Input)

    async def _replay_queued(self) -> None:
        """Obeys the keys typed so far before any newer one; those typed meanwhile join the end of the line."""
        while self._queued:
            await super().on_event(self._queued.pop(0))
            # A dialog's answer travels through several message queues, none of which waits for time to pass: a few
            # turns of the loop let it arrive before the next key is read.
            for _ in range(TURNS):
                await asyncio.sleep(0)
        self._queued = None

    def action_show_keys(self) -> None:
        """Turns the display of pressed keys on or off."""
        self._show_keys = not self._show_keys
        if self.debugger_screen is not None:
            self.debugger_screen.presentation.show_key(None)
