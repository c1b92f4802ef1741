"""Where the weights of someone's LSTM cell are: one `nn.Linear` a gate, or one for all four, over [h, x] or [x, h].

What a layer's name says is believed only as far as the numbers bear it out: weights are handed on only where the six
equations with these weights give what the cell gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Literal

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import LSTMWeights, State, Weights
from lstm_tui.engine.user_cells.spellings import gate_of_layer

ROWS = KINDS["lstm"].gate_rows
CLOSE = 1e-5
_Side = Literal["first", "last"]
_SIDES: tuple[tuple[_Side, _Side], ...] = (("last", "first"), ("first", "last"))
"""Where x and h are: [h, x], and [x, h]."""


@dataclass(frozen=True)
class Part:
    """A piece of an `nn.Linear`, by the layer's name and in words, so that it fits layers of other sizes too."""

    layer: str
    reads: Literal["x", "h"]
    block: int | None = None
    """Which of four blocks of rows; None for all rows."""
    side: Literal["first", "last"] | None = None
    """Where x (or h) is in what the layer reads; None where it reads nothing else."""

    def weight(self, inner: nn.Module) -> Tensor:
        """(H, D) or (H, H), a view."""
        weight = _linear(inner, self.layer).weight[self._rows(inner)]
        if self.side is None:
            return weight
        units, both = weight.shape
        width = units if self.reads == "h" else both - units
        return weight[:, :width] if self.side == "first" else weight[:, both - width :]

    def bias(self, inner: nn.Module) -> Tensor | None:
        """(H,), a view; None where the layer has none."""
        bias: Tensor | None = _linear(inner, self.layer).bias
        return None if bias is None else bias[self._rows(inner)]

    def _rows(self, inner: nn.Module) -> slice:
        if self.block is None:
            return slice(None)
        units = _linear(inner, self.layer).out_features // 4
        return slice(self.block * units, (self.block + 1) * units)


@dataclass(frozen=True)
class Gate:
    """Where one gate's weights are."""

    x: Part
    h: Part

    @property
    def name(self) -> str:
        """The layer's name, or both."""
        return self.x.layer if self.x.layer == self.h.layer else f"{self.x.layer} and {self.h.layer}"

    def biases(self, inner: nn.Module) -> list[Tensor]:
        """Every bias that is added, each once."""
        parts = (self.x,) if self.x.layer == self.h.layer else (self.x, self.h)
        return [bias for part in parts if (bias := part.bias(inner)) is not None]

    def before(self, inner: nn.Module, x: Tensor, h: Tensor) -> Tensor:
        """The pre-activation W x + U h + b: x (B, D), h (B, H) → (B, H)."""
        z = x @ self.x.weight(inner).t() + h @ self.h.weight(inner).t()
        return z + sum(self.biases(inner)) if self.biases(inner) else z


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

    def read(self, inner: nn.Module) -> LSTMWeights:
        """As PyTorch lays them out."""
        gates = [self.gates[name] for name in ROWS]
        weight_ih = torch.cat([gate.x.weight(inner) for gate in gates])
        weight_hh = torch.cat([gate.h.weight(inner) for gate in gates])
        pairs = [gate.biases(inner) for gate in gates]
        zero = weight_hh.new_zeros(weight_hh.shape[1])
        first = torch.cat([pair[0] if pair else zero for pair in pairs])
        second = torch.cat([pair[1] if len(pair) > 1 else zero for pair in pairs])
        return LSTMWeights(weight_ih, weight_hh, first, second, any(pairs))

    def write(self, inner: nn.Module, weights: Weights) -> None:
        """Take weights over. Raises `UserError` where the cell has no bias to put one in."""
        blocks = zip(
            ROWS, *(t.chunk(4) for t in (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)),
            strict=True,
        )  # fmt: skip
        for name, weight_ih, weight_hh, bias_ih, bias_hh in blocks:
            gate = self.gates[name]
            biases = gate.biases(inner)
            if not biases and bool((bias_ih + bias_hh).any()):
                raise UserError(f"the layer {gate.name} has no bias, but the weights to carry over have one")
            gate.x.weight(inner).copy_(weight_ih)
            gate.h.weight(inner).copy_(weight_hh)
            if len(biases) > 1:
                biases[0].copy_(bias_ih)
                biases[1].copy_(bias_hh)
            elif biases:
                biases[0].copy_(bias_ih + bias_hh)


def _linear(inner: nn.Module, name: str) -> nn.Linear:
    layer = inner.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


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
        for x, h in _SIDES:
            yield Layers({g: Gate(Part(n, "x", None, x), Part(n, "h", None, h)) for g, n in single.items()}, True)
    for name in of((inputs + units, 4 * units)):
        for (x, h), order in product(_SIDES, permutations(range(4))):
            blocks = zip(ROWS, order, strict=True)
            yield Layers({g: Gate(Part(name, "x", block, x), Part(name, "h", block, h)) for g, block in blocks}, False)
    for first, second in product(of((inputs, 4 * units)), of((units, 4 * units))):
        for order in permutations(range(4)) if first != second else ():
            blocks = zip(ROWS, order, strict=True)
            yield Layers({g: Gate(Part(first, "x", block), Part(second, "h", block)) for g, block in blocks}, False)
    for xs, hs in _split(of((inputs, units)), of((units, units))):
        yield Layers({g: Gate(Part(xs[g], "x"), Part(hs[g], "h")) for g in ROWS}, True)


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
