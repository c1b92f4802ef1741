"""A student's cell held against the six equations: the first thing that does not hold, by name and with its numbers.

The order of the blocks in one fused matrix is convention and accuses nobody; only what the cell itself calls f, i, c̃,
o, c and h is compared, and a gate with a layer of its own, with that layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.step import step_name
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.network import Network
from lstm_tui.engine.timeline import StepTensors
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.plan import call, probe

CLOSE = 1e-5
"""How far two float32 computations of one value may be apart, times 1 + |value|; coarser numbers may be further."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Something that does not hold at one step."""

    quantity: str
    unit: int
    what: str


def step_problem(cell: Cell, values: Mapping[str, Tensor], before: Mapping[str, Tensor], x: Tensor) -> Problem | None:
    """The first thing wrong with what the cell computed at one step, in the order in which it is computed.

    `values` may lack what has not been computed yet. `before` are the states of the step before, x (1, D).
    """
    if not isinstance(cell, Pasted):
        return None
    return next(_problems(cell, values, before, x), None)


def _problems(cell: Pasted, values: Mapping[str, Tensor], before: Mapping[str, Tensor], x: Tensor) -> Iterator[Problem]:
    own = cell.layers.values(cell.inner, x, before["h"]) if cell.layers is not None and cell.layers.named else {}
    for quantity in cell.quantities:
        name, value = quantity.name, values.get(quantity.name)
        if value is None:
            continue
        bad = (~value.isfinite()).flatten().nonzero()
        if len(bad):
            unit = int(bad[0])
            yield Problem(name, unit, f"{quantity.symbol} is {float(value[0, unit])}, which is not a finite number")
            return  # whatever is computed from it is none either
        if quantity.kind == "gate":
            outside = ((value < -CLOSE) | (value > 1 + CLOSE)).flatten().nonzero()
            if len(outside):
                unit = int(outside[0])
                yield Problem(
                    name,
                    unit,
                    f"{quantity.symbol} = {_n(value, unit)} is outside 0..1: a gate is the result of a sigmoid",
                )
        if name in own and (first := _gap(value, own[name])) is not None:
            assert cell.layers is not None
            layer = cell.layers.gates[name].name
            squash = "tanh" if name == "c_tilde" else "σ"
            yield Problem(
                name,
                first,
                f"{quantity.symbol} differs from the textbook's {squash}({layer}): the cell has {_n(value, first)}, "
                f"its layer gives {_n(own[name], first)}{_instead(value, own, name, cell)}",
            )
        yield from _equation(name, values, before)


def _instead(value: Tensor, own: Mapping[str, Tensor], name: str, cell: Pasted) -> str:
    assert cell.layers is not None
    for other, given in own.items():
        if other != name and _gap(value, given) is None:
            return f" (it is what {cell.layers.gates[other].name} gives)"
    return ""


def _equation(name: str, values: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> Iterator[Problem]:
    """`c = f·c' + i·c̃` and `h = o·tanh c`, and a GRU's h in either of its two conventions."""
    if name == "c" and {"f", "i", "c_tilde"} <= set(values):
        f, i, g, old = values["f"], values["i"], values["c_tilde"], before["c"]
        yield from _compared(
            "c",
            "c differs from the textbook's f·c' + i·c̃",
            values["c"],
            f * old + i * g,
            _swap(values["c"], f, i, g, old),
        )
    elif name == "h" and {"o", "c"} <= set(values):
        yield from _compared(
            "h", "h differs from the textbook's o·tanh c", values["h"], values["o"] * torch.tanh(values["c"]), ""
        )
    elif name == "h" and "c" not in values and {"z", "n"} <= set(values):
        z, n, old = values["z"], values["n"], before["h"]
        one, other = (1 - z) * n + z * old, (1 - z) * old + z * n
        departs = "h differs from the textbook's (1-z)·n + z·h' (or with z and 1-z exchanged)"
        if _gap(values["h"], other) is not None:
            yield from _compared("h", departs, values["h"], one, "")


def _swap(c: Tensor, f: Tensor, i: Tensor, g: Tensor, old: Tensor) -> str:
    """What else it could be that the cell computes."""
    if _gap(c, i * old + f * g) is None:
        return " (it is i·c' + f·c̃: f and i are exchanged)"
    if _gap(c, i * g) is None:
        return " (it is i·c̃ alone: the previous c is not used)"
    if _gap(c, f * old + g) is None:
        return " (it is f·c' + c̃: i is not used)"
    if _gap(c, old + i * g) is None:
        return " (it is c' + i·c̃: f is not used)"
    return ""


def _compared(name: str, equation: str, got: Tensor, wanted: Tensor, hint: str) -> Iterator[Problem]:
    unit = _gap(got, wanted)
    if unit is not None:
        yield Problem(
            name,
            unit,
            f"{equation}: the cell has {_n(got, unit)}, the textbook gives {_n(wanted, unit)}{hint}",
        )


def _gap(a: Tensor, b: Tensor) -> int | None:
    """The first unit at which two rows differ by more than rounding; None where they agree."""
    close = max(CLOSE, 8 * torch.finfo(b.dtype).eps) if b.dtype.itemsize < 4 else CLOSE
    apart = (~((a - b).abs() <= close * (1 + b.abs()))).flatten().nonzero()
    return int(apart[0]) if len(apart) else None


def _n(value: Tensor, unit: int) -> str:
    return f"{float(value.flatten()[unit]):+.4f}"


# The sentences


def moment_problem(model: Network, position: int, moment: StepTensors) -> str | None:
    """The first thing wrong at `position` as a sentence that names the step, the unit and both values."""
    if position == 0 or moment.edited or not issubclass(model.cell_type, Pasted):
        return None
    for layer, (cell, values) in enumerate(zip(model.cells, moment.layers, strict=True)):
        before = dict(zip(cell.states, moment.before[layer], strict=True))
        problem = step_problem(cell, values, before, moment.inputs[layer])
        if problem is not None:
            return sentence(problem, position, layer, len(model.cells))
    return None


def sentence(problem: Problem, position: int, layer: int, layers: int) -> str:
    """`step 2 (t = 1), unit 3: c differs from the textbook's f·c' + i·c̃: …`."""
    where = f", layer {layer + 1} (l{layer})" if layers > 1 else ""
    return f"{step_name(position)}{where}, unit {problem.unit}: {problem.what}"


def left_open(cell: Cell, sound: bool) -> Iterator[str]:
    """What is not known of a user's cell, in which nothing else was found where it is `sound`."""
    if not isinstance(cell, Pasted):
        return
    yield from cell.plan.notes
    if sound and not cell.plan.notes and len(cell.quantities) == len(cell.states):
        yield f"{cell.user.where}: no gate was recognised by its name; say which is which with --names f=…,i=…"


def unused_inputs(cell: Cell) -> Iterator[str]:
    """States that go in and change nothing, and a user's cell that is never twice the same."""
    if not isinstance(cell, Pasted):
        return
    like = next((p for p in cell.parameters() if p.is_floating_point()), torch.zeros(()))
    x, both = probe(cell.input_size, cell.hidden_size, like)
    state = both[: len(cell.states)]
    first, again = (call(cell.user, cell.inner, cell.plan, x, state).state for _ in range(2))
    if first is None or again is None:
        return
    if not _same(first, again):
        yield (
            f"{cell.user.where} gives different numbers for the same input: it keeps something between steps or draws "
            "random numbers, so a step back may show other numbers"
        )
        return
    for at, name in enumerate(cell.states):
        other = tuple(0.5 - 0.7 * s if at == k else s for k, s in enumerate(state))
        if (after := call(cell.user, cell.inner, cell.plan, x, other).state) is not None and _same(first, after):
            yield f"{cell.user.where} does not use the {name} it is given: no output depends on it"
    after = call(cell.user, cell.inner, cell.plan, 0.5 - 0.7 * x, state).state
    if after is not None and _same(first, after):
        yield f"{cell.user.where} does not use the x it is given: it ignores its input"


def _same(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(a, b, strict=True))
