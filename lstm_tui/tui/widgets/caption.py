"""Words for an audience: a bar across the bottom, in the strongest contrast the theme has."""

from __future__ import annotations

from rich.cells import cell_len

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.paint.runs import Line, fit, wrap
from lstm_tui.tui.widgets.painted import Painted, shown

ROWS = 3


class CaptionBar(Painted):
    """Not there until the first caption; from then on it keeps its place, so that nothing moves between captions."""

    DEFAULT_CSS = f"CaptionBar {{ dock: bottom; height: {ROWS}; margin: 0 0 1 0; display: none; }}"
    text: shown[str] = shown("")
    hint: shown[str] = shown("")
    """What goes on from here, at the end of the last row."""

    @property
    def rows(self) -> int:
        """How many rows of the screen it takes."""
        return ROWS if self.display else 0

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        words = wrap(visible(self.text), max(width - 4, 1)) if self.text else []
        if len(words) > height:
            words = [*words[: height - 1], " ".join(words[height - 1 :])]
        above = (height - len(words)) // 2
        style = "current" if words or self.hint else "text"
        rows = [*[""] * above, *words, *[""] * (height - above - len(words))]
        lines = [fit([(f"  {row}", style)], width, style) for row in rows]
        if self.hint and height:
            hint = f"   {self.hint}  "
            lines[-1] = [*fit([(f"  {rows[-1]}", style)], max(width - cell_len(hint), 0), style), (hint, style)]
        return [fit(line, width, style) for line in lines]
