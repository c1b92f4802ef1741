"""Each layer of a description with its weights, in Keras's two ways of laying them out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstm_tui.checkpoints.layout.keras.description import BOTH_WAYS, CELLS, MODELS, NORM, RECURRENT, LayerOf
from lstm_tui.checkpoints.sandbox.hdf5.keras_file import KerasFile
from lstm_tui.checkpoints.sandbox.hdf5.tree import Group
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Tensor

CHILDREN = ("layers", "_layer_checkpoint_dependencies")
"""Where a model keeps its layers: in Keras 3, and in TensorFlow 2.12 and 2.13."""
_ROLES = ("kernel", "recurrent_kernel", "bias", "embeddings")


@dataclass(eq=False)
class WeightedLayer:
    """One layer: what it is, its settings, and its arrays in the order in which Keras makes them."""

    class_name: str
    name: str
    config: Mapping[str, Any]
    arrays: Sequence[Tensor]

    @property
    def recurrent(self) -> bool:
        """Whether it is a recurrent layer."""
        return self.class_name in RECURRENT


def weighted(layers: list[LayerOf], file: KerasFile) -> list[WeightedLayer]:
    """The layers, those of nested models in their place. Raises `Unreadable` where weights are missing or left over."""
    if file.zipped or stored_by_class(file.weights):
        return list(_by_class(layers, file.weights, ""))
    return list(_by_name(layers, _legacy_root(file)))


def stored_by_class(root: Group) -> bool:
    """Whether the weights lie as in Keras 3's own format."""
    return "layer_names" not in root.attributes and any(name in root.members for name in (*CHILDREN, "vars"))


def _legacy_root(file: KerasFile) -> Group:
    inner = file.weights.members.get("model_weights")
    return inner if isinstance(inner, Group) else file.weights


def listed(group: Group, name: str) -> list[str]:
    """An attribute that lists names; long ones are cut into `name0`, `name1` …"""
    found = group.attributes.get(name)
    parts = [found] if found is not None else []
    while f"{name}{len(parts)}" in group.attributes and found is None:
        parts.append(group.attributes[f"{name}{len(parts)}"])
    return [str(one) for part in parts for one in (part if isinstance(part, list) else [part])]


def legacy_arrays(root: Group, layer: str) -> list[tuple[str, Tensor]]:
    """A layer's arrays with their names, in the order listed: HDF5's own order is the alphabet's."""
    group = root.members.get(layer)
    if not isinstance(group, Group):
        return []
    found = []
    for name in listed(group, "weight_names"):
        tensor = group.tensor(name)
        if tensor is None:
            raise Unreadable(f"lists the weights {name[:80]} and does not hold them; {DAMAGED}")
        if not tensor.dtype.startswith(("int", "uint")):
            found.append((name, tensor))
    return found


def ordered(named: list[tuple[str, Tensor]]) -> list[Tensor]:
    """A recurrent layer's arrays: by their names where they have Keras's, else as they are listed."""
    roles = [name.rpartition("/")[2].partition(":")[0] for name, _ in named]
    if len(set(roles)) == len(roles) and set(roles) <= set(_ROLES):
        named = sorted(named, key=lambda one: _ROLES.index(one[0].rpartition("/")[2].partition(":")[0]))
    return [tensor for _, tensor in named]


def _by_name(layers: list[LayerOf], root: Group) -> Iterator[WeightedLayer]:
    for layer in layers:
        named = legacy_arrays(root, layer.name)
        if layer.class_name in MODELS:
            left = [tensor for _, tensor in named]
            yield from _consumed(layer.inner, left)
            if left:
                raise Unreadable(f"holds more weights for {layer.name[:60]} than its layers have; {DAMAGED}")
        else:
            yield from _leaf(layer, ordered(named))


def _consumed(layers: list[LayerOf], left: list[Tensor]) -> Iterator[WeightedLayer]:
    """The layers of a nested model, whose weights stand one after the other."""
    for layer in layers:
        if layer.class_name in MODELS:
            yield from _consumed(layer.inner, left)
        else:
            count = _count(layer)
            taken, left[:count] = left[:count], []
            yield from _leaf(layer, taken)


def _count(layer: LayerOf) -> int:
    if layer.class_name == "TimeDistributed":
        return _count(_within(layer))
    biased = 1 if layer.config.get("use_bias", True) else 0
    if layer.class_name in RECURRENT:
        return (2 + biased) * len(cells_of(layer))
    if layer.class_name == NORM:
        return 2 + sum(bool(layer.config.get(part, True)) for part in ("scale", "center"))
    return {"Embedding": 1, "Dense": 1 + biased}.get(layer.class_name, 0)


def _within(layer: LayerOf) -> LayerOf:
    """The layer that a TimeDistributed one applies at every step."""
    inner = layer.config.get("layer")
    if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
        raise Unreadable(f"has a damaged description of {layer.name[:60]}; {DAMAGED}")
    return LayerOf(str(inner.get("class_name")), layer.name, inner["config"])


def cells_of(layer: LayerOf) -> list[tuple[str, Mapping[str, Any]]]:
    """(class, settings) of the cells of a recurrent layer: one, or those of `RNN([…])`."""
    if layer.class_name != "RNN":
        return [(layer.class_name, layer.config)]
    cell = layer.config.get("cell")
    stacked = cell.get("config", {}).get("cells") if isinstance(cell, dict) else None
    found: list[tuple[str, Mapping[str, Any]]] = []
    for one in stacked if isinstance(stacked, list) else [cell]:
        class_name = str(one.get("class_name")) if isinstance(one, dict) else "?"
        config = one.get("config") if isinstance(one, dict) else None
        if class_name not in CELLS or not isinstance(config, dict):
            raise Unreadable(f"has a recurrent layer ({layer.name[:60]}) of a cell of its own, {class_name[:60]}")
        outer = {key: value for key, value in layer.config.items() if key != "cell"}
        found.append((CELLS[class_name], outer | config))
    return found


def _leaf(layer: LayerOf, arrays: list[Tensor]) -> Iterator[WeightedLayer]:
    """The layer with its arrays; an `RNN` of several cells is as many layers."""
    if layer.class_name == "TimeDistributed":
        inner = _within(layer)
        yield WeightedLayer(inner.class_name, layer.name, inner.config, arrays)
        return
    if layer.class_name == BOTH_WAYS:  # the arrays of the forward direction come first
        forward = _within(layer)
        yield from _leaf(forward, arrays[: len(arrays) // 2])
        return
    if layer.class_name not in RECURRENT:
        yield WeightedLayer(layer.class_name, layer.name, layer.config, arrays)
        return
    cells = cells_of(layer)
    if len(cells) > 1 and len(arrays) % len(cells):
        raise Unreadable(f"has other weights in {layer.name[:60]} than its cells need; {DAMAGED}")
    each = len(arrays) // len(cells)
    for number, (class_name, config) in enumerate(cells):
        yield WeightedLayer(class_name, layer.name, config, arrays[number * each : (number + 1) * each])


def snake_case(class_name: str) -> str:
    """As Keras names groups: TimeDistributed → time_distributed, LSTM → lstm."""
    words = re.sub(r"\W+", "", class_name)
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def _by_class(layers: list[LayerOf], root: Group, path: str) -> Iterator[WeightedLayer]:
    base = next((root.group(path + name) for name in CHILDREN if root.group(path + name)), None)
    where = next((path + name for name in CHILDREN if root.group(path + name)), path)
    if base is None:
        raise Unreadable(f"holds no weights of the layers it describes; {DAMAGED}")
    seen: Counter[str] = Counter()
    for layer in layers:
        snake = snake_case(layer.class_name)
        group = f"{where}/{snake}" + (f"_{seen[snake]}" if seen[snake] else "")
        seen[snake] += 1
        if layer.class_name in MODELS:
            yield from _by_class(layer.inner, root, group + "/")
            continue
        variables = root.group(f"{group}/vars")
        name = variables.attributes.get("name") if variables else None
        if isinstance(name, str) and name != layer.name:
            raise Unreadable(f"has the weights of {name[:60]} in place of {layer.name[:60]}; {DAMAGED}")
        yield from _leaf(layer, arrays_under(root.group(group), layer))


def arrays_under(group: Group | None, layer: LayerOf) -> list[Tensor]:
    """A layer's arrays in Keras 3's format."""
    if group is None:
        return []
    if layer.class_name == "TimeDistributed":
        return variables(group.group("layer"))
    if layer.class_name == BOTH_WAYS:
        both = [group.group(f"{which}_layer/cell") for which in ("forward", "backward")]
        return [tensor for one in both for tensor in variables(one)]
    if layer.class_name in RECURRENT:
        cell = group.group("cell")
        stacked = cell.group("cells") if cell else None
        if cell and stacked:
            return [
                tensor
                for name in sorted(stacked.members, key=natural)
                for tensor in variables(cell.group(f"cells/{name}"))
            ]
        return variables(cell)
    return variables(group)


def variables(group: Group | None) -> list[Tensor]:
    """`vars/0`, `vars/1` … of a group, but for whole numbers: counters and seeds."""
    found = group.group("vars") if group else None
    tensors = [] if found is None else [found.members[name] for name in sorted(found.members, key=natural)]
    return [one for one in tensors if isinstance(one, Tensor) and not one.dtype.startswith(("int", "uint"))]


def natural(name: str) -> tuple[object, ...]:
    """Sorts lstm, lstm_1, lstm_2, lstm_10 in this order."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,9})", name) if part
    )
