"""The views over time: which one, of which quantity, and the stretch of steps and units that fits the screen."""

from __future__ import annotations

import math
from dataclasses import replace

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
from lstm_tui.tui.selection import OF_LOSS, REACH, Selection, remembered
from lstm_tui.tui.sloped.reach_data import reach_data, stretch_back
from lstm_tui.tui.sloped.slope_frame import as_slope, fitting_scale
from lstm_tui.tui.system.characters import narrow

LEAST_STEPS, AFFORDABLE = 240, 1_000_000_000
"""Steps a view may show of any model, and multiplications it may cost: about a second where nothing is known yet."""
LEAST_LOSS = 0.1
"""What a plot of losses reaches up to at least."""
NO_LOSS = "no loss here is a number: nothing is guessed, or the model computes NaN"
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
        if selection.view == REACH:
            return reach_data(debugger, selection, *self.steps(debugger, selection, viewport))
        if selection.view in OF_LOSS:
            return _of_loss(debugger, selection, viewport, self.steps(debugger, selection, viewport))
        data, track = self._of_units(debugger, selection, viewport), selection.track
        if track is None or selection.view != "text" or selection.slope is not None:
            return data
        if len(track.values) != debugger.length:  # of another text
            return data
        part = track.part(data.start, data.start + len(data.labels))
        return replace(data, title=f"{data.title}; below it {visible(track.name)}", track=part)

    def _of_units(self, debugger: DebuggerDoor, selection: Selection, viewport: Viewport) -> OverTimeData:
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
        elif selection.view == "loss":
            capacity = WINDOW
        elif selection.view in ("lines", "units", REACH):
            capacity = max(width - AXIS - 1, 1)
        else:
            capacity = max(width - 2, 1) * max((height - 2) // 2, 1)
        affordable = max(LEAST_STEPS, AFFORDABLE // max(debugger.about.parameters, 1))
        if selection.view == REACH:
            return stretch_back(debugger, selection, min(capacity, WINDOW, affordable))
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


def _of_loss(debugger: DebuggerDoor, selection: Selection, viewport: Viewport, span: tuple[int, int]) -> OverTimeData:
    """The loss of guessing what follows each step; as a text, what each character itself had cost."""
    start, stop = span
    curve, rows = selection.view == "loss", bool(debugger.about.channels)
    row = debugger.losses(start, stop) if curve else debugger.losses(start - 1, stop - 1)
    row = (math.nan,) * len(row) if selection.guess_hidden else row
    labels = _levels(debugger, start, stop) if rows else tuple(map(narrow, debugger.symbols[start - 1 : stop - 1]))
    if curve:  # under its loss stands what was to be guessed
        after = _levels(debugger, stop, stop + 1) if rows else tuple(map(narrow, debugger.symbols[stop - 1 : stop]))
        labels = (*labels[1:], *(after or (" ",)))
    title = "loss (mean squared error)" if rows else "loss in nats"
    if not curve:
        read = "row" if rows else "word" if debugger.about.words else "character"
        title = f"the text coloured by the loss of each {read}"
    if all(value != value for value in row):
        title = "the loss is hidden, as the guess is" if selection.guess_hidden else NO_LOSS
    return OverTimeData(
        title=title,
        symbol="loss",
        kind="gate",
        scales=(loss_scale(row, 4 if curve else 2),),
        start=start,
        labels=labels,
        values=(row,),
        shown=(0,),
        units=1,
        unit=0,
        cursor=debugger.position,
        description="" if selection.guess_hidden else _loss_words(debugger, curve),
        breaks=frozenset(
            at for at, symbol in enumerate(debugger.symbols[start - 1 : stop - 1], start) if symbol.endswith("\n")
        ),
        mono=viewport.mono,
        solid=viewport.solid,
    )


def _loss_words(debugger: DebuggerDoor, curve: bool) -> str:
    """The loss under the cursor: of what follows, or of the character itself, which was guessed a step before."""
    step, position = debugger.step, debugger.position
    lost = step.loss if curve else debugger.losses(position - 1, position)[0] if position else None
    number = "–" if lost is None or lost != lost else f"{lost:.2f}"
    symbol = (step.target if curve else step.char) or ""
    if debugger.about.channels or not symbol:
        return f"{step_name(position)}  loss {number}" + ("" if curve or not position else f" at step {position - 1:,}")
    if not curve and position == 1:
        return f"{step_name(position)}  '{visible(symbol)}'  nothing was guessed before it"
    if curve:
        return f"{step_name(position)}  next '{visible(symbol)}'  loss {number}"
    return f"{step_name(position)}  '{visible(symbol)}'  loss {number} when it was guessed, at step {position - 1:,}"


def loss_scale(row: Vector, beyond: int) -> float:
    """For all losses but the largest few, where those are more than `beyond` times as large."""
    known = sorted(value for value in row if math.isfinite(value)) or [0.0]
    most = known[round(0.98 * (len(known) - 1))]
    top = max(known[-1] if known[-1] <= beyond * most else most, LEAST_LOSS)
    power = 10.0 ** math.floor(math.log10(top))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if top <= step * power * (1 + 1e-9))


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
