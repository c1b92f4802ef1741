"""Where conditions hold: their trees evaluated on whole chunks of steps at once.

Every answer comes with its doubt: the scan's numbers are the steps' numbers up to `TOLERANCE`, and a row whose answer
could be different within that has to be asked again with stepped numbers (`tolerance=0`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Condition
from lstm_tui.conditions.nodes import (
    Absolute,
    Arithmetic,
    Compared,
    Crossed,
    Extreme,
    Joined,
    Matched,
    Negative,
    Not,
    NotFinite,
    Number,
    Numeric,
    OneOf,
    Outcome,
    Power,
    Quantified,
    Reduced,
    Saturated,
    Symbolic,
    Time,
    Truth,
    Unit,
    Units,
)
from lstm_tui.conditions.traversal import units_of
from lstm_tui.engine.search import intervals
from lstm_tui.engine.search.chunk import Chunk
from lstm_tui.engine.search.intervals import Interval
from lstm_tui.engine.search.operands import ABSENT, TOLERANCE, Operands

_NEAR_THE_END = 1e37
"""Of what a float32 can hold."""
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, eq=False)
class Verdicts:
    """A condition's answer for each of T steps."""

    holds: Tensor  # (T,) bool: the answer by the numbers given
    doubtful: Tensor  # (T,) bool: within the tolerance it could be the other one


class Meanings(Protocol):
    """What the names of a condition stand for: see `Operands`."""

    @property
    def exact(self) -> bool: ...
    def symbols(self, node: Symbolic) -> tuple[Tensor, Tensor]: ...
    def folded(self, function: str, node: Units) -> Interval: ...
    def times(self) -> Tensor: ...
    def share(self, node: Units, over: float, under: float) -> Interval: ...
    def quantity(self, node: Units | Unit) -> Interval: ...
    def outcome(self, node: Outcome) -> Interval: ...


def evaluate(condition: Condition, chunk: Chunk, before: Chunk | None = None, tolerance: float = TOLERANCE) -> Verdicts:
    """Where `condition` holds in `chunk`.

    `before` is the chunk that ends just before this one, of at least `condition.needs.depth` rows or reaching back to
    t = 0; its tail is enough (`Chunk.last`). It may be left out at the text's start and for conditions without `prev`.
    `tolerance` 0 takes the numbers as they are: then nothing is doubtful but what is not finite.
    """
    return judged(condition, Operands(chunk, before, tolerance), len(chunk))


@torch.inference_mode()
def judged(condition: Condition, operands: Meanings, count: int) -> Verdicts:
    """`evaluate` by what the names stand for at `count` steps."""
    answer = Evaluator(operands).truth(condition.truth)
    return Verdicts(answer.holds.expand(count, 1)[:, 0], answer.doubtful.expand(count, 1)[:, 0])


@dataclass(frozen=True, eq=False)
class Truths:
    """Yes or no with its doubt: bool tensors (T, 1), (T, U), or () for what is the same at every step."""

    holds: Tensor
    doubtful: Tensor

    def folded(self, wanted: bool) -> Truths:
        """any (`wanted` True) or all (False) of the units, (T, 1): one sure unit of the wanted kind decides."""
        decided = ((self.holds == wanted) & ~self.doubtful).any(dim=-1, keepdim=True)
        holds = (self.holds == wanted).any(dim=-1, keepdim=True) == wanted
        return Truths(holds, self.doubtful.any(dim=-1, keepdim=True) & ~decided)

    def negated(self) -> Truths:
        """not."""
        return Truths(~self.holds, self.doubtful)

    def joined(self, other: Truths, wanted: bool) -> Truths:
        """or (`wanted` True) and and (False), unit by unit."""
        mine, theirs = self.holds == wanted, other.holds == wanted
        decided = (mine & ~self.doubtful) | (theirs & ~other.doubtful)
        return Truths((mine | theirs) == wanted, (self.doubtful | other.doubtful) & ~decided)


class Evaluator:
    """Some steps, asked about nodes. Numbers have the shape (T, 1), vectors (T, U), constants ()."""

    def __init__(self, operands: Meanings) -> None:
        self._operands = operands

    def truth(self, node: Truth) -> Truths:
        """Yes or no for every step (and unit)."""
        match node:
            case Compared(operands, operators):
                numbers = [self.number(operand) for operand in operands]
                return _all(map(_compared, operators, numbers, numbers[1:]))
            case Matched(operands, operators):
                return _all(map(self._matched, operators, operands, operands[1:]))
            case OneOf():
                return self._one_of(node)
            case Crossed(was, was_level, now, level):
                values = self.number(was), self.number(was_level), self.number(now), self.number(level)
                rose = _all([_compared("<", *values[:2]), _compared(">=", *values[2:])])
                fell = _all([_compared(">", *values[:2]), _compared("<=", *values[2:])])
                return rose.joined(fell, True)
            case NotFinite():
                return self._not_finite(node)
            case Not(truth):
                return self.truth(truth).negated()
            case Joined(operator, truths):
                answers = [self.truth(truth) for truth in truths]
                return reduce(lambda a, b: a.joined(b, operator == "or"), answers)
            case Quantified(function, truth):
                return self._at_the_edge(node) or self.truth(truth).folded(function == "any")

    def number(self, node: Numeric) -> Interval:
        """A number's or vector's value at every step."""
        match node:
            case Number(value):
                return Interval.exactly(torch.tensor(value, dtype=torch.float64))
            case Time(plus, ago):
                return Interval.exactly(self._operands.times() + float(plus - ago))
            case Units() | Unit():
                return self._operands.quantity(node)
            case Outcome():
                return self._operands.outcome(node)
            case Negative(operand):
                return intervals.negative(self.number(operand))
            case Absolute(operand):
                return intervals.absolute(self.number(operand))
            case Arithmetic(operator, left, right):
                return intervals.arithmetic(operator, self.number(left), self.number(right))
            case Power(base, exponent):
                return intervals.power(self.number(base), exponent)
            case Reduced(function, Units() as operand):
                return self._operands.folded(function, operand)
            case Reduced(function, operand):
                return intervals.reduced(function, self.number(operand))
            case Extreme(function, operands):
                numbers = [self.number(operand) for operand in operands]
                return reduce(lambda a, b: intervals.extreme(function, a, b), numbers)
            case Saturated(Units() as operand, over, under):
                return self._operands.share(operand, over, under)
            case Saturated(operand, over, under):
                return intervals.saturated(self.number(operand), over, under)

    def _at_the_edge(self, node: Quantified) -> Truths | None:
        """`any(f < x)` is `min(f) < x`: one pass over the vector instead of twenty. None where that is not so."""
        truth = node.operand
        if not isinstance(truth, Compared) or len(truth.operands) != 2 or truth.operators[0] not in _MIRRORED:
            return None
        (left, right), operator = truth.operands, truth.operators[0]
        if not isinstance(left, Units):
            left, right, operator = right, left, _MIRRORED[operator]
        if not isinstance(left, Units) or units_of(right) is not None:
            return None
        least = (operator in ("<", "<=")) == (node.function == "any")
        edge = self.number(Reduced("min" if least else "max", left))
        if edge.has_gaps:  # NaN in one unit hides the others from min and max
            return None
        return _compared(operator, edge, self.number(right))

    def symbols(self, node: Symbolic) -> tuple[Tensor, Tensor]:
        """Which symbol at every step, -1 for none, and where another one is as likely."""
        return self._operands.symbols(node)

    def _not_finite(self, node: NotFinite) -> Truths:
        """What is no number in a scan is asked again: a sum may overflow in one order and not in another."""
        x = self.number(node.operand).x
        there = self._operands.times() >= node.operand.ago
        holds = there & (torch.isnan(x) if node.function == "isnan" else torch.isinf(x))
        return Truths(holds, there & ~(x.abs() < _NEAR_THE_END) & (not self._operands.exact))

    def _matched(self, operator: str, left: Symbolic, right: Symbolic) -> Truths:
        (a, a_unsure), (b, b_unsure) = self._operands.symbols(left), self._operands.symbols(right)
        there = (a != ABSENT) & (b != ABSENT)
        holds = there & ((a == b) if operator == "==" else (a != b))
        return Truths(holds[..., None], (there & (a_unsure | b_unsure))[..., None])

    def _one_of(self, node: OneOf) -> Truths:
        found, unsure = self._operands.symbols(node.operand)
        inside = torch.isin(found, torch.tensor(sorted(node.indices), dtype=found.dtype, device=found.device))
        holds = (found != ABSENT) & (inside != node.negated)
        return Truths(holds[:, None], (unsure & (found != ABSENT))[:, None])


def _all(answers: Iterable[Truths]) -> Truths:
    return reduce(lambda a, b: a.joined(b, False), answers)


def _compared(operator: str, a: Interval, b: Interval) -> Truths:
    """What does not exist makes it surely false; anything else is sure where the bounds say so."""
    if operator in (">", ">="):
        return _compared("<" if operator == ">" else "<=", b, a)
    if operator == "<":
        holds, surely, never = a.x < b.x, a.high < b.low, a.low >= b.high
    elif operator == "<=":
        holds, surely, never = a.x <= b.x, a.high <= b.low, a.low > b.high
    else:
        equal = (a.low == b.high) & (a.high == b.low)
        apart = (a.high < b.low) | (a.low > b.high)
        same = operator == "=="
        holds, surely, never = (a.x == b.x) == same, equal if same else apart, apart if same else equal
    there = ~(torch.isnan(a.x) | torch.isnan(b.x))
    return Truths(holds & there, ~(surely & there | never | a.absent | b.absent))
