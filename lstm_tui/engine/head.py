"""What may stand between the top h and the output layer: fully connected layers, each with an activation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "linear": (lambda z: z, 1.0),
    "relu": (torch.relu, 1.0),
    "tanh": (torch.tanh, 1.0),
    "sigmoid": (torch.sigmoid, 0.25),
    "hard_sigmoid": (lambda z: (0.2 * z + 0.5).clamp(0, 1), 0.2),
    "hard_sigmoid_6": (lambda z: (z / 6 + 0.5).clamp(0, 1), 1 / 6),
    "elu": (functional.elu, 1.0),
    "selu": (torch.selu, 1.7581),
    "gelu": (functional.gelu, 1.13),
    "softplus": (functional.softplus, 1.0),
    "softsign": (functional.softsign, 1.0),
    "silu": (functional.silu, 1.1),
    "swish": (functional.silu, 1.1),
}
"""By Keras's names: the function, and how much steeper than 1 it is at most."""


class Scaled(nn.Module):
    """A factor and a shift a number: what a BatchNorm is at inference."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.out_features = width

    def forward(self, x: Tensor) -> Tensor:
        """x (…, H) → as many."""
        return x * self.weight + self.bias


class Head(nn.Module):
    """Dense layers: `layers` gives weight (out, in), bias (out,) or None, and activation of each.

    A weight (H,) is one factor a number, and has a bias.
    """

    def __init__(self, layers: Sequence[tuple[Tensor, Tensor | None, str]]) -> None:
        super().__init__()
        self.dense: Sequence[nn.Linear | Scaled] = nn.ModuleList(  # type: ignore[assignment]
            nn.Linear(weight.shape[1], weight.shape[0], bias is not None) if weight.dim() == 2 else Scaled(len(weight))
            for weight, bias, _ in layers
        )
        self.activations = tuple(activation for _, _, activation in layers)
        for made, (weight, bias, _) in zip(self.dense, layers, strict=True):
            made.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})

    def layers(self) -> list[tuple[Tensor, Tensor | None, str]]:
        """Weight, bias and activation of each."""
        return [
            (layer.weight.detach(), None if layer.bias is None else layer.bias.detach(), activation)
            for layer, activation in zip(self.dense, self.activations, strict=True)
        ]

    @property
    def width(self) -> int:
        """How many numbers it gives."""
        return self.dense[-1].out_features

    @property
    def gain(self) -> float:
        """How many times longer it makes a small change, at most."""
        gain = 1.0
        for layer, activation in zip(self.dense, self.activations, strict=True):
            longest = layer.weight.abs().max() if isinstance(layer, Scaled) else layer.weight.norm()
            gain *= float(longest) * ACTIVATIONS[activation][1]
        return gain

    def forward(self, h: Tensor) -> Tensor:
        """h (…, H) → what the output layer reads."""
        for layer, activation in zip(self.dense, self.activations, strict=True):
            h = ACTIVATIONS[activation][0](layer(h))
        return h
