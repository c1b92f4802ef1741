"""From a syntax tree to a condition, through an allow-list: what is not named here is refused."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Literal, cast

from lstm_tui.conditions import comparisons, functions
from lstm_tui.conditions.namespace import RESERVED, ROWS, NameSpace
from lstm_tui.conditions.needs import Condition
from lstm_tui.conditions.nodes import (
    LOGITS,
    Arithmetic,
    Joined,
    Letter,
    Matched,
    Negative,
    Not,
    Number,
    Outcome,
    Power,
    Symbol,
    Time,
    Units,
)
from lstm_tui.conditions.reader import Handler, Reader
from lstm_tui.conditions.traversal import nodes, of_side, picked
from lstm_tui.conditions.typed_parts import CharacterPart, NumberPart, Part, TruthPart

LARGEST_NUMBER = 1e30
LARGEST_POWER = 64

_ARITHMETIC: dict[type[ast.operator], Literal["+", "-", "*", "/", "//", "%"]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_SIDES = ("a", "b")
_LAYER = re.compile(r"l(0|[1-9][0-9]{0,3})")


def parse(text: str, names: NameSpace) -> Condition:
    """The condition that `text` states about a model with those names.

    Raises `ConditionError`, whose sentence points at a column, for everything else.
    """
    return Condition(text.strip(), Reader(text, names, _HANDLERS).condition())


def _constant(reader: Reader, tree: ast.Constant) -> Part:
    value = tree.value
    if isinstance(value, str):
        return CharacterPart(reader.source(tree), reader.column(tree), None, _letter(reader, value, tree))
    if isinstance(value, bool) or not isinstance(value, int | float):
        reader.refuse(f"{reader.source(tree)!r} is not part of a condition: write numbers, characters, names", tree)
    if not abs(value) <= LARGEST_NUMBER:
        reader.refuse(f"a number beyond {LARGEST_NUMBER:.0e} is too large", tree)
    return reader.made(tree, Number(float(value)))


def _letter(reader: Reader, symbol: str, tree: ast.expr) -> Letter:
    if symbol in reader.names.symbols:
        return Letter(reader.names.symbols.index(symbol))
    if len(symbol) != 1 and not reader.names.words:
        listed = f"{len(symbol)} characters" if symbol else "empty"
        reader.refuse(f"{reader.source(tree)} is {listed}: but a step reads one character, as in char == 'e'", tree)
    return Letter(None)


def _name(reader: Reader, tree: ast.Name) -> Part:
    name, at = reader.source(tree), reader.column(tree)
    if tree.id not in reader.names.reserved and tree.id in (*RESERVED, *ROWS) and reader.names.rows is not None:
        listed = ", ".join(reader.names.reserved)
        reader.refuse(f"{name!r} is about symbols, and this model reads numbers: the names are {listed}", tree)
    if reader.names.rows is not None and tree.id in ROWS and tree.id in reader.names.reserved:
        size = len(reader.names.columns(tree.id))
        return reader.made(tree, Units(None, tree.id, size, gate=False, initial=None), size)
    if tree.id in ("t", "step"):
        return reader.made(tree, Time(int(tree.id == "step")))
    if tree.id in ("p", "loss", "entropy", "grad_norm"):
        return reader.made(tree, Outcome(cast(Literal["p", "loss", "entropy", "grad_norm"], tree.id)))
    if tree.id in ("char", "target", "guess"):
        return CharacterPart(name, at, None, Symbol(cast(Literal["char", "target", "guess"], tree.id)))
    if reader.names.sides is not None and tree.id == "kl":
        return reader.made(tree, Outcome("kl"))
    if reader.names.sides is not None and tree.id == "differs":
        both = Matched((Symbol("guess"), Symbol("guess", side=1)), ("!=",), ("a.guess", "b.guess"))
        return TruthPart(name, at, None, both)
    if tree.id == "wrong":
        return TruthPart(name, at, None, Matched((Symbol("guess"), Symbol("target")), ("!=",), ("guess", "target")))
    if tree.id == LOGITS:
        size = len(reader.names.columns(LOGITS))
        return reader.made(tree, Units(None, LOGITS, size, gate=False, initial=None), size)
    if _LAYER.fullmatch(tree.id):
        reader.refuse(f"{name} is a layer: name a quantity of it, as in {name}.h[0]", tree)
    if tree.id in functions.FORMS:
        reader.refuse(f"{name} is a function: write {functions.FORMS[tree.id]}", tree)
    return _quantity(reader, tree, 0, tree.id)


def _attribute(reader: Reader, tree: ast.Attribute) -> Part:
    sided = None if reader.names.sides is None else _without_side(tree)
    if sided is not None:
        side, rest = sided
        part = reader.within(side, rest)
        return replace(part, node=of_side(part.node, side))  # type: ignore[arg-type]
    layer = _LAYER.fullmatch(tree.value.id) if isinstance(tree.value, ast.Name) else None
    if layer is None and isinstance(tree.value, ast.Name) and tree.value.id in _SIDES and reader.names.sides is None:
        reader.refuse(f"{tree.value.id}. is said of two models side by side: y puts another one there", tree)
    if layer is None:
        reader.refuse("a dot can only follow a layer, as in l1.h[3]", tree)
    index, count = int(layer[1]), len(reader.names.layers)
    if index >= count:
        known = "one layer, l0" if count == 1 else f"layers l0 to l{count - 1}"
        reader.refuse(f"there is no {layer[0]}: this model has {known}", tree)
    return _quantity(reader, tree, index, tree.attr)


def _without_side(tree: ast.Attribute) -> tuple[int, ast.expr] | None:
    """Whose it is, and what: `b.c` is the name `c`, `b.l1.c` is `l1.c`; None for what is of no side."""
    owner = tree.value
    if isinstance(owner, ast.Name):
        if owner.id not in _SIDES:
            return None
        return _SIDES.index(owner.id), ast.copy_location(ast.Name(tree.attr), tree)
    if isinstance(owner, ast.Attribute) and (found := _without_side(owner)) is not None:
        side, layer = found
        return side, ast.copy_location(ast.Attribute(layer, tree.attr), tree)
    return None


def _quantity(reader: Reader, tree: ast.expr, layer: int, name: str) -> NumberPart:
    quantity = reader.names.quantity(layer, name)
    own = ", ".join(reader.names.layers[layer])
    if quantity is None and isinstance(tree, ast.Attribute):
        reader.refuse(f"layer l{layer} has no {name!r}: it has {own}", tree)
    if quantity is None:
        reader.refuse(f"there is no {name!r}: the names are {own}, {', '.join(reader.names.reserved)}", tree)
    size = reader.names.layers[layer][quantity]
    gate, initial = quantity in reader.names.gates, reader.names.states.get(quantity)
    return reader.made(tree, Units(layer, quantity, size, gate, initial), size)


def _subscript(reader: Reader, tree: ast.Subscript) -> Part:
    vector = reader.value(tree.value, "a vector such as f")
    if vector.size is None:
        reader.refuse(f"{vector.text!r} is one number: it has no units to select", vector)
    index = _index(reader, tree.slice, vector)
    node = picked(vector.node, index)
    return reader.made(tree, node)


def _index(reader: Reader, tree: ast.expr, vector: NumberPart) -> int:
    size = vector.size or 0
    value = tree.value if isinstance(tree, ast.Constant) else None
    named = [leaf for leaf in nodes(vector.node) if isinstance(leaf, Units) and leaf.layer is None]
    if isinstance(value, str) and named:
        return reader.named(tree, value, named[0].quantity, named[0].side)
    if type(value) is int and value < size:
        return value
    number = type(value) is int or isinstance(tree, ast.UnaryOp)
    what = f"not {reader.source(tree)[:20]}" if number else "written out as a whole number"
    reader.refuse(f"the units of {vector.text!r} are 0 to {size - 1}, {what}", tree)


def _unary(reader: Reader, tree: ast.UnaryOp) -> Part:
    if isinstance(tree.op, ast.Not):
        answer = reader.answer(tree.operand)
        return TruthPart(answer.text, answer.column, answer.size, Not(answer.node))
    if not isinstance(tree.op, ast.USub | ast.UAdd):
        reader.refuse("'~' is not part of a condition: write `not`", tree)
    value = reader.value(tree.operand)
    return reader.made(tree, Negative(value.node) if isinstance(tree.op, ast.USub) else value.node, value.size)


def _binary(reader: Reader, tree: ast.BinOp) -> Part:
    if isinstance(tree.op, ast.Pow):
        base = reader.value(tree.left)
        return reader.made(tree, Power(base.node, _exponent(reader, tree.right)), base.size)
    operator = _ARITHMETIC.get(type(tree.op))
    if operator is None:
        reader.refuse("the arithmetic operators are + - * / // % **; join comparisons with `and` and `or`", tree)
    left, right = reader.value(tree.left), reader.value(tree.right)
    return reader.made(tree, Arithmetic(operator, left.node, right.node), reader.same_size((left, right)))


def _exponent(reader: Reader, tree: ast.expr) -> float:
    minus = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
    inner = tree.operand if isinstance(tree, ast.UnaryOp) and minus else tree
    value = inner.value if isinstance(inner, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= LARGEST_POWER:
        reader.refuse(f"an exponent must be a number from -{LARGEST_POWER} to {LARGEST_POWER}", tree)
    return -float(value) if minus else float(value)


def _joined(reader: Reader, tree: ast.BoolOp) -> Part:
    answers = [reader.answer(operand) for operand in tree.values]
    size = reader.same_size(answers)
    first = next((answer for answer in answers if answer.size is not None), answers[0])
    operator: Literal["and", "or"] = "and" if isinstance(tree.op, ast.And) else "or"
    node = Joined(operator, tuple(answer.node for answer in answers))
    return TruthPart(first.text, first.column, size, node)


_HANDLERS = cast(
    "dict[type[ast.expr], Handler]",
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.BoolOp: _joined,
        ast.Compare: comparisons.comparison,
        ast.Call: functions.call,
    },
)
