"""A field for a text that may hold anything, line ends included: each character is one symbol in the field."""

from __future__ import annotations

import re

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.widgets import Input

_APART = 0xF0000
"""Private use: where control characters stand in the field, which would take no column or several as themselves."""
_IN = {code: chr(_APART + code) for code in (*range(0x20), 0x7F)}
_OUT = {ord(inside): chr(code) for code, inside in _IN.items()}
_SHOWN = {ord(inside): chr(0x2400 + min(code, 0x21)) for code, inside in _IN.items()}


class TextField(Input):
    """One row that holds any number of lines: ctrl+j types a line end, a paste keeps its own."""

    BINDINGS = [
        Binding("ctrl+j,shift+enter,alt+enter", "type_line_end", "a new line", id="dialog.line_end", show=False)
    ]

    def __init__(self, text: str) -> None:
        super().__init__(text.translate(_IN), select_on_focus=bool(text), highlighter=_Pictures())

    def on_paste(self, event: events.Paste) -> None:
        """All of its lines, whichever way the terminal ends them."""
        event.stop()
        event.prevent_default()
        self.replace(re.sub(r"\r\n?", "\n", event.text).translate(_IN), *self.selection)

    def action_type_line_end(self) -> None:
        """A line end at the cursor."""
        self.replace(_IN[ord("\n")], *self.selection)


def text_of(value: str) -> str:
    """The text that a field's `value` stands for."""
    return value.translate(_OUT)


class _Pictures(Highlighter):
    """A symbol for every control character."""

    def highlight(self, text: Text) -> None:
        text.plain = text.plain.translate(_SHOWN)
