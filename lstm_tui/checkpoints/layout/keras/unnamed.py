"""Files of weights alone: the layers are told by the groups' names and the arrays' shapes."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tui.checkpoints.layout.keras.description import BOTH_WAYS, NORM, refuse_unknown
from lstm_tui.checkpoints.layout.keras.part_by_shape import ShapedLayer, offered_by_shape, one_network, part_by_shape
from lstm_tui.checkpoints.layout.keras.weighted import (
    WeightedLayer,
    legacy_arrays,
    listed,
    natural,
    ordered,
    stored_by_class,
    variables,
)
from lstm_tui.checkpoints.sandbox.hdf5.tree import Group
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Tensor

_GATES = {4: "LSTM", 3: "GRU", 1: "SimpleRNN"}
_NO_LAYERS = (
    "is an HDF5 file without the layers of a Keras model; save one with model.save('it.keras') or "
    "model.save_weights('it.weights.h5')"
)


def layers_by_shape(root: Group, part: str) -> tuple[list[WeightedLayer], str]:
    """The layers of a file that describes none, or of a `part` of it, and what is to be said of that.

    Raises `Unreadable` for what has no place in a recurrent model.
    """
    groups = list(_groups(root))
    if not groups:
        raise Unreadable(_NO_LAYERS)
    if part:
        return part_by_shape([_part_layer(*group) for group in groups], part)
    try:
        layers = [_layer(*group) for group in groups]
        one_network([_part_layer(*group) for group in groups])
        if stored_by_class(root):
            layers.sort(key=lambda one: _ORDER.index(_part(one)))
    except Unreadable as refusal:
        raise offered_by_shape([_part_layer(*group) for group in groups], refusal) from None
    return layers, ""


def _groups(root: Group) -> Iterator[tuple[str, list[Tensor]]]:
    """Every layer's name and arrays."""
    if stored_by_class(root):
        yield from _found(root, "")
        return
    for name in listed(root, "layer_names"):
        if arrays := legacy_arrays(root, name):
            yield name, ordered(arrays)


def _part_layer(name: str, arrays: list[Tensor]) -> ShapedLayer:
    """A layer as far as it can be told; of one that reads both ways the forward direction."""
    both_ways = _both_ways(name, arrays)
    try:
        found = _layer(name, arrays[: len(arrays) // 2] if both_ways else arrays, both_ways)
    except Unreadable:
        return ShapedLayer(name, None, False)
    return ShapedLayer(name, found, both_ways)


def _both_ways(name: str, arrays: list[Tensor]) -> bool:
    return (
        len(arrays) in (4, 6)
        and [array.shape for array in arrays[: len(arrays) // 2]]
        == [array.shape for array in arrays[len(arrays) // 2 :]]
        and len(arrays[0].shape) == 2
    )


_ORDER = ("Embedding", "recurrent", "Dense")
"""Of files that say no order. A BatchNormalization in one could be anywhere above the recurrent layers."""


def _part(layer: WeightedLayer) -> str:
    if layer.class_name == NORM:
        raise Unreadable(
            f"has a BatchNormalization layer ({layer.name[:60]}), and weights alone do not say between which others it "
            "stands; save the whole model: model.save('it.keras')"
        )
    return "recurrent" if layer.recurrent else layer.class_name


def _found(group: Group, path: str) -> Iterator[tuple[str, list[Tensor]]]:
    """Every group that holds variables, in the order of their numbers."""
    both = [group.group(f"{which}_layer/cell") for which in ("forward", "backward")]
    if any(both):
        yield path.removesuffix("/"), [tensor for one in both for tensor in variables(one)]
        return
    cell = group.members.get("cell")
    if isinstance(cell, Group):
        stacked = cell.members.get("cells")
        cells = (
            [stacked.members[one] for one in sorted(stacked.members, key=natural)]
            if isinstance(stacked, Group)
            else [cell]
        )
        for one in cells:
            if isinstance(one, Group) and variables(one):
                yield path.removesuffix("/"), variables(one)
        return
    own = variables(group)
    if own:
        yield path.removesuffix("/"), own
    for inner in sorted(group.members, key=natural):
        below = group.members[inner]
        if isinstance(below, Group) and inner != "vars":
            yield from _found(below, f"{path}{inner}/")


def _layer(name: str, arrays: list[Tensor], halved: bool = False) -> WeightedLayer:
    shapes = [array.shape for array in arrays]
    count = len(arrays)
    if not halved and _both_ways(name, arrays):
        refuse_unknown(BOTH_WAYS, name)
    if count == 1 and len(shapes[0]) == 2 and "att" not in name.lower():
        dense = any(part.startswith(("dense", "time_distributed")) for part in name.lower().split("/"))
        return WeightedLayer("Dense" if dense else "Embedding", name, {"use_bias": False}, arrays)
    if count in (9, 12) and all(len(shape) in (1, 2) for shape in shapes):
        return WeightedLayer("LSTM" if count == 12 else "GRU", name, {}, arrays)
    if count in (2, 3) and [len(shape) for shape in shapes[:2]] == [2, 2]:
        (_, columns), (units, wide) = shapes[0], shapes[1]
        if units and columns == wide and wide % units == 0 and wide // units in _GATES:
            class_name = _GATES[wide // units]
            return WeightedLayer(class_name, name, {"use_bias": count == 3}, arrays)
    if count == 2 and len(shapes[0]) == 2 and shapes[1] == shapes[0][1:]:
        return WeightedLayer("Dense", name, {}, arrays)
    if count == 4 and {len(shape) for shape in shapes} == {1} and len(set(shapes)) == 1:
        return WeightedLayer(NORM, name, {}, arrays)
    held = ", ".join(str(shape) for shape in shapes[:6])
    if "att" in name.lower():
        raise Unreadable(
            f"has an attention layer ({name[:80]} of {held}), which weighs all steps that were read, and in training a "
            "fixed number of them: at a single step there is no output"
        )
    raise Unreadable(
        f"has a layer that is no embedding, LSTM, GRU, SimpleRNN or Dense layer: {name[:80]} of {held}; showing the "
        "rest without it would show another model"
    )
