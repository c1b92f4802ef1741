"""The leaves of a condition, read off a chunk and the rows before it: each number with the doubt a scan leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from lstm_tui.conditions.nodes import LOGITS, Letter, Outcome, Symbolic, Unit, Units
from lstm_tui.engine.search import intervals
from lstm_tui.engine.search.chunk import Chunk, entropy
from lstm_tui.engine.search.intervals import Interval

TOLERANCE = 1e-5
"""A scanned number x is taken for true within TOLERANCE · (1 + |x|)."""
ABSENT, UNLIKE_ALL = -1, -2
"""No symbol; a symbol outside the vocabulary."""


class Operands:
    """What the names of a condition are at every row of `chunk`; `before` is the chunk that ends just before it."""

    def __init__(self, chunk: Chunk, before: Chunk | None, tolerance: float) -> None:
        if before is not None and before.t0 + len(before) != chunk.t0:
            raise ValueError("the chunk before has to end where this one begins")
        self._chunk = chunk
        self._before = before
        self._tolerance = tolerance

    @property
    def exact(self) -> bool:
        """Whether the numbers are taken as they are."""
        return self._tolerance == 0

    def symbols(self, node: Symbolic) -> tuple[Tensor, Tensor]:
        """Which symbol at every step (T,), -1 where there is none, and where another one is as likely."""
        if isinstance(node, Letter):
            index = torch.tensor(UNLIKE_ALL if node.index is None else node.index)
            return index, torch.tensor(False)
        if node.name == "char":
            found = self.ago(node.ago, lambda chunk: chunk.char, ABSENT)
        elif node.name == "target":
            found = self.ago(node.ago, lambda chunk: chunk.target, ABSENT)
        elif self._chunk.logits is None:
            found = torch.full_like(self._chunk.char, ABSENT)
        else:
            found = self.ago(node.ago, lambda chunk: chunk.guess, ABSENT)
            return found, self.ago(node.ago, self._undecided, 0)
        return found, torch.zeros_like(found, dtype=torch.bool)

    def _undecided(self, chunk: Chunk) -> Tensor:
        """(T,): the runner-up's logit is within both tolerances of the best one."""
        assert chunk.logits is not None
        best = chunk.logits.topk(min(2, chunk.logits.shape[1]), dim=1).values.double()  # (T, 2)
        gap = best[:, 0] - best[:, -1]
        near = self._tolerance * (2 + best[:, 0].abs() + best[:, -1].abs())
        return (gap <= near) & (best.shape[1] > 1) & (self._tolerance > 0)

    def folded(self, function: str, node: Units) -> Interval:
        """min, max, mean, sum of a plain vector: the bounds of the fold are those of the folded numbers."""
        if _is_row(node):
            return intervals.reduced(function, self._of_row(node))
        x = self._read(node)
        if function in ("min", "max"):
            return self._about((x.amin if function == "min" else x.amax)(dim=1, keepdim=True).double())
        count = node.size if function == "mean" else 1
        total, magnitude = (part.sum(dim=1, keepdim=True, dtype=torch.float64) for part in (x, x.abs()))
        return Interval.around(total / count, self._tolerance * (node.size + magnitude) / count)

    def times(self) -> Tensor:
        """t at every row (T, 1)."""
        chunk = self._chunk
        times = torch.arange(chunk.t0, chunk.t0 + len(chunk), dtype=torch.float64, device=chunk.char.device)
        return times[:, None]

    def share(self, node: Units, over: float, under: float) -> Interval:
        """The share of a plain vector's units above `over` or below `under`, counted without making bounds of each."""
        if _is_row(node):
            return intervals.saturated(self._of_row(node), over, under)
        x = self._read(node)
        if self.exact or bool(torch.isnan(x.sum())):
            return intervals.saturated(self._about(x.double()), over, under)

        def counted(margin: float) -> Tensor:
            above = over + margin * self._tolerance * (2 + abs(over))
            below = under - margin * self._tolerance * (2 + abs(under))
            count = (x > above).sum(dim=1, keepdim=True) + (x < below).sum(dim=1, keepdim=True)
            return (count.double() / node.size).clamp(max=1.0)

        return Interval(counted(0.0), low=counted(1.0), high=counted(-1.0))

    def quantity(self, node: Units | Unit) -> Interval:
        """A vector (T, U) or one of its units (T, 1)."""
        if _is_row(node):
            return self._of_row(node)
        return self._about(self._read(node).double())

    def _of_row(self, node: Units | Unit) -> Interval:
        """Raw numbers: those read are exact, those said as well known as the logits they are made of."""
        x = self._read(node).double()
        if node.quantity in ("x", "y") or not self._tolerance or self._chunk.logits is None:
            return Interval.exactly(x)
        logits = self._read(replace(node, quantity=LOGITS)).double()
        assert self._chunk.numbers is not None
        divisor = self._chunk.numbers.of.divisor.abs()
        if isinstance(node, Unit):
            divisor = divisor[node.index]
        return Interval.around(x, self._tolerance * (1 + logits.abs()) * divisor)

    def _about(self, x: Tensor) -> Interval:
        return Interval.around(x, self._tolerance * (1 + x.abs()) if self._tolerance else 0.0)

    def _read(self, node: Units | Unit) -> Tensor:
        """The numbers as they are (T, 1) or (T, U)."""
        layer, name = node.layer, node.quantity
        unit = node.index if isinstance(node, Unit) else None

        def read(chunk: Chunk) -> Tensor:
            if layer is not None:
                return chunk.vector(layer, name) if unit is None else chunk.column(layer, name, unit)
            found = _of_no_layer(chunk, name)
            if found is None:
                return torch.full((len(chunk), 1), torch.nan, device=chunk.char.device)
            return found if unit is None else found[:, unit : unit + 1]

        return self.ago(node.ago, read, torch.nan if node.initial is None else node.initial)

    def outcome(self, node: Outcome) -> Interval:
        """Loss and p move with the logits: twice their largest tolerance; entropy by that times itself."""
        if self._chunk.logits is None:
            return self._nothing()
        if node.name == "grad_norm":
            return Interval.exactly(self.ago(node.ago, _grad_norm, torch.nan))
        if self._chunk.numbers is not None and self._chunk.classes is None:
            return self._squared_error(node)
        if node.name == "entropy":
            x = self.ago(node.ago, lambda chunk: entropy(chunk.log_p(self.exact)), torch.nan).double()
            return Interval.around(x, self._logit_radius(node.ago) * (1 + x))

        def surprise(chunk: Chunk) -> Tensor:
            if node.index is not None:
                return -chunk.log_p(self.exact)[:, node.index : node.index + 1]
            picked = -chunk.log_p(self.exact).gather(1, chunk.target.clamp(min=0)[:, None])
            return picked.masked_fill((chunk.target < 0)[:, None], torch.nan)

        x = self.ago(node.ago, surprise, torch.nan).double()
        loss = Interval.around(x, self._logit_radius(node.ago))
        if node.name == "loss":
            return loss
        return Interval(torch.exp(-x), torch.exp(-loss.high), torch.exp(-loss.low), loss.has_gaps)

    def _squared_error(self, node: Outcome) -> Interval:
        """The loss of a row: an error e that may be r off makes its square 2·|e|·r + r² off."""

        def off(chunk: Chunk) -> Tensor:
            assert chunk.logits is not None
            assert chunk.numbers is not None
            return chunk.logits.double() - chunk.numbers.truth

        error = self.ago(node.ago, off, torch.nan)
        x = error.square().mean(dim=1, keepdim=True)
        if not self._tolerance:
            return Interval.exactly(x)
        logits = self.ago(node.ago, lambda chunk: _of_no_layer(chunk, LOGITS), 0.0).double()  # type: ignore[arg-type,return-value]
        radius = self._tolerance * (1 + logits.abs())
        return Interval.around(x, (2 * error.abs() * radius + radius.square()).mean(dim=1, keepdim=True))

    def _logit_radius(self, ago: int) -> Tensor | float:
        if not self._tolerance:
            return 0.0

        def largest(chunk: Chunk) -> Tensor:
            assert chunk.logits is not None
            return chunk.logits.abs().amax(dim=1, keepdim=True).double()

        return 2 * self._tolerance * (1 + self.ago(ago, largest, 0.0))

    def _nothing(self) -> Interval:
        nan = self.times() * torch.nan
        return Interval(nan, nan, nan, has_gaps=True)

    def ago(self, ago: int, read: Callable[[Chunk], Tensor], start: float) -> Tensor:
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


def _grad_norm(chunk: Chunk) -> Tensor:
    assert chunk.grad_norm is not None, "what is differentiated is stepped, never scanned"
    return chunk.grad_norm


def _is_row(node: Units | Unit) -> bool:
    """Whether it is of a row of numbers, in raw units."""
    return node.layer is None and node.quantity != LOGITS


def _of_no_layer(chunk: Chunk, name: str) -> Tensor | None:
    """The logits, or a vector of a row of numbers, as they are; None without what makes them."""
    numbers, logits = chunk.numbers, chunk.logits
    if name == LOGITS or numbers is None:
        return logits
    if name in ("x", "y"):
        return numbers.x if name == "x" else numbers.y
    if logits is None:
        return None
    return numbers.of.raw(logits) - (numbers.y if name == "error" else 0.0)
