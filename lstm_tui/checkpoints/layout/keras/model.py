"""A Keras file as the model that is stepped: embedding or numbers, recurrent layers, Dense layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lstm_tui.checkpoints.layout.keras import settings_of
from lstm_tui.checkpoints.layout.keras.description import NORM, SILENT, layers_of
from lstm_tui.checkpoints.layout.keras.keras_head import dense_layer, norm_layer, only, widths
from lstm_tui.checkpoints.layout.keras.one_of_several import offered, part_of
from lstm_tui.checkpoints.layout.keras.rearranged import Rearranged
from lstm_tui.checkpoints.layout.keras.torch_order import TorchRows, nothing, sources, torch_rows
from lstm_tui.checkpoints.layout.keras.unnamed import layers_by_shape
from lstm_tui.checkpoints.layout.keras.weighted import WeightedLayer, weighted
from lstm_tui.checkpoints.layout.recognition import DenseLayer, ModelLayout, NormLayer
from lstm_tui.checkpoints.layout.recurrent import MOST_LAYERS
from lstm_tui.checkpoints.sandbox.hdf5.keras_file import KerasFile
from lstm_tui.checkpoints.sandbox.limits import MOST_SYMBOLS, Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Storage, Tensor


@dataclass(eq=False)
class _Parts:
    """The layers by what they are for, from the input to the output."""

    embedding: WeightedLayer | None = None
    recurrent: list[WeightedLayer] = field(default_factory=list)
    dense: list[tuple[WeightedLayer, str]] = field(default_factory=list)
    """With their activations, those of Activation layers behind them included."""
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def recognise_keras(
    file: KerasFile, read: Callable[[Storage], bytes], part: str = ""
) -> tuple[ModelLayout, Callable[[Storage], bytes]]:
    """The model in `file`, and a way to the bytes of its tensors. Raises `Unreadable` by name for what is not shown."""
    layers, said = _layers(file, part)
    parts = _sorted(layers, file.config is not None)
    parts.notes += [said] if said else []
    made = Rearranged(read)
    rows = [torch_rows(layer, file.version, made) for layer in parts.recurrent]
    if not rows:
        raise Unreadable("holds no LSTM, GRU or SimpleRNN layer, so there is nothing to step through")
    if len({row.kind for row in rows}) > 1 or len(rows) > MOST_LAYERS:
        raise Unreadable(f"mixes {', '.join(dict.fromkeys(row.kind for row in rows))} layers, which is not supported")
    layout = _layout(file, parts, rows, made)
    _check_widths(layout, parts)
    return layout, made.read


def _layers(file: KerasFile, part: str) -> tuple[Sequence[WeightedLayer], str]:
    """All layers, or those of a part, with their weights; and what is to be said of a part."""
    if file.config is None:
        return layers_by_shape(file.weights, part)
    if part:
        return part_of(file, part)
    try:
        return weighted(layers_of(file.config), file), ""
    except Unreadable as refusal:
        raise offered(file, refusal) from None


def _sorted(layers: Sequence[WeightedLayer], described: bool) -> _Parts:
    parts = _Parts()
    for layer in layers:
        if layer.class_name in SILENT:
            if layer.arrays:
                raise Unreadable(f"has weights in {layer.name[:60]}, a {layer.class_name} layer, which has none")
        elif layer.class_name == "Embedding":
            if parts.embedding or parts.recurrent or parts.dense:
                raise Unreadable(f"has an embedding above other layers ({layer.name[:60]}), which is not supported")
            parts.embedding = layer
            settings_of.check_settings(layer.config, layer.name)
        elif layer.recurrent:
            _add_recurrent(parts, layer)
        elif layer.class_name in ("Dense", NORM):
            if not parts.recurrent:
                what = f"a {layer.class_name} layer below the recurrent ones ({layer.name[:60]})"
                raise Unreadable(f"has {what}, which is not supported")
            if layer.class_name == NORM and "epsilon" not in layer.config:
                parts.notes.append(f"{layer.name[:60]}: epsilon 0.001, Keras's default, which the file does not say")
            settings_of.check_settings(layer.config, layer.name)
            default = "linear" if described or layer.class_name == NORM else ""
            parts.dense.append((layer, settings_of.activation(layer.config.get("activation", default))))
        else:
            _add_other(parts, layer)
    return parts


def _add_recurrent(parts: _Parts, layer: WeightedLayer) -> None:
    if parts.dense:
        raise Unreadable(f"has a recurrent layer above a Dense one ({layer.name[:60]}), which is not supported")
    if parts.recurrent and parts.recurrent[-1].config.get("return_sequences", True) is False:
        raise Unreadable(f"has {layer.name[:60]} above a layer that gives only its last state; that is not supported")
    settings_of.check_settings(layer.config, layer.name)
    if layer.config.get("stateful"):
        parts.notes.append(
            f"{layer.name[:60]} is stateful: the state starts at zero here, and is carried on from there"
        )
    parts.recurrent.append(layer)


def _add_other(parts: _Parts, layer: WeightedLayer) -> None:
    if layer.class_name == "Masking":
        parts.warnings.append("the model masks steps (Masking): here every step is read")
    elif layer.class_name == "Flatten":
        if not parts.recurrent or parts.recurrent[-1].config.get("return_sequences"):
            raise Unreadable(f"flattens a whole sequence ({layer.name[:60]}), so it has no output a step")
    else:
        name = "softmax" if layer.class_name == "Softmax" else settings_of.activation(layer.config.get("activation"))
        if name == "linear":
            return
        if not parts.dense or parts.dense[-1][1] != "linear":
            raise Unreadable(
                f"has an activation of its own ({layer.name[:60]}: {name}) that is not behind a Dense layer"
            )
        parts.dense[-1] = (parts.dense[-1][0], name)


def _table(parts: _Parts) -> Tensor | None:
    """The embedding's; None without one."""
    if parts.embedding is None:
        return None
    table = only(parts.embedding, 1)[0]
    if len(table.shape) != 2:
        raise Unreadable(f"has an embedding of the shape {table.shape}")
    return table


def _layout(file: KerasFile, parts: _Parts, rows: list[TorchRows], made: Rearranged) -> ModelLayout:
    activations, named_gates, notes = _activations(file, parts, rows)
    first = parts.recurrent[0]
    table = _table(parts)
    head, output = _head(parts, made)
    width = rows[0].tensors[0].shape[1]
    outputs = None if output is None else output.weight.shape[0]
    final = "" if output is None else output.activation
    one_hot = table is None and outputs == width > 1 and final in ("softmax", "")
    symbols = table.shape[0] if table is not None else width
    if not 0 < symbols <= MOST_SYMBOLS:
        raise Unreadable(f"knows {symbols:,} symbols, not 1 to {MOST_SYMBOLS:,}")
    kept = _biased(rows, made)
    layout = ModelLayout(
        kind=rows[0].kind, layers=kept, embedding=table,
        output_weight=None if output is None else output.weight, output_bias=None if output is None else output.bias,
        tied=False, symbols=symbols, log_softmax=False, max_norm=None, roles=tuple(_roles(parts, rows)),
        gates=activations.gates, content=activations.content, head=tuple(head), output_activation=final,
        numbers=table is None and not one_hot,
        classes=_classes(outputs or 0, symbols, table is None, final),
    )  # fmt: skip
    layout.gates_said, layout.reset_said = named_gates, all(row.reset_said for row in rows)
    layout.inferred += [
        _written(file),
        *dict.fromkeys(notes),
        *(note for row in rows for note in row.notes),
        *parts.notes,
    ]
    if one_hot:
        layout.inferred.append(f"one-hot input: {first.name[:60]} reads {width} numbers, as many as there are outputs")
    if layout.classes:
        reads = f"{symbols} symbols" if table is not None else f"rows of {width} numbers"
        layout.inferred.append(f"a classifier: it reads {reads}, and {parts.dense[-1][0].name[:60]} scores {outputs}")
    layout.warnings += parts.warnings
    _say_how_it_was_trained(layout, parts)
    return layout


def _classes(outputs: int, symbols: int, without_embedding: bool, activation: str) -> int:
    """How many outputs a classifier has: other than it reads symbols, or probabilities of what are no symbols."""
    if without_embedding:
        return outputs if activation == "softmax" and outputs != symbols else 0
    return 0 if outputs == symbols else outputs


def _say_how_it_was_trained(layout: ModelLayout, parts: _Parts) -> None:
    if parts.recurrent[-1].config.get("return_sequences") is False and layout.output_weight is not None:
        layout.inferred.append(
            "trained on the last step alone: at each step, what it would say if the text ended there"
        )
    if parts.embedding is not None and parts.embedding.config.get("mask_zero"):
        layout.masked = True
        layout.inferred.append("mask_zero: symbol 0 stands for padding, which the model skips")


def _written(file: KerasFile) -> str:
    what = "a whole model" if file.config is not None else "weights alone"
    return f"Keras {file.version}: {what}" if file.version else f"Keras, of a version that it does not say: {what}"


def _activations(
    file: KerasFile, parts: _Parts, rows: list[TorchRows]
) -> tuple[settings_of.Activations, bool, list[str]]:
    """Those of all layers, which must be one; whether the file says them; and how they were concluded."""
    found, notes, named_gates = [], [], True
    for layer, row in zip(parts.recurrent, rows, strict=True):
        one = settings_of.of_cell(layer.class_name, layer.config, file.version, layer.name, row.cudnn)
        named_gates = named_gates and bool(one.gates)
        one, note = settings_of.gates_assumed(one, file.version, file.config is not None)
        found.append(one)
        notes += [note] if note else []
        if row.cudnn:
            notes.append("cuDNN layers: each gate's matrix was turned round, gates are sigmoid")
    if len(set(found)) > 1:
        raise Unreadable("has recurrent layers with different activations, which is not supported")
    return found[0], named_gates, notes


def _biased(rows: list[TorchRows], made: Rearranged) -> tuple[tuple[Tensor, Tensor, Tensor | None, Tensor | None], ...]:
    """The layers' tensors; where some have biases, the others get zeros."""
    if len({row.tensors[2] is None for row in rows}) == 1:
        return tuple(row.tensors for row in rows)
    found = []
    for row in rows:
        ih, hh, one, two = row.tensors
        count = ih.shape[0]
        found.append(
            (ih, hh, one or made.tensor((count,), nothing(ih, count)), two or made.tensor((count,), nothing(ih, count)))
        )
    return tuple(found)


def _head(parts: _Parts, made: Rearranged) -> tuple[list[DenseLayer | NormLayer], DenseLayer | None]:
    """What stands above the recurrent layers, and the output layer, which is the last Dense one."""
    head = [
        norm_layer(layer, a) if layer.class_name == NORM else dense_layer(layer, a, made) for layer, a in parts.dense
    ]
    output = head.pop() if head else None
    if isinstance(output, NormLayer):
        name = parts.dense[-1][0].name[:60]
        raise Unreadable(f"ends in a BatchNormalization layer ({name}), above which there is no Dense one")
    return head, output


def _roles(parts: _Parts, rows: list[TorchRows]) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Every array of the file by its path, its shape there, and what it became."""
    if parts.embedding is not None:
        yield _path(parts.embedding.arrays[0]), parts.embedding.arrays[0].shape, "embedding"
    for number, (layer, row) in enumerate(zip(parts.recurrent, rows, strict=True)):
        for array, became in sources(layer, row):
            part, _, how = became.partition(", ")
            yield _path(array), array.shape, f"{part} of layer {number + 1} (l{number}){', ' if how else ''}{how}"
    for at, (layer, activation) in enumerate(parts.dense, 1):
        if layer.class_name == NORM:
            yield from ((_path(array), array.shape, f"BatchNormalization {at}") for array in layer.arrays)
            continue
        what = "output" if at == len(parts.dense) else f"Dense {at}"
        after = f", then {activation}" if activation not in ("linear", "") else ""
        yield _path(layer.arrays[0]), layer.arrays[0].shape, f"{what} weight, transposed{after}"
        if len(layer.arrays) > 1:
            yield _path(layer.arrays[1]), layer.arrays[1].shape, f"{what} bias"


def _path(array: Tensor) -> str:
    return array.storage.key if array.storage is not None else "?"


def _check_widths(layout: ModelLayout, parts: _Parts) -> None:
    """Each layer reads as many numbers as the one below makes."""
    width = layout.embedding.shape[1] if layout.embedding is not None else layout.layers[0][0].shape[1]
    chain = [(layer[0].shape[1], layer[1].shape[1]) for layer in layout.layers]
    chain += [widths(layer) for layer in layout.head]
    if layout.output_weight is not None:
        chain.append((layout.output_weight.shape[1], layout.output_weight.shape[0]))
    for (reads, makes), name in zip(
        chain, [layer.name for layer in parts.recurrent] + [d.name for d, _ in parts.dense], strict=True
    ):
        if reads != width:
            raise Unreadable(
                f"has layers that do not follow each other: {name[:60]} reads {reads} numbers where the layer below "
                f"makes {width}; branches and skip connections are not supported"
            )
        width = makes
