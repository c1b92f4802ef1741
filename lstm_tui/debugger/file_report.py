"""What a model file holds, without its text being read: sizes, vocabulary, where each tensor went, a self-check."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_tui.checkpoints.own.model_file import ModelHeader, read_ours, short_name
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.kinds import IMPLEMENTATIONS, KINDS
from lstm_tui.core.step import About
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.engine.loading.foreign_model import ForeignModel

_ROLES = {
    "weight_ih": "input → {}",
    "weight_hh": "h → {}",
    "bias_ih": "bias of the {}",
    "bias_hh": "second bias of the {}",
}


@dataclass(frozen=True, eq=False)
class ForeignFile:
    """What `inspect` adds for a foreign file. Every string is fit to be shown."""

    form: str
    """The container: torch zip, torch legacy, safetensors."""
    kind: str
    """LSTM or GRU, its input and its output, in words."""
    vocabulary: str
    """Where the symbols come from, or how to give them."""
    named: bool
    """Whether the symbols are known: placeholders are not worth listing."""
    inferred: tuple[str, ...]
    """What was concluded from what."""
    warnings: tuple[str, ...]
    names: tuple[str, ...]
    """Classes and functions the file mentions, none of which was looked up."""
    checked: str
    """How PyTorch's own fused module compares with the numbers that are shown."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """One model file."""

    about: About
    tensors: tuple[tuple[str, tuple[int, ...], str], ...]
    """Name, shape, role of every tensor."""
    sha256: str
    metadata: Mapping[str, str]
    text: str
    """The text the file remembers, whole."""
    seed: int | None
    size: int
    """Of the file, in bytes."""
    biases: str = ""
    """Which of the parts have none; empty where all have some."""
    foreign_file: ForeignFile | None = None
    """None for a file of ours."""


def describe(model: str, part: str | None = None) -> Inspection:
    """What the file (or bundled model), or the `part` of it, holds.

    Raises `UserError` for one that is missing, damaged or unknown.
    """
    path = bundled_path(model) or model
    ours = read_ours(path)
    if ours is None:
        return _foreign(path, part)
    if part is not None:
        raise UserError(f"'{visible(model)}' is one network: leave --part out")
    data, header = ours
    about = About(
        name=short_name(path),
        cell=header.user_class or header.cell,
        vocabulary=() if header.rows else header.vocabulary.symbols,
        channels=header.rows.channels if header.rows else (),
        targets=header.rows.targets if header.rows else (),
        scale=header.rows.scaling.described() if header.rows else "none",
        words=header.vocabulary.words,
        hidden_sizes=header.hidden_sizes,
        epochs=header.epochs,
        loss=header.loss,
        path=path,
        parameters=_parameters(header),
        log_probabilities=header.log_softmax,
    )
    roles = {} if header.own_class is not None else _roles(header)
    tensors = tuple((name, header.shapes[name], roles.get(name) or _role(name, header)) for name in header.expected())
    sha256 = hashlib.sha256(data).hexdigest()
    biases = _biases(header.bias, header.output_bias)
    return Inspection(about, tensors, sha256, header.metadata(), header.text, header.seed, len(data), biases)


def _biases(layers: bool, output: bool) -> str:
    if not layers:
        return "the layers have none" if output else "none"
    return "" if output else "the output layer has none"


def _parameters(header: ModelHeader) -> int:
    """Distinct weights: a tied one is in the file twice."""
    twice = math.prod(header.shapes["fc.weight"]) if header.tied else 0
    return sum(math.prod(shape) for shape in header.shapes.values()) - twice


def _role(name: str, header: ModelHeader) -> str:
    if name == "fc.weight":
        what = "log-probabilities (through a log-softmax)" if header.log_softmax else "logits"
        return f"h → {what}{', tied to the embedding' if header.tied else ''}"
    if name == "fc.bias":
        return "bias of the logits"
    if name.startswith("cell."):
        return "of the cell's class, under its own name"
    longest = "" if header.max_norm is None else f", rows shortened to a length of at most {header.max_norm:g}"
    return f"symbol → input (embedding{longest})"


def _roles(header: ModelHeader) -> dict[str, str]:
    """What the layers' tensors do, by their names in the file."""
    kind = header.kind
    gates = "gates" if any(quantity.kind == "gate" for quantity in kind.quantities) else "sum"
    one_bias = any(one.one_bias for one in IMPLEMENTATIONS.values() if one.kind is kind)
    roles = dict(kind.roles)
    for part, role in _ROLES.items():
        zero = " (zero for cells with one)" if part == "bias_hh" and one_bias else ""
        roles[part] = f"{role.format(gates)}{zero} (rows {kind.row_letters})"
    layers = range(len(header.hidden_sizes))
    return {
        kind.in_file(part, at): f"layer {at + 1}, {roles.get(part, part)}" for at in layers for part in kind.tensors
    }


def _entry(found: ForeignModel, numbers: bool) -> str:
    """How a step's input enters the first layer."""
    if numbers:
        return "numbers"
    return "one-hot" if found.embedding is None else f"an embedding of {found.embedding.shape[1]} numbers a symbol"


def _end(found: ForeignModel) -> str:
    """What is made of the top layer's h."""
    if found.output_weight is None:
        return "no output layer"
    end = "log-softmax (the raw row is log-probabilities)" if found.log_softmax else "an output layer"
    return end + (", tied to the embedding" if found.tied else "")


def _foreign(path: str, part: str | None) -> Inspection:
    from lstm_tui.checkpoints.foreign import read_plain
    from lstm_tui.checkpoints.vocabulary_choice import placeholders
    from lstm_tui.engine.loading.from_reply import build
    from lstm_tui.engine.loading.open_foreign import check

    plain = read_plain(path, part=part)
    found = build(plain)
    twice = ("not used", "output weight, tied")
    used = [shape for _, shape, role in found.roles if not role.startswith(twice)]
    about = About(
        name=short_name(path),
        cell=KINDS[found.kind].native if found.kind in KINDS else found.kind,
        vocabulary=found.vocabulary or placeholders(found.symbols),
        hidden_sizes=plain.hidden_sizes,
        epochs=None,
        loss=None,
        path=path,
        parameters=sum(map(math.prod, used)),
        log_probabilities=bool(found.log_softmax),
    )
    checked = f"not stepped: it {found.unsteppable}" if found.unsteppable else check(found).sentence
    drawn = "" if found.broken or found.unsteppable else " (symbols drawn evenly)"
    foreign_file = ForeignFile(
        form=found.form,
        kind=f"{found.kind.upper()}; in: {_entry(found, plain.about['numbers'])}; out: {_end(found)}",
        vocabulary=found.vocabulary_source,
        named=found.vocabulary is not None,
        inferred=found.inferred,
        warnings=found.warnings,
        names=found.names,
        checked=checked + drawn,
    )
    biases = _biases(found.layers[0].bias_ih is not None, found.output_weight is None or found.output_bias is not None)
    size = os.stat(path).st_size
    return Inspection(about, found.roles, found.sha256, {}, "", None, size, biases, foreign_file)
