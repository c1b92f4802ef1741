"""Text with styles as the cells it draws, read once however often it is written. Pure: strings in, cells out."""

from __future__ import annotations

import re

from rich.cells import cell_len

from lstm_tui.terminal_driver.styles import Pen, ScreenCell, Styles, Unusual, kind

Row = list[ScreenCell]

# Possessive: giving back digits one by one cannot turn a non-match into a match.
_STYLE = re.compile(r"\x1b\[([\d;:]*+)m|\x1b\]8;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_PLAIN_AGAIN = "\x1b[0m"  # the end of every styled stretch that Textual writes
_REMEMBERED = 8192  # how many different lines, and how many different stretches


class StyledLine:
    """A line or a stretch of one with its styles, read once: the cells it draws from wherever it starts."""

    __slots__ = ("cells", "closed", "doubtful", "newline", "text", "wide")

    def __init__(self, text: str, newline: bool = False) -> None:
        self.text = text
        self.closed = True  # whether it ends with the default pen
        self.cells: Row = []
        self.newline = newline
        self.doubtful = False
        self.wide = False


class StyledLines:
    """Lines as Textual writes them, and the stretches between two resets that they are made of, each read once."""

    def __init__(self, pens: Styles) -> None:
        self._pens = pens
        self._lines: dict[str, StyledLine | None] = {}
        self._stretches: dict[str, StyledLine] = {}

    def read(self, text: str) -> StyledLine | None:
        """`text` read with the default pen, or None if there is more in it than characters and styles or its pen
        outlives it."""
        if text in self._lines:
            return self._lines[text]
        if len(self._lines) >= _REMEMBERED:
            self._lines.clear()
        newline = text.endswith("\n")
        payload = StyledLine(text[:-1] if newline else text, newline)
        self._lines[text] = None
        # A reset ends all of a style but its link: what has links is one stretch, whose pen tells how it ends.
        stretches = [payload.text] if "\x1b]" in payload.text else payload.text.split(_PLAIN_AGAIN)
        closed = True
        for stretch in stretches:
            read = self._stretches.get(stretch) or self._stretch(stretch)
            if read is None:
                return None
            payload.cells += read.cells
            payload.wide |= read.wide
            payload.doubtful |= read.doubtful
            closed = read.closed
        if closed:
            self._lines[text] = payload
        return self._lines[text]

    def _stretch(self, text: str) -> StyledLine | None:
        """A part of a line that begins with the default pen; most of them stand on many lines."""
        if len(self._stretches) >= _REMEMBERED:
            self._stretches.clear()
        payload = StyledLine(text)
        pen = self._pens.default
        pieces = _STYLE.split(text)  # text, parameters or None, link or None, text, …
        for index in range(0, len(pieces), 3):
            if index and pieces[index - 2] is not None:
                pen = self._pens.after(pen, pieces[index - 2])
            elif index:
                pen = self._pens.linked(pen, pieces[index - 1])
            if pieces[index] and not _append(payload, pieces[index], pen):
                return None
        payload.closed = pen is self._pens.default
        self._stretches[text] = payload
        return payload


def plain(text: str, pen: Pen) -> StyledLine:
    """Text that has neither styles nor control characters in it."""
    payload = StyledLine(text)
    _append(payload, text, pen)
    return payload


def _append(payload: StyledLine, text: str, pen: Pen) -> bool:
    """Add the cells of `text`; False if it holds control characters."""
    try:
        payload.cells += [*map(pen.cells.__getitem__, text)]
    except Unusual:
        return _append_unusual(payload, text, pen)
    return True


def _append_unusual(payload: StyledLine, text: str, pen: Pen) -> bool:
    cells: Row = []
    for character in text:
        what = kind(character)
        if what == "narrow":
            cells.append(pen.cells[character])
        elif what == "wide":
            cells += (pen.cell(character), pen.cell(""))
            payload.wide = True
        elif what == "control":
            return False
        elif what == "mark" and cells and (len(cells) == 1 or cells[-1].text):
            cells[-1] = pen.cell(cells[-1].text + character)
        else:
            payload.doubtful = True
    if payload.doubtful:
        cells = [pen.cell("\N{REPLACEMENT CHARACTER}")] * cell_len(text)
    payload.cells += cells
    return True
