"""One quantity of the layer shown: f, i, c̃, o, c or h, a bar and a number a unit."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.message import Message

from lstm_tui.core.quantities import Quantity, Scale
from lstm_tui.core.step import LayerStep, Step
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.layout import COLUMNS
from lstm_tui.tui.paint import Line, PanelData, paint_panel, panel_layout
from lstm_tui.tui.paint.layout import sentence_rows
from lstm_tui.tui.sloped.slope_frame import SlopeFrame, as_slope, fitting_scale
from lstm_tui.tui.widgets.background import Ground
from lstm_tui.tui.widgets.painted import Painted, shown

SUM = 1e-4
"""How far f·c' + i·c̃ may be from c, times 1 + |c|, to be shown as its parts."""


class Panels(Ground, Container):
    """The panels of all quantities of a cell."""

    DEFAULT_CSS = """
    Panels { layout: grid; grid-size: 3 2; }
    Panels.-zoomed { grid-size: 1 1; }
    Panels.-zoomed QuantityPanel { display: none; }
    Panels.-zoomed QuantityPanel.-alone { display: block; }
    """

    def __init__(
        self, quantities: tuple[Quantity, ...], frame: Frame, side: int | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.quantities, self.side = quantities, side
        self._frame = frame

    def compose(self) -> ComposeResult:
        return self._made(self._frame)

    def _made(self, frame: Frame) -> Iterator[QuantityPanel]:
        self.set_classes(f"-of{len(self.quantities)}")
        for digit, quantity in enumerate(self.quantities, 1):
            lower = digit > COLUMNS[len(self.quantities)]
            panel = QuantityPanel(quantity, digit, classes="lower" if lower else "")
            panel.side = self.side
            panel.take(frame)
            yield panel

    async def show(self, quantities: tuple[Quantity, ...], frame: Frame) -> None:
        """A cell with other quantities gets the panels it has."""
        if quantities != self.quantities:
            await self.remove_children()
            self.quantities = quantities
            await self.mount(*self._made(frame))

    def zoom(self, name: str | None) -> None:
        """That quantity's panel (where there is none: the first state's) as large as all; None brings them back."""
        alone = None
        if name is not None:
            alone = next((q for q in self.quantities if q.name == name), None) or next(
                q for q in self.quantities if q.state
            )
        self.set_class(alone is not None, "-zoomed")
        for panel in self.query(QuantityPanel):
            panel.set_class(panel.quantity is alone, "-alone")

    def share(self, columns: int, bands: int, rows: int) -> None:
        """So many panels side by side, on so many rows of the screen in all."""
        if not self.has_class("-zoomed"):
            self.styles.grid_size_columns, self.styles.grid_size_rows = columns, bands
        else:
            self.styles.grid_size_columns = self.styles.grid_size_rows = 1
        self.styles.height = rows


class QuantityPanel(Painted):
    """A panel of the grid. Give all of them one row height and `1fr` of the width: `width: 1fr; height: 1fr`.

    Title rule and eight units take nine lines; from eleven lines (at 37 columns) it carries its sentence. The last
    column is left blank, so panels can be side by side without a gutter. Panels of one parent lay themselves out
    for the smallest of them, so that a column or line left over by the division never shifts a unit.
    """

    DEFAULT_CSS = "QuantityPanel { width: 1fr; height: 1fr; }"

    step: shown[Step | None] = shown(None)
    layer_index: shown[int] = shown(0)
    unit: shown[int] = shown(0)
    scale: shown[float] = shown(1.0)
    """What a full bar stands for, where the quantity has no bound (c)."""
    slopes: shown[SlopeFrame | None] = shown(None)
    """Derivatives, to be shown in place of values."""
    movers: shown[tuple[int, ...]] = shown(())
    """Units to show bright: for c and h, those that moved most."""

    class UnitSelected(Message):
        """A unit was clicked in this panel, which may be of one of two models."""

        def __init__(self, unit: int, side: int | None = None) -> None:
            super().__init__()
            self.unit, self.side = unit, side

    def __init__(
        self,
        quantity: Quantity,
        digit: int,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.quantity = quantity
        self.digit = digit

    def take(self, frame: Frame) -> None:
        self.step, self.layer_index, self.unit = frame.step, frame.layer, frame.unit
        self.slopes = frame.slopes
        if self.quantity.grows:
            self.scale = frame.scales.get(self.quantity.name, Scale()).panel
        if self.quantity.state:
            self.movers = frame.cell_movers if self.quantity.name == "c" else frame.hidden_movers

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        columns, rows = self.room(Size(width, height))
        painted = paint_panel(self._data(), columns, rows, ascii)
        if columns < width:
            painted = [[*line, (" " * (width - columns), "text")] for line in painted]
        return [*painted, *([(" " * width, "text")] for _ in range(height - rows))]

    def on_click(self, event: events.Click) -> None:
        units = self._units()
        offset = event.get_content_offset(self)
        if not units or offset is None:
            return
        width, height = self.room(self.content_size)
        layout = panel_layout(units, width, height, self._selected(units))
        unit = layout.unit_at(offset.x, offset.y - 1 - sentence_rows(width, height, units))
        if unit is not None:
            event.stop()
            self.post_message(self.UnitSelected(unit, self.side))

    def room(self, size: Size) -> Size:
        """The least size among the panels shown: dividing a screen leaves some a column or a line larger."""
        if self.parent is None:
            return size
        sizes = [
            panel.outer_size for panel in self.parent.children if isinstance(panel, QuantityPanel) and panel.display
        ]
        return Size(
            size.width - any(other.width == size.width - 1 for other in sizes),
            size.height - any(other.height == size.height - 1 for other in sizes),
        )

    def _layer(self) -> LayerStep | None:
        if self.step is None or not 0 <= self.layer_index < len(self.step.layers):
            return None
        return self.step.layers[self.layer_index]

    def _units(self) -> int:
        layer = self._layer()
        return layer.units if layer is not None else 0

    def _selected(self, units: int) -> int:
        return max(0, min(self.unit, units - 1))

    def _held(self) -> tuple[int, ...]:
        clamps = self.step.clamps if self.step is not None else ()
        return tuple(c.unit for c in clamps if (c.layer, c.quantity) == (self.layer_index, self.quantity.name))

    def _data(self) -> PanelData:
        layer = self._layer()
        units = self._units()
        q = self.quantity
        if self.slopes is not None:
            return self._slope_data(self.slopes, units)
        return PanelData(
            digit=self.digit,
            symbol=q.symbol,
            word=q.word,
            kind=q.kind,
            sentence=q.sentence,
            low=q.low,
            high=q.high,
            units=units,
            values=layer.values.get(q.name) if layer is not None else None,
            before=layer.before.get(q.name) if layer is not None and q.state else None,
            kept=kept_part(layer) if layer is not None and q.name == "c" else None,
            unit=self._selected(units),
            scale=self.scale if q.grows else 1.0,
            movers=self.movers if q.state else (),
            held=self._held(),
            start=self.step is not None and self.step.position == 0,
            mono=self.look.depth == "none",
        )

    def _slope_data(self, slopes: SlopeFrame, units: int) -> PanelData:
        """The derivatives by the quantity, on a scale that holds them all."""
        q, values = as_slope(self.quantity), slopes.values.get(self.quantity.name)
        return PanelData(
            digit=self.digit,
            symbol=q.symbol,
            word=q.word,
            kind=q.kind,
            sentence=q.sentence,
            units=units,
            values=values,
            unit=self._selected(units),
            scale=fitting_scale(values or ()),
            mono=self.look.depth == "none",
        )


def kept_part(layer: LayerStep) -> tuple[float, ...] | None:
    """f·c' of every unit, where c is that and i·c̃: not after an edit, and not for a cell that computes otherwise."""
    names = [layer.values.get(name) for name in ("f", "i", "c_tilde", "c")]
    before = layer.before.get("c")
    if before is None or any(values is None for values in names):
        return None
    f, i, candidate, c = (values for values in names if values is not None)
    kept = tuple(gate * old for gate, old in zip(f, before, strict=True))
    adds_up = all(
        abs(part + gate * new - now) <= SUM * (1 + abs(now)) or now != now
        for part, gate, new, now in zip(kept, i, candidate, c, strict=True)
    )
    return kept if adds_up else None
