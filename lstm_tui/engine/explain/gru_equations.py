"""A GRU unit's own arithmetic at one step: r, z, n and h with the numbers filled in. See `arithmetic.equations`."""

from __future__ import annotations

import math

from lstm_tui.core.step import Equation, Term
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.explain.formatting import filled, largest_first, parts, products, sigmoid, squashed, total
from lstm_tui.engine.over_time import of_symbol, weights_of
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.timeline import StepTensors


def gru_equations(reading: Rollout, moment: StepTensors, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """r, z, n and h of one unit; only the first three where the state was set by hand.

    The addends of n's pre-activation hold r already: `r·h[3]` is r × U_n[3] × h'[3], and the bias is b + r × d, because
    PyTorch's second bias stands inside the bracket that r multiplies.
    """
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    r, z, n = (values[name] for name in ("r", "z", "n"))
    old_h = moment.before[layer][0][0]
    both = _parts(reading, moment, position, layer, unit)
    lines = [
        squashed(name, f"{name} = σ({{}}) = ", _sorted(*both[name]), sigmoid, values[name], ".4f")
        for name in ("r", "z")
    ]
    of_x, of_h = both["n"]
    sums = total([term.value for term in of_x]), r, total([term.value for term in of_h])
    text = filled("n = tanh({} + {} × {}) = ", sums, lambda a, b, c: math.tanh(a + b * c), n, "+z.4f")
    reset = [Term(term.name if term.name == "bias" else f"r·{term.name}", r * term.value) for term in of_h]
    lines.append(Equation("n", text, n, _sorted(of_x, reset)))
    if moment.edited:
        return tuple(lines)
    before = float(old_h[unit])
    shown = filled(
        "h = (1 - {}) × {} + {} × {} = ", (z, n, z, before), lambda a, b, c, d: (1 - a) * b + c * d, values["h"], "z.2f"
    )
    lines.append(Equation("h", shown + parts(("kept", z * before), ("new", (1 - z) * n), values["h"]), values["h"]))
    return tuple(lines)


def _parts(
    reading: Rollout, moment: StepTensors, position: int, layer: int, unit: int
) -> dict[str, tuple[list[Term], list[Term]]]:
    """W x + b and U h' + d of each of a unit's gates, in float64."""
    weights, size = weights_of(reading.timeline, layer), reading.model.cells[layer].hidden_size
    rows = slice(unit, None, size)  # the unit's own row in each of the three blocks
    of_h = products(weights.weight_hh[rows], moment.before[layer][0][0])
    if layer:
        of_x = products(weights.weight_ih[rows], moment.inputs[layer][0])
        names = [f"l{layer - 1}.h[{j}]" for j in range(len(of_x[0]))]
    else:
        of_x = of_symbol(reading.timeline, position, weights.weight_ih[rows])
        names = [f"x '{visible(reading.symbols[position - 1])}'"]
    found = {}
    for at, name in enumerate(("r", "z", "n")):
        found[name] = [*map(Term, names, of_x[at])], [Term(f"h[{j}]", value) for j, value in enumerate(of_h[at])]
        if weights.biased:
            for terms, bias in zip(found[name], (weights.bias_ih, weights.bias_hh), strict=True):
                terms.append(Term("bias", float(bias[rows][at])))
    return found


def _sorted(of_x: list[Term], of_h: list[Term]) -> tuple[Term, ...]:
    """All addends, the two biases as one, largest magnitude first."""

    addends = [term for term in (*of_x, *of_h) if term.name != "bias"]
    biases = [term.value for term in (*of_x, *of_h) if term.name == "bias"]
    if biases:
        addends.append(Term("bias", sum(biases)))
    return largest_first([[term.value for term in addends]], [term.name for term in addends])[0]
