"""A copy of the screen a program has drawn, made by reading what it writes. Pure: no terminal, no Textual.

The copy understands what Textual's compositor emits: cursor positions, SGR, hyperlinks and text. Everything else is
returned in its place in the stream, for the driver to pass on. A row with something that terminals
measure differently is kept as the text that drew it (`DoubtfulRow`) and not compared cell by cell, so that each
terminal is left to its own opinion of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lstm_tui.terminal_driver.ambiguous_row import DoubtfulRow
from lstm_tui.terminal_driver.cursor_moves import absolute
from lstm_tui.terminal_driver.styled_lines import Row, StyledLine, StyledLines, plain
from lstm_tui.terminal_driver.styles import Styles

# Possessive, for a style is not a position, and giving back its digits one by one does not make it one.
_POSITION = re.compile(r"\x1b\[(\d*+)(?:;(\d*+))?+H")
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<csi>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\]8;(?P<link>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<string>\x1b[\]PX^_].*?(?:\x07|\x1b\\))"
    r"|(?P<unfinished>\x1b(?:\[[0-?]*[ -/]*|[\]PX^_].*|[ -/]*)\Z)"
    r"|(?P<other>\x1b[ -/]*[0-~]|.)",
    re.DOTALL,
)
_PENS = 4096


class ScreenCopy:
    """`rows` of `width` cells each, the cursor, and which rows were drawn on since someone last cleared `drawn`."""

    def __init__(self, width: int, height: int, pens: Styles | None = None) -> None:
        self.pens = pens or Styles()
        self.width = width
        self.height = height
        self.pen = self.pens.default
        self.blank = self.pens.default.cells[" "]
        self.rows: list[Row] = [[self.blank] * width for _ in range(height)]
        self.doubtful: dict[int, DoubtfulRow] = {}
        self.wide: set[int] = set()  # rows that may hold wide characters
        self.drawn = set(range(height))
        self.touched = False  # whether anything was drawn, or the cursor placed, since someone last said False
        self.y = 0
        self.x = 0
        self._payloads = StyledLines(self.pens)
        self._unfinished = ""

    def clear(self) -> None:
        """Every cell blank, as on a screen just entered."""
        self.rows = [[self.blank] * self.width for _ in range(self.height)]
        self.doubtful.clear()
        self.wide.clear()
        self.drawn.update(range(self.height))

    def resize(self, width: int, height: int) -> None:
        """Cut off or add blank cells on the right and below; the program will soon draw everything again."""
        if self.wide or self.doubtful:  # a cut may go through a wide character, so nothing of it is kept
            self.width, self.height = width, height
            self.clear()
        else:
            extra = [self.blank] * (width - self.width)
            self.rows = [row[:width] + extra for row in self.rows[:height]]
            self.rows += [[self.blank] * width for _ in range(height - len(self.rows))]
            self.width, self.height = width, height
        self.y, self.x = min(self.y, height - 1), min(self.x, width - 1)
        self.drawn = set(range(height))

    def read(self, data: str) -> Iterator[str]:
        """Follow what a program writes; yields, in their places, the sequences that draw nothing."""
        if self._unfinished:
            data, self._unfinished = self._unfinished + data, ""
        parts = _POSITION.split(data)
        if parts[0]:
            yield from self._read_slowly(parts[0])
        for index in range(1, len(parts), 3):
            self.touched = True
            self.y = min(max(int(parts[index] or 1), 1), self.height) - 1
            self.x = min(max(int(parts[index + 1] or 1), 1), self.width) - 1
            text = parts[index + 2]
            if not text:
                continue
            payload = self._payloads.read(text) if self.pen is self.pens.default else None
            if payload is None:
                yield from self._read_slowly(text)
            else:
                self._draw(payload)

    def tidy(self) -> bool:
        """If very many styles were seen, begin a new table of them; True then, and older cells compare as different."""
        if len(self.pens) <= _PENS or self.pen is not self.pens.default:
            return False
        self.pens = Styles()
        self.pen = self.pens.default
        self.blank = self.pen.cells[" "]
        self._payloads = StyledLines(self.pens)
        self.rows = [[self.pens.same(cell) for cell in row] for row in self.rows]
        self.drawn.update(range(self.height))
        return True

    def _read_slowly(self, data: str) -> Iterator[str]:
        """Any mixture, token by token."""
        for token in _TOKEN.finditer(data):
            text = token["text"]
            if text is not None:
                self.touched = True
                self._draw(plain(text, self.pen))
            elif token["link"] is not None:
                self.pen = self.pens.linked(self.pen, token["link"])
            elif token["unfinished"] is not None:
                self._unfinished = token["unfinished"]
            elif not (self._moved(token[0]) if token["final"] is None else self._obeyed(token["csi"], token["final"])):
                yield token[0]

    def _obeyed(self, parameters: str, final: str) -> bool:
        """Whether a CSI sequence was a style or a cursor movement, which the copy has then made."""
        if final == "m" and not parameters.startswith((">", "?", "<", "=")):
            self.pen = self.pens.after(self.pen, parameters)
        elif final in "ABCDGdH" and not parameters.strip("0123456789;"):
            first, _, second = parameters.partition(";")
            count = max(int(first or 1), 1)
            if final in "AB":
                self.y += count if final == "B" else -count
            elif final in "CD":
                self.x += count if final == "C" else -count
            elif final in "GH":
                self.x = (count if final == "G" else max(int(second or 1), 1)) - 1
            if final in "dH":
                self.y = count - 1
            self.y = min(max(self.y, 0), self.height - 1)
            self.x = min(max(self.x, 0), self.width - 1)
        else:
            return False
        return True

    def _moved(self, control: str) -> bool:
        if control == "\n":
            self._newline()
        elif control == "\r":
            self.x = 0
        elif control == "\b":
            self.x = max(min(self.x, self.width - 1) - 1, 0)
        else:
            return False
        return True

    def _newline(self) -> None:
        """Down one row. The column is of no interest: Textual always continues with a position."""
        if self.y < self.height - 1:
            self.y += 1
            return
        self.rows = [*self.rows[1:], [self.blank] * self.width]  # the terminal scrolls
        self.doubtful = {}
        self.drawn.update(range(self.height))

    def _draw(self, payload: StyledLine) -> None:
        cells, y, start = payload.cells, self.y, self.x
        end = start + len(cells)
        row = self.rows[y]
        split = y in self.wide and self._splits(row, start, end)
        uncertain = payload.doubtful or split or end > self.width
        if uncertain or y in self.doubtful:
            self._draw_doubtful(payload, end, uncertain)
        elif row[start:end] != cells:
            row[start:end] = cells
            self.drawn.add(y)
            if payload.wide:
                self.wide.add(y)
        self.x = min(end, self.width)
        if payload.newline:
            self._newline()

    def _splits(self, row: Row, start: int, end: int) -> bool:
        """Whether drawing from start to end would leave half of a wide character; what then shows, terminals decide."""
        return any(not cell.text for cell in (*row[start : start + 1], *row[end : end + 1]))

    def _draw_doubtful(self, payload: StyledLine, end: int, uncertain: bool) -> None:
        """Draw on a row kept as text; it is known again once all of the uncertain was drawn over with what is not."""
        y, start = self.y, min(self.x, self.width - 1)
        row = self.rows[y]
        doubtful = self.doubtful.get(y)
        if doubtful is None:
            doubtful = self.doubtful[y] = DoubtfulRow((0, self.width, absolute(y, 0) + self.text(row)))
        end = min(end, self.width)
        doubtful.add(start, end, absolute(y, start) + self._styled(payload))
        row[start:end] = payload.cells[: end - start]
        self.drawn.add(y)
        if payload.wide:
            self.wide.add(y)
        if uncertain:
            doubtful.columns.update(range(max(start - 1, 0), self.width))
            return
        doubtful.columns.difference_update(range(start, end))
        if not doubtful.columns:
            del self.doubtful[y]

    def _styled(self, payload: StyledLine) -> str:
        default = self.pens.default
        return self.pens.between(default, self.pen) + payload.text + self.pens.between(self.pen, default)

    def text(self, row: Row) -> str:
        """The whole row as text with its styles, from the default pen and back to it."""
        default = pen = self.pens.default
        parts = []
        for cell in row:
            if cell.pen is not pen:
                parts.append(self.pens.between(pen, cell.pen))
                pen = cell.pen
            parts.append(cell.text)
        return "".join(parts) + self.pens.between(pen, default)
