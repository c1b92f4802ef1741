"""An LSTM unit's own arithmetic at one step: f, i, c̃, o, c and h with the numbers filled in."""

from __future__ import annotations

from lstm_tui.core.step import Equation
from lstm_tui.engine.explain.formatting import filled, parts
from lstm_tui.engine.explain.unit_step import UnitStep


def lstm_equations(at: UnitStep) -> list[Equation]:
    """The four gates' pre-activations as sums, c and h as products; only the gates where the state was set by hand."""
    lines = at.all_rows()
    if at.edited:
        return lines
    f, i, candidate, o, c, h = (at.values[name] for name in ("f", "i", "c_tilde", "o", "c", "h"))
    old = at.before["c"]
    text = filled("c = {} × {} + {} × {} = ", (f, old, i, candidate), c)
    told = parts(("kept", f * old), ("written", i * candidate), c)
    lines.append(Equation("c", text + told, c, symbols="c = f·c' + i·c̃"))
    lines.append(Equation("h", filled("h = {} × tanh({}) = ", (o, c), h), h, symbols="h = o·tanh(c)"))
    return lines
