"""Reading calls: the functions a condition may use, each with its form and its check."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Literal, cast

from lstm_tui.conditions.nodes import (
    Absolute,
    Arithmetic,
    Crossed,
    Extreme,
    NotFinite,
    Outcome,
    Quantified,
    Reduced,
    Saturated,
    Unit,
    Units,
)
from lstm_tui.conditions.reader import Reader
from lstm_tui.conditions.traversal import shifted
from lstm_tui.conditions.typed_parts import CharacterPart, NumberPart, Part, TruthPart, described

FORMS = {
    "abs": "abs(c[3])",
    "min": "min(f) or min(f[3], i[3])",
    "max": "max(f) or max(f[3], i[3])",
    "mean": "mean(f)",
    "sum": "sum(f)",
    "any": "any(f > 0.9)",
    "all": "all(f > 0.9)",
    "prev": "prev(c[3])",
    "delta": "delta(c[3])",
    "crosses": "crosses(c[3], 0)",
    "saturated": "saturated(f, 0.9)",
    "isnan": "isnan(c[3])",
    "isinf": "isinf(c[3])",
    "p": "p('l')",
}


def call(reader: Reader, tree: ast.Call) -> Part:
    """A call of one of `FORMS`; everything else is refused."""
    if not isinstance(tree.func, ast.Name) or tree.func.id not in FORMS:
        reader.refuse(f"the functions are: {', '.join(FORMS)}", tree)
    name = tree.func.id
    starred = any(isinstance(argument, ast.Starred) for argument in tree.args)
    counts = {"min": range(1, 65), "max": range(1, 65), "crosses": (2,), "saturated": (2,)}.get(name, (1,))
    if tree.keywords or starred or len(tree.args) not in counts:
        reader.refuse(f"{name} is written {FORMS[name]}", tree)
    return _READERS[name](reader, tree)


def _absolute(reader: Reader, tree: ast.Call) -> Part:
    value = reader.value(tree.args[0])
    return reader.made(tree, Absolute(value.node), value.size)


def _folded(reader: Reader, tree: ast.Call) -> Part:
    name = cast(ast.Name, tree.func).id
    if len(tree.args) > 1:
        return _extreme(reader, tree)
    value = reader.value(tree.args[0], "a vector such as f")
    if value.size is None:
        reader.refuse(f"{value.text!r} is one number, but {name}() reduces a vector, as in {FORMS[name]}", value)
    return reader.made(tree, Reduced(cast(Literal["min", "max", "mean", "sum"], name), value.node))


def _extreme(reader: Reader, tree: ast.Call) -> Part:
    name = cast(Literal["min", "max"], cast(ast.Name, tree.func).id)
    values = [reader.value(argument) for argument in tree.args]
    for value in values:
        if value.size is not None:
            reader.refuse(f"{value.text!r} is a vector: {name}() takes one vector, or several numbers", value)
    return reader.made(tree, Extreme(name, tuple(value.node for value in values)))


def _quantified(reader: Reader, tree: ast.Call) -> Part:
    name = cast(Literal["any", "all"], cast(ast.Name, tree.func).id)
    part = reader.part(tree.args[0])
    if not isinstance(part, TruthPart):
        reader.refuse(f"{part.text!r} is {described(part)}: {name}() takes a comparison, as in {FORMS[name]}", part)
    if part.size is None:
        reader.refuse(f"{part.text!r} is one answer, not one for each unit: remove {name}()", part)
    return TruthPart(reader.source(tree), reader.column(tree), None, Quantified(name, part.node))


def _previous(reader: Reader, tree: ast.Call) -> Part:
    part, text, column = reader.part(tree.args[0]), reader.source(tree), reader.column(tree)
    if isinstance(part, NumberPart):
        return reader.made(tree, shifted(part.node), part.size)
    if isinstance(part, CharacterPart):
        return CharacterPart(text, column, None, shifted(part.node))
    return TruthPart(text, column, part.size, shifted(part.node))


def _delta(reader: Reader, tree: ast.Call) -> Part:
    value = reader.value(tree.args[0])
    return reader.made(tree, Arithmetic("-", value.node, shifted(value.node)), value.size)


def _crosses(reader: Reader, tree: ast.Call) -> Part:
    value, level = reader.value(tree.args[0]), reader.value(tree.args[1])
    size = reader.same_size((value, level))
    texts = (value.text, level.text)
    node = Crossed(shifted(value.node), shifted(level.node), value.node, level.node, texts)
    reader.bounded(node, tree)
    return TruthPart(reader.source(tree), reader.column(tree), size, node)


def _saturated(reader: Reader, tree: ast.Call) -> Part:
    value = reader.value(tree.args[0])
    level = tree.args[1].value if isinstance(tree.args[1], ast.Constant) else None
    gate = isinstance(value.node, Units | Unit) and value.node.gate
    lowest = 0.5 if gate else 0.0
    if isinstance(level, bool) or not isinstance(level, int | float) or not lowest <= level <= 1:
        reader.refuse(
            f"the level of saturated() is a number from {lowest:g} to 1, as in {FORMS['saturated']}", tree.args[1]
        )
    return reader.made(tree, Saturated(value.node, float(level), 1.0 - level if gate else -float(level)))


def _not_finite(reader: Reader, tree: ast.Call) -> Part:
    """Of a vector: whether any unit is."""
    name = cast(Literal["isnan", "isinf"], cast(ast.Name, tree.func).id)
    value = reader.value(tree.args[0])
    if not isinstance(value.node, Units | Unit):
        reader.refuse(f"{name}() takes a quantity or one unit of it, as in {FORMS[name]} or {name}(c)", value)
    node = NotFinite(name, value.node, (value.text,))
    whole = Quantified("any", node) if isinstance(value.node, Units) else node
    return TruthPart(reader.source(tree), reader.column(tree), None, whole)


def _probability(reader: Reader, tree: ast.Call) -> Part:
    argument = tree.args[0]
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        reader.refuse(f"p() takes a character in quotes, as in {FORMS['p']}; p alone is p of the target", argument)
    return reader.made(tree, Outcome("p", reader.symbol(argument, argument.value)))


_READERS: dict[str, Callable[[Reader, ast.Call], Part]] = {
    "abs": _absolute,
    "min": _folded,
    "max": _folded,
    "mean": _folded,
    "sum": _folded,
    "any": _quantified,
    "all": _quantified,
    "prev": _previous,
    "delta": _delta,
    "crosses": _crosses,
    "saturated": _saturated,
    "isnan": _not_finite,
    "isinf": _not_finite,
    "p": _probability,
}
