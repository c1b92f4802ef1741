"""From the child's plain bytes to float32 tensors. Every size is checked once more on this side of the pipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from lstm_tui.checkpoints.foreign import PlainModel, classes_of
from lstm_tui.checkpoints.named import NamedWeights
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.head import ACTIVATIONS
from lstm_tui.engine.loading.foreign_model import ForeignModel, LayerWeights

_TYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def build(plain: PlainModel) -> ForeignModel:
    """`plain` as tensors. Raises `UserError` where the answer contradicts itself."""
    try:
        return _build(plain)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError):
        raise UserError("the contents of the file are not a valid checkpoint; save or download it again") from None


def _build(plain: PlainModel) -> ForeignModel:
    about = plain.about
    tensors = [_tensor(entry, data) for entry, data in zip(about["tensors"], plain.data, strict=True)]
    types = sorted({str(entry["dtype"]) for entry in about["tensors"]} - {"float32"})
    return assemble(about, tensors, types, plain)


def named_tensors(found: NamedWeights) -> dict[str, Tensor]:
    """Every tensor of a checkpoint by name, float32. Raises `UserError` where the answer contradicts itself."""
    try:
        made = [_tensor(entry, data) for entry, data in zip(found.about["tensors"], found.data, strict=True)]
        return {str(name): made[at] for name, at in found.about["named"]}
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError):
        raise UserError("the contents of the file are not a valid checkpoint; save or download it again") from None


def _tensor(entry: dict[str, Any], data: memoryview) -> Tensor:
    dtype = _TYPES[entry["dtype"]]
    shape, stride = [int(n) for n in entry["shape"]], [int(n) for n in entry["stride"]]
    numel = math.prod(shape)
    span = 1 + sum((n - 1) * s for n, s in zip(shape, stride, strict=True)) if numel else 0
    if span * dtype.itemsize != len(data) or numel > span or min([*shape, *stride], default=0) < 0:
        raise UserError("a tensor was read with sizes other than the file says; save or download it again")
    flat = torch.frombuffer(data, dtype=dtype) if numel else torch.empty(0, dtype=dtype)
    return torch.as_strided(flat, shape, stride).to(torch.float32, copy=True).contiguous()


Head = tuple[tuple[Tensor, Tensor | None, str], ...]


def _roles(about: dict[str, Any]) -> tuple[tuple[str, tuple[int, ...], str], ...]:
    """Each tensor's name, shape and use, as words that may be shown."""
    return tuple(
        (visible(str(name)[:200]), tuple(int(size) for size in shape), visible(str(role)))
        for name, shape, role in about["roles"]
    )


def _ends(
    about: dict[str, Any], at: Callable[[int | None], Tensor | None], inferred: list[str]
) -> tuple[Head, Tensor | None, Tensor | None]:
    """The layers below the output layer, its weight and its bias; why there is none joins what was `inferred`."""
    output = at(about["output_weight"])
    if output is None:
        return (), None, None
    if unguessing := _no_guesses(about):
        inferred.append(unguessing)
        return (), None, None
    bias = at(about["output_bias"])
    head: Head = tuple(_head_layer(at, *one) for one in about["head"])
    if about["classes"]:
        return head, *_two_classes(output, bias, classes_of(about)[0])
    if about["numbers"] and about["output_activation"] not in ("", "linear"):
        # What comes out is squashed: then that layer is the last of the head, and nothing changes what it makes.
        return (*head, (output, bias, str(about["output_activation"]))), torch.eye(len(output)), None
    return head, output, bias


def _head_layer(
    at: Callable[[int | None], Tensor | None], weight: int | None, bias: int | None, activation: Any, *norm: Any
) -> tuple[Tensor, Tensor | None, str]:
    """A layer of the head. A BatchNorm is a factor and a shift a number, made in float64."""
    if not norm:
        return _there(at(weight)), at(bias), str(activation)
    mean, variance, epsilon = _there(at(norm[0])).double(), _there(at(norm[1])).double(), float(norm[2])
    factor, shift = 1 / (variance + epsilon).sqrt(), at(bias)
    if (scale := at(weight)) is not None:
        factor = factor * scale
    moved = -mean * factor if shift is None else shift - mean * factor
    return factor.float(), moved.float(), str(activation)


def _two_classes(output: Tensor, bias: Tensor | None, count: int) -> tuple[Tensor, Tensor | None]:
    """One logit z of the second class as two, 0 and z, whose softmax is 1 - σ(z) and σ(z)."""
    if len(output) == count:
        return output, bias
    first = torch.zeros(1, output.shape[1])
    return torch.cat([first, output]), None if bias is None else torch.cat([first[0, :1], bias])


def _there(tensor: Tensor | None) -> Tensor:
    assert tensor is not None, "a layer has a weight"
    return tensor


def assemble(about: dict[str, Any], tensors: Sequence[Tensor], types: Sequence[str], plain: PlainModel) -> ForeignModel:
    """The model out of an answer and its tensors (float32, in the order listed); `types` are the rounded ones."""

    def at(index: int | None) -> Tensor | None:
        return None if index is None else tensors[index]

    layers = tuple(LayerWeights(tensors[i], tensors[h], at(b), at(c)) for i, h, b, c in about["layers"])
    inferred = [visible(str(line)[:900]) for line in about["inferred"]]
    if types:
        inferred.append(f"{', '.join(types)} weights are shown and stepped as float32")
    broken = _not_finite(about, tensors)
    head, output, bias = _ends(about, at, inferred)
    classes, each = classes_of(about) if output is not None else (0, False)
    facts = plain.facts() | {
        "outputs": None if output is None else len(output),
        "warnings": (*([f"{broken}: nothing computed from them is meaningful"] if broken else []), *plain.warnings),
        "numbers": bool(about["numbers"]),
        "classes": classes,
        "each": each,
    }
    return ForeignModel(
        **facts,
        layers=layers,
        embedding=at(about["embedding"]),
        output_weight=output,
        output_bias=bias,
        head=head,
        log_softmax=about["log_softmax"],
        tied=bool(about["tied"]),
        roles=_roles(about),
        inferred=tuple(inferred),
        broken=broken,
        form=str(about["form"]),
        max_norm=about["max_norm"],
    )


def _no_guesses(about: dict[str, Any]) -> str:
    """Why the output layer guesses no next symbol; empty where it does."""
    for _, _, activation, *_ in about["head"]:
        if activation not in ACTIVATIONS:
            what = f"the activation {visible(str(activation)[:40])}" if activation else "an activation it does not say"
            mend = "" if activation else "; say which, as in --head relu"
            return f"a Dense layer below the output layer has {what}: no guesses are shown{mend}"
    if about["classes"]:
        if about["output_activation"] in ("", "linear", "softmax", "log_softmax", "sigmoid"):
            return ""
        return f"the output layer ends in {visible(str(about['output_activation'])[:40])}: no classes are shown"
    if about["numbers"]:
        if about["output_activation"] in ACTIVATIONS or not about["output_activation"]:
            return ""
        return f"the output layer ends in {visible(str(about['output_activation'])[:40])}: no predictions are shown"
    if about["output_activation"] not in ("", "linear", "softmax", "log_softmax"):
        return f"the output layer ends in {visible(str(about['output_activation'])[:40])}: no guesses are shown"
    return ""


def _not_finite(about: dict[str, Any], tensors: Sequence[Tensor]) -> str:
    """The first tensor with NaN or Inf, in the order of the roles, by name; empty where there is none."""
    for role, index in _by_role(about):
        tensor = tensors[index]
        bad = int((~torch.isfinite(tensor)).sum())
        if bad:
            kind = "NaN" if bool(torch.isnan(tensor).any()) else "infinite"
            name = next((str(n) for n, _, meaning in about["roles"] if str(meaning).startswith(role)), role)
            return f"{visible(name)} holds {bad:,} {kind} weight{'' if bad == 1 else 's'}"
    return ""


def _by_role(about: dict[str, Any]) -> list[tuple[str, int]]:
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    placed: list[tuple[str, int | None]] = [("embedding", about["embedding"])]
    for number, layer in enumerate(about["layers"], 1):
        placed += [(f"{part} of layer {number} ", index) for part, index in zip(parts, layer, strict=True)]
    placed += [("output weight", about["output_weight"]), ("output bias", about["output_bias"])]
    return [(role, index) for role, index in placed if index is not None]
