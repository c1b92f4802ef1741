"""A foreign model, understood as tensors."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lstm_tui.checkpoints.foreign import ModelFacts


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """One recurrent layer, float32, rows in PyTorch's order (i, f, g, o; r, z, n). G is 4 (LSTM) or 3 (GRU)."""

    weight_ih: Tensor
    """(G·H, D)"""
    weight_hh: Tensor
    """(G·H, H)"""
    bias_ih: Tensor | None
    """(G·H,); None where the layer has no biases."""
    bias_hh: Tensor | None

    @property
    def hidden_size(self) -> int:
        """H."""
        return int(self.weight_hh.shape[1])

    @property
    def input_size(self) -> int:
        """D."""
        return int(self.weight_ih.shape[1])


@dataclass(frozen=True, eq=False, kw_only=True)
class ForeignModel(ModelFacts):
    """A checkpoint's or live module's model: what is known of it, and its tensors."""

    layers: tuple[LayerWeights, ...]
    embedding: Tensor | None
    """(V, E); None for one-hot input."""
    output_weight: Tensor | None
    """(V, H); None for a model that guesses nothing. The same tensor as `embedding` where tied."""
    output_bias: Tensor | None
    head: tuple[tuple[Tensor, Tensor | None, str], ...]
    """Dense layers between the top h and the output layer: weight (out, in), bias, activation."""
    log_softmax: bool | None
    """Whether the raw outputs are log-probabilities; None where the file cannot say."""
    tied: bool
    roles: tuple[tuple[str, tuple[int, ...], str], ...]
    """(tensor name, shape, role)."""
    inferred: tuple[str, ...]
    """What was concluded from what."""
    broken: str
    """The first tensor that holds NaN or infinite weights, as `fc.weight holds 3 NaN weights`; empty without one."""
    form: str
    """torch zip, torch legacy, safetensors, or live module."""
    max_norm: float | None
    """Embedding rows longer than this are scaled down to it when read (2-norm)."""
