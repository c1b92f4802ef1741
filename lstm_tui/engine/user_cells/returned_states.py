"""The new states in what a `forward` returned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

State = tuple[Tensor, ...]


def returned(out: object, with_c: bool, before: State) -> tuple[State, object]:
    """The new states in what `forward` returned, and whatever else it returned. Raises `ValueError` with a sentence.

    They have the type of those from `before`: what the cell computes in another one it is given in its own again.
    """
    shape = before[0].shape
    if with_c and type(out) is tuple and len(out) == 2:  # as most do; every step comes here
        if _as_before(out, before):
            return out, None
        if type(out[1]) is tuple and len(out[1]) == 2 and _as_before(out[1], before):
            return out[1], None
    parts: Sequence[Any] = tuple(out) if isinstance(out, tuple | list) else (out,)
    if with_c:
        state, extra = _h_and_c(parts)
    else:
        fitting = [part for part in parts if isinstance(part, Tensor) and part.shape == shape]
        tensors = fitting or [part for part in parts if isinstance(part, Tensor)]
        if not tensors:
            raise ValueError(f"forward returns {_kind(out)}, but h is expected")
        state, extra = (tensors[0],), next((part for part in parts if isinstance(part, dict)), None)
    for name, tensor in zip(("h", "c"), state, strict=False):
        if tensor.shape != shape:
            wanted, got = tuple(shape), tuple(tensor.shape)
            raise ValueError(f"the {name} returned has shape {got}, but {wanted} went in")
    kind = before[0].dtype
    return tuple(new if new.dtype == kind else new.to(kind) for new in state), extra


def _as_before(out: tuple[Any, ...], before: State) -> bool:
    """Whether it is new states and nothing else."""
    one, other = out
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return False
    shape, kind = before[0].shape, before[0].dtype
    return one.shape == shape and other.shape == shape and one.dtype is kind and other.dtype is kind


def _h_and_c(parts: Sequence[Any]) -> tuple[State, object]:
    first, second = parts[0], parts[1] if len(parts) > 1 else None
    rest = parts[2] if len(parts) > 2 else None
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return (first, second), rest
    for pair, extra in ((second, rest), (first, second)):
        if isinstance(pair, tuple | list) and len(pair) >= 2 and all(isinstance(part, Tensor) for part in pair[:2]):
            return (pair[0], pair[1]), extra
    raise ValueError(f"forward returns {_kind(parts if len(parts) != 1 else first)}, but h and c are expected")


def _kind(out: object) -> str:
    if isinstance(out, tuple | list):
        return f"{len(out)} things ({', '.join(_kind(part) for part in out)})"
    return f"a tensor of shape {tuple(out.shape)}" if isinstance(out, Tensor) else f"a {type(out).__name__}"
