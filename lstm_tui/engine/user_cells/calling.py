"""How a pasted class is called: what people name its arguments, in which order and shape, and what comes back."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lstm_tui.engine.user_cells.carried_states import MadeStates, Path, keep, kept_at, role_of

State = tuple[Tensor, ...]
"""(B, H) each, in the order in which the class takes them."""

SHAPES = ("row", "sequence", "layered", "stacked", "vector", "rows", "column")
"""x and states of one step: (1, D) and (1, H); (1, 1, D) and (1, H); (1, 1, D) and (1, 1, H) as `nn.LSTM` has them;
(1, D) and (1, 1, H); (D,) and (H,); (1, D) and (H,); (D, 1) and (H, 1)."""
_SLOTS: tuple[tuple[str, ...], ...] = (
    ("x", "first", "second"), ("x", "pair"), ("pair", "x"), ("first", "second", "x"), ("first", "x", "second"),
    ("x", "first"), ("first", "x"), ("x", "joined"), ("joined", "x"), ("x", "piled"),
    ("x", "layers"), ("x",),
)  # fmt: skip
_PAIRS = ("pair", "joined", "piled", "layers")
"""Slots that hold both states: a tuple, one tensor (1, 2H), one tensor (2, 1, H), a list with a tuple a layer."""
_MADE = frozenset(["zeros", "zeros_like", "new_zeros", "randn", "rand", "randn_like"])
ONE_BACK = "it makes h and c itself and hands back h alone: return (h, c) as well, so that its steps can be followed"


@dataclass(frozen=True)
class Half:
    """One of two states that share a tensor, in a path."""

    at: int
    units: int


@dataclass(frozen=True)
class CallForm:
    """One way to call `forward`."""

    slots: tuple[str, ...]
    shape: str
    names: tuple[str, ...]
    """The parameters that the slots are, as the class calls them."""
    kept: tuple[Path, ...] = ()
    """Where a class that carries its states itself keeps them: attribute names, then indices."""
    out: tuple[Path, ...] = ()
    """Where in what it returns the new states are."""
    first_is_c: bool = False
    """Whether the states come as (c, h)."""
    out_first_is_c: bool = False
    rows: int = 1
    """Equal rows that it is called with: a class may know no batch of one."""
    by_name: bool = False
    """Whether its arguments are given by name."""
    made: int = 0
    """How many states it makes itself, as zeros or by chance, in every call."""

    @property
    def count(self) -> int:
        """How many states it carries."""
        both = any(slot in _PAIRS for slot in self.slots)
        return len(self.kept) or self.made or 2 * both or sum(slot in ("first", "second") for slot in self.slots)

    @property
    def shown(self) -> str:
        """`forward(x, (h, c))`, fit to be printed."""
        pair = "c, h" if self.first_is_c else "h, c"
        one = {
            "x": "x", "pair": f"({pair})", "first": pair[0], "second": pair[3], "joined": f"cat({pair})",
            "piled": f"stack({pair})", "layers": f"[({pair})]",
        }  # fmt: skip
        words = [one[slot] for slot in self.slots]
        if self.by_name:
            words = [f"{name}={word}" for name, word in zip(self.names, words, strict=True)]
        carried = f" with {', '.join(f'self.{path[0]}' for path in self.kept)}" if self.kept else ""
        shapes = {"sequence": " over a sequence", "layered": " over a sequence, as nn.LSTM is called"}
        made = ", its states made inside" if self.made else ""
        rows = f", with {self.rows} rows or more" if self.rows > 1 else ""
        return f"forward({', '.join(words)}){carried}{shapes.get(self.shape, '')}{made}{rows}"

    def run(self, inner: nn.Module, x: Tensor, state: State) -> Any:
        """Call it: x (1, D), the states (1, H) in its own order."""
        if self.rows > 1:
            x, state = x.repeat(self.rows, 1), tuple(one.repeat(self.rows, 1) for one in state)
        return self.called(inner, self._x(x), [self._state(one) for one in state])

    def called(self, inner: nn.Module, x: Tensor, shaped: list[Tensor]) -> Any:
        """Call it with what has the shapes already."""
        if self.made:
            with MadeStates(shaped) as made:
                out = inner(x)
            if made.left or made.more:
                raise LookupError(ONE_BACK if made.more else "it makes fewer states")
            return out
        if self.kept:
            for path, value in zip(self.kept, shaped, strict=True):
                keep(inner, path, value)
            return inner(x)
        given = [self._given(slot, x, shaped) for slot in self.slots]
        return inner(**dict(zip(self.names, given, strict=True))) if self.by_name else inner(*given)

    def _given(self, slot: str, x: Tensor, shaped: list[Tensor]) -> Any:
        if slot in ("first", "second"):
            return shaped[slot == "second"]
        if slot == "x":
            return x
        if slot in ("pair", "layers"):
            return tuple(shaped) if slot == "pair" else [tuple(shaped)]
        return torch.cat(shaped, -1) if slot == "joined" else torch.stack(shaped)

    def states(self, out: Any, inner: nn.Module) -> State:
        """The new states in what came back, (1, H) each, in the order in which they come. Raises `LookupError`."""
        return tuple(one.reshape(self.rows, -1)[:1] for one in self.as_returned(out, inner))

    def as_returned(self, out: Any, inner: nn.Module) -> State:
        """The same in the shapes that they have."""
        if self.kept:
            return tuple(kept_at(inner, path) for path in self.kept)
        return tuple(_at(out, path) for path in self.out)

    def _x(self, x: Tensor) -> Tensor:
        if self.shape in ("sequence", "layered"):
            return x[None]
        return {"vector": x[0], "column": x.t()}.get(self.shape, x)

    def _state(self, state: Tensor) -> Tensor:
        if self.shape in ("layered", "stacked"):
            return state[None]
        if self.shape in ("vector", "rows"):
            return state[0]
        return state.t() if self.shape == "column" else state


def forms(inner: nn.Module) -> Iterator[CallForm]:
    """The forms that the signature takes, the likeliest first."""
    names, needed = parameters(inner)
    said = [role_of(name) for name in names]
    fitting = [slots for slots in _SLOTS if needed <= len(slots) <= len(names)]

    def agreement(slots: Sequence[str]) -> float:
        total = 0.0
        for slot, role in zip(slots, said, strict=False):
            wanted = {"x": ("x",), **dict.fromkeys(_PAIRS, ("pair",))}.get(slot, ("h", "c"))
            total += 0.0 if role is None else 1.0 if role in wanted else -1.0
            total += 0.5 * (slot in ("first", "second") and role == "pair" and len(slots) == 2) - 0.0
        return total - 4 * (slots == ("x",))

    by_name = _only_by_name(inner)
    ranked = sorted(fitting, key=lambda slots: -agreement(slots))  # stable: the usual forms first
    for slots in ranked:
        for shape in SHAPES:
            if slots != ("x",):
                first_is_c = said[slots.index("first")] == "c" if "first" in slots else False
                yield CallForm(slots, shape, tuple(names[: len(slots)]), first_is_c=first_is_c, by_name=by_name)
    for slots in ranked:  # whose squeeze() takes away a batch of one
        for shape in ("row", "sequence"):
            if slots != ("x",):
                yield CallForm(slots, shape, tuple(names[: len(slots)]), rows=3, by_name=by_name)
    if needed <= 1 and names:
        for made in (2, 1):
            for shape in ("sequence", "row"):
                yield CallForm(("x",), shape, tuple(names[:1]), made=made)


def parameters(inner: nn.Module) -> tuple[list[str], int]:
    """The names of forward's positional parameters, and how many of them have no default."""
    try:
        found = inspect.signature(inner.forward).parameters.values()
    except (TypeError, ValueError):
        return ["x", "h", "c"], 1
    if any(one.kind is one.VAR_POSITIONAL for one in found) and len(found) <= 2:
        return ["x", "h", "c"], 1
    by_name = _only_by_name(inner)
    usual = [
        one
        for one in found
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) or (by_name and one.kind is one.KEYWORD_ONLY)
    ]
    return [one.name for one in usual], sum(one.default is one.empty for one in usual)


def _only_by_name(inner: nn.Module) -> bool:
    """Whether some argument that it needs can be given by name alone."""
    try:
        found = inspect.signature(inner.forward).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in found)


def leaves(out: Any, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    """The tensors in what came back, and where."""
    if isinstance(out, Tensor):
        yield path, out
    elif isinstance(out, dict):
        for key, value in out.items():
            yield from leaves(value, (*path, key))
    elif isinstance(out, tuple | list):
        for at, value in enumerate(out):
            yield from leaves(value, (*path, at))
    elif is_dataclass(out):
        for one in fields(out):
            yield from leaves(getattr(out, one.name), (*path, one.name))


def find_states(out: Any, count: int, units: int) -> tuple[Path, ...]:
    """Where the new states are in what came back. Raises `ValueError` with a sentence."""
    fitting = [(path, tensor) for path, tensor in leaves(out) if tensor.numel() == units]
    if count == 1:
        if not fitting:
            raise ValueError(f"forward returns {kind_of(out)}, and h is expected")
        return (fitting[0][0],)
    groups: dict[Path, list[tuple[Path, Tensor]]] = {}
    for path, tensor in fitting:
        groups.setdefault(path[:-1], []).append((path, tensor))
    for group in groups.values():
        if len(group) == 2:
            return tuple(path for path, _ in group)
    for group in groups.values():
        if len(group) > 2:
            (a, first), (b, second), (c, third) = group[:3]
            same = first.reshape(-1).equal(second.reshape(-1)) or first.reshape(-1).equal(third.reshape(-1))
            return (b, c) if same else (a, b)
    if len(fitting) == 2:
        return tuple(path for path, _ in fitting)
    whole = [path for path, tensor in leaves(out) if tensor.numel() == 2 * units]
    if len(whole) == 1 and not fitting:
        return tuple((*whole[0], Half(at, units)) for at in (0, 1))
    raise ValueError(f"forward returns {kind_of(out)}, and h and c are expected")


def kind_of(out: object) -> str:
    """What came back, in words."""
    if isinstance(out, tuple | list):
        return f"{len(out)} things ({', '.join(kind_of(part) for part in out)})"
    return f"a tensor of shape {tuple(out.shape)}" if isinstance(out, Tensor) else f"a {type(out).__name__}"


def _at(out: Any, path: Path) -> Tensor:
    for key in path:
        if isinstance(key, Half):
            out = out.reshape(-1)[key.at * key.units :][: key.units]
        else:
            out = getattr(out, key) if is_dataclass(out) else out[key]
    assert isinstance(out, Tensor)
    return out
