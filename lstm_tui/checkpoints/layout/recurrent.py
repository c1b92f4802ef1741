"""The recurrent stack among a model's parameters: which cell, how many layers, in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lstm_tui.checkpoints.layout.parameters import Parameter
from lstm_tui.checkpoints.sandbox.limits import Unreadable

MOST_LAYERS = 64

_NAME = re.compile(
    r"^(?P<stem>(?:.*\.)?)(?P<part>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)"
    r"(?:_l(?P<layer>\d{1,4}))?(?P<reverse>_reverse)?(?P<raw>_raw)?$"
)
_NUMBER = re.compile(r"\d+")


Kind = Literal["lstm", "gru", "rnn"]
_ROWS: dict[int, Kind] = {4: "lstm", 3: "gru", 1: "rnn"}
"""How many times H rows the weights of a kind have."""


@dataclass(eq=False)
class LayerNames:
    """One layer's four tensors by name; both biases, or neither."""

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None


@dataclass(eq=False)
class RecurrentStack:
    """The recurrent layers, bottom first."""

    kind: Kind
    layers: list[LayerNames]
    spare: list[tuple[Parameter, str]] = field(default_factory=list)
    """Parameters that are copies of others, and what they are."""
    inferred: list[str] = field(default_factory=list)

    @property
    def widths(self) -> tuple[int, ...]:
        """H of every layer."""
        return tuple(layer.weight_hh.tensor.shape[1] for layer in self.layers)

    @property
    def input_width(self) -> int:
        """D: how many numbers the bottom layer reads."""
        return self.layers[0].weight_ih.tensor.shape[1]


def recurrent_name(name: str) -> str | None:
    """The module of a recurrent layer's parameter, with its dot; None for any other parameter."""
    match = _NAME.match(name)
    return None if match is None else match["stem"].removesuffix("module.")


_Cells = dict[tuple[str, int], dict[str, Parameter]]
"""(stem, layer number) → part → parameter."""


def find_stack(parameters: list[Parameter]) -> tuple[RecurrentStack, list[Parameter]]:
    """The stack, and the parameters that are not part of it. Raises `Unreadable`."""
    cells: _Cells = {}
    spare: list[tuple[Parameter, str]] = []
    rest = _sort(parameters, cells, spare)
    if not cells:
        raise Unreadable(_not_recurrent(parameters))
    kinds = {_check(stem, layer, slots) for (stem, layer), slots in cells.items()}
    if len(kinds) > 1:
        named = " and ".join(sorted((kind.upper() for kind in kinds), reverse=True))
        raise Unreadable(f"mixes {named} layers ({_listed(cells)}), which is not supported; use one kind")
    inferred = []
    if spare or any(p.name.endswith("_raw") for slots in cells.values() for p in slots.values()):
        inferred.append("weight drop is off, as in eval(): the _raw weights are the weights")
    layers = _in_order(cells, inferred)
    if len(layers) > MOST_LAYERS:
        raise Unreadable(f"has {len(layers)} layers, more than the {MOST_LAYERS} supported; use a smaller model")
    stack = RecurrentStack(kinds.pop(), layers, spare, inferred)
    _chain(stack)
    first = layers[0].weight_hh
    rows, columns = first.tensor.shape
    many = f"{rows // columns} times as many rows as columns" if rows != columns else "as many rows as columns"
    inferred.insert(0, f"{stack.kind.upper()}: {first.name} {first.tensor.shape} has {many}")
    if layers[0].bias_ih is None:
        inferred.append("no biases: the layers were made with bias=False")
    return stack, rest


def _sort(parameters: list[Parameter], cells: _Cells, spare: list[tuple[Parameter, str]]) -> list[Parameter]:
    """Fills `cells` by name, and `spare` with copies; returns the others. Refuses what cannot be stepped, by name."""
    rest: list[Parameter] = []
    for parameter in parameters:
        match = _NAME.match(parameter.name)
        if match is None:
            rest.append(parameter)
            continue
        if match["part"] == "weight_hr":
            raise Unreadable(
                f"has an LSTM with a projection ({parameter.name}), which is not supported; use proj_size=0"
            )
        # Weight drop wraps a module and keeps the raw weights in it or beside it.
        stem = match["stem"].removesuffix("module.")
        slots = cells.setdefault((stem, int(match["layer"] or 0)), {})
        other = slots.setdefault(match["part"], parameter)
        if other is parameter:
            continue
        if bool(match["raw"]) == other.name.endswith("_raw"):
            raise Unreadable(f"has two tensors for one role: {other.name} and {parameter.name}; keep one")
        raw, dropped = (parameter, other) if match["raw"] else (other, parameter)
        slots[match["part"]] = raw
        spare.append((dropped, f"a dropped-out copy of {raw.name}"))
    return rest


def _check(stem: str, layer: int, slots: dict[str, Parameter]) -> Kind:
    """The kind of one layer, all its shapes checked."""
    where = f"{stem.rstrip('.') or 'its recurrent network'} layer {layer}"
    missing = [part for part in ("weight_ih", "weight_hh") if part not in slots]
    if ("bias_ih" in slots) != ("bias_hh" in slots):
        missing.append("bias_hh" if "bias_ih" in slots else "bias_ih")
    if missing:
        raise Unreadable(f"is incomplete: {where} has no {' and no '.join(missing)}; save the whole state_dict")
    hh, ih = slots["weight_hh"].tensor, slots["weight_ih"].tensor
    for part, parameter in slots.items():
        if len(parameter.tensor.shape) != (1 if part.startswith("bias") else 2) or 0 in parameter.tensor.shape:
            raise Unreadable(f"has {parameter.name} of shape {parameter.tensor.shape}, which no LSTM, GRU or RNN has")
    rows, columns = hh.shape
    kind = None if rows % columns else _ROWS.get(rows // columns)
    if kind is None:
        name = slots["weight_hh"].name
        raise Unreadable(f"has {name} of shape {hh.shape}: neither 4·H rows (LSTM), nor 3·H (GRU), nor H (RNN)")
    for part, parameter in slots.items():
        if parameter.tensor.shape[0] != rows or ih.shape[0] != rows:
            raise Unreadable(f"has {parameter.name} of shape {parameter.tensor.shape} where {part} needs {rows} rows")
    return kind


def _in_order(cells: _Cells, inferred: list[str]) -> list[LayerNames]:
    """The layers bottom first: `_l0, _l1 …` of one module, or modules that differ in one number and chain."""
    stems: dict[str, list[int]] = {}
    for stem, layer in cells:
        stems.setdefault(stem, []).append(layer)
    for stem, numbers in stems.items():
        lacking = next((n for n in range(len(numbers)) if n not in numbers), None)
        if lacking is not None:
            raise Unreadable(f"is incomplete: {stem}weight_ih_l{lacking} is missing; save the whole state_dict")
    ordered = list(stems)
    if len(stems) > 1:
        ordered = _numbered(ordered)
        inferred.append(
            f"{len(ordered)} stacked modules, in the order of their numbers: "
            + ", ".join(stem.rstrip(".") for stem in ordered[:8])
        )
    return [
        LayerNames(s["weight_ih"], s["weight_hh"], s.get("bias_ih"), s.get("bias_hh"))
        for stem in ordered
        for s in (cells[stem, layer] for layer in sorted(stems[stem]))
    ]


def _numbered(stems: list[str]) -> list[str]:
    """Stems that are equal but for exactly one number, by that number. Anything else is two candidates."""
    parts = [_NUMBER.split(stem) for stem in stems]
    numbers = [[int(n) for n in _NUMBER.findall(stem)] for stem in stems]
    if all(part == parts[0] for part in parts[1:]):
        varying = [at for at in range(len(numbers[0])) if len({row[at] for row in numbers}) > 1]
        if len(varying) == 1 and len({row[varying[0]] for row in numbers}) == len(stems):
            return [stem for _, stem in sorted(zip([row[varying[0]] for row in numbers], stems, strict=True))]
    listed = ", ".join(stem.rstrip(".") or "(no name)" for stem in stems[:6])
    raise Unreadable(f"has more than one recurrent network: {listed}; save the weights of one of them")


def _chain(stack: RecurrentStack) -> None:
    for below, above in zip(stack.layers, stack.layers[1:], strict=False):
        h, d = below.weight_hh.tensor.shape[1], above.weight_ih.tensor.shape[1]
        if h != d:
            raise Unreadable(
                f"has layers that do not connect: {above.weight_ih.name} reads {d} numbers, but the layer "
                f"below outputs {h}; skip connections and other connections are not supported"
            )
    if (stack.layers[0].bias_ih is None) != all(layer.bias_ih is None for layer in stack.layers):
        raise Unreadable("is incomplete: some layers have biases and some have none; save the whole state_dict")


def _listed(cells: _Cells) -> str:
    return ", ".join(f"{stem}l{layer}" for stem, layer in list(cells)[:6])


def _not_recurrent(parameters: list[Parameter]) -> str:
    names = [parameter.name for parameter in parameters]
    last = {name.rpartition(".")[2] for name in names}
    every = " ".join(names)
    mend = "; copy the weights into a torch nn.LSTM (rows i, f, g, o) and save its state_dict"
    if {"wmx", "wmh"} & last or "wmx." in every:
        return "holds a multiplicative LSTM (wmx, wmh), which is not supported" + mend
    if re.search(r"xh_to_", every):
        return "holds a hand-written RNN or GRU (xh_to_…), which is not supported" + mend
    if re.search(r"(^|[. ])[WU]_?(x|h)?_?[ifocgc](\b|_)", every) or re.search(r"W_x[ifoc]|W_h[ifoc]", every):
        return "holds an LSTM written gate by gate (one tensor a gate), whose formula the file does not say" + mend
    if not names:
        return 'contains no model weights; save them: torch.save(model.state_dict(), "weights.pt")'
    listed = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return (
        f"holds no LSTM, GRU or RNN of torch (no weight_hh): {listed}; this program opens nn.LSTM, nn.GRU, nn.RNN and "
        "their cells"
    )
