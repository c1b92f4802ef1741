"""A layer's settings: what changes nothing at inference is left out, what changes something is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lstm_tui.checkpoints.sandbox.limits import Unreadable

_NOTHING_AT_INFERENCE = frozenset((
    "name", "trainable", "dtype", "units", "output_dim", "input_dim", "use_bias", "activation",
    "recurrent_activation", "inner_activation", "kernel_initializer", "recurrent_initializer", "bias_initializer",
    "embeddings_initializer", "init", "inner_init", "forget_bias_init", "unit_forget_bias", "kernel_regularizer",
    "recurrent_regularizer", "bias_regularizer", "embeddings_regularizer", "activity_regularizer", "W_regularizer",
    "U_regularizer", "b_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint",
    "embeddings_constraint", "W_constraint", "b_constraint", "dropout", "recurrent_dropout", "dropout_W",
    "dropout_U", "seed", "implementation", "consume_less", "unroll", "stateful", "return_sequences", "return_state",
    "time_major", "zero_output_for_mask", "reset_after", "go_backwards", "batch_input_shape", "batch_shape",
    "input_shape", "input_length", "input_dtype", "mask_zero", "build_config", "autocast", "weights", "sparse",
    "ragged", "axis", "momentum", "epsilon", "center", "scale", "synchronized", "renorm", "renorm_momentum",
    "renorm_clipping", "fused",
    "beta_initializer", "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer",
    "beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint",
))  # fmt: skip
_SQUASHES = ("tanh", "sigmoid", "hard_sigmoid", "relu", "linear")
"""What gates and candidates may be made by."""


@dataclass(frozen=True)
class Activations:
    """What makes a recurrent layer's gates, and what its candidate and its output; "" for gates that are not named."""

    gates: str
    content: str


def check_settings(config: Mapping[str, Any], name: str) -> None:
    """Raises `Unreadable` for a setting that changes what is computed in a way that is not shown here."""
    if config.get("go_backwards"):
        raise Unreadable(
            f"has a layer that reads the text from its end ({name[:60]}: go_backwards), which is not stepped"
        )
    for key, value in config.items():
        if key not in _NOTHING_AT_INFERENCE and value not in (None, False):
            raise Unreadable(f"has a setting that is not known here, {key[:60]} = {value!r:.60} of {name[:60]}")


def activation(value: object) -> str:
    """An activation by its name, however it is written. Raises `Unreadable` for one that is a class of its own."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else value.get("class_name")
    if value is None:
        return "linear"
    return str(value)[:60]


def of_cell(class_name: str, config: Mapping[str, Any], version: str, name: str, cudnn: bool) -> Activations:
    """A recurrent layer's activations; what a file without settings leaves open is "" (see `gates_assumed`)."""
    content = activation(config.get("activation", "tanh"))
    given = config.get("recurrent_activation", config.get("inner_activation"))
    gates = "sigmoid" if cudnn else _sloped(activation(given), version) if given is not None else ""
    if class_name == "SimpleRNN":
        gates = "sigmoid"
    for which in (content, gates or "sigmoid"):
        if which.removesuffix("_6") not in _SQUASHES:
            raise Unreadable(f"has a layer ({name[:60]}) with the activation {which}, which is not known here")
    return Activations(gates, _sloped(content, version))


def _sloped(name: str, version: str) -> str:
    """hard_sigmoid is clip(0.2 x + 0.5) up to Keras 2 and clip(x / 6 + 0.5) from Keras 3 on."""
    return "hard_sigmoid_6" if name == "hard_sigmoid" and major(version) >= 3 else name


def major(version: str) -> int:
    """2 of `2.1.6` and `2.4.0-tf`; 0 where unknown."""
    first = version.partition(".")[0]
    return int(first) if first.isdigit() and len(first) < 4 else 0


def gates_assumed(activations: Activations, version: str, described: bool) -> tuple[Activations, str]:
    """Gates that the file does not name, by the version that wrote it, and how that was concluded.

    Keras had hard_sigmoid by default until 2.3.0; TensorFlow's 2.x wrote either, so it is unknown: "" stays.
    """
    if activations.gates:
        return activations, ""
    numbers = [int(part) if part.isdigit() else 0 for part in version.removesuffix("-tf").split(".")[:2]]
    if major(version) == 0 and not described:
        return replace(
            activations, gates="sigmoid"
        ), "gates: sigmoid, the default since Keras 2.3 (weights alone do not say)"
    if version.endswith("-tf") and not described:
        return activations, ""
    if numbers >= [2, 3]:
        return replace(activations, gates="sigmoid"), f"gates: sigmoid, the default of Keras {version}"
    return replace(activations, gates="hard_sigmoid"), f"gates: hard_sigmoid, the default of Keras {version or '1'}"
