"""One recurrent layer of Keras as PyTorch's four tensors.

Keras keeps a gate's weights as H columns, in the order i, f, c, o and z, r, h; PyTorch as H rows, i, f, g, o and
r, z, n. CuDNN layers keep each gate's matrix the other way round, and two biases; Keras 1 keeps one array a gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.checkpoints.layout.keras.rearranged import Rearranged, Strided, stretch, zeros
from lstm_tui.checkpoints.layout.keras.settings_of import major
from lstm_tui.checkpoints.layout.keras.weighted import WeightedLayer
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Tensor

Layer = tuple[Tensor, Tensor, Tensor | None, Tensor | None]
_KINDS = {"LSTM": "lstm", "CuDNNLSTM": "lstm", "GRU": "gru", "CuDNNGRU": "gru", "SimpleRNN": "rnn"}
_ORDERS = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}
"""Which of Keras's gates each of PyTorch's is."""
_OLD = {"lstm": (0, 6, 3, 9), "gru": (3, 0, 6)}
"""Where Keras 1 has the W of each of PyTorch's gates; U and b follow it."""


@dataclass(frozen=True, eq=False)
class TorchRows:
    """One layer, and how it came about."""

    kind: str
    """lstm, gru, gru-before or rnn."""
    tensors: Layer
    cudnn: bool
    notes: tuple[str, ...]
    reset_said: bool = True
    """Whether the file says where a GRU's reset gate stands, and nobody had to assume it."""


def torch_rows(layer: WeightedLayer, version: str, made: Rearranged) -> TorchRows:
    """PyTorch's tensors of one layer. Raises `Unreadable` where the shapes do not fit together."""
    kind = _KINDS[layer.class_name]
    for array in layer.arrays:
        if array.problem:
            raise Unreadable(f"has weights of {layer.name[:80]} that cannot be used: one {array.problem}")
    if kind in _OLD and len(layer.arrays) == 3 * len(_OLD[kind]):
        return _of_keras_1(layer, kind, made)
    inputs, units = _sizes(layer, len(_ORDERS[kind]))
    kernel, recurrent = layer.arrays[:2]
    bias = layer.arrays[2] if len(layer.arrays) == 3 else None
    order, rows = _ORDERS[kind], len(_ORDERS[kind]) * units
    doubled = kind != "rnn" and bias is not None and bias.shape == (2 * rows,)
    cudnn = layer.class_name.startswith("CuDNN") or doubled
    if cudnn:
        of_x = [Strided(kernel, g * units, inputs, units, rows, 1) for g in order]
        of_h = [Strided(recurrent, g * units, units, units, rows, 1) for g in order]
    else:
        of_x = [Strided(kernel, g * units, units, inputs, 1, rows) for g in order]
        of_h = [Strided(recurrent, g * units, units, units, 1, rows) for g in order]
    weights = made.tensor((rows, inputs), of_x), made.tensor((rows, units), of_h)
    kind, notes = _reset(kind, bias, layer, version)
    if bias is None:
        return TorchRows(kind, (*weights, None, None), cudnn, notes, not notes)
    if bias.shape not in ((2 * rows,), (2, rows)) if cudnn or kind == "gru" else bias.shape != (rows,):
        raise _unfit(layer)
    one = made.tensor((rows,), [stretch(bias, g * units, units) for g in order])
    two = [stretch(bias, rows + g * units, units) for g in order] if bias.numel == 2 * rows else nothing(bias, rows)
    return TorchRows(kind, (*weights, one, made.tensor((rows,), two)), cudnn, notes)


def _sizes(layer: WeightedLayer, gates: int) -> tuple[int, int]:
    """D and H of a layer of kernel, recurrent kernel and perhaps a bias."""
    if len(layer.arrays) not in (2, 3) or any(len(array.shape) != 2 for array in layer.arrays[:2]):
        raise _unfit(layer)
    (inputs, of_x), (units, of_h) = (array.shape for array in layer.arrays[:2])
    if not inputs * units or of_x != gates * units or of_h != gates * units:
        raise _unfit(layer)
    return inputs, units


def nothing(like: Tensor, count: int) -> list[Strided]:
    """Zeros of the type of `like`."""
    return [Strided(like, 0, 1, 0, 0, 1), zeros(count)]


def _reset(kind: str, bias: Tensor | None, layer: WeightedLayer, version: str) -> tuple[str, tuple[str, ...]]:
    """`gru-before` for a GRU whose reset gate stands before the product: its one bias tells, or its settings do."""
    if kind != "gru":
        return kind, ()
    if bias is not None:
        return ("gru-before" if len(bias.shape) == 1 and bias.shape[0] == layer.arrays[1].shape[1] else "gru"), ()
    reset_after = layer.config.get("reset_after")
    if isinstance(reset_after, bool):
        return ("gru" if reset_after else "gru-before"), ()
    after = major(version) not in (1, 2) or version.endswith("-tf")
    form = "after" if after else "before"
    return ("gru" if after else "gru-before"), (
        f"reset: {form} the product, the default of Keras {version or '3'}: {layer.name[:60]} has no bias, which would "
        "tell; --reset before or after says otherwise",
    )


def _of_keras_1(layer: WeightedLayer, kind: str, made: Rearranged) -> TorchRows:
    arrays, places = layer.arrays, _OLD[kind]
    of_x, of_h, biases = ([arrays[at + part] for at in places] for part in range(3))
    inputs, units = ([*one.shape, 0][0] for one in (of_x[0], of_h[0]))
    fits = [(inputs, units)] * len(places), [(units, units)] * len(places), [(units,)] * len(places)
    if ([w.shape for w in of_x], [u.shape for u in of_h], [b.shape for b in biases]) != fits or not inputs * units:
        raise _unfit(layer)
    rows = units * len(places)
    return TorchRows(
        "lstm" if kind == "lstm" else "gru-before",
        (
            made.tensor((rows, inputs), [Strided(w, 0, units, inputs, 1, units) for w in of_x]),
            made.tensor((rows, units), [Strided(u, 0, units, units, 1, units) for u in of_h]),
            made.tensor((rows,), [stretch(b, 0, units) for b in biases]),
            made.tensor((rows,), nothing(biases[0], rows)),
        ),
        False,
        (f"{layer.name[:60]}: one array a gate, as Keras 1 writes them",),
    )


def sources(layer: WeightedLayer, rows: TorchRows) -> Sequence[tuple[Tensor, str]]:
    """Every array of the file with the tensor that it became."""
    if len(layer.arrays) > 3:
        parts = ("weight_ih", "weight_hh", "bias_ih")
        return [(array, f"a gate of {parts[at % 3]}") for at, array in enumerate(layer.arrays)]
    turned = "weight_ih" if rows.cudnn else "weight_ih, transposed"
    names = [turned, turned.replace("ih", "hh"), "bias_ih" if len(layer.arrays[-1].shape) == 1 else "bias_ih, bias_hh"]
    if rows.cudnn:
        names = ["weight_ih, of cuDNN's layout", "weight_hh, of cuDNN's layout", "bias_ih, bias_hh"]
    if rows.kind.startswith("gru"):
        names = [f"{name}, z, r, h to r, z, n" for name in names]
    return list(zip(layer.arrays, names, strict=False))


def _unfit(layer: WeightedLayer) -> Unreadable:
    shapes = ", ".join(str(array.shape) for array in layer.arrays[:6]) or "none"
    return Unreadable(
        f"has weights in {layer.name[:80]} that a {layer.class_name} does not have: {shapes}; save it again"
    )
