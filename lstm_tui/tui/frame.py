"""What is painted: everything the leaves show of one step, asked of the debugger once a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.explanation import Explanation
from lstm_tui.core.quantities import C, Quantity, Scale
from lstm_tui.core.questions.slopes import last_counted
from lstm_tui.core.step import About, Character, Equation, Step, Vector
from lstm_tui.tui.layout import Viewport
from lstm_tui.tui.selection import Selection, remembered
from lstm_tui.tui.sloped.slope_frame import SlopeFrame, as_slope, fitting_scale, slope_frame

if TYPE_CHECKING:
    from lstm_tui.core.questions.comparison import ComparedStep
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.tui.over_time_model import OverTimeModel
    from lstm_tui.tui.paint.over_time import OverTimeData


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantity of the selected unit over time."""

    quantity: Quantity = C
    start: int = 0
    """The step of the first value."""
    values: Vector = ()
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Between:
    """How far two models side by side are apart."""

    step: ComparedStep
    first: str = ""
    """The first step where their likeliest symbols are two, in words; empty while nobody knows."""
    shared: int | None = None
    """How many symbols both know; None where they know the same."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The step and what is made from it for the selected layer and unit."""

    step: Step | None = None
    about: About | None = None
    layer: int = 0
    unit: int = 0
    quantities: tuple[Quantity, ...] = ()
    edits: tuple[int, ...] = ()
    """The steps after which the state was set by hand."""
    scales: Mapping[str, Scale] = field(default_factory=dict)
    """Of the quantities without bound, by name."""
    cell_movers: tuple[int, ...] = ()
    hidden_movers: tuple[int, ...] = ()
    characters: tuple[Character, ...] = ()
    equations: tuple[Equation, ...] = ()
    curve: Curve = field(default_factory=Curve)
    view: str = "bars"
    over_time: OverTimeData | None = None
    """None while the view keeps what it showed."""
    explaining: bool = False
    explanation: Explanation | None = None
    read: tuple[str, ...] = ()
    """The character of each of the explanation's writes."""
    clamps: int = 0
    """How many values are held."""
    beside: ComparedStep | None = None
    """The untouched run at this step, and this one, while both are looked at."""
    slopes: SlopeFrame | None = None
    """None while values are shown."""
    guess_hidden: bool = False
    """Whether the step is shown without what the model guesses."""
    walked: int = 0
    """Of `equations`, how many the backward pass has come through; 0 where it is not walked through."""
    mark: str = ""
    """Which of two models it is of, and whether that one is selected."""
    sides: tuple[Frame, Frame] | None = None
    """Those of two models side by side, a first; this is the selected one's."""
    between: Between | None = None
    failure: UserError | RunFailed | None = None
    """Why the rest of it is missing: a cell of the user's may fail when it is asked about the past."""

    def of(self, side: int | None) -> Frame:
        """That of one of two models; None: of the selected one."""
        return self if side is None or self.sides is None else self.sides[side]

    @property
    def position(self) -> int:
        """The step's; 0 before there is one."""
        return self.step.position if self.step is not None else 0


def frame_of(
    debugger: DebuggerDoor, selection: Selection, viewport: Viewport, views: OverTimeModel | None, all_read: bool = True
) -> Frame:
    """What the screen shows of the step the debugger is at; without what is made from many steps unless `all_read`.

    Raises what the debugger raises where the step itself cannot be shown.
    """
    step, layer, unit, hidden = debugger.step, selection.layer, selection.unit, selection.guess_hidden
    frame = Frame(
        _without_guess(step) if hidden else step,
        debugger.about,
        *(layer, unit),
        debugger.quantities,
        debugger.edits,
        debugger.scales(layer),
        debugger.movers(layer, "c"),
        debugger.movers(layer, "h"),
        _characters(debugger, viewport.window, all_read and not hidden),
        curve=_curve(debugger, selection, viewport),
        view=selection.view,
        explaining=selection.explaining,
        guess_hidden=hidden,
        clamps=len(debugger.interventions) - len(debugger.edits),
    )
    try:
        if selection.beside:
            frame = replace(frame, beside=debugger.pair())
        if selection.slope is not None:
            frame = _sloped(debugger, frame, selection, viewport, all_read)
        elif viewport.equations:
            frame = replace(frame, equations=debugger.equations(layer, unit))
        if viewport.plot and all_read and selection.slope is None:
            name, start = frame.curve.quantity.name, frame.curve.start
            values = debugger.curve(name, layer, unit, start, debugger.position + 1)
            frame = replace(frame, curve=replace(frame.curve, values=values))
        if viewport.over_time and views is not None and all_read:
            frame = replace(frame, over_time=views.data(debugger, selection, viewport))
        return _explained(debugger, frame, all_read) if selection.explaining else frame
    except (UserError, RunFailed) as error:
        return replace(frame, failure=error)


def _without_guess(step: Step) -> Step:
    return replace(step, prediction=None, row=None if step.row is None else replace(step.row, output=None))


def _characters(debugger: DebuggerDoor, window: tuple[int, int], all_read: bool) -> tuple[Character, ...]:
    known = all_read or debugger.about.channels
    return debugger.characters(*window) if known else unjudged_characters(debugger.symbols, *window)


def steps_shown(
    debugger: DebuggerDoor, selection: Selection, viewport: Viewport, views: OverTimeModel | None
) -> tuple[int, int]:
    """The first and last step that anything in the frame is made from."""
    first, last = min(viewport.window[0], first_plotted(debugger, viewport)), debugger.position
    if selection.explaining:
        first = min(first, debugger.explained_from)
    if viewport.over_time and views is not None:
        start, stop = views.steps(debugger, selection, viewport)
        first, last = min(first, start), max(last, stop - 1)
    if selection.slope is not None:
        last = max(last, last_counted(selection.slope, debugger.position, debugger.length))
    return first, last


def first_plotted(debugger: DebuggerDoor, viewport: Viewport) -> int:
    """The first step of the plot below the panels; the step after the cursor where there is no plot."""
    return max(0, debugger.position + 1 - viewport.plot)


def unjudged_characters(symbols: Sequence[str], start: int, stop: int) -> tuple[Character, ...]:
    """Characters without a verdict on whether they were guessed right."""
    return tuple(Character(at, symbols[at - 1], None) for at in range(max(start, 1), min(stop, len(symbols) + 1)))


def _curve(debugger: DebuggerDoor, selection: Selection, viewport: Viewport) -> Curve:
    """The curve without its values."""
    quantities = debugger.quantities
    zoomed = 0 < selection.zoomed <= len(quantities)
    quantity = quantities[selection.zoomed - 1] if zoomed else remembered(quantities)
    scale = debugger.scales(selection.layer)[quantity.name].of_unit(selection.unit) if quantity.grows else 1.0
    start = max(first_plotted(debugger, viewport), 0 if quantity.state else 1)  # there is nothing but states at step 0
    return Curve(quantity, start, scale=scale)


def _sloped(debugger: DebuggerDoor, frame: Frame, selection: Selection, viewport: Viewport, all_read: bool) -> Frame:
    """With derivatives in place of values, once the steps that they need are read."""
    objective, layer, unit = selection.slope, selection.layer, selection.unit
    assert objective is not None, "called where derivatives are shown"
    if not all_read:
        return replace(frame, slopes=SlopeFrame("reading the steps that the derivatives take …"))
    frame = replace(frame, slopes=slope_frame(debugger, objective, layer), walked=selection.walked)
    if viewport.equations or selection.walked:
        equations = debugger.backward(objective, layer, unit)
        frame = replace(frame, equations=equations[: selection.walked or None])
    if viewport.plot:
        quantity, start = frame.curve.quantity, max(frame.curve.start, 1)
        asked = (objective, quantity.name, layer, (unit,), start, debugger.position + 1)
        values = debugger.slope_values(*asked)[0]
        frame = replace(frame, curve=Curve(as_slope(quantity), start, values, fitting_scale(values)))
    return frame


def _explained(debugger: DebuggerDoor, frame: Frame, all_read: bool) -> Frame:
    if all_read:
        explanation = debugger.explain(frame.layer, frame.unit)
    else:
        equations = debugger.equations(frame.layer, frame.unit)
        explanation = Explanation(frame.layer, frame.unit, equations, None, (), 0, None)
    writes = () if explanation.ledger is None else explanation.ledger.writes
    read = tuple(debugger.symbols[write.position - 1] for write in writes)
    return replace(frame, explanation=explanation, read=read)
