"""How a pasted class is called: what people name its arguments, in which order and shape, and what comes back."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

State = tuple[Tensor, ...]
"""(B, H) each, in the order in which the class takes them."""

_X = "x xt xs input inputs inp in inpt seq sequence xseq token features data batch frame emb embedded embedding src"
_H = "h ht hx hs hidden hprev hstate hiddenstate hiddent hidden0 h0 a aprev prevh hprevious htm1 ht1 prevhidden hin"
_C = "c ct cx cs cell cprev cstate cellstate memory mem c0 prevc cprevious ctm1 ct1 prevcell m cin memorycell"
_BOTH = "state states hc hx hidden hiddens initstates initstate prevstate prev carry prevstates hcprev tuple statetuple"
_KNOWN = {role: frozenset(words.split()) for role, words in (("x", _X), ("h", _H), ("c", _C), ("pair", _BOTH))}

SHAPES = ("row", "sequence", "layered", "vector", "rows", "column")
"""x and states of one step: (1, D) and (1, H); (1, 1, D) and (1, H); (1, 1, D) and (1, 1, H) as `nn.LSTM` has them;
(D,) and (H,); (1, D) and (H,); (D, 1) and (H, 1)."""
_SLOTS: tuple[tuple[str, ...], ...] = (
    ("x", "first", "second"), ("x", "pair"), ("pair", "x"), ("first", "second", "x"), ("first", "x", "second"),
    ("x", "first"), ("first", "x"), ("x",),
)  # fmt: skip
Path = tuple[Any, ...]


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

    @property
    def count(self) -> int:
        """How many states it carries."""
        return len(self.kept) or 2 * ("pair" in self.slots) or sum(slot in ("first", "second") for slot in self.slots)

    @property
    def shown(self) -> str:
        """`forward(x, (h, c))`, fit to be printed."""
        pair = "c, h" if self.first_is_c else "h, c"
        one = {"x": "x", "pair": f"({pair})", "first": pair[0], "second": pair[3]}
        inside = ", ".join(one[slot] for slot in self.slots)
        carried = f" with {', '.join(f'self.{path[0]}' for path in self.kept)}" if self.kept else ""
        shapes = {"sequence": " over a sequence", "layered": " over a sequence, as nn.LSTM is called"}
        return f"forward({inside}){carried}{shapes.get(self.shape, '')}"

    def run(self, inner: nn.Module, x: Tensor, state: State) -> Any:
        """Call it: x (1, D), the states (1, H) in its own order."""
        if self.kept:
            for path, value in zip(self.kept, state, strict=True):
                _keep(inner, path, self._state(value))
            return inner(self._x(x))
        shaped = [self._state(one) for one in state]
        given: list[Any] = []
        for slot in self.slots:
            if slot == "x":
                given.append(self._x(x))
            elif slot == "pair":
                given.append(tuple(shaped))
            else:
                given.append(shaped[slot == "second"])
        return inner(*given)

    def states(self, out: Any, inner: nn.Module) -> State:
        """The new states in what came back, (1, H) each, in the order in which they come. Raises `LookupError`."""
        if self.kept:
            return tuple(_kept_at(inner, path).reshape(1, -1) for path in self.kept)
        return tuple(_at(out, path).reshape(1, -1) for path in self.out)

    def _x(self, x: Tensor) -> Tensor:
        if self.shape in ("sequence", "layered"):
            return x[None]
        return {"vector": x[0], "column": x.t()}.get(self.shape, x)

    def _state(self, state: Tensor) -> Tensor:
        if self.shape == "layered":
            return state[None]
        if self.shape in ("vector", "rows"):
            return state[0]
        return state.t() if self.shape == "column" else state


def role_of(name: str) -> str | None:
    """Which argument a parameter's name says it is; None where it says nothing."""
    word = re.sub(r"(_?(prev|previous|t_?1|tm1|t|0|last|old|in|init|minus_?1))+$", "", name.lower())
    for candidate in (name.lower().replace("_", ""), word.replace("_", "")):
        for role, words in _KNOWN.items():
            if candidate in words:
                return role
    return None


def forms(inner: nn.Module) -> Iterator[CallForm]:
    """The forms that the signature takes, the likeliest first."""
    names, needed = parameters(inner)
    said = [role_of(name) for name in names]
    fitting = [slots for slots in _SLOTS if needed <= len(slots) <= len(names)]

    def agreement(slots: Sequence[str]) -> float:
        total = 0.0
        for slot, role in zip(slots, said, strict=False):
            wanted = {"x": ("x",), "pair": ("pair",)}.get(slot, ("h", "c"))
            total += 0.0 if role is None else 1.0 if role in wanted else -1.0
            total += 0.5 * (slot in ("first", "second") and role == "pair" and len(slots) == 2) - 0.0
        return total - 4 * (slots == ("x",))

    ranked = sorted(fitting, key=lambda slots: -agreement(slots))  # stable: the usual forms first
    for slots in ranked:
        for shape in SHAPES:
            if slots != ("x",):
                first_is_c = said[slots.index("first")] == "c" if "first" in slots else False
                yield CallForm(slots, shape, tuple(names[: len(slots)]), first_is_c=first_is_c)


def parameters(inner: nn.Module) -> tuple[list[str], int]:
    """The names of forward's positional parameters, and how many of them have no default."""
    try:
        found = inspect.signature(inner.forward).parameters.values()
    except (TypeError, ValueError):
        return ["x", "h", "c"], 1
    if any(one.kind is one.VAR_POSITIONAL for one in found) and len(found) <= 2:
        return ["x", "h", "c"], 1
    usual = [one for one in found if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return [one.name for one in usual], sum(one.default is one.empty for one in usual)


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
    raise ValueError(f"forward returns {kind_of(out)}, and h and c are expected")


def kind_of(out: object) -> str:
    """What came back, in words."""
    if isinstance(out, tuple | list):
        return f"{len(out)} things ({', '.join(kind_of(part) for part in out)})"
    return f"a tensor of shape {tuple(out.shape)}" if isinstance(out, Tensor) else f"a {type(out).__name__}"


def _at(out: Any, path: Path) -> Tensor:
    for key in path:
        out = out[key]
    assert isinstance(out, Tensor)
    return out


# Classes that carry their states themselves


def kept_states(inner: nn.Module, units: int) -> list[Path]:
    """Where a class keeps tensors as large as a state, or None under a state's name: attributes, h before c."""
    found: list[tuple[str, Path]] = []
    for name, value in vars(inner).items():
        role = role_of(name)
        if isinstance(value, Tensor) and value.numel() == units and not isinstance(value, nn.Parameter):
            found.append((role or "?", (name,)))
        elif value is None and role in ("h", "c"):
            found.append((role, (name,)))
        elif isinstance(value, tuple | list) and [getattr(v, "shape", None) for v in value]:
            if len(value) == 2 and all(isinstance(v, Tensor) and v.numel() == units for v in value):
                return [(name, 0), (name, 1)]
        elif value is None and role == "pair":
            return [(name, 0), (name, 1)]
    for name, buffer in inner.named_buffers(recurse=False):
        if buffer.numel() == units and role_of(name) in ("h", "c"):
            found.append((role_of(name) or "?", (name,)))
    return [path for _, path in sorted(found, key=lambda one: {"h": 0, "c": 1}.get(one[0], 2))][:2]


def _keep(inner: nn.Module, path: Path, value: Tensor) -> None:
    if len(path) == 1:
        setattr(inner, path[0], value)
        return
    held = getattr(inner, path[0], None)
    parts = list(held) if isinstance(held, tuple | list) else [value, value]
    parts[path[1]] = value
    setattr(inner, path[0], tuple(parts))


def _kept_at(inner: nn.Module, path: Path) -> Tensor:
    value = getattr(inner, path[0])
    found = value if len(path) == 1 else value[path[1]]
    if not isinstance(found, Tensor):
        raise LookupError(path[0])
    return found
