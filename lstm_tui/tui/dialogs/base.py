"""The frame that all dialogs share: a box with a title, what is asked, an error's place, and what the keys do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.dialogs.dismiss import DismissOnce
from lstm_tui.tui.system.showing_errors import ShowsErrors

T = TypeVar("T")
Check = Callable[[T], object]
"""Raises `UserError` where an answer cannot be used: the dialog says why and stays open."""


class Dialog(ShowsErrors, DismissOnce, ModalScreen[T | None]):
    """Dismisses with the answer, with None on escape."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > #box {
        width: 80; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; border: round $secondary;
        background: $background; border-title-color: $foreground; border-title-style: bold;
    }
    Dialog #hint { color: $secondary; height: auto; margin: 1 0 0 0; }
    Dialog #wrong { color: $foreground; text-style: bold; height: auto; display: none; }
    Dialog Input, Dialog Input:focus { border: none; height: 1; padding: 0 1; background: $surface; margin: 1 0; }
    Dialog OptionList, Dialog OptionList:focus {
        border: none; height: auto; max-height: 12; margin: 1 0; padding: 0; background: $background;
    }
    """
    # With priority a key has done its work before the next one is read: a fast typist's digits go to the next field.
    BINDINGS = [
        Binding("escape", "dismiss_unanswered", "go back", id="dialog.escape", show=False),
        Binding("tab", "app.focus_next", "next field", priority=True, id="dialog.next", show=False),
        Binding("shift+tab", "app.focus_previous", "previous field", priority=True, id="dialog.previous", show=False),
    ]

    def __init__(self, title: str, *hints: str) -> None:
        super().__init__()
        self._heading = title
        self._hints = hints

    def asked(self) -> list[Widget]:
        """The widgets that ask, top to bottom."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = Content(visible(self._heading))  # never markup
            yield from self.asked()
            yield Static(Content(), id="wrong")
            yield Static(Content("\n".join(visible(hint) for hint in self._hints)), id="hint")

    def show_error(self, sentence: str | None) -> None:
        """Shows what is wrong with the answer; None takes it away."""
        wrong = self.query_one("#wrong", Static)
        wrong.update(Content(visible(sentence or "")))
        wrong.display = bool(sentence)

    def show_message(self, sentence: str) -> None:
        """See `ShowsErrors`."""
        self.show_error(sentence)

    def action_dismiss_unanswered(self) -> None:
        self.dismiss(None)
