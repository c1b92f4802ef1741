"""The first frame. It is painted before the panels are even imported, because that is the wait people notice; they
come while it is on the screen, and torch comes meanwhile in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.system.characters import cell

if TYPE_CHECKING:
    from lstm_tui.debugger.prepared import Prepared

LONGEST = 200
"""Characters of the text shown meanwhile: no terminal's row holds more of them."""


class LoadingScreen(Screen[None]):
    """The title, the text and what is waited for, where the debugger's screen will have them."""

    AUTO_FOCUS = ""

    class Shown(Message):
        """The first frame is on its way to the terminal: now there is time for imports."""

    def __init__(self, prepared: Prepared, ascii: bool) -> None:
        super().__init__()
        self._prepared = prepared
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        prepared = self._prepared
        symbols = prepared.symbols[:LONGEST]
        facts = (" - " if self._ascii else " · ").join(known(prepared))
        for line in (
            Content.assemble((f" {visible(prepared.name)}", "bold"), f"  {facts}"),
            Content("".join(f" {cell(symbol, self._ascii)} " for symbol in symbols)),
            Content("loading torch ..." if self._ascii else "loading torch …"),
        ):
            row = Static(line)
            row.styles.height = 1
            yield row

    def on_mount(self) -> None:
        self.call_after_refresh(self.post_message, self.Shown())


def known(prepared: Prepared) -> tuple[str, ...]:
    """What the title can say before the model is open."""
    sizes = "/".join(map(str, prepared.hidden_sizes))
    cell = visible(prepared.cell.rpartition(":")[2]) if prepared.cell else ""  # of a file's class not the path
    return (*((cell,) if cell else ()), f"{sizes} unit{'' if sizes == '1' else 's'}")
