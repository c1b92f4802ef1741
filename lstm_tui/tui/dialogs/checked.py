"""What a user's own cell computes, equation by equation: one is chosen to go to its line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import OptionList

from lstm_tui.core.user_cell import Listed
from lstm_tui.tui.dialogs.base import Dialog
from lstm_tui.tui.dialogs.choices import Choices


class ListVerdict(Dialog[Listed]):
    """Dismisses with the entry that was chosen."""

    AUTO_FOCUS = "Choices"

    def __init__(self, title: str, entries: Sequence[Listed]) -> None:
        super().__init__(title, "enter: go to its step, unit and line   escape: close")
        self._entries = tuple(entries)

    def asked(self) -> list[Widget]:
        return [Choices(entry.text for entry in self._entries)]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._entries[event.option_index])
