"""A model's own description as a straight line of layers. Nothing it names is looked up; what is unknown is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_tui.checkpoints.sandbox.limits import Unreadable

MOST_LAYERS = 500
MOST_NESTED = 8
MODELS = ("Sequential", "Functional", "Model")
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU", "RNN")
CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
SILENT = (
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "TextVectorization", "StringLookup",
)  # fmt: skip
"""What changes nothing at inference, or only turns text into the numbers of its symbols."""
NORM = "BatchNormalization"
KNOWN = (
    *RECURRENT, *SILENT, "Embedding", "Dense", "TimeDistributed", "Activation", "Softmax", "Masking", "Flatten", NORM,
)  # fmt: skip
BOTH_WAYS = "Bidirectional"
_WHY = {
    BOTH_WAYS: "which reads the text from both ends and cannot be stepped",
    "Lambda": "which is a program, and foreign programs are not run",
    "RepeatVector": "of a sequence-to-sequence model, whose decoder reads its encoder's last state again and again",
}


@dataclass(eq=False)
class LayerOf:
    """One layer as its model describes it."""

    class_name: str
    name: str
    config: Mapping[str, Any]
    inner: list[LayerOf] = field(default_factory=list)
    """The layers of a nested model."""
    reads: tuple[tuple[str, int], ...] = ()
    """Name and output of the layers it reads, in order, where that was asked for."""


def graph_of(description: Mapping[str, Any], depth: int = 0) -> list[LayerOf]:
    """All layers of a model, whatever they are, each with those it reads; those of a nested model in its place."""
    config = description.get("config")
    listed = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_LAYERS or depth > MOST_NESTED:
        raise Unreadable("describes no layers in a way that is known here; save it again")
    found: list[LayerOf] = []
    for described in listed:
        if not isinstance(described, dict) or not isinstance(described.get("config"), dict | list):
            raise Unreadable("has a damaged description of its layers; save it again")
        class_name, inner = str(described.get("class_name")), described["config"]
        reads = tuple(_sources(described.get("inbound_nodes") or []))
        name = str(inner.get("name") or described.get("name") or class_name) if isinstance(inner, dict) else class_name
        if class_name in MODELS:
            raise Unreadable("has models within a model, whose parts are not told apart; save the inner one alone")
        if description.get("class_name") == "Sequential" and found:
            reads = ((found[-1].name, 0),)
        found.append(LayerOf(class_name, name, inner if isinstance(inner, dict) else {}, [], reads))
    return found


def layers_of(description: Mapping[str, Any], depth: int = 0) -> list[LayerOf]:
    """The layers of a model, in the order in which they are listed. Raises `Unreadable` for other than one line."""
    class_name, config = description.get("class_name"), description.get("config")
    listed = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    if class_name not in MODELS or not isinstance(listed, list):
        raise Unreadable(
            f"describes a model of the class {str(class_name)[:60]}, which is not one of Keras's own (Sequential, "
            "Model): what it computes is written in a program; "
            "save its weights alone: model.save_weights('it.weights.h5')"
        )
    if len(listed) > MOST_LAYERS or depth > MOST_NESTED:
        raise Unreadable("has far more layers than a recurrent model that can be stepped")
    layers = [_layer(one, depth) for one in listed]
    if class_name != "Sequential" and isinstance(config, dict):
        _check_line(listed, layers)
    return layers


def _layer(described: object, depth: int) -> LayerOf:
    if not isinstance(described, dict) or not isinstance(described.get("config"), dict | list):
        raise Unreadable("has a damaged description of its layers; save it again")
    class_name, config = str(described.get("class_name")), described["config"]
    if class_name in MODELS:
        name = str(config.get("name", "")) if isinstance(config, dict) else ""
        return LayerOf(class_name, name, {}, layers_of(described, depth + 1))
    if not isinstance(config, dict):
        raise Unreadable("has a damaged description of its layers; save it again")
    name = str(config.get("name") or described.get("name") or class_name)
    refuse_unknown(class_name, name)
    module = described.get("module")
    if isinstance(module, str) and module.partition(".")[0] not in ("keras", "tensorflow", "tf_keras", "builtins"):
        raise Unreadable(f"has a layer of a class of its own, {name[:60]} ({module[:60]}), which is not known here")
    return LayerOf(class_name, name, config)


def refuse_unknown(class_name: str, name: str) -> None:
    """Raises `Unreadable` for a layer that would change what is shown, by name."""
    if class_name in KNOWN or class_name in MODELS:
        return
    why = _WHY.get(class_name, "which this program does not know")
    raise Unreadable(
        f"has a layer of the class {class_name[:60]} ({name[:60]}), {why}; showing the rest without it would show "
        "another model"
    )


def _check_line(listed: list[Any], layers: list[LayerOf]) -> None:
    """Each layer reads the one before it, once."""
    before: str | None = None
    for described, layer in zip(listed, layers, strict=True):
        nodes = described.get("inbound_nodes") or []
        sources = list(_sources(nodes))
        if layer.class_name == "InputLayer" and not sources:
            if before is not None:
                raise Unreadable(f"has more than one input ({before[:60]}, {layer.name[:60]}): one sequence is stepped")
        elif [name for name, _ in sources] != [before] or any(index for _, index in sources) or len(nodes) > 1:
            listed_sources = ", ".join(dict.fromkeys(name[:40] for name, _ in sources)) or "nothing"
            raise Unreadable(
                f"is not a straight line of layers: {layer.name[:60]} reads {listed_sources}"
                f"{'' if before is None else f' and not just {before[:60]}'}; branches, attention and encoders with "
                "decoders are not supported"
            )
        before = layer.name


def _sources(nodes: object) -> Iterator[tuple[str, int]]:
    """(layer, which of its outputs) of everything that a layer reads."""
    pending = [nodes]
    while pending:
        node = pending.pop(0)
        if isinstance(node, dict):
            history = node.get("keras_history")
            if isinstance(history, list) and len(history) == 3:
                yield str(history[0]), history[2] if isinstance(history[2], int) else 0
            else:
                pending[:0] = node.values()
        elif isinstance(node, list):
            if len(node) in (3, 4) and isinstance(node[0], str) and type(node[1]) is int and type(node[2]) is int:
                yield node[0], node[2]
                pending[:0] = node[3:]
            else:
                pending[:0] = node


def flattened(layers: list[LayerOf]) -> list[LayerOf]:
    """The layers with those of nested models in their place."""
    found: list[LayerOf] = []
    for layer in layers:
        found += flattened(layer.inner) if layer.class_name in MODELS else [layer]
    return found
