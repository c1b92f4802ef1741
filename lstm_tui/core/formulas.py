"""Equations of a cell as formulas: what a kind's description says once is computed, differentiated and printed.

A formula is elementwise arithmetic over quantities of the step and states before it, which bear a prime:
`f*c' + i*c_tilde`. Functions: sigmoid, tanh, relu, exp, log, max(a, b), and larger(a, b), which is 1 where a > b.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PRIME = "__before"
Number = Any
"""A float or a tensor: whatever the functions given take."""
Functions = Mapping[str, Callable[[Number], Number]]


class Formula:
    """A node. Built by `read_formula` and by `derivative`."""

    def value(self, values: Mapping[str, Number], functions: Functions) -> Number:
        """With a number for each name."""
        raise NotImplementedError

    def derivative(self, name: str) -> Formula:
        """By one of its names, the others held."""
        raise NotImplementedError

    def names(self) -> Iterator[str]:
        """Every name in it, in the order of reading, as often as it stands there."""
        raise NotImplementedError

    def text(self, spell: Callable[[str], str], binding: int = 0) -> str:
        """As a reader writes it, each name replaced by what `spell` makes of it: `0.98×-0.98 + 1.00×-1.00`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Literal(Formula):
    """A number."""

    number: float

    def value(self, values: Mapping[str, Number], functions: Functions) -> Number:
        """See `Formula.value`."""
        return self.number

    def derivative(self, name: str) -> Formula:
        """See `Formula.derivative`."""
        return Literal(0.0)

    def names(self) -> Iterator[str]:
        """See `Formula.names`."""
        return iter(())

    def text(self, spell: Callable[[str], str], binding: int = 0) -> str:
        """See `Formula.text`."""
        return f"{self.number:g}"


@dataclass(frozen=True)
class Name(Formula):
    """A quantity, or with a prime a state before the step."""

    name: str

    def value(self, values: Mapping[str, Number], functions: Functions) -> Number:
        """See `Formula.value`."""
        return values[self.name]

    def derivative(self, name: str) -> Formula:
        """See `Formula.derivative`."""
        return Literal(float(name == self.name))

    def names(self) -> Iterator[str]:
        """See `Formula.names`."""
        yield self.name

    def text(self, spell: Callable[[str], str], binding: int = 0) -> str:
        """See `Formula.text`."""
        return spell(self.name)


_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
_LARGER = ("max", "larger")
"""Written as functions of two: the larger of both, and 1 where the first is the larger, else 0."""
_COMPUTED: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip
_SIGNS = {"+": " + ", "-": " - ", "*": "·", "/": " / ", "**": "^"}


@dataclass(frozen=True)
class Both(Formula):
    """Two formulas and what stands between them: + - * / or ** a number; or the larger of them."""

    sign: str
    left: Formula
    right: Formula

    def value(self, values: Mapping[str, Number], functions: Functions) -> Number:
        """See `Formula.value`."""
        a, b = self.left.value(values, functions), self.right.value(values, functions)
        if self.sign in _LARGER:
            return _larger(a, b) if self.sign == "larger" else _chosen(a, b)
        return _COMPUTED[self.sign](a, b)

    def derivative(self, name: str) -> Formula:
        """See `Formula.derivative`."""
        da, db = self.left.derivative(name), self.right.derivative(name)
        if self.sign in "+-":
            return both(self.sign, da, db)
        if self.sign == "*":
            return both("+", both("*", da, self.right), both("*", self.left, db))
        if self.sign == "max":
            first, second = Both("larger", self.left, self.right), Both("larger", self.right, self.left)
            return both("+", both("*", first, da), both("*", second, db))
        if self.sign == "larger":
            return Literal(0.0)
        if self.sign == "/":
            of_right = both("/", both("*", self.left, db), both("**", self.right, Literal(2.0)))
            return both("-", both("/", da, self.right), of_right)
        assert isinstance(self.right, Literal), "powers are of numbers"
        less = both("**", self.left, Literal(self.right.number - 1))
        return both("*", both("*", self.right, less), da)

    def names(self) -> Iterator[str]:
        """See `Formula.names`."""
        yield from self.left.names()
        yield from self.right.names()

    def text(self, spell: Callable[[str], str], binding: int = 0) -> str:
        """See `Formula.text`."""
        if self.sign in _LARGER:
            return f"{self.sign}({self.left.text(spell)}, {self.right.text(spell)})"
        mine = _BINDING[self.sign]
        right = mine + (self.sign in "-/")  # a - (b - c), but a - b - c
        text = f"{self.left.text(spell, mine)}{_SIGNS[self.sign]}{self.right.text(spell, right)}"
        return f"({text})" if mine < binding else text


@dataclass(frozen=True)
class Applied(Formula):
    """A function of a formula."""

    function: str
    inner: Formula

    def value(self, values: Mapping[str, Number], functions: Functions) -> Number:
        """See `Formula.value`."""
        return functions[self.function](self.inner.value(values, functions))

    def derivative(self, name: str) -> Formula:
        """See `Formula.derivative`."""
        return both("*", _SLOPES[self.function](self), self.inner.derivative(name))

    def names(self) -> Iterator[str]:
        """See `Formula.names`."""
        return self.inner.names()

    def text(self, spell: Callable[[str], str], binding: int = 0) -> str:
        """See `Formula.text`."""
        inner = self.inner.text(spell)
        if self.function != "sigmoid" and inner.rstrip("'").isidentifier() and binding < _BINDING["**"]:
            return f"{self.function} {inner}"
        return f"{'σ' if self.function == 'sigmoid' else self.function}({inner})"


def _chosen(a: Number, b: Number) -> Number:
    """The larger of two numbers, or of two tensors place by place."""
    where = getattr(a, "where", None)
    if where is None:
        return max(a, b)
    return where(a > b, b)


def _larger(a: Number, b: Number) -> Number:
    """1 where a > b, else 0, in the precision of the numbers compared."""
    found, like = a > b, a if hasattr(a, "dtype") else b
    return found.to(like.dtype) if hasattr(found, "to") else float(found)


_SLOPES: Mapping[str, Callable[[Applied], Formula]] = {
    "sigmoid": lambda own: both("*", own, both("-", Literal(1.0), own)),
    "tanh": lambda own: both("-", Literal(1.0), both("**", own, Literal(2.0))),
    "relu": lambda own: Both("larger", own.inner, Literal(0.0)),
    "exp": lambda own: own,
    "log": lambda own: both("/", Literal(1.0), own.inner),
}


def both(sign: str, left: Formula, right: Formula) -> Formula:
    """`left sign right` without what adds nothing: zeros, factors of one."""
    zero, one = Literal(0.0), Literal(1.0)
    if sign == "*":
        if zero in (left, right):
            return zero
        return right if left == one else left if right == one else Both(sign, left, right)
    if sign in "+-":
        if right == zero:
            return left
        if sign == "+" and isinstance(left, Both) and (left.sign, left.left) == ("*", Literal(-1.0)):
            return Both("-", right, left.right)
        if left == zero:
            return right if sign == "+" else both("*", Literal(-1.0), right)
    if sign == "/" and (left == zero or right == one):
        return left
    if sign == "**" and right in (zero, one):
        return one if right == zero else left
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(Both(sign, left, right).value({}, {}))
    return Both(sign, left, right)


@lru_cache(maxsize=256)
def read_formula(text: str) -> Formula:
    """The formula that `text` writes. Raises `ValueError` for anything that is no such formula."""
    try:
        tree = ast.parse(text.replace("'", _PRIME), mode="eval").body
    except SyntaxError:
        raise ValueError(f"{text!r} is not a formula") from None
    return _read(tree)


_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip


def _read(tree: ast.expr) -> Formula:
    match tree:
        case ast.Name(id=name):
            return Name(name.replace(_PRIME, "'"))
        case ast.Constant(value=float() | int() as number):
            return Literal(float(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return both("-", Literal(0.0), _read(operand))
        case ast.BinOp(left=left, op=between, right=right) if type(between) in _OPERATORS:
            return Both(_OPERATORS[type(between)], _read(left), _read(right))
        case ast.Call(func=ast.Name(id=function), args=[left, right], keywords=[]) if function in _LARGER:
            return Both(function, _read(left), _read(right))
        case ast.Call(func=ast.Name(id=function), args=[inner], keywords=[]) if function in _SLOPES:
            return Applied(function, _read(inner))
    raise ValueError(f"a formula does not hold {ast.unparse(tree)!r}")
