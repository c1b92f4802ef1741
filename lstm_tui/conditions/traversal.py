"""Walking a condition's tree, and the two rewritings that make `prev` and `[unit]` cost nothing later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TypeVar, cast

from lstm_tui.conditions.nodes import (
    NODES,
    Extreme,
    Node,
    Outcome,
    Quantified,
    Reduced,
    Saturated,
    Symbol,
    Time,
    Unit,
    Units,
)

N = TypeVar("N")


def children(node: Node) -> Iterator[Node]:
    """The nodes a node is made of, in the order they were written."""
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, NODES):
                yield part


def nodes(root: Node) -> Iterator[Node]:
    """A node and everything below it."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def units_of(node: Node) -> int | None:
    """How many units a vector (of numbers or truths) has; None for one value a step."""
    if isinstance(node, Units):
        return node.size
    if isinstance(node, Reduced | Extreme | Saturated | Quantified):
        return None
    return next((size for child in children(node) if (size := units_of(child)) is not None), None)


def shifted(node: N) -> N:
    """The same, one step earlier: what `prev` means."""

    def earlier(leaf: Node) -> Node:
        if isinstance(leaf, Time | Units | Unit | Outcome | Symbol):
            return replace(leaf, ago=leaf.ago + 1)
        return leaf

    return cast(N, _rebuilt(cast(Node, node), earlier, lambda text: f"prev({text})"))


def of_side(node: N, side: int) -> N:
    """The same of the other model: what `b.` means."""

    def theirs(leaf: Node) -> Node:
        return replace(leaf, side=side) if isinstance(leaf, Units | Unit | Outcome | Symbol) else leaf

    return cast(N, _rebuilt(cast(Node, node), theirs, lambda text: text))


def picked(node: N, index: int) -> N:
    """One unit of a vector: `(f - i)[3]` is `f[3] - i[3]`, so that only that unit has to be computed."""

    def one(leaf: Node) -> Node:
        if isinstance(leaf, Units):
            return Unit(leaf.layer, leaf.quantity, index, leaf.gate, leaf.initial, leaf.ago, leaf.side)
        return leaf

    return cast(N, _rebuilt(cast(Node, node), one, lambda text: text, stop=Reduced | Saturated))


def _rebuilt(node: Node, leaf: Callable[[Node], Node], text: Callable[[str], str], stop: object = ()) -> Node:
    if isinstance(node, stop):  # type: ignore[arg-type]
        return node
    changed: dict[str, object] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, NODES):
            changed[field.name] = _rebuilt(value, leaf, text, stop)
        elif field.name == "texts":
            changed[field.name] = tuple(map(text, value))
        elif isinstance(value, tuple):
            changed[field.name] = tuple(
                _rebuilt(part, leaf, text, stop) if isinstance(part, NODES) else part for part in value
            )
    return leaf(replace(node, **changed) if changed else node)  # type: ignore[arg-type]
