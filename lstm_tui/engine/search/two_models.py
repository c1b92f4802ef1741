"""Looking for steps where conditions about two models side by side hold, by the numbers that the screen shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Condition, Needs
from lstm_tui.conditions.nodes import LOGITS, Letter, Outcome, Symbolic, Unit, Units
from lstm_tui.engine.divergence import Divergence
from lstm_tui.engine.search.intervals import Interval
from lstm_tui.engine.search.operands import Operands
from lstm_tui.engine.search.scanner import stepped
from lstm_tui.engine.search.search import Hit, hits
from lstm_tui.engine.timeline import Timeline

_AT_ONCE = 64
"""Steps of both between two looks at whether the search is still wanted."""


class TwoModels:
    """Two timelines over one text, with the symbols of each in the order of its vocabulary."""

    def __init__(self, timelines: Sequence[Timeline], vocabularies: Sequence[Sequence[str]]) -> None:
        self.timelines = tuple(timelines)
        a, b = vocabularies
        union = {symbol: at for at, symbol in enumerate((*a, *(symbol for symbol in b if symbol not in set(a))))}
        self.places = torch.tensor([union[symbol] for symbol in b], dtype=torch.long)
        """Where the symbols of b are among a's and those that b alone has."""
        self.divergence = Divergence(a, b)

    def operands(self, needs: Sequence[Needs], start: int, stop: int) -> TwoOperands:
        """What names stand for at t = start..stop-1."""
        depth = max(need.depth for need in needs)
        sides = []
        for timeline, need in zip(self.timelines, needs, strict=True):
            chunk, before = stepped(timeline, need, start, stop), None
            if start and depth:
                before = stepped(timeline, need, max(0, start - depth), start)
            sides.append(Operands(chunk, before, tolerance=0.0))
        return TwoOperands(self, sides)

    def search(self, conditions: Sequence[Condition], forward: bool, first: int, last: int) -> Iterator[int | Hit]:
        """See `Search`: the hits at the positions first..last in order of travel, and the positions reached."""
        needs = [Needs.of((condition.truth for condition in conditions), side) for side in (0, 1)]
        start, stop = max(0, first - 1), min(last, *map(len, self.timelines))
        pieces = range(start, stop, _AT_ONCE)
        for begin in pieces if forward else reversed(pieces):
            end = min(begin + _AT_ONCE, stop)
            yield from hits(conditions, self.operands(needs, begin, end), begin, end - begin, forward)
            yield end if forward else begin


class TwoOperands:
    """Each name is asked of the model that it is said of; see `Operands`."""

    exact = True

    def __init__(self, of: TwoModels, sides: Sequence[Operands]) -> None:
        self._of, self._sides = of, sides

    def symbols(self, node: Symbolic) -> tuple[Tensor, Tensor]:
        """By their places among the symbols of both."""
        if isinstance(node, Letter):
            return self._sides[0].symbols(node)
        found, doubtful = self._sides[node.side].symbols(node)
        if node.side:
            found = torch.where(found < 0, found, self._of.places[found.clamp(min=0)])
        return found, doubtful

    def folded(self, function: str, node: Units) -> Interval:
        return self._sides[node.side].folded(function, node)

    def times(self) -> Tensor:
        return self._sides[0].times()

    def share(self, node: Units, over: float, under: float) -> Interval:
        return self._sides[node.side].share(node, over, under)

    def quantity(self, node: Units | Unit) -> Interval:
        return self._sides[node.side].quantity(node)

    def outcome(self, node: Outcome) -> Interval:
        """KL too, which is of both."""
        if node.name != "kl":
            return self._sides[node.side].outcome(node)
        a, b = (side.quantity(Units(None, LOGITS, 0, False, None, node.ago)).x for side in self._sides)
        for logits in (a, b):
            if logits.shape[1] == 1 and bool(logits.isnan().all()):  # without an output layer there is no guess
                return Interval.exactly(logits)
        return Interval.exactly(self._of.divergence.of_steps(a, b)[:, None])
