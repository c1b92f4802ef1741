"""Reading comparisons: numbers with numbers, characters with characters."""

from __future__ import annotations

import ast
from itertools import pairwise

from lstm_tui.conditions.nodes import Compared, Letter, Matched, Numeric, OneOf, Symbolic
from lstm_tui.conditions.reader import Reader
from lstm_tui.conditions.typed_parts import CharacterPart, NumberPart, Part, TruthPart, described
from lstm_tui.core.vocabulary import words_of

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


_SAID = ("guess", "target")
"""What is of classes where a model says some."""


def _class(reader: Reader, tree: ast.expr) -> Part:
    """A side of a comparison with what a classifier says: the name of a class, the guess, the label."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        letter = Letter(reader.symbol(tree, tree.value))
        return CharacterPart(reader.source(tree), reader.column(tree), None, letter)
    if isinstance(tree, ast.Name) and tree.id == "char":
        reader.refuse("char is a symbol that is read, and the model says classes: they are not compared", tree)
    return reader.part(tree)


def comparison(reader: Reader, tree: ast.Compare) -> TruthPart:
    """A chain of comparisons, or `char in 'aeiou'`."""
    if isinstance(tree.ops[0], ast.In | ast.NotIn) and len(tree.ops) == 1:
        return _membership(reader, tree)
    operators = []
    for operator, operand in zip(tree.ops, tree.comparators, strict=True):
        if type(operator) not in _OPERATORS:
            reader.refuse("compare with < <= > >= == != or, for characters only, char in 'aeiou'", operand)
        operators.append(_OPERATORS[type(operator)])
    operands = (tree.left, *tree.comparators)
    said = bool(reader.names.classes) and any(isinstance(one, ast.Name) and one.id in _SAID for one in operands)
    parts = [_class(reader, one) if said else reader.part(one) for one in operands]
    for left, right in pairwise(parts):
        _comparable(reader, left, right)
    texts = tuple(part.text for part in parts)
    numbers: tuple[Numeric, ...] = tuple(part.node for part in parts if isinstance(part, NumberPart))
    characters: tuple[Symbolic, ...] = tuple(part.node for part in parts if isinstance(part, CharacterPart))
    node: Compared | Matched
    if numbers:
        node = Compared(numbers, tuple(operators), texts)
    else:
        _only_equality(reader, operators, parts)
        node = Matched(characters, tuple(operators), texts)
    reader.bounded(node, tree)
    return TruthPart(reader.source(tree), reader.column(tree), reader.same_size(parts), node)


def _comparable(reader: Reader, left: Part, right: Part) -> None:
    for part in (left, right):
        if isinstance(part, TruthPart):
            reader.refuse(f"{part.text!r} is already true or false: join comparisons with and, or, not", part)
    if type(left) is not type(right):
        problem = f"{left.text!r} is {described(left)} and {right.text!r} is {described(right)}"
        reader.refuse(f"{problem}: they cannot be compared", right)


def _only_equality(reader: Reader, operators: list[str], parts: list[Part]) -> None:
    for at, operator in enumerate(operators):
        if operator not in ("==", "!="):
            reader.refuse(f"characters have no order, so '{operator}' cannot compare them: use == or !=", parts[at + 1])
        if isinstance(parts[at].node, Letter) and isinstance(parts[at + 1].node, Letter):
            reader.refuse("both sides are constants: compare with char, target or guess", parts[at + 1])


def _membership(reader: Reader, tree: ast.Compare) -> TruthPart:
    part, right = reader.part(tree.left), tree.comparators[0]
    text = right.value if isinstance(right, ast.Constant) else None
    if not isinstance(part, CharacterPart) or isinstance(part.node, Letter) or not isinstance(text, str):
        reader.refuse("`in` tests whether a character is in a text, as in char in 'aeiou'", right)
    symbols, wanted = reader.names.symbols, set(words_of(text, reader.names.symbols) if reader.names.words else text)
    if reader.names.classes and isinstance(tree.left, ast.Name) and tree.left.id in _SAID:
        reader.refuse(f"compare classes one by one, as in {tree.left.id} == '{reader.names.classes[0]}'", right)
    indices = frozenset(index for index, symbol in enumerate(symbols) if symbol in wanted)
    negated = isinstance(tree.ops[0], ast.NotIn)
    node = OneOf(part.node, indices, negated, (part.text, reader.source(right)))
    return TruthPart(reader.source(tree), reader.column(tree), None, node)
