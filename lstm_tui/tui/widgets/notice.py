"""Sentences to the user: what just happened, and the one that asks for more room; without either, numbers."""

from __future__ import annotations

import re
from textwrap import wrap

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import LayerStep, Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint.runs import Line, fit, glyphs, number, plain
from lstm_tui.tui.widgets.painted import Painted, shown
from lstm_tui.tui.widgets.quantity import kept_part

MOST_LINES = 6


def _sentence(parts: list[str], width: int, height: int) -> list[Line]:
    painted = [fit([(part, "message")], width) for part in parts[:height]]
    return [*painted, *([(" " * width, "text")] for _ in range(height - len(painted)))]


_WORDS = (("↑↓", "up/down"), ("→", "right"), ("←", "left"), ("↑", "up"), ("↓", "down"), ("σ", "sigmoid"), ("…", "..."))
"""What `--ascii` says for signs that would become other keys, or nothing anybody knows."""
_BETWEEN = re.compile(r"(?<=[\d.]) → (?=[-+\d])")


def spelled(text: str, ascii: bool) -> str:
    """`text` as a sentence shows it: in words where only ASCII is drawn."""
    shown = visible(text)
    if not ascii:
        return shown
    shown = _BETWEEN.sub(" to ", shown)
    for sign, word in _WORDS:
        shown = shown.replace(sign, word)
    return shown


def folded(text: str, width: int, ascii: bool = False) -> list[str]:
    """`text` as lines of a notice `width` columns wide."""
    return wrap(spelled(text, ascii), max(width - 2, 8), max_lines=MOST_LINES, placeholder=" …")


class Notice(Painted):
    """A sentence too long for its row: it covers what is below until the next key, and moves nothing."""

    DEFAULT_CSS = "Notice { layer: above; offset: 0 3; width: 100%; height: 2; display: none; }"
    text: shown[str] = shown("")

    def watch_text(self, text: str) -> None:
        self.display = bool(text)
        if text:
            self.styles.height = len(folded(text, self.app.size.width, self.look.ascii))

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return _sentence(folded(self.text, width, ascii), width, height)


class MoreRoom(Painted):
    """All there is on a screen under 60×16."""

    DEFAULT_CSS = "MoreRoom { width: 100%; height: 100%; display: none; }"

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        sentence = f"lstm-tui needs 60×16 characters and has {width}×{height}: enlarge the window"
        return _sentence(wrap(sentence.replace("×", "x") if ascii else sentence, max(width - 2, 8)), width, height)


class MessageRow(Painted):
    """One line of its own where no equations stand below the panels: a sentence never takes the place of the step."""

    DEFAULT_CSS = "MessageRow { height: 1; }"
    text: shown[str] = shown("")
    step: shown[Step | None] = shown(None)
    layer_index: shown[int] = shown(0)
    unit: shown[int] = shown(0)
    quantities: shown[tuple[Quantity, ...]] = shown(())

    def take(self, frame: Frame) -> None:
        self.step, self.layer_index, self.unit, self.quantities = frame.step, frame.layer, frame.unit, frame.quantities

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        line: Line = [(" " + spelled(self.text, ascii), "message")]
        if not self.text and self.step is not None and self.step.position:
            line = self._unit(self.step)
        shown = [(plain(text) if ascii else text, style) for text, style in line]
        return [*glyphs([fit(shown, width, ascii=ascii)], ascii), *([(" " * width, "text")] for _ in range(height - 1))]

    def _unit(self, step: Step) -> Line:
        layer = step.layers[self.layer_index]
        prefix, unit = f"l{self.layer_index}." if len(step.layers) > 1 else "", self.unit
        if step.stage is not None and not step.stage.done:
            old = [f"{name}'[{unit}] = {number(values[unit], True)}" for name, values in layer.before.items()]
            return [(" before this step: " + "   ".join(prefix + text for text in old), "text")]
        if kept_part(layer) is None:
            return _each(layer, self.quantities, prefix, unit)
        f, i, new, c, h = (layer.values[name][unit] for name in ("f", "i", "c_tilde", "c", "h"))
        products = f"{f:.2f}×{number(layer.before['c'][unit], False)} + {i:.2f}×{number(new, False)}"
        return [(f" {prefix}c[{unit}] = {products} = ", "number"), signed(c), ("   h = ", "number"), signed(h)]


def _each(layer: LayerStep, quantities: tuple[Quantity, ...], prefix: str, unit: int) -> Line:
    """Whatever the cell computes, one number beside the other."""
    line: Line = [(f" {prefix}unit {unit}:", "text")]
    for quantity in quantities:
        if quantity.name in layer.values:
            value = layer.values[quantity.name][unit]
            shown = signed(value) if quantity.kind == "signed" else (number(value, False), "number")
            line += [(f"   {quantity.symbol} = ", "number"), shown]
    return line


def signed(value: float) -> tuple[str, str]:
    """A number in the colour of its sign."""
    return number(value, True), "negative.8" if value < 0 else "positive.8"
