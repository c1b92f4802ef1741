"""Why a condition holds at a step: its own words with the values filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Condition
from lstm_tui.conditions.nodes import (
    Compared,
    Crossed,
    Joined,
    Letter,
    Matched,
    Not,
    NotFinite,
    Number,
    Numeric,
    OneOf,
    Quantified,
    Symbol,
    Symbolic,
    Time,
    Truth,
)
from lstm_tui.conditions.traversal import children, nodes, units_of
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.search.chunk import Chunk
from lstm_tui.engine.search.evaluate import Evaluator, Meanings
from lstm_tui.engine.search.operands import Operands

_DIGITS = range(4, 18)
_ATOM = re.compile(r"[\w.\u0303]+|(prev|delta|abs)\([^()]*\)")


def explain_hit(
    condition: Condition, chunk: Chunk, row: int, symbols: Sequence[str], before: Chunk | None = None
) -> str:
    """`describe_hit` of a row of a chunk."""
    outputs = None if chunk.classes is None else chunk.classes.names
    return describe_hit(condition, Operands(chunk, before, tolerance=0.0), row, symbols, outputs)


@torch.inference_mode()
def describe_hit(
    condition: Condition, operands: Meanings, row: int, symbols: Sequence[str], outputs: Sequence[str] | None = None
) -> str:
    """`f[3] = 0.0812 < 0.1` for the status row: the values at a row of the chunk, safe to print.

    Of an `or` only what holds is named; of `any` and `all` one unit (the first that holds, the nearest to not holding)
    and how many hold. A value that does not exist is `–`. `outputs`: what is guessed, where that is no symbol.
    """
    return visible(_Explained(Evaluator(operands), row, symbols, outputs or symbols).truth(condition.truth, None))


class _Explained:
    def __init__(self, evaluator: Evaluator, row: int, symbols: Sequence[str], outputs: Sequence[str]) -> None:
        self._evaluator = evaluator
        self._row = row
        self._symbols = symbols
        self._outputs = outputs

    def truth(self, node: Truth, unit: int | None) -> str:
        match node:
            case Compared():
                return self._compared(node, unit)
            case Matched(operands, operators, texts):
                if operators == ("==",) and any(isinstance(operand, Letter) for operand in operands):
                    return f"{texts[0]} == {texts[1]}"
                words = [self._symbol(operand, text) for operand, text in zip(operands, texts, strict=True)]
                return _chain(words, operators)
            case OneOf(operand, _, negated, texts):
                return f"{self._symbol(operand, texts[0])} {'not in' if negated else 'in'} {texts[1]}"
            case Crossed(was, _, now, level, texts):
                start, end = (f"{self._value(value, unit):.4f}" for value in (was, now))
                limit = texts[1] if _written_out(level) else f"{texts[1]} = {self._value(level, unit):.4f}"
                return f"{_indexed(now, texts[0], unit)} from {start} to {end} crosses {limit}"
            case NotFinite(_, operand, texts):
                return f"{_indexed(operand, texts[0], unit)} = {self._value(operand, unit)}"
            case Not(operand):
                return f"not ({self.truth(operand, unit)})"
            case Joined(operator, operands):
                holding = list(operands)
                if operator == "or":
                    holding = [operand for operand in operands if self._holds(operand, unit)] or holding
                return f" {operator} ".join(self.truth(operand, unit) for operand in holding)
            case Quantified(function, operand):
                return self._quantified(function, operand)

    def _quantified(self, function: str, operand: Truth) -> str:
        holds = self._at_row(self._evaluator.truth(operand).holds)  # (U,)
        wanted = torch.nonzero(holds == (function == "any")).flatten()
        unit = int(wanted[0]) if len(wanted) else self._nearest(operand)
        return f"{self.truth(operand, unit)} ({int(holds.sum())} of {len(holds)} units)"

    def _nearest(self, truth: Truth) -> int:
        """The unit whose comparison is closest to flipping; 0 for what is not a plain comparison."""
        if not isinstance(truth, Compared):
            return 0
        left, right = (self._evaluator.number(operand).x for operand in truth.operands[:2])
        gaps = self._at_row((left - right).abs())
        return 0 if bool(torch.isnan(gaps).all()) else int(gaps.nan_to_num(math.inf).argmin())

    def _compared(self, node: Compared, unit: int | None) -> str:
        values = [self._value(operand, unit) for operand in node.operands]
        indexed = [_indexed(part, text, unit) for part, text in zip(node.operands, node.texts, strict=True)]
        words: list[str] = []
        for digits in _DIGITS:  # more of them where rounding would show `0.1000 < 0.1`
            shown = [_shown(part, value, digits) for part, value in zip(node.operands, values, strict=True)]
            words = [
                text if _written_out(part) else f"{text} = {number}{_other_number(part, number)}"
                for part, text, number in zip(node.operands, indexed, shown, strict=True)
            ]
            read_back = [
                v if _written_out(part) else _read(s) for part, v, s in zip(node.operands, values, shown, strict=True)
            ]
            if _links(node.operators, read_back) == _links(node.operators, values):
                break
        return _chain(words, node.operators)

    def _holds(self, node: Truth, unit: int | None) -> bool:
        holds = self._at_row(self._evaluator.truth(node).holds)
        return bool(holds[0 if unit is None or len(holds) == 1 else unit])

    def _value(self, node: Numeric, unit: int | None) -> float:
        values = self._at_row(self._evaluator.number(node).x)
        return float(values[0 if unit is None or len(values) == 1 else unit])

    def _at_row(self, found: Tensor) -> Tensor:
        """(T, U), (T, 1) or () → (U,) or (1,)."""
        return found[self._row] if found.dim() else found[None]

    def _symbol(self, node: Symbolic, text: str) -> str:
        if isinstance(node, Letter):
            return text
        index = int(self._evaluator.symbols(node)[0][self._row])
        symbols = self._symbols if isinstance(node, Symbol) and node.name == "char" else self._outputs
        return f"{text} = " + (f"'{visible(symbols[index])}'" if index >= 0 else "–")


def _indexed(node: Numeric, text: str, unit: int | None) -> str:
    if unit is None or units_of(node) is None:
        return text
    return f"{text}[{unit}]" if _ATOM.fullmatch(text) else f"({text})[{unit}]"


def _written_out(node: Numeric) -> bool:
    return isinstance(node, Number) or (all(map(_written_out, _numbers(node))) and bool(_numbers(node)))


def _numbers(node: Numeric) -> list[Numeric]:
    return list(children(node))  # type: ignore[arg-type]


def _shown(node: Numeric, value: float, digits: int) -> str:
    if math.isnan(value):
        return "–"
    if all(isinstance(leaf, Time | Number) for leaf in nodes(node) if not _numbers(leaf)):  # type: ignore[arg-type]
        return f"{value:.15g}"
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.{digits}g}"


def _other_number(node: Numeric, shown: str) -> str:
    """What else a step is called: `t = 2 (step 3)`, `step = 3 (t = 2)`."""
    match node:
        case Time(0, 0):
            return f" (step {int(shown) + 1})"
        case Time(1, 0):
            return f" (t = {int(shown) - 1})"
    return ""


def _read(shown: str) -> float:
    return math.nan if shown == "–" else float(shown)


def _links(operators: Sequence[str], values: Sequence[float]) -> list[bool]:
    compare = {
        "<": float.__lt__,
        "<=": float.__le__,
        ">": float.__gt__,
        ">=": float.__ge__,
        "==": float.__eq__,
        "!=": float.__ne__,
    }
    return [compare[op](a, b) for op, a, b in zip(operators, values, values[1:], strict=False)]


def _chain(words: Sequence[str], operators: Sequence[str]) -> str:
    return " ".join([words[0], *(f"{op} {word}" for op, word in zip(operators, words[1:], strict=True))])
