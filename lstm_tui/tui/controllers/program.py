"""What belongs to the program rather than to a model: help, commands, themes, a pause, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lstm_tui.tui.actions import Action
from lstm_tui.tui.palette import ActionPalette
from lstm_tui.tui.system.theme import COLOURS

if TYPE_CHECKING:
    from lstm_tui.tui.view import DebuggerView


class ProgramController:
    """Owns nothing, and needs no model."""

    def __init__(self, view: DebuggerView, leave: Callable[[], None], refusal: Callable[[str], str | None]) -> None:
        self._view, self._leave, self._refusal = view, leave, refusal

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("app.help", self.help),
            Action("app.commands", self.commands),
            Action("app.redraw", self.redraw),
            Action("app.suspend", self.suspend),
            Action("app.quit", self._leave),
            Action("theme.choose", self.choose_theme),
            Action("keys.show", lambda: self._view.app.run_action("show_keys")),
        )

    async def help(self) -> None:
        """All keys."""
        from lstm_tui.tui.help import Help

        await self._view.app.push_screen(Help(self._refusal))

    async def commands(self) -> None:
        """The palette."""
        await self._view.app.push_screen(ActionPalette())

    def redraw(self) -> None:
        """The whole screen; a driver that remembers what the terminal shows forgets it first."""
        app = self._view.app
        redraw = getattr(app.driver_class, "redraw", None)
        if redraw is not None:
            redraw(app)
        else:
            app.refresh(repaint=True, layout=True)

    async def choose_theme(self) -> None:
        """Asks which."""
        from lstm_tui.tui.dialogs import Pick

        await self._view.ask(Pick("theme", tuple(COLOURS), self._view.app.theme), self._use_theme)

    def _use_theme(self, name: str) -> None:
        self._view.app.theme = name

    def suspend(self) -> None:
        """Gives the terminal back to the shell, where there is one that comes back."""
        from lstm_tui.tui.system.signals import can_come_back

        app = self._view.app
        if getattr(app.driver_class, "pauses", True) and can_come_back():
            app.action_suspend_process()
        else:
            self._view.show_message("not paused: no shell here could resume lstm-tui")
