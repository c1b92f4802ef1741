"""Where a cell's layers hold the rows of its weights, and how they become a layer's tensors by name, and back.

Cells hand each other `Weights` under the names and in the shapes that `CellKind.tensors` gives; how a cell keeps them
is its own business: one `nn.Linear` a gate or one for all, over x and h together or apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds.cell_kind import CellKind

Weights = Mapping[str, Tensor]
"""A layer's tensors by the names of its kind; without biases where it has none."""
BIASES = ("bias_ih", "bias_hh")
_STACKED = ("weight_ih", "weight_hh", *BIASES)
Side = Literal["first", "last"]


@dataclass(frozen=True)
class Part:
    """A piece of an `nn.Linear`, by the layer's name and in words, so that it fits layers of other sizes too."""

    layer: str
    reads: Literal["x", "h"]
    block: tuple[int, int] | None = None
    """Which block of rows, of how many; None for all rows."""
    side: Side | None = None
    """Where x (or h) stands in what the layer reads; None where it reads nothing else."""

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
        at, count = self.block
        units = _linear(inner, self.layer).out_features // count
        return slice(at * units, (at + 1) * units)


@dataclass(frozen=True)
class Gate:
    """Where the weights of one of the kind's rows are."""

    x: Part
    h: Part | None = None
    """None where it reads x alone."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """One a layer that it is the sum of."""
        return (self.x,) if self.h is None or self.x.layer == self.h.layer else (self.x, self.h)

    @property
    def name(self) -> str:
        """The layer's name, or both."""
        return " and ".join(part.layer for part in self.parts)

    def biases(self, inner: nn.Module) -> list[Tensor]:
        """Every bias that is added, each once."""
        return [bias for part in self.parts if (bias := part.bias(inner)) is not None]

    def before(self, inner: nn.Module, x: Tensor, h: Tensor) -> Tensor:
        """The pre-activation W x + U h + b: x (B, D), h (B, H) → (B, H)."""
        z = x @ self.x.weight(inner).t()
        z = z if self.h is None else z + h @ self.h.weight(inner).t()
        return z + sum(self.biases(inner)) if self.biases(inner) else z


def joined(layer: str, *, x_first: bool, block: tuple[int, int] | None = None) -> Gate:
    """A gate of one layer over [x, h], or over [h, x]."""
    sides: tuple[Side, Side] = ("first", "last") if x_first else ("last", "first")
    return Gate(Part(layer, "x", block, sides[0]), Part(layer, "h", block, sides[1]))


def apart(x: str, h: str) -> Gate:
    """A gate of two layers, one over x and one over h."""
    return Gate(Part(x, "x"), Part(h, "h"))


def read_weights(cell: nn.Module, gates: Mapping[str, Gate], kind: CellKind) -> dict[str, Tensor]:
    """The tensors of `kind` out of `cell`, differentiable. Those that are no rows are its parameters of that name.

    The only bias of a gate becomes `bias_ih`; its `bias_hh` is zero.
    """
    rows = [gates[name] for name in kind.gate_rows]
    found = {"weight_ih": torch.cat([gate.x.weight(cell) for gate in rows])}
    if "weight_hh" in kind.tensors:
        found["weight_hh"] = torch.cat([gate.h.weight(cell) for gate in rows if gate.h is not None])
    pairs = [gate.biases(cell) for gate in rows]
    if any(pairs):
        zero = found["weight_ih"].new_zeros(len(found["weight_ih"]) // len(rows))
        for at, name in enumerate(BIASES):
            found[name] = torch.cat([pair[at] if at < len(pair) else zero for pair in pairs])
    own = {name: cell.get_parameter(name) for name in kind.tensors if name not in _STACKED}
    return {name: (found | own)[name] for name in kind.tensors if name in found or name in own}


@torch.no_grad()
def write_weights(cell: nn.Module, gates: Mapping[str, Gate], kind: CellKind, weights: Weights) -> None:
    """Take `weights` over; a gate with one bias gets the sum of the two.

    Raises `UserError` where a gate has no bias to put one in.
    """
    blocks = {name: tensor.chunk(len(kind.gate_rows)) for name, tensor in with_biases(weights).items()}
    for at, name in enumerate(kind.gate_rows):
        gate, biases = gates[name], gates[name].biases(cell)
        bias_ih, bias_hh = (blocks[bias][at] for bias in BIASES)
        if not biases and bool((bias_ih + bias_hh).any()):
            raise UserError(f"the layer {gate.name} has no bias, but the weights to carry over have one")
        gate.x.weight(cell).copy_(blocks["weight_ih"][at])
        if gate.h is not None:
            gate.h.weight(cell).copy_(blocks["weight_hh"][at])
        if len(biases) > 1:
            biases[0].copy_(bias_ih)
            biases[1].copy_(bias_hh)
        elif biases:
            biases[0].copy_(bias_ih + bias_hh)
    for name in weights.keys() - _STACKED:
        cell.get_parameter(name).copy_(weights[name])


def with_biases(weights: Weights) -> dict[str, Tensor]:
    """The rows of the weights, with zeros for absent biases."""
    zeros = weights["weight_ih"].new_zeros(len(weights["weight_ih"]))
    rows = {name: weights[name] for name in _STACKED if name in weights}
    return {**dict.fromkeys(BIASES, zeros), **rows}


def detached(weights: Weights) -> dict[str, Tensor]:
    """Copies of the tensors, through which nothing is differentiated."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def _linear(inner: nn.Module, name: str) -> nn.Linear:
    layer = inner.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer
