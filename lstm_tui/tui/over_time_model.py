"""The views over time: which one, of which quantity, and the stretch of steps and units that fits the screen."""

from __future__ import annotations

import math

from lstm_tui.core.quantities import Quantity, Scale
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import Vector, step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.inspector import WINDOW
from lstm_tui.tui.layout import Viewport
from lstm_tui.tui.paint import text_window
from lstm_tui.tui.paint.numbers import level_glyph
from lstm_tui.tui.paint.over_time import HeatPlan, OverTimeData, plots
from lstm_tui.tui.paint.plots import AXIS
from lstm_tui.tui.selection import Selection, remembered
from lstm_tui.tui.sloped.slope_frame import as_slope, fitting_scale
from lstm_tui.tui.system.characters import narrow

LEAST_STEPS, AFFORDABLE = 240, 1_000_000_000
"""Steps a view may show of any model, and multiplications it may cost: about a second where nothing is known yet."""
_TITLES = {
    "heat": "{symbol} of every unit over time",
    "lines": "{symbol} over time",
    "units": "{symbol} of all units over time",
    "text": "the text coloured by {symbol}[{unit}]",
}
_SLOPES = {
    "heat": "∂ by {symbol} of every unit over time",
    "lines": "∂ by {symbol} over time",
    "units": "∂ by {symbol} of all units over time",
    "text": "the text coloured by |∂/∂x|, signed as ∂/∂x·x",
}


class OverTimeModel:
    """Remembers what it showed; asks the debugger for no more steps than can be seen."""

    def __init__(self) -> None:
        self._plotted: list[int] = []
        """The units plotted, in their places."""
        self._recent: list[int] = []
        """The same, the one selected last at the end."""
        self._layer = 0

    def data(self, debugger: DebuggerDoor, selection: Selection, viewport: Viewport) -> OverTimeData:
        """What the view shows. Raises `UserError` where a user's cell fails on the way."""
        layer, unit = selection.layer, selection.unit
        quantity = _shown_quantity(debugger, selection.quantity)
        units = debugger.step.layers[layer].units
        shown = self._units(debugger, selection, units, quantity, viewport.over_time)
        start, stop = self.steps(debugger, selection, viewport)
        if selection.slope is None:
            rows = debugger.values(quantity.name, layer, shown, start, stop)
            scale = debugger.scales(layer).get(quantity.name, Scale())
            scales, description = (
                _scales(quantity, scale, selection.view, shown),
                _description(debugger, quantity, layer, unit),
            )
            title = _TITLES[selection.view].format(symbol=quantity.symbol, unit=unit)
        else:
            rows = _slopes(debugger, selection, selection.slope, quantity, shown, (start, stop))
            scales = (fitting_scale(value for row in rows for value in row),) * len(shown)
            title = _SLOPES[selection.view].format(symbol=quantity.symbol)
            at = debugger.position - start
            description = _slope_description(debugger, selection, quantity, rows, shown, at)
            quantity = as_slope(quantity)
        symbols = debugger.symbols[start - 1 : stop - 1]
        return OverTimeData(
            title=title,
            symbol=quantity.symbol,
            kind=quantity.kind,
            scales=scales,
            start=start,
            labels=tuple(map(narrow, symbols)) if not debugger.about.channels else _levels(debugger, start, stop),
            values=rows,
            shown=shown,
            units=units,
            unit=unit,
            cursor=debugger.position,
            description=description,
            breaks=frozenset(at for at, symbol in enumerate(symbols, start) if symbol.endswith("\n")),
            mono=viewport.mono,
            solid=viewport.solid,
        )

    @staticmethod
    def steps(debugger: DebuggerDoor, selection: Selection, viewport: Viewport) -> tuple[int, int]:
        """The stretch start..stop-1 that fits, the cursor in it."""
        width, height = viewport.width, viewport.over_time
        if selection.view == "heat":
            capacity = HeatPlan.capacity(debugger.step.layers[selection.layer].units, width)
        elif selection.view in ("lines", "units"):
            capacity = max(width - AXIS - 1, 1)
        else:
            capacity = max(width - 2, 1) * max((height - 2) // 2, 1)
        affordable = max(LEAST_STEPS, AFFORDABLE // max(debugger.about.parameters, 1))
        return text_window(debugger.position, debugger.length, min(capacity, WINDOW, affordable))

    def _units(
        self, debugger: DebuggerDoor, selection: Selection, units: int, quantity: Quantity, height: int
    ) -> tuple[int, ...]:
        unit = selection.unit
        if selection.view == "text":
            return (unit,)
        if selection.view == "units":
            return tuple(range(units))
        if selection.view == "lines":
            return self._with_plots(debugger, selection.layer, unit, units, plots(quantity.kind, height))
        rows = max(height - 3, 1)
        first = max(0, min(unit // rows * rows, units - rows))
        return tuple(range(first, min(first + rows, units)))

    def _with_plots(self, debugger: DebuggerDoor, layer: int, unit: int, units: int, places: int) -> tuple[int, ...]:
        """The selected unit and those selected before it, or at first those that moved most; each keeps its place."""
        places = min(places, units)
        if layer != self._layer or any(other >= units for other in self._plotted):
            self._layer, self._plotted, self._recent = layer, [], []
        if unit not in self._plotted and len(self._plotted) >= places:
            gone = self._recent.pop(0)
            self._plotted[self._plotted.index(gone)] = unit
        elif unit not in self._plotted:
            self._plotted.append(unit)
        self._recent = [other for other in self._recent if other != unit] + [unit]
        state = next(q for q in debugger.quantities if q.state)
        for other in (*debugger.movers(layer, state.name, places), *range(units)):
            if len(self._plotted) < places and other not in self._plotted:
                self._plotted.append(other)
                self._recent.insert(0, other)
        while len(self._plotted) > places:
            self._plotted.remove(self._recent.pop(0))
        return tuple(self._plotted)


def _slopes(
    debugger: DebuggerDoor,
    selection: Selection,
    objective: Objective,
    quantity: Quantity,
    shown: tuple[int, ...],
    span: tuple[int, int],
) -> tuple[Vector, ...]:
    """Derivatives by a quantity; of the text, by what was read: its size, with the sign of its product with x."""
    if selection.view != "text":
        return debugger.slope_values(objective, quantity.name, selection.layer, shown, *span)
    sizes, signed = debugger.slopes_of_text(objective, *span)
    return (tuple(math.copysign(size, side) for size, side in zip(sizes, signed, strict=True)),)


def _slope_description(
    debugger: DebuggerDoor,
    selection: Selection,
    quantity: Quantity,
    rows: tuple[Vector, ...],
    shown: tuple[int, ...],
    at: int,
) -> str:
    """The derivative under the cursor."""
    by = "x" if selection.view == "text" else f"{quantity.symbol}[{selection.unit}]"
    row = rows[0 if selection.view == "text" else shown.index(selection.unit)] if rows else ()
    value = f"{row[at]:+.3g}" if 0 <= at < len(row) and row[at] == row[at] else "–"
    return f"{step_name(debugger.position)}  '{visible(debugger.step.char or '')}'  ∂ by {by} {value}"


def _scales(quantity: Quantity, scale: Scale, view: str, shown: tuple[int, ...]) -> Vector:
    """A row's own scale, which its curve has too; where all units stand in one plot, the panels'."""
    if not quantity.grows:
        return (1.0,) * len(shown)
    return (scale.panel,) * len(shown) if view == "units" else tuple(map(scale.of_unit, shown))


def _shown_quantity(debugger: DebuggerDoor, name: str) -> Quantity:
    """The quantity chosen, or the cell's first state."""
    quantities = debugger.quantities
    return next((q for q in quantities if q.name == name), remembered(quantities))


def _description(debugger: DebuggerDoor, quantity: Quantity, layer: int, unit: int) -> str:
    """The number under the cursor, which is the step's own."""
    step = debugger.step
    name = f"{quantity.symbol}[{unit}]"
    if step.position == 0:
        return f"step 0  the zero state ({name} is selected)"
    vector = step.layers[layer].values.get(quantity.name)
    if vector is None:
        return f"{step_name(step.position)}  {name} is not computed yet"
    sign = "+" if quantity.kind == "signed" else ""
    return f"{step_name(step.position)}  '{visible(step.char or '')}'  {name} {vector[unit]:{sign}.2f}"


def _levels(debugger: DebuggerDoor, start: int, stop: int) -> tuple[str, ...]:
    """The level of the first target at each step, in place of characters."""
    return tuple(level_glyph(each.level or 0.0) for each in debugger.characters(start, stop))
