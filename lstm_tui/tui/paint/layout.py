"""Which unit is where in a quantity panel. All panels ask the same function, so they stay aligned unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

NUMBER = 5  # `+0.97`
MIN_BAR = 3  # one cell a side of the centre line
DETAIL_COLUMN = 20  # columns of bars under a heat map are at least this wide
TITLED = 62  # columns from which a panel's sentence stands in its title
SENTENCED = 33  # columns from which it has a row below the title


@dataclass(frozen=True)
class Layout:
    """Where units are in the lines below a panel's title and sentence."""

    units: int
    rows: int
    """Lines to fill."""
    digits: int
    """Columns of a unit's number."""
    per_row: int = 0
    """Units in a row of one-cell units; 0 where every unit has a bar."""
    heat_first: int = 0
    heat_rows: int = 0
    bars_at: int = 0
    """The line at which the bars begin, below the one-cell units."""
    bar_rows: int = 0
    columns: int = 1
    column_width: int = 0
    bar: int = 0
    gap: int = 1
    """Blank columns between a bar and its number."""
    first: int = 0
    """The unit of the first bar; down the first column, then the next."""
    left_out: bool = False
    """Whether units have no place: the last line says how many."""

    @property
    def gutter(self) -> int:
        """Columns for the mark, the unit's number and a space."""
        return self.digits + 2

    @property
    def blank(self) -> int:
        """Lines at the end in which no unit stands."""
        return max(self.rows - max(self.heat_rows, self.bars_at + self.bar_rows) - self.left_out, 0)

    def bar_unit(self, row: int, column: int) -> int | None:
        """The unit whose bar is there, counted from the first line of bars."""
        unit = self.first + column * self.bar_rows + row
        return unit if row < self.bar_rows and column < self.columns and unit < self.units else None

    def unit_at(self, x: int, y: int) -> int | None:
        """The unit drawn at column `x` of line `y`, for the mouse."""
        if self.per_row and y < self.heat_rows:
            inside = x - self.gutter
            unit = self.heat_first + y * self.per_row + inside
            return unit if 0 <= inside < self.per_row and unit < self.units else None
        if y < self.bars_at or not self.column_width:
            return None
        return self.bar_unit(y - self.bars_at, x // self.column_width)


def sentence_rows(width: int, height: int, units: int) -> int:
    """Lines that a panel of this size gives to its sentence: 0 where its units, or eight of them, would no longer fit
    in as many columns, and where it has its place in the title."""
    rows = height - 2
    if not SENTENCED <= width < TITLED or rows < 3:
        return 0
    return int(rows >= min(units, 8) or -(-units // rows) == -(-units // (rows + 1)))


@lru_cache(maxsize=256)
def panel_layout(units: int, width: int, height: int, selected: int) -> Layout:
    """The layout of a panel of `width` × `height` (title included) so that the selected unit is in view.

    One column of bars where they fit, else the fewest columns that hold all, else one cell a unit. It scrolls by
    pages, so that nothing moves while the selection stays on its page.
    """
    rows = max(height - 1 - sentence_rows(width, height, units), 0)
    digits = len(str(max(units - 1, 0)))
    room = max(width - 1, 0)
    if not rows or not units:
        return Layout(units, rows, digits)
    heat = room - digits - 2
    if units > rows * (heat if heat >= MIN_BAR else 1) and rows > 1:
        return replace(_filled(units, rows - 1, digits, width, selected), rows=rows, left_out=True)
    return _filled(units, rows, digits, width, selected)


def _filled(units: int, rows: int, digits: int, width: int, selected: int) -> Layout:
    room = max(width - 1, 0)  # the last column is the gap to the next panel
    narrowest = digits + 3 + MIN_BAR + NUMBER
    columns = -(-units // rows)
    if columns == 1 or columns * narrowest <= width:
        # Several columns are dense anyway: they may use the gap to the next panel too.
        return _bars(Layout(units, rows, digits), room if columns == 1 else width, columns, -(-units // columns), 0, 0)
    heat = room - digits - 2
    if heat < MIN_BAR:
        return _bars(Layout(units, rows, digits), room, 1, rows, _page(selected, rows, units), 0)
    # Rows that begin at round numbers let a reader count, unless units would be left out for it.
    round_ones = (heat - heat % by for by in (10, 5) if heat >= 2 * by)
    per_row = next((count for count in round_ones if count * rows >= units), heat)
    return _heat(units, rows, digits, room, per_row, selected)


def _bars(base: Layout, room: int, columns: int, bar_rows: int, first: int, at: int) -> Layout:
    column = room // columns
    bar = column - base.digits - 3 - NUMBER - 1
    gap = 1
    if bar < 5:
        bar, gap = bar + 1, 0
    return Layout(
        base.units, base.rows, base.digits, base.per_row, base.heat_first, base.heat_rows,
        at, bar_rows, columns, column, max(bar, 0), gap, first,
    )  # fmt: skip


def _heat(units: int, rows: int, digits: int, room: int, per_row: int, selected: int) -> Layout:
    total = -(-units // per_row)
    shown = min(total, rows)
    first_row = _page(selected // per_row, shown, total)
    base = Layout(units, rows, digits, per_row, first_row * per_row, shown)
    spare = rows - shown
    if spare < 2:
        return base
    at = shown + (1 if spare > 3 else 0)
    bar_rows = rows - at
    columns = max(1, min(room // DETAIL_COLUMN, -(-units // bar_rows)))
    page = bar_rows * columns
    return _bars(base, room, columns, bar_rows, _page(selected, page, units), at)


def _page(index: int, size: int, total: int) -> int:
    """The first index of the page that holds `index`; the last page is full where there is enough to fill it."""
    return max(0, min(index // size * size, total - size))
