"""What stands above the recurrent layers: Dense layers and BatchNormalization, as PyTorch's tensors."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tui.checkpoints.layout.keras.rearranged import Rearranged, transposed
from lstm_tui.checkpoints.layout.keras.weighted import WeightedLayer
from lstm_tui.checkpoints.layout.recognition import DenseLayer, NormLayer
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Tensor


def norm_layer(layer: WeightedLayer, activation: str) -> NormLayer:
    """A BatchNormalization layer. Raises `Unreadable` where its arrays are none of one."""
    config = layer.config
    there = [bool(config.get(part, True)) for part in ("scale", "center")]
    arrays = list(only(layer, 2 + sum(there)))
    if {len(array.shape) for array in arrays} != {1} or len({array.shape for array in arrays}) > 1:
        raise Unreadable(f"has weights in {layer.name[:80]} that are none of a BatchNormalization layer; save it again")
    mean, variance = arrays[-2:]
    gamma = arrays[0] if there[0] else None
    beta = arrays[sum(there) - 1] if there[1] else None
    epsilon = config.get("epsilon", 1e-3)
    if not isinstance(epsilon, int | float) or not 0 <= epsilon < 1e9:
        raise Unreadable(f"has a damaged description of {layer.name[:60]}; save it again")
    return NormLayer(gamma, beta, mean, variance, float(epsilon), activation)


def only(layer: WeightedLayer, count: int) -> Sequence[Tensor]:
    """The layer's arrays. Raises `Unreadable` where they are not so many, or not usable."""
    if len(layer.arrays) != count:
        raise Unreadable(f"holds {len(layer.arrays)} arrays for {layer.name[:60]}, which has {count}; save it again")
    for array in layer.arrays:
        if array.problem:
            raise Unreadable(f"has weights of {layer.name[:80]} that cannot be used: one {array.problem}")
    return layer.arrays


def dense_layer(layer: WeightedLayer, activation: str, made: Rearranged) -> DenseLayer:
    """A Dense layer, its kernel turned round. Raises `Unreadable` where its arrays are none of one."""
    arrays = only(layer, 2 if layer.config.get("use_bias", True) else 1)
    kernel = arrays[0]
    if len(kernel.shape) != 2 or 0 in kernel.shape or any(one.shape != kernel.shape[1:] for one in arrays[1:]):
        raise Unreadable(f"has weights in {layer.name[:80]} that a Dense layer does not have; save it again")
    weight = made.tensor((kernel.shape[1], kernel.shape[0]), [transposed(kernel)])
    return DenseLayer(weight, arrays[1] if len(arrays) > 1 else None, activation)


def widths(layer: DenseLayer | NormLayer) -> tuple[int, int]:
    """How many numbers a layer of the head reads and makes."""
    if isinstance(layer, NormLayer):
        return layer.mean.shape[0], layer.mean.shape[0]
    return layer.weight.shape[1], layer.weight.shape[0]
