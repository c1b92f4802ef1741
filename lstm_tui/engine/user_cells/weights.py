"""Where the weights of someone's LSTM cell are: one `nn.Linear` a gate, or one for all four, over [h, x] or [x, h].

What a layer's name says is believed only as far as the numbers bear it out: weights are handed on only where the six
equations with these weights give what the cell gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import State
from lstm_tui.engine.cells.gates import Gate, Part, apart, joined
from lstm_tui.engine.user_cells.spellings import gate_of_layer

ROWS = KINDS["lstm"].gate_rows
CLOSE = 1e-5


@dataclass(frozen=True)
class Layers:
    """Where all four are."""

    gates: Mapping[str, Gate]
    named: bool
    """Whether the layers' names say which gate they belong to. The order of the blocks in one matrix is convention."""
    verified: bool = False
    """Whether the six equations with these weights give what the cell gives."""

    def values(self, inner: nn.Module, x: Tensor, h: Tensor) -> dict[str, Tensor]:
        """What the layers say f, i, c̃ and o should be, (B, H) each."""
        return {
            name: torch.tanh(z) if name == "c_tilde" else torch.sigmoid(z)
            for name, z in ((name, gate.before(inner, x, h)) for name, gate in self.gates.items())
        }

    def raw(self, inner: nn.Module, x: Tensor, h: Tensor, seen: Mapping[str, Tensor]) -> set[str]:
        """The gates under whose names the cell keeps W x + U h + b, and squashes it only where it is used."""
        own = self.values(inner, x, h)
        return {
            name
            for name, gate in self.gates.items()
            if name in seen and _close(gate.before(inner, x, h), seen[name]) and not _close(own[name], seen[name])
        }


def find_layers(
    inner: nn.Module, inputs: int, units: int, x: Tensor, state: State, after: State, seen: Mapping[str, Tensor]
) -> Layers | None:
    """The layers that explain what the cell made of `x` and `state`: `after`, and the quantities `seen` by name.

    First those that give h and c; failing that, named ones that give at least one of the gates seen, so that the
    others can be compared with them.
    """
    shapes = {
        name: (layer.in_features, layer.out_features)
        for name, layer in inner.named_modules()
        if isinstance(layer, nn.Linear)
    }
    best: tuple[int, Layers] | None = None
    for layers in _candidates(shapes, inputs, units):
        made = layers.values(inner, x, state[0])
        c = made["f"] * state[1] + made["i"] * made["c_tilde"]
        if _close(c, after[1]) and _close(made["o"] * torch.tanh(c), after[0]):
            return replace(layers, verified=True)
        if layers.named:
            right = sum(_close(made[name], seen[name]) for name in made if name in seen)
            if right > (best[0] if best else 0):
                best = right, layers
    return best[1] if best else None


def _close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(((a - b).abs() <= CLOSE * (1 + b.abs())).all())


def _candidates(shapes: Mapping[str, tuple[int, int]], inputs: int, units: int) -> Iterator[Layers]:
    def of(wanted: tuple[int, int]) -> list[str]:
        return [name for name, shape in shapes.items() if shape == wanted]

    single = _by_gate(of((inputs + units, units)))
    if single:
        for x_first in (False, True):
            yield Layers({g: joined(n, x_first=x_first) for g, n in single.items()}, True)
    for name in of((inputs + units, 4 * units)):
        for x_first, order in product((False, True), permutations(range(4))):
            blocks = zip(ROWS, order, strict=True)
            yield Layers({g: joined(name, x_first=x_first, block=(block, 4)) for g, block in blocks}, False)
    for first, second in product(of((inputs, 4 * units)), of((units, 4 * units))):
        for order in permutations(range(4)) if first != second else ():
            blocks = zip(ROWS, order, strict=True)
            yield Layers(
                {g: Gate(Part(first, "x", (block, 4)), Part(second, "h", (block, 4))) for g, block in blocks}, False
            )
    for xs, hs in _split(of((inputs, units)), of((units, units))):
        yield Layers({g: apart(xs[g], hs[g]) for g in ROWS}, True)


def _by_gate(names: Sequence[str]) -> dict[str, str]:
    """Gate → layer; empty unless each gate has exactly one."""
    found = {gate: name for name in names if (gate := gate_of_layer(name)) is not None}
    return found if len(names) == 4 and set(found) == set(ROWS) else {}


def _split(xs: Sequence[str], hs: Sequence[str]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Eight layers, an x and an h each; where D = H they are told apart by coming first or second, either way."""
    if len(xs) == len(hs) == 4 and (first := _by_gate(xs)) and (second := _by_gate(hs)):
        yield first, second
    elif len(xs) == 8 and list(xs) == list(hs):
        one: dict[str, str] = {}
        two: dict[str, str] = {}
        for name in xs:
            gate = gate_of_layer(name)
            if gate is not None:
                (two if gate in one else one)[gate] = name
        if set(one) == set(two) == set(ROWS):
            yield one, two
            yield two, one
