"""Files of weights alone: the layers are told by the groups' names and the arrays' shapes."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tui.checkpoints.layout.keras.description import NORM, refuse_unknown
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


def layers_by_shape(root: Group) -> list[WeightedLayer]:
    """The layers of a file that describes none. Raises `Unreadable` for what has no place in a recurrent model."""
    if stored_by_class(root):
        found = sorted(_found(root, "", ""), key=lambda one: _ORDER.index(_part(one)))
        if not found:
            raise Unreadable(_NO_LAYERS)
        return found
    names = listed(root, "layer_names")
    if not names:
        raise Unreadable(_NO_LAYERS)
    return [_layer(name, ordered(arrays)) for name in names if (arrays := legacy_arrays(root, name))]


_ORDER = ("Embedding", "recurrent", "Dense")
"""Of files that say no order. A BatchNormalization in one could be anywhere above the recurrent layers."""


def _part(layer: WeightedLayer) -> str:
    if layer.class_name == NORM:
        raise Unreadable(
            f"has a BatchNormalization layer ({layer.name[:60]}), and weights alone do not say between which others it "
            "stands; save the whole model: model.save('it.keras')"
        )
    return "recurrent" if layer.recurrent else layer.class_name


def _found(group: Group, path: str, name: str) -> Iterator[WeightedLayer]:
    """Every group that holds variables, in the order of their numbers."""
    if name.startswith("bidirectional"):
        refuse_unknown("Bidirectional", name)
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
                yield _layer(path.removesuffix("/"), variables(one))
        return
    own = variables(group)
    if own:
        yield _layer(path.removesuffix("/"), own)
    for inner in sorted(group.members, key=natural):
        below = group.members[inner]
        if isinstance(below, Group) and inner != "vars":
            yield from _found(below, f"{path}{inner}/", inner if inner not in ("layer", "layers") else name)


def _layer(name: str, arrays: list[Tensor]) -> WeightedLayer:
    shapes = [array.shape for array in arrays]
    count = len(arrays)
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
    if count == 6:
        refuse_unknown("Bidirectional", name)
    held = ", ".join(str(shape) for shape in shapes[:6])
    raise Unreadable(
        f"has a layer that is no embedding, LSTM, GRU, SimpleRNN or Dense layer: {name[:80]} of {held}; showing the "
        "rest without it would show another model"
    )
