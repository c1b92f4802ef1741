"""The numbers on the screen, read off its cells as a reader would, and what the engine says they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from textual.widget import Widget

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.slopes import StepSlopes
from lstm_tui.core.step import Step
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.tui.system.characters import cell
from lstm_tui.tui.widgets import Equations, GuessRow, QuantityPanel, StatusRow
from lstm_tui.tui.widgets.explained import Explained
from lstm_tui.tui.widgets.notice import MessageRow, Notice
from lstm_tui.tui.widgets.over_time import OverTime
from lstm_tui.tui.widgets.painted import Painted
from tests.tui.staged import Staged

_NUMBER = r"([+-]?\d+\.\d\d)(?!\d)"
_TITLED = re.compile(rf"(\d+) {_NUMBER}")
_BAR = re.compile(rf"(?:^|[ ▸▲▼])(\d+) [^\w+\-.]*{_NUMBER}(?!')")
_GUESS = re.compile(r"'([^']+|')' [^\d']*(\d\.\d\d)")
_TRUTH = re.compile(r" p\('.*'\) (\d\.\d\d) [✓✗]")
_UNIT = re.compile(rf"c\[\d+\] = .* = {_NUMBER}   h = {_NUMBER}")
_STEP = re.compile(r"step (\d+)/(\d+)")
_EQUATION = re.compile(r"^ ?(\S+) = .*?= ([+-]?\d+\.\d+)(?: {2}|$)")
_TOTAL = re.compile(rf"(c|h) = {_NUMBER} written by")
_TOLD = re.compile(rf"step \d+ \(t = \d+\)  '.*'  (\S+)\[(\d+)\] {_NUMBER}")


@dataclass(frozen=True)
class Shown:
    """A number on the screen: what it is said to be, and what it is."""

    what: str
    shown: str
    true: float

    @property
    def wrong(self) -> bool:
        """Whether the number is not `true`, rounded to the decimals that are shown."""
        half = 0.5 * 10.0 ** -len(self.shown.partition(".")[2])
        return not abs(float(self.shown) - self.true) <= half * (1 + 1e-6)

    def __str__(self) -> str:
        return f"{self.what} shows {self.shown}, is {self.true}"


def numbers(stage: Staged) -> list[Shown]:
    """All values on the debugger's screen, each beside the engine's own: none while something lies over it, and none
    while derivatives are shown.

    The engine's are computed anew, by a timeline that was never asked anything before.
    """
    screen = stage.screen
    debugger = screen.debugger
    if debugger is None or not stage.alone or screen.selection.slope is not None:  # derivatives have tests of their own
        return []
    asked: dict[int | None, DebuggerDoor] = {None: debugger}
    companion = screen.workspace.companion
    if companion is not None:
        asked |= dict(enumerate(companion.both))
    try:
        steps = {side: next(each.fork().steps(each.position, each.position + 1)) for side, each in asked.items()}
    except UserError:  # a user's cell fails at this step, which can be walked into: it has no numbers
        return []
    cells = stage.cells()
    found: list[Shown] = []
    slope = screen.selection.slope
    for widget in screen.query(Widget):
        reader = _READERS.get(type(widget))
        side = widget.side if isinstance(widget, Painted) else None
        if reader is None or not widget.is_on_screen or side not in steps:
            continue
        selected = side is None or companion is None or side == companion.selected
        if slope is not None and reader is _arithmetic:
            continue
        rows, told = _rows(cells, widget, screen.query_one(Notice)), steps[side]
        if slope is not None and reader is _panel and selected:
            told = _sloped(told, debugger.slopes(slope))
        found += reader(widget, rows, told, min(screen.selection.layer, len(told.layers) - 1)) if rows else []
    return found


def _sloped(step: Step, slopes: StepSlopes) -> Step:
    """With derivatives in the place of values, where there are any."""
    made = slopes.layers or ({},) * len(step.layers)
    return replace(step, layers=tuple(replace(a, values=b) for a, b in zip(step.layers, made, strict=True)))


def _rows(cells: list[list[str]], widget: Widget, notice: Notice) -> list[str]:
    """The rows of a widget on the screen, those that a notice lies over empty."""
    place = widget.region
    return [
        "" if notice.display and notice.region.y <= y < notice.region.bottom else
        "".join(cells[y][place.x : place.right])
        for y in range(place.y, min(place.bottom, len(cells)))
    ]  # fmt: skip


def _panel(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    assert isinstance(widget, QuantityPanel)
    name = widget.quantity.name
    values = step.layers[layer].values.get(name)
    pairs = [*_TITLED.findall(rows[0]), *(pair for row in rows[1:] for pair in _BAR.findall(row))]
    for unit, shown in pairs:
        true = float("nan") if values is None else values[int(unit)]
        yield Shown(f"step {step.position}: {name}[{unit}]", shown, true)


def _guess(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    if step.prediction is None:
        return
    guesses = [*step.prediction.top, *([step.prediction.target] if step.prediction.target else [])]
    known = {cell(guess.symbol).strip(): guess.p for guess in guesses}
    for symbol, shown in _GUESS.findall(rows[0]):
        yield Shown(f"step {step.position}: the guess {symbol!r}", shown, known.get(symbol.strip(), float("nan")))


def _status(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    for position, length in _STEP.findall(rows[0])[:1]:
        yield Shown("the position", position, step.position)
        yield Shown("the length", length, step.length)
    target = step.prediction.target if step.prediction is not None else None
    for shown in _TRUTH.findall(rows[0]):
        yield Shown(f"step {step.position}: p", shown, float("nan") if target is None else target.p)


def _arithmetic(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    """The results of equations, and the total of who wrote the cell."""
    unit = widget.screen.selection.unit  # type: ignore[attr-defined]
    values = step.layers[layer].values
    for row in rows:
        for symbol, shown in _EQUATION.findall(row):
            name = "c_tilde" if symbol == "c\u0303" else symbol
            true = values[name][unit] if name in values else float("nan")
            yield Shown(f"step {step.position}: the equation of {name}[{unit}]", shown, true)
        for memory, shown in _TOTAL.findall(row):
            yield Shown(f"step {step.position}: the total of {memory}[{unit}]", shown, values[memory][unit])


def _unit(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    """The selected unit's c and h, where no message stands."""
    unit = widget.screen.selection.unit  # type: ignore[attr-defined]
    for row in rows:
        for found in _UNIT.findall(row):
            for name, shown in zip("ch", found, strict=True):
                yield Shown(
                    f"step {step.position}: {name}[{unit}] in a row", shown, step.layers[layer].values[name][unit]
                )


def _over_time(widget: Widget, rows: list[str], step: Step, layer: int) -> Iterator[Shown]:
    """The number under the cursor."""
    for row in rows:
        for symbol, unit, shown in _TOLD.findall(row):
            name = "c_tilde" if symbol == "c\u0303" else symbol
            yield Shown(
                f"step {step.position}: {name}[{unit}] in a view", shown, step.layers[layer].values[name][int(unit)]
            )


_READERS = {
    QuantityPanel: _panel,
    GuessRow: _guess,
    StatusRow: _status,
    MessageRow: _unit,
    Equations: _arithmetic,
    Explained: _arithmetic,
    OverTime: _over_time,
}
