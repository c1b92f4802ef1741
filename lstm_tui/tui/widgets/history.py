"""One quantity of the selected unit over time."""

from __future__ import annotations

from textual.message import Message

from lstm_tui.core.quantities import C, Quantity
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import HistoryData, Line, paint_history
from lstm_tui.tui.widgets.painted import Painted, shown


class HistoryPlot(Painted):
    """A column a step, six wide at most: `width: 2fr; height: 7` or more. An odd chart height centres the axis."""

    class Wanted(Message):
        """The plot has taken its place on the screen, or has another width there: what it shows can be computed."""

    DEFAULT_CSS = "HistoryPlot { width: 2fr; height: 1fr; }"

    values: shown[tuple[float, ...]] = shown(())
    quantity: shown[Quantity] = shown(C)
    unit: shown[int] = shown(0)
    start: shown[int] = shown(1)
    """The step of the first value."""
    cursor: shown[int] = shown(0)
    scale: shown[float] = shown(1.0)

    def take(self, frame: Frame) -> None:
        curve = frame.curve
        self.unit, self.cursor = frame.unit, frame.position
        self.quantity, self.start, self.values, self.scale = curve.quantity, curve.start, curve.values, curve.scale

    def on_resize(self) -> None:
        """Comes with a place on the screen, too."""
        self.post_message(self.Wanted())

    @staticmethod
    def capacity(width: int) -> int:
        """How many steps a plot of this width can show, a column each."""
        return max(width - 8, 1)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        q = self.quantity
        symbol = q.symbol.replace("\u0303", "~") if ascii else q.symbol
        data = HistoryData(
            f"{symbol}[{self.unit}] over time",
            q.kind,
            self.values,
            self.start,
            self.cursor,
            self.scale if q.grows else 1.0,
        )
        return paint_history(data, width, height, ascii)
