"""From a syntax tree to a condition, through an allow-list: what is not named here is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Literal, NoReturn, cast

from lstm_tui.conditions import comparisons, functions
from lstm_tui.conditions.error import ConditionError
from lstm_tui.conditions.namespace import RESERVED, NameSpace
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
    Numeric,
    Outcome,
    Power,
    Symbol,
    Time,
    Truth,
    Units,
)
from lstm_tui.conditions.syntax import syntax
from lstm_tui.conditions.traversal import nodes, picked
from lstm_tui.conditions.typed_parts import Answer, Character, Part, Value, Written, described
from lstm_tui.core.vocabulary import visible

DEEPEST = 80
LARGEST_TREE = 3000
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
_LAYER = re.compile(r"l(0|[1-9][0-9]{0,3})")


def parse(text: str, names: NameSpace) -> Condition:
    """The condition that `text` states about a model with those names.

    Raises `ConditionError`, whose sentence points at a column, for everything else.
    """
    return Condition(text.strip(), Reader(text, names).condition())


class Reader:
    """One text being read. Its methods raise `ConditionError` at the part they cannot use."""

    def __init__(self, text: str, names: NameSpace) -> None:
        self.names = names
        self._text = text
        self._root = syntax(text)
        self._bytes = text.lstrip().encode()  # ast counts columns in bytes of UTF-8
        self._indent = len(text) - len(text.lstrip())
        self._depth = 0

    def condition(self) -> Truth:
        """The whole text's tree."""
        answer = self.answer(self._root)
        if answer.size is not None:
            problem = f"{answer.text!r} is {described(answer)}: wrap it in any(…) or all(…)"
            self.refuse(problem, answer)
        return answer.node

    def part(self, tree: ast.expr) -> Part:
        """What any expression means."""
        handler = _HANDLERS.get(type(tree))
        if handler is None:
            what = _REFUSED.get(type(tree), "this")
            self.refuse(f"{what} is not part of a condition: use comparisons, and/or/not, arithmetic", tree)
        self._depth += 1
        if self._depth > DEEPEST:
            self.refuse("it is nested too deeply: take it apart", tree)
        part = handler(self, tree)
        self._depth -= 1
        return part

    def value(self, tree: ast.expr, wanted: str = "a number") -> Value:
        """A number or a vector of them."""
        part = self.part(tree)
        if not isinstance(part, Value):
            self.refuse(f"{part.text!r} is {described(part)}, where {wanted} is needed", part)
        return part

    def answer(self, tree: ast.expr) -> Answer:
        """A truth, or a vector of them."""
        part = self.part(tree)
        if isinstance(part, Answer):
            return part
        if isinstance(part, Character):
            self.refuse(f"{part.text!r} is a character, not yes or no: compare it, as in char == 'e'", part)
        problem = f"{part.text!r} is {described(part)}, not yes or no"
        if part.size is None:
            self.refuse(f"{problem}: compare it, as in {part.text} > 0.5", part)
        self.refuse(f"{problem}: compare it within any() or all(), as in any({part.text} > 0.5)", part)

    def column(self, tree: ast.expr) -> int:
        """Where a part of the tree stands in the text, from 1."""
        return self._indent + len(self._bytes[: tree.col_offset].decode()) + 1

    def source(self, tree: ast.expr) -> str:
        """How a part of the tree was written."""
        return self._bytes[tree.col_offset : tree.end_col_offset].decode()

    def refuse(self, problem: str, at: ast.expr | Written | int) -> NoReturn:
        """Raises the error."""
        column = at if isinstance(at, int) else at.column if isinstance(at, Written) else self.column(at)
        raise ConditionError(visible(problem), self._text, column)

    def same_size(self, parts: Sequence[Written]) -> int | None:
        """The units of parts that meet unit by unit; one value a step meets every unit."""
        sized = [part for part in parts if part.size is not None]
        for part in sized[1:]:
            if part.size != sized[0].size:
                problem = f"{sized[0].text!r} has {sized[0].size} units and {part.text!r} has {part.size}"
                self.refuse(f"{problem}: they cannot meet unit by unit", part)
        return sized[0].size if sized else None

    def made(self, tree: ast.expr, node: Numeric, size: int | None = None) -> Value:
        """A number made from parts. Its tree must stay small: `delta` doubles what it is given."""
        self.bounded(node, tree)
        return Value(self.source(tree), self.column(tree), size, node)

    def bounded(self, node: Numeric | Truth, tree: ast.expr) -> None:
        """Refuses trees over `LARGEST_TREE` nodes."""
        if sum(1 for _ in nodes(node)) > LARGEST_TREE:
            self.refuse("it is too long once every delta() and crosses() is written out: take it apart", tree)

    # One method a kind of syntax.

    def _constant(self, tree: ast.Constant) -> Part:
        value = tree.value
        if isinstance(value, str):
            return Character(self.source(tree), self.column(tree), None, self._letter(value, tree))
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(f"{self.source(tree)!r} is not part of a condition: write numbers, characters, names", tree)
        if not abs(value) <= LARGEST_NUMBER:
            self.refuse(f"a number beyond {LARGEST_NUMBER:.0e} is too large", tree)
        return self.made(tree, Number(float(value)))

    def _letter(self, symbol: str, tree: ast.expr) -> Letter:
        if symbol in self.names.symbols:
            return Letter(self.names.symbols.index(symbol))
        if len(symbol) != 1:
            listed = f"{len(symbol)} characters" if symbol else "empty"
            self.refuse(f"{self.source(tree)} is {listed}: a step reads one character, as in char == 'e'", tree)
        return Letter(None)

    def _name(self, tree: ast.Name) -> Part:
        name, at = self.source(tree), self.column(tree)
        if tree.id in ("t", "step"):
            return self.made(tree, Time(int(tree.id == "step")))
        if tree.id in ("p", "loss", "entropy"):
            return self.made(tree, Outcome(cast(Literal["p", "loss", "entropy"], tree.id)))
        if tree.id in ("char", "target", "guess"):
            return Character(name, at, None, Symbol(cast(Literal["char", "target", "guess"], tree.id)))
        if tree.id == "wrong":
            return Answer(name, at, None, Matched((Symbol("guess"), Symbol("target")), ("!=",), ("guess", "target")))
        if tree.id == LOGITS:
            size = len(self.names.symbols)
            return self.made(tree, Units(None, LOGITS, size, gate=False, state=False), size)
        if _LAYER.fullmatch(tree.id):
            self.refuse(f"{name} is a layer: name a quantity of it, as in {name}.h[0]", tree)
        if tree.id in functions.FORMS:
            self.refuse(f"{name} is a function: write {functions.FORMS[tree.id]}", tree)
        return self._quantity(tree, 0, tree.id)

    def _attribute(self, tree: ast.Attribute) -> Part:
        layer = _LAYER.fullmatch(tree.value.id) if isinstance(tree.value, ast.Name) else None
        if layer is None:
            self.refuse("a dot stands only between a layer and a quantity, as in l1.h[3]", tree)
        index, count = int(layer[1]), len(self.names.layers)
        if index >= count:
            known = "one layer, l0" if count == 1 else f"layers l0 to l{count - 1}"
            self.refuse(f"there is no {layer[0]}: this model has {known}", tree)
        return self._quantity(tree, index, tree.attr)

    def _quantity(self, tree: ast.expr, layer: int, name: str) -> Value:
        quantity = self.names.quantity(layer, name)
        own = ", ".join(self.names.layers[layer])
        if quantity is None and isinstance(tree, ast.Attribute):
            self.refuse(f"layer l{layer} has no {name!r}: it has {own}", tree)
        if quantity is None:
            self.refuse(f"there is no {name!r}: the names are {own}, {', '.join(RESERVED)}", tree)
        size = self.names.layers[layer][quantity]
        gate, state = quantity in self.names.gates, quantity in self.names.states
        return self.made(tree, Units(layer, quantity, size, gate, state), size)

    def _subscript(self, tree: ast.Subscript) -> Part:
        vector = self.value(tree.value, "a vector such as f")
        if vector.size is None:
            self.refuse(f"{vector.text!r} is one number: it has no units to choose from", vector)
        index = self._index(tree.slice, vector)
        node = picked(vector.node, index)
        return self.made(tree, node)

    def _index(self, tree: ast.expr, vector: Value) -> int:
        size = vector.size or 0
        value = tree.value if isinstance(tree, ast.Constant) else None
        over_symbols = any(isinstance(leaf, Units) and leaf.layer is None for leaf in nodes(vector.node))
        if isinstance(value, str) and over_symbols:
            return self.symbol(tree, value)
        if type(value) is int and value < size:
            return value
        number = type(value) is int or isinstance(tree, ast.UnaryOp)
        what = f"not {self.source(tree)[:20]}" if number else "written out as a whole number"
        self.refuse(f"the units of {vector.text!r} are 0 to {size - 1}, {what}", tree)

    def symbol(self, tree: ast.expr, symbol: str) -> int:
        """The index of a symbol that has to be in the vocabulary."""
        if symbol not in self.names.symbols:
            self.refuse(f"{self.source(tree)} is not in the model's vocabulary", tree)
        return self.names.symbols.index(symbol)

    def _unary(self, tree: ast.UnaryOp) -> Part:
        if isinstance(tree.op, ast.Not):
            answer = self.answer(tree.operand)
            return Answer(answer.text, answer.column, answer.size, Not(answer.node))
        if not isinstance(tree.op, ast.USub | ast.UAdd):
            self.refuse("'~' is not part of a condition: write `not`", tree)
        value = self.value(tree.operand)
        return self.made(tree, Negative(value.node) if isinstance(tree.op, ast.USub) else value.node, value.size)

    def _binary(self, tree: ast.BinOp) -> Part:
        if isinstance(tree.op, ast.Pow):
            base = self.value(tree.left)
            return self.made(tree, Power(base.node, self._exponent(tree.right)), base.size)
        operator = _ARITHMETIC.get(type(tree.op))
        if operator is None:
            self.refuse("only + - * / // % ** calculate here; truths are joined by `and` and `or`", tree)
        left, right = self.value(tree.left), self.value(tree.right)
        return self.made(tree, Arithmetic(operator, left.node, right.node), self.same_size((left, right)))

    def _exponent(self, tree: ast.expr) -> float:
        minus = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
        inner = tree.operand if isinstance(tree, ast.UnaryOp) and minus else tree
        value = inner.value if isinstance(inner, ast.Constant) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value <= LARGEST_POWER:
            self.refuse(f"a power is a number from -{LARGEST_POWER} to {LARGEST_POWER}, written out", tree)
        return -float(value) if minus else float(value)

    def _joined(self, tree: ast.BoolOp) -> Part:
        answers = [self.answer(operand) for operand in tree.values]
        size = self.same_size(answers)
        first = next((answer for answer in answers if answer.size is not None), answers[0])
        operator: Literal["and", "or"] = "and" if isinstance(tree.op, ast.And) else "or"
        node = Joined(operator, tuple(answer.node for answer in answers))
        return Answer(first.text, first.column, size, node)


_HANDLERS: dict[type[ast.expr], Callable[[Reader, ast.expr], Part]] = cast(
    "dict[type[ast.expr], Callable[[Reader, ast.expr], Part]]",
    {
        ast.Constant: Reader._constant,
        ast.Name: Reader._name,
        ast.Attribute: Reader._attribute,
        ast.Subscript: Reader._subscript,
        ast.UnaryOp: Reader._unary,
        ast.BinOp: Reader._binary,
        ast.BoolOp: Reader._joined,
        ast.Compare: comparisons.comparison,
        ast.Call: functions.call,
    },
)
_REFUSED: dict[type[ast.expr], str] = {
    ast.Lambda: "lambda",
    ast.IfExp: "if … else",
    ast.NamedExpr: "':='",
    ast.JoinedStr: "an f-string",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.List: "a list",
    ast.Tuple: "a list",
    ast.Set: "a list",
    ast.Dict: "a dict",
    ast.Starred: "'*'",
}
