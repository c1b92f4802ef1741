"""Backward passes that a user has written by hand (`torch.autograd.Function`), against what their forward computes.

What decides is the slope of forward itself, by differences in double precision. Where a derivative is wrong, autograd
through the lines of forward tells which one is the first, in the order in which backpropagation needs them.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from lstm_tui.core.user_cell import Departure
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.judging.recording import State
from lstm_tui.engine.user_cells.calling import CallForm
from lstm_tui.engine.user_cells.copying import copied
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.user_code import interrupts, running

_NUDGE, _TOLERANCE = 1e-6, 1e-5
_MOST = 400
"""Numbers of an argument that are nudged."""


@dataclass(eq=False)
class _Context:
    """What `forward` and `backward` get as `ctx`."""

    saved_tensors: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)

    def save_for_backward(self, *tensors: Any) -> None:
        self.saved_tensors = tensors

    def __getattr__(self, name: str) -> Any:  # mark_dirty, set_materialize_grads …
        return lambda *_, **__: None


@dataclass(frozen=True, eq=False)
class _Named:
    """A tensor that a line gave a name."""

    line: int
    name: str
    value: Tensor


def wrong_derivatives(user: UserClass, inner: nn.Module, form: CallForm, x: Tensor, state: State) -> list[Departure]:
    """The first wrong derivative of every hand-written backward that a step of `inner` uses; none where none is.

    Raises `CellError` where the user's code fails.
    """
    own = copied(inner).double()
    calls: list[tuple[type[Function], tuple[Any, ...]]] = []
    try:
        with torch.enable_grad(), running(), _recorded(user, calls):
            form.run(own, x.double(), tuple(s.double() for s in state))
    except BaseException as error:
        if not calls and not interrupts.stopped:  # it does not compute in double precision, or has no such function
            return []
        raise failed(user, error) from None
    found: list[Departure] = []
    for function, arguments in reversed(calls):  # the order of the way back
        try:
            with torch.enable_grad(), running():
                wrong = _first_wrong(function, arguments)
        except BaseException as error:
            raise failed(user, error) from None
        if wrong is not None and all(wrong.line != one.line for one in found):
            found.append(wrong)
    return found


@contextmanager
def _recorded(user: UserClass, calls: list[tuple[type[Function], tuple[Any, ...]]]) -> Iterator[None]:
    """Meanwhile every `apply` of a function of the user's file is written down."""
    mine = [one for one in _below(Function) if one.__module__ == user.cls.__module__]
    for function in mine:
        apply = function.apply

        def noted(*arguments: Any, function: type[Function] = function, apply: Callable[..., Any] = apply) -> Any:
            calls.append((function, arguments))
            return apply(*arguments)

        function.apply = noted
    try:
        yield
    finally:
        for function in mine:
            del function.apply


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    one: type[Any]
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _first_wrong(function: type[Function], arguments: tuple[Any, ...]) -> Departure | None:
    given = [a.detach().clone().requires_grad_() if _real(a) else a for a in arguments]
    leaves = [a for a in given if _real(a)]

    def total() -> Tensor:
        out = function.apply(*given)  # type: ignore[no-untyped-call]
        outs = [one for one in (out if isinstance(out, tuple | list) else (out,)) if _real(one)]
        return torch.stack([(one * _weights(one, at)).sum() for at, one in enumerate(outs)]).sum()

    value = total()
    has = torch.autograd.grad(value, leaves, allow_unused=True)
    names = list(inspect.signature(function.forward).parameters)
    names = names[len(names) - len(arguments) :] if len(names) >= len(arguments) else names
    order = [at for at, a in enumerate(arguments) if _real(a)]
    for leaf, slope, at in zip(leaves, has, order, strict=True):
        wanted = _by_differences(total, leaf)
        told = torch.zeros_like(leaf) if slope is None else slope
        off = (told.flatten()[: len(wanted)] - wanted).abs()
        if bool((off > _TOLERANCE * (1 + wanted.abs().max())).any()):
            worst = int(off.argmax())
            line, written = _returned(function, at)
            numbers = float(told.flatten()[worst]), float(wanted[worst])
            earlier = _first_on_the_way(function, given)
            if earlier is not None:
                return earlier
            says = f"backward's derivative by {visible(names[at])} ({visible(written)}) is not the slope of forward"
            return _departure(f"∂/∂{names[at]}", line, says, worst, leaf, numbers)
    return None


def _departure(
    quantity: str, line: int | None, says: str, at: int, like: Tensor, numbers: tuple[float, float]
) -> Departure:
    unit = at % like.shape[-1] if like.dim() else 0
    return Departure(quantity, line, says, None, unit, *numbers)


def _by_differences(total: Callable[[], Tensor], leaf: Tensor) -> Tensor:
    """The slopes of `total` by the first numbers of `leaf`."""
    slopes = []
    with torch.no_grad():
        flat = leaf.view(-1)
        for at in range(min(leaf.numel(), _MOST)):
            before = flat[at].clone()
            flat[at] = before + _NUDGE
            high = total()
            flat[at] = before - _NUDGE
            slopes.append((high - total()) / (2 * _NUDGE))
            flat[at] = before
    return torch.stack(slopes) if slopes else leaf.new_zeros(0)


def _first_on_the_way(function: type[Function], given: list[Any]) -> Departure | None:
    """The first derivative by something that forward names, on the way back, that backward has another value for."""
    if "setup_context" in vars(function):
        return None
    context = _Context(needs_input_grad=tuple(_real(a) for a in given))
    out, forwards = _watched(function.forward, (context, *given))
    outs = [one for one in (out if isinstance(out, tuple | list) else (out,)) if _real(one)]
    total = torch.stack([(one * _weights(one, at)).sum() for at, one in enumerate(outs)]).sum()
    named = [one for one in forwards if one.value.requires_grad and one.value.grad_fn is not None]
    if not total.requires_grad or not named:
        return None
    slopes = torch.autograd.grad(total, [one.value for one in named], allow_unused=True)
    true = [slope for slope in slopes if slope is not None]
    with torch.no_grad():
        handed = tuple(_weights(one, at) for at, one in enumerate(outs))
        _, watched = _watched(function.backward, (context, *handed))
        backwards = [replace(one, value=one.value.detach()) for one in watched]
    known = [*true, *handed, *(one.value.detach() for one in forwards)]
    for one, slope in reversed(list(zip(named, slopes, strict=True))):
        if slope is None or any(_same(slope, each.value) for each in backwards) or any(_same(slope, h) for h in handed):
            continue
        strangers = [b for b in backwards if b.value.shape == slope.shape and not any(_same(b.value, k) for k in known)]
        called = [b for b in strangers if _means(b.name, one.name)]
        near = [b for b in strangers if float((b.value - slope).norm()) < float(slope.norm())]
        if called or near:
            chosen = called[-1] if called else min(near, key=lambda b: float((b.value - slope).norm()))
            worst = int((chosen.value - slope).abs().argmax())
            numbers = float(chosen.value.flatten()[worst]), float(slope.flatten()[worst])
            says = f"the derivative by {visible(one.name)} (line {one.line}) is wrong in {visible(chosen.name)}"
            return _departure(f"∂/∂{one.name}", chosen.line, says, worst, slope, numbers)
    return None


def _means(name: str, of: str) -> bool:
    """Whether a name in backward says that it is the derivative by `of`: `df`, `d_f`, `grad_f`, `f_grad`."""
    return name.replace("_", "") in {f"{mark}{of}".replace("_", "") for mark in ("d", "grad", "delta")} | {f"{of}grad"}


def _watched(run: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, list[_Named]]:
    """What it returns, and every tensor that one of its lines has given a name, in their order."""
    found: list[_Named] = []
    seen: dict[str, int] = {}
    at = 0

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal at
        for name, value in frame.f_locals.items():
            if _real(value) and seen.get(name) != id(value):
                seen[name] = id(value)
                if at:
                    found.append(_Named(at, name, value))
        at = frame.f_lineno
        return line

    def call(frame: FrameType, event: str, _: Any) -> Any:
        return line if frame.f_code is run.__code__ else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        return run(*arguments), found
    finally:
        sys.settrace(before)


def _returned(function: type[Function], at: int) -> tuple[int | None, str]:
    """The line of backward that makes what it returns for the argument `at`, and how it is written there."""
    try:
        lines, first = inspect.getsourcelines(function.backward)
    except (OSError, TypeError):
        return None, "?"
    tree = ast.parse(textwrap.dedent("".join(lines)))
    returns = [node for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    if not returns:
        return None, "?"
    last = returns[-1]
    parts: Sequence[ast.expr] = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]  # type: ignore[list-item]
    if at >= len(parts):
        return first + last.lineno - 1, "?"
    made = [
        node.lineno for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == ast.unparse(parts[at])
    ]  # fmt: skip
    return first + max(made, default=last.lineno) - 1, ast.unparse(parts[at])


def _real(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and bool(torch.allclose(one, other, rtol=1e-6, atol=1e-9))


def _weights(like: Tensor, at: int) -> Tensor:
    """What the derivatives of an output are summed with: no two of its numbers count alike."""
    return torch.linspace(0.3 + 0.2 * at, 0.9 + 0.1 * at, like.numel(), dtype=like.dtype).view(like.shape)
