"""An LSTM unit's own arithmetic at one step: f, i, c̃, o, c and h with the numbers filled in."""

from __future__ import annotations

from lstm_tui.core.step import Equation
from lstm_tui.engine.explain.formatting import filled, parts
from lstm_tui.engine.explain.unit_step import UnitStep


def lstm_equations(at: UnitStep) -> list[Equation]:
    """The four gates' pre-activations as sums, c and h as products; only the gates where the state was set by hand."""
    return at.all_rows() if at.edited else [*at.all_rows(), *memory_equations(at)]


def memory_equations(at: UnitStep) -> list[Equation]:
    """c = f·c' + i·c̃ and h = o·tanh c."""
    f, i, candidate, o, c, h = (at.values[name] for name in ("f", "i", "c_tilde", "o", "c", "h"))
    old = at.before["c"]
    text = filled("c = {} × {} + {} × {} = ", (f, old, i, candidate), c)
    shares = parts(("kept", f * old), ("written", i * candidate), c)
    squash = "relu" if any(quantity.squash == "relu" for quantity in at.kind.quantities) else "tanh"
    shown = filled(f"h = {{}} × {squash}({{}}) = ", (o, c), h)
    memory = Equation("c", text + shares, c, symbols="c = f·c' + i·c̃")
    return [memory, Equation("h", shown, h, symbols=f"h = o·{squash}(c)")]
