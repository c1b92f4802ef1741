"""A condition's text being read: what any part of it means is asked here, and what cannot be used is refused here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from lstm_tui.conditions.error import ConditionError
from lstm_tui.conditions.namespace import NameSpace
from lstm_tui.conditions.nodes import LOGITS, Numeric, Truth
from lstm_tui.conditions.syntax import syntax
from lstm_tui.conditions.traversal import nodes
from lstm_tui.conditions.typed_parts import CharacterPart, NumberPart, Part, TruthPart, TypedPart, described
from lstm_tui.core.vocabulary import visible

DEEPEST = 80
LARGEST_TREE = 3000
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


class Reader:
    """One text being read. Its methods raise `ConditionError` at the part they cannot use."""

    def __init__(self, text: str, names: NameSpace, handlers: Mapping[type[ast.expr], Handler]) -> None:
        self.names = names
        self._handlers = handlers
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
        handler = self._handlers.get(type(tree))
        if handler is None:
            what = _REFUSED.get(type(tree), "this")
            self.refuse(f"{what} is not part of a condition: use comparisons, and/or/not, arithmetic", tree)
        self._depth += 1
        if self._depth > DEEPEST:
            self.refuse("it is nested too deeply: split it", tree)
        part = handler(self, tree)
        self._depth -= 1
        return part

    def value(self, tree: ast.expr, wanted: str = "a number") -> NumberPart:
        """A number or a vector of them."""
        part = self.part(tree)
        if not isinstance(part, NumberPart):
            self.refuse(f"{part.text!r} is {described(part)}, where {wanted} is needed", part)
        return part

    def answer(self, tree: ast.expr) -> TruthPart:
        """A truth, or a vector of them."""
        part = self.part(tree)
        if isinstance(part, TruthPart):
            return part
        if isinstance(part, CharacterPart):
            self.refuse(f"{part.text!r} is a character, not true or false: compare it, as in char == 'e'", part)
        problem = f"{part.text!r} is {described(part)}, not true or false"
        if part.size is None:
            self.refuse(f"{problem}: compare it, as in {part.text} > 0.5", part)
        self.refuse(f"{problem}: compare it within any() or all(), as in any({part.text} > 0.5)", part)

    def column(self, tree: ast.expr) -> int:
        """The column of a part of the tree in the text, from 1."""
        return self._indent + len(self._bytes[: tree.col_offset].decode()) + 1

    def source(self, tree: ast.expr) -> str:
        """How a part of the tree was written."""
        return self._bytes[tree.col_offset : tree.end_col_offset].decode()

    def refuse(self, problem: str, at: ast.expr | TypedPart | int) -> NoReturn:
        """Raises the error."""
        column = at if isinstance(at, int) else at.column if isinstance(at, TypedPart) else self.column(at)
        raise ConditionError(visible(problem), self._text, column)

    def same_size(self, parts: Sequence[TypedPart]) -> int | None:
        """The units of parts that meet unit by unit; one value a step meets every unit."""
        sized = [part for part in parts if part.size is not None]
        for part in sized[1:]:
            if part.size != sized[0].size:
                problem = f"{sized[0].text!r} has {sized[0].size} units and {part.text!r} has {part.size}"
                self.refuse(f"{problem}: they cannot be combined unit by unit", part)
        return sized[0].size if sized else None

    def made(self, tree: ast.expr, node: Numeric, size: int | None = None) -> NumberPart:
        """A number made from parts. Its tree must stay small: `delta` doubles what it is given."""
        self.bounded(node, tree)
        return NumberPart(self.source(tree), self.column(tree), size, node)

    def bounded(self, node: Numeric | Truth, tree: ast.expr) -> None:
        """Refuses trees over `LARGEST_TREE` nodes."""
        if sum(1 for _ in nodes(node)) > LARGEST_TREE:
            self.refuse("it is too long once every delta() and crosses() is expanded: split it", tree)

    def within(self, side: int, tree: ast.expr) -> Part:
        """What an expression means for one of two models side by side."""
        whole, self.names = self.names, self.names.of_side(side)
        try:
            return self.part(tree)
        finally:
            self.names = whole

    def named(self, tree: ast.expr, name: str, vector: str, side: int = 0) -> int:
        """The index of a symbol, or a column, that a vector has to have an entry of."""
        if self.names.rows is None or (self.names.classes and vector == LOGITS):
            return self.symbol(tree, name, side)
        columns = self.names.columns(vector)
        if name not in columns:
            self.refuse(f"{vector} has no {self.source(tree)}: it has {', '.join(columns)}", tree)
        return columns.index(name)

    def symbol(self, tree: ast.expr, symbol: str, side: int = 0) -> int:
        """The index of a symbol that has to be in the vocabulary, or of a class."""
        names = self.names.of_side(side)
        if symbol not in names.outputs:
            among = "one of the model's classes" if names.classes else "in the model's vocabulary"
            self.refuse(f"{self.source(tree)} is not {among}", tree)
        return names.outputs.index(symbol)


Handler = Callable[[Reader, ast.expr], Part]
"""What one kind of syntax means."""
