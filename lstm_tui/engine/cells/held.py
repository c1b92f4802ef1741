"""A cell's own `forward` with some of its values held: the same lines, run in the same order, each value of a quantity
replaced where it is held as soon as it is made.

Whatever a line computes afterwards follows from what is held, exactly as the cell's file says. The lines keep their
numbers, so that they can still be walked through.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn

from lstm_tui.core.quantities import Quantity

Held = Mapping[str, tuple[Tensor, Tensor]]
"""Quantity → where it is held, bool, and at what: (1, H) or (B, H) each."""
FREE: Held = {}
"""Nothing is held."""
_HOLD = "_hold"


def holding_forward(cell: type[nn.Module], quantities: Sequence[Quantity]) -> FunctionType:
    """The `forward` of a cell of ours, which takes as one more argument, `_hold`, what each new value goes through."""
    forward = cell.forward
    assert isinstance(forward, FunctionType)
    return _rewritten(forward, tuple(quantity.name for quantity in quantities))


@lru_cache(maxsize=64)
def _rewritten(forward: FunctionType, quantities: tuple[str, ...]) -> FunctionType:
    lines, first = inspect.getsourcelines(forward)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.args.kwonlyargs.append(ast.arg(_HOLD))
    function.args.kw_defaults.append(None)
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    tree = ast.fix_missing_locations(_Holding(quantities).visit(tree))
    ast.increment_lineno(tree, first - 1)
    made: dict[str, Any] = {}
    exec(compile(tree, forward.__code__.co_filename, "exec"), forward.__globals__, made)  # our own file, once more
    found = made[forward.__name__]
    assert isinstance(found, FunctionType)
    return found


def hold(held: Held) -> Callable[[str, Tensor], Tensor]:
    """What a quantity's new value goes through."""

    def held_value(name: str, value: Tensor) -> Tensor:
        if name not in held:
            return value
        where, at = held[name]
        return torch.where(where, at, value)

    return held_value


class _Holding(ast.NodeTransformer):
    """`f = …` becomes `f = _hold('f', …)` where f is a quantity."""

    def __init__(self, quantities: tuple[str, ...]) -> None:
        self._quantities = quantities

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        match node.targets:
            case [ast.Name(id=name)] if name in self._quantities:
                call = ast.Call(ast.Name(_HOLD, ast.Load()), [ast.Constant(name), node.value], [])
                node.value = ast.copy_location(call, node.value)
        return node
