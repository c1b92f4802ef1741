"""What a model file holds, said without building the network: sizes, vocabulary, where each tensor went."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from lstm_tui.debugger.bundled import bundled_path
from lstm_tui.errors import UserError
from lstm_tui.model_file import is_ours, parse, read_bytes, short_name
from lstm_tui.step import About
from lstm_tui.vocabulary import visible

_ROLES = {
    "weight_ih": "input → gates",
    "weight_hh": "h → gates",
    "bias_ih": "bias of the gates",
    "bias_hh": "second bias of the gates (zero for cells with one)",
}


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


def describe(model: str) -> Inspection:
    """What the file (or bundled model) holds. Raises `UserError` for one that is missing, damaged or not ours."""
    path = bundled_path(model) or model
    data = read_bytes(path)
    if not is_ours(data):
        raise UserError(f"'{visible(path)}' is not a model file of lstm-tui: write one with 'lstm-tui train -o'")
    header = parse(data, path)
    about = About(
        name=short_name(path),
        cell=header.cell,
        vocabulary=header.vocabulary.symbols,
        hidden_sizes=header.hidden_sizes,
        epochs=header.epochs,
        loss=header.loss,
        path=path,
        parameters=sum(math.prod(shape) for shape in header.shapes.values()),
    )
    tensors = tuple((name, header.shapes[name], _role(name)) for name in header.expected())
    sha256 = hashlib.sha256(data).hexdigest()
    return Inspection(about, tensors, sha256, header.metadata(), header.text, header.seed, len(data))


def _role(name: str) -> str:
    if name == "fc.weight":
        return "h → logits"
    if name == "fc.bias":
        return "bias of the logits"
    if name.startswith("cell."):
        return "of the class whose cell this is, under its own name"
    part, _, layer = name.removeprefix("lstm.").rpartition("_l")
    return f"layer {int(layer) + 1}, {_ROLES[part]} (rows i, f, g, o)"
