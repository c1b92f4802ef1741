"""Where conditions hold: their trees evaluated on whole chunks of steps at once.

Every answer comes with its doubt: the scan's numbers are the steps' numbers up to `TOLERANCE`, and a row whose answer
could be different within that has to be asked again with stepped numbers (`tolerance=0`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from lstm_tui.condition import Condition
from lstm_tui.condition.nodes import (
    Absolute,
    Arithmetic,
    Compared,
    Crossed,
    Extreme,
    Joined,
    Letter,
    Matched,
    Negative,
    Not,
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
from lstm_tui.engine import intervals
from lstm_tui.engine.chunks import Chunk
from lstm_tui.engine.intervals import Interval

TOLERANCE = 1e-5
"""A scanned number x is taken for true within TOLERANCE · (1 + |x|)."""
_ABSENT, _UNLIKE_ALL = -1, -2


@dataclass(frozen=True, eq=False)
class Found:
    """A condition's answer for each of T steps."""

    holds: Tensor  # (T,) bool: the answer by the numbers given
    doubtful: Tensor  # (T,) bool: within the tolerance it could be the other one


@torch.inference_mode()
def evaluate(condition: Condition, chunk: Chunk, before: Chunk | None = None, tolerance: float = TOLERANCE) -> Found:
    """Where `condition` holds in `chunk`.

    `before` is the chunk that ends just before this one, of at least `condition.needs.depth` rows or reaching back to
    t = 0; its tail is enough (`Chunk.last`). It may be left out at the text's start and for conditions without `prev`.
    `tolerance` 0 takes the numbers as they are: then nothing is doubtful but what is not finite.
    """
    answer = Evaluator(chunk, before, tolerance).truth(condition.truth)
    rows = (len(chunk), 1)
    return Found(answer.holds.expand(rows)[:, 0], answer.doubtful.expand(rows)[:, 0])


@dataclass(frozen=True, eq=False)
class Answer:
    """Yes or no with its doubt: bool tensors (T, 1), (T, U), or () for what is the same at every step."""

    holds: Tensor
    doubtful: Tensor

    def folded(self, wanted: bool) -> Answer:
        """any (`wanted` True) or all (False) of the units, (T, 1): one sure unit of the wanted kind decides."""
        decided = ((self.holds == wanted) & ~self.doubtful).any(dim=-1, keepdim=True)
        holds = (self.holds == wanted).any(dim=-1, keepdim=True) == wanted
        return Answer(holds, self.doubtful.any(dim=-1, keepdim=True) & ~decided)

    def negated(self) -> Answer:
        """not."""
        return Answer(~self.holds, self.doubtful)

    def joined(self, other: Answer, wanted: bool) -> Answer:
        """or (`wanted` True) and and (False), unit by unit."""
        mine, theirs = self.holds == wanted, other.holds == wanted
        decided = (mine & ~self.doubtful) | (theirs & ~other.doubtful)
        return Answer((mine | theirs) == wanted, (self.doubtful | other.doubtful) & ~decided)


class Evaluator:
    """One chunk, asked about nodes. Numbers have the shape (T, 1), vectors (T, U), constants ()."""

    def __init__(self, chunk: Chunk, before: Chunk | None = None, tolerance: float = TOLERANCE) -> None:
        if before is not None and before.t0 + len(before) != chunk.t0:
            raise ValueError("the chunk before has to end where this one begins")
        self._chunk = chunk
        self._before = before
        self._tolerance = tolerance

    def truth(self, node: Truth) -> Answer:
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
            case Not(truth):
                return self.truth(truth).negated()
            case Joined(operator, truths):
                answers = [self.truth(truth) for truth in truths]
                return reduce(lambda a, b: a.joined(b, operator == "or"), answers)
            case Quantified(function, truth):
                return self.truth(truth).folded(function == "any")

    def number(self, node: Numeric) -> Interval:
        """A number's or vector's value at every step."""
        match node:
            case Number(value):
                return Interval.exactly(torch.tensor(value, dtype=torch.float64))
            case Time(plus, ago):
                return Interval.exactly(self._times() + float(plus - ago))
            case Units() | Unit():
                return self._quantity(node)
            case Outcome():
                return self._outcome(node)
            case Negative(operand):
                return intervals.negative(self.number(operand))
            case Absolute(operand):
                return intervals.absolute(self.number(operand))
            case Arithmetic(operator, left, right):
                return intervals.arithmetic(operator, self.number(left), self.number(right))
            case Power(base, exponent):
                return intervals.power(self.number(base), exponent)
            case Reduced(function, operand):
                return intervals.reduced(function, self.number(operand))
            case Extreme(function, operands):
                numbers = [self.number(operand) for operand in operands]
                return reduce(lambda a, b: intervals.extreme(function, a, b), numbers)
            case Saturated(operand, over, under):
                return intervals.saturated(self.number(operand), over, under)

    def symbols(self, node: Symbolic) -> tuple[Tensor, Tensor]:
        """Which symbol at every step (T,), -1 where there is none, and where another one is as likely."""
        if isinstance(node, Letter):
            index = torch.tensor(_UNLIKE_ALL if node.index is None else node.index)
            return index, torch.tensor(False)
        if node.name == "char":
            found = self._ago(node.ago, lambda chunk: chunk.char, _ABSENT)
        elif node.name == "target":
            found = self._ago(node.ago, lambda chunk: chunk.target, _ABSENT)
        elif self._chunk.logits is None:
            found = torch.full_like(self._chunk.char, _ABSENT)
        else:
            found = self._ago(node.ago, lambda chunk: chunk.guess, _ABSENT)
            return found, self._ago(node.ago, self._undecided, 0)
        return found, torch.zeros_like(found, dtype=torch.bool)

    def _undecided(self, chunk: Chunk) -> Tensor:
        """(T,): the runner-up's logit is within both tolerances of the best one."""
        assert chunk.logits is not None
        best = chunk.logits.double().topk(min(2, chunk.logits.shape[1]), dim=1).values  # (T, 2)
        gap = best[:, 0] - best[:, -1]
        near = self._tolerance * (2 + best[:, 0].abs() + best[:, -1].abs())
        return (gap <= near) & (best.shape[1] > 1) & (self._tolerance > 0)

    def _matched(self, operator: str, left: Symbolic, right: Symbolic) -> Answer:
        (a, a_unsure), (b, b_unsure) = self.symbols(left), self.symbols(right)
        there = (a != _ABSENT) & (b != _ABSENT)
        holds = there & ((a == b) if operator == "==" else (a != b))
        return Answer(holds[..., None], (there & (a_unsure | b_unsure))[..., None])

    def _one_of(self, node: OneOf) -> Answer:
        found, unsure = self.symbols(node.operand)
        inside = torch.isin(found, torch.tensor(sorted(node.indices), dtype=found.dtype, device=found.device))
        holds = (found != _ABSENT) & (inside != node.negated)
        return Answer(holds[:, None], (unsure & (found != _ABSENT))[:, None])

    def _times(self) -> Tensor:
        chunk = self._chunk
        times = torch.arange(chunk.t0, chunk.t0 + len(chunk), dtype=torch.float64, device=chunk.char.device)
        return times[:, None]

    def _quantity(self, node: Units | Unit) -> Interval:
        layer, name = node.layer, node.quantity
        if layer is None and self._chunk.logits is None:
            return self._nothing()
        unit = node.index if isinstance(node, Unit) else None

        def read(chunk: Chunk) -> Tensor:
            if layer is None:
                assert chunk.logits is not None
                return chunk.logits if unit is None else chunk.logits[:, unit : unit + 1]
            return chunk.vector(layer, name) if unit is None else chunk.column(layer, name, unit)

        x = self._ago(node.ago, read, 0.0 if node.state else torch.nan).double()
        return Interval.around(x, self._tolerance * (1 + x.abs()) if self._tolerance else 0.0)

    def _outcome(self, node: Outcome) -> Interval:
        """Loss and p move with the logits: twice their largest tolerance; entropy by that times itself."""
        if self._chunk.logits is None:
            return self._nothing()
        if node.name == "entropy":
            x = self._ago(node.ago, lambda chunk: chunk.entropy, torch.nan)
            return Interval.around(x, self._logit_radius(node.ago) * (1 + x))

        def surprise(chunk: Chunk) -> Tensor:
            if node.index is not None:
                return -chunk.log_p[:, node.index : node.index + 1]
            picked = -chunk.log_p.gather(1, chunk.target.clamp(min=0)[:, None])
            return picked.masked_fill((chunk.target < 0)[:, None], torch.nan)

        x = self._ago(node.ago, surprise, torch.nan)
        loss = Interval.around(x, self._logit_radius(node.ago))
        if node.name == "loss":
            return loss
        return Interval(torch.exp(-x), torch.exp(-loss.high), torch.exp(-loss.low), loss.wild)

    def _logit_radius(self, ago: int) -> Tensor | float:
        if not self._tolerance:
            return 0.0

        def largest(chunk: Chunk) -> Tensor:
            assert chunk.logits is not None
            return chunk.logits.double().abs().amax(dim=1, keepdim=True)

        return 2 * self._tolerance * (1 + self._ago(ago, largest, 0.0))

    def _nothing(self) -> Interval:
        nan = self._times() * torch.nan
        return Interval(nan, nan, nan, wild=True)

    def _ago(self, ago: int, read: Callable[[Chunk], Tensor], start: float) -> Tensor:
        """What `read` finds `ago` steps before each row of the chunk; `start` before the first step."""
        now = read(self._chunk)
        if ago == 0:
            return now
        rows, missing = len(self._chunk), max(0, ago - self._chunk.t0)
        parts = [torch.full_like(now[:1], start).expand(min(missing, rows), *now.shape[1:])]
        wanted = min(ago, self._chunk.t0)
        if wanted:
            if self._before is None or len(self._before) < wanted:
                raise ValueError(f"the condition looks {wanted} steps back before the chunk, which are not given")
            parts.append(read(self._before.rows(len(self._before) - wanted, len(self._before))))
        return torch.cat([*parts, now])[:rows]


def _all(answers: Iterable[Answer]) -> Answer:
    return reduce(lambda a, b: a.joined(b, False), answers)


def _compared(operator: str, a: Interval, b: Interval) -> Answer:
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
    return Answer(holds & there, ~(surely & there | never | a.absent | b.absent))
