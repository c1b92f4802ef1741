"""Two screens in, the bytes between them out: the cheapest text that turns what a terminal shows into what it should
show. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import compress
from operator import attrgetter, is_not

from lstm_tui.terminal_driver.cursor_moves import absolute, move
from lstm_tui.terminal_driver.screen_copy import ScreenCopy
from lstm_tui.terminal_driver.styled_lines import Row
from lstm_tui.terminal_driver.styles import RESET, Pen, ScreenCell, Styles

Run = tuple[int, int, int]
"""Cells start..end-1 of row y, as (y, start, end)."""

Groups = dict[Pen, list[Run]]
_PEN_OF, _TEXT_OF = attrgetter("pen"), attrgetter("text")


class Shown:
    """What the terminal shows once it has read everything sent so far. A row of None is not known.

    `anywhere`: it is for players of all kinds, which differ on how many columns some characters take: after each of
    those the cursor is put where it belongs.
    """

    def __init__(self, height: int, anywhere: bool = False) -> None:
        self.anywhere = anywhere
        self.rows: list[Row | None] = [None] * height
        self.y: int | None = None
        self.x: int | None = None

    def forget(self, height: int) -> None:
        """Nothing is known any more."""
        self.rows = [None] * height
        self.y = self.x = None


class _Writer:
    """Collects output and keeps account of the pen and the cursor."""

    def __init__(self, pens: Styles, shown: Shown, width: int) -> None:
        self.parts: list[str] = []
        self._pens = pens
        self._pen = pens.default
        self._width = width
        self._anywhere = shown.anywhere
        self.y, self.x = shown.y, shown.x

    def go(self, y: int, x: int) -> None:
        if y != self.y or x != self.x:
            self.parts.append(move(self.y, self.x, y, x))
            self.y, self.x = y, x

    def use(self, pen: Pen) -> None:
        if pen is not self._pen:
            self.parts.append(self._pens.between(self._pen, pen))
            self._pen = pen

    def runs(self, runs: Iterable[Run], texts: Mapping[int, list[str]]) -> None:
        """Runs of cells of the pen in use, out of the `texts` of their rows, a string a cell."""
        parts, y, x = self.parts, self.y, self.x
        for at_y, start, end in runs:
            if at_y != y or start != x:
                parts.append(move(y, x, at_y, start))
            cells = texts[at_y][start:end]
            parts += _placed(cells, start) if self._anywhere else cells
            # In the last column terminals keep the cursor in different places, so the column is not certain there.
            certain = end < self._width and not (self._anywhere and _unsteady(cells[-1]))
            y, x = at_y, end if certain else None
        self.y, self.x = y, x

    def text(self) -> str:
        return "".join(self.parts)


def _placed(cells: list[str], start: int) -> Iterator[str]:
    """The cells from column `start` on, each behind one of uncertain width put into its own column."""
    for column, text in enumerate(cells[:-1], start + 1):
        yield text
        if _unsteady(text):
            yield f"\x1b[{column + 1}G"
    yield cells[-1]


@lru_cache(maxsize=4096)
def _unsteady(text: str) -> bool:
    """Whether programs disagree on its width: it is combined of several characters, or wide only in the East."""
    return len(text) > 1 or (bool(text) and unicodedata.east_asian_width(text) == "A")


def difference(shown: Shown, copy: ScreenCopy) -> str:
    """What to send so that the terminal shows `copy`; `shown` is brought up to date and `copy.drawn` cleared."""
    writer = _Writer(copy.pens, shown, copy.width)
    rows = sorted(y for y in copy.drawn if y < copy.height)
    _erase_unknown(shown, copy, rows, writer)
    mixed: list[Run] = []
    groups: Groups = {}
    columns = range(copy.width)
    for y in rows:
        if y in copy.doubtful:
            writer.parts.append(copy.doubtful[y].send())
            writer.y = writer.x = None
            shown.rows[y] = None
            continue
        old, new = shown.rows[y], copy.rows[y]
        if old is None or old == new:
            continue
        changed = [*compress(columns, map(is_not, old, new))]
        if shown.anywhere and (last := _spilled(new, changed)) is not None:
            mixed.append(_whole(y, new, [changed[0], last]))
        elif y in copy.wide and _touches_wide(old, new, changed):
            mixed.append(_whole(y, new, changed))
        else:
            _group(y, new, changed, groups)
        shown.rows[y] = new[:]
    copy.drawn.clear()
    _write_mixed(writer, copy, mixed)
    _write_groups(writer, copy, groups)
    writer.use(copy.pens.default)
    writer.go(copy.y, min(copy.x, copy.width - 1))
    shown.y, shown.x = writer.y, writer.x
    return writer.text()


def _erase_unknown(shown: Shown, copy: ScreenCopy, rows: Iterable[int], writer: _Writer) -> None:
    """Blank the rows nothing is known about, so that their blank cells need not be sent."""
    unknown = [y for y in rows if shown.rows[y] is None and y not in copy.doubtful]
    if not unknown:
        return
    if len(unknown) == copy.height:
        writer.parts.append(f"{RESET}\x1b[2J")
    else:
        writer.parts.append(RESET)
        for y in unknown:
            writer.parts.append(absolute(y, 0) + "\x1b[2K")
            writer.y, writer.x = y, 0
    for y in unknown:
        shown.rows[y] = [copy.blank] * copy.width


def _touches_wide(old: Row, new: Row, changed: list[int]) -> bool:
    """Whether a change begins, ends or moves a wide character."""
    for x in changed:
        if not (old[x].text and new[x].text):
            return True
        if x + 1 < len(new) and not (old[x + 1].text and new[x + 1].text):
            return True
    return False


def _spilled(new: Row, changed: list[int]) -> int | None:
    """The last column to be written where a cell from the first change on has marks; None where none has.

    Players that give marks columns of their own have them behind their cell: what stands there comes after, and again.
    """
    x, last, found = changed[0], changed[-1], False
    while x <= last:
        marks = len(new[x].text) - 1
        if marks > 0:
            found, last = True, max(last, min(x + marks, len(new) - 1))
        x += 1
    return last if found else None


def _whole(y: int, new: Row, changed: list[int]) -> Run:
    """The stretch from the first to the last change, never beginning or ending inside a wide character."""
    start, end = changed[0], changed[-1] + 1
    while not new[start].text:
        start -= 1
    while end < len(new) and not new[end].text:
        end += 1
    return y, start, end


def _group(y: int, new: Row, changed: list[int], groups: Groups) -> None:
    """Sort the changed cells of a row into runs by pen; a run goes over unchanged cells where that is cheaper than a
    movement."""
    start, last = changed[0], changed[-1]
    if last - start == len(changed) - 1:  # nothing unchanged in between, as where a theme or a view changes
        pens = [*map(_PEN_OF, new)]
        for end in (*compress(changed[1:], map(is_not, pens[start + 1 :], pens[start:])), last + 1):
            groups.setdefault(pens[start], []).append((y, start, end))
            start = end
        return
    last, pen = start, new[start].pen
    for x in changed[1:]:
        cell = new[x]
        if cell.pen is pen and (x - last == 1 or (x - last <= 6 and _bridged(new[last + 1 : x], pen))):
            last = x
            continue
        groups.setdefault(pen, []).append((y, start, last + 1))
        start = last = x
        pen = cell.pen
    groups.setdefault(pen, []).append((y, start, last + 1))


def _bridged(gap: list[ScreenCell], pen: Pen) -> bool:
    size = 0
    for cell in gap:
        if cell.pen is not pen:
            return False
        size += len(cell.text.encode("utf-8", "surrogatepass"))
    return size <= (3 if len(gap) == 1 else 4)


def _write_mixed(writer: _Writer, copy: ScreenCopy, runs: list[Run]) -> None:
    """Changes of wide characters go from left to right, whatever their styles.

    A half that is overwritten out of order may take its other half along.
    """
    texts = {y: [*map(_TEXT_OF, copy.rows[y])] for y, _, _ in runs}
    for y, start, end in runs:
        row = copy.rows[y]
        x = start
        while x < end:
            pen, stop = row[x].pen, x + 1
            while stop < end and row[stop].pen is pen:
                stop += 1
            writer.use(pen)
            writer.runs([(y, x, stop)], texts)
            x = stop


def _write_groups(writer: _Writer, copy: ScreenCopy, groups: Groups) -> None:
    texts = {y: [*map(_TEXT_OF, copy.rows[y])] for y in {run[0] for runs in groups.values() for run in runs}}
    for pen in sorted(groups, key=Pen.order):
        writer.use(pen)
        writer.runs(groups[pen], texts)
