"""Looking for steps where conditions hold, forwards or backwards, a few blocks at a time.

The scan proposes; steps decide. What the scan is sure of and what it doubts alike is looked at again with the numbers
the screen shows, so a stop that is reported holds on the screen. The scan itself is checked against the steps now and
then: for a model that multiplies rounding errors until the two part ways, every step is taken one by one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lstm_tui.condition import Condition, Needs
from lstm_tui.engine import timeline as blocks
from lstm_tui.engine.chunks import Chunk
from lstm_tui.engine.hits import explain_hit
from lstm_tui.engine.leaves import TOLERANCE
from lstm_tui.engine.scanning import Scanner, can_scan, needs_a_model, stepped
from lstm_tui.engine.searching import evaluate
from lstm_tui.engine.stretches import Stretch
from lstm_tui.engine.timeline import Timeline

_LARGEST_GROUP = 16
"""Blocks looked at together: work in one piece, but a key press or two of memory."""
_TEXT_GROUP = 256
"""The same where the text alone decides."""
_NUMBERS = 4_000_000
"""Numbers a group may hold of one quantity."""
_DENSE = 16
"""Proposals in a block from which on all its steps are looked at together."""
_GUESSED = 256
"""Characters before the cursor that a text row may show."""
_CHECKED = 1024
"""One block in so many is compared with its steps."""


@dataclass(frozen=True, eq=False)
class Hit:
    """A position where conditions hold."""

    position: int
    which: tuple[int, ...]
    """The conditions' numbers, from 0, in order."""
    _chunk: Chunk = field(repr=False)
    _before: Chunk | None = field(repr=False)

    def reason(self, condition: Condition, symbols: Sequence[str]) -> str:
        """The condition's own words with the values filled in."""
        return explain_hit(condition, self._chunk, self.position - 1 - self._chunk.t0, symbols, self._before)


class Search:
    """Where any of `conditions` holds: iterating gives every hit in order of travel, and between them, so that a
    search can be watched and abandoned, the positions reached (as plain numbers).

    Forward it looks at the positions first..last in ascending order, else in descending order. `timeline` is used
    and extended by nobody else meanwhile (`Timeline.scout`).
    """

    def __init__(self, timeline: Timeline, conditions: Sequence[Condition], forward: bool, first: int, last: int):
        self._timeline = timeline
        self._conditions = tuple(conditions)
        self._needs = Needs.of(condition.truth for condition in conditions)
        self._forward = forward
        self._start, self._stop = max(0, first - 1), min(last, len(timeline))  # in t: position 1 is t = 0
        self._scans = can_scan(timeline, self._needs)
        self._scanner = Scanner(timeline, self._needs) if self._scans else None
        self._until_check = 0

    def __iter__(self) -> Iterator[int | Hit]:
        block, count = blocks.BLOCK, 1
        low, high = self._start // block, -(-self._stop // block)  # numbers of blocks: low..high-1
        while low < high and self._start < self._stop:
            count = min(count, high - low)
            first = low if self._forward else high - count
            low, high = (low + count, high) if self._forward else (low, high - count)
            yield from self._group(first, count)
            count = min(2 * count, self._largest_group())

    def _largest_group(self) -> int:
        if not needs_a_model(self._needs):
            return _TEXT_GROUP
        model = self._timeline.model
        symbols = model.output.out_features if self._needs.output and model.output is not None else 1
        widest = max(*model.hidden_sizes, symbols)
        return max(1, min(_LARGEST_GROUP, _NUMBERS // (widest * blocks.BLOCK)))

    def _group(self, first: int, count: int) -> Iterator[int | Hit]:
        start, stop = first * blocks.BLOCK, min((first + count) * blocks.BLOCK, len(self._timeline))
        if not needs_a_model(self._needs):
            yield from self._by_steps(start, stop)
            yield self._reached(start, stop)
            return
        if not self._scans:
            yield from self._one_by_one(first, count)
            return
        chunk = yield from self._scanned(first, count)
        before = None
        if start and self._needs.depth:
            back = -(-self._needs.depth // blocks.BLOCK)
            before = (yield from self._scanned(max(0, first - back), min(back, first))).last(self._needs.depth)
        if not self._scans:  # the scan was found out meanwhile
            yield from self._one_by_one(first, count)
            return
        proposed, sure = self._propose(chunk, before)
        for number in self._in_order(range(first, first + count)):
            rows = slice((number - first) * blocks.BLOCK, (number - first + 1) * blocks.BLOCK)
            yield from self._decide(start + rows.start, proposed[rows], sure[rows])

    def _scanned(self, first: int, count: int) -> Generator[int, None, Chunk]:
        """A generator that gives the positions reached and returns the chunk of some blocks."""
        stretches: list[Stretch] = []
        for number in range(first, first + count):
            while self._timeline.scanned < number * blocks.BLOCK:
                yield from self._timeline.sweeping(self._timeline.scanned // blocks.BLOCK)
                yield self._timeline.scanned
            swept = yield from self._timeline.sweeping(number)
            self._check(swept)
            stretches += swept
            yield self._reached(swept[0].start, swept[-1].stop)
        assert self._scanner is not None
        return self._scanner.chunk(stretches)

    @torch.inference_mode()
    def _check(self, stretches: list[Stretch]) -> None:
        """Now and then, whether the scan's h are the steps' h."""
        self._until_check -= 1
        stretch = stretches[0]
        if self._until_check > 0 or stretch.stop - stretch.start < 2:
            return
        self._until_check = _CHECKED
        state = self._timeline.state(stretch.stop - 1)
        for (h, *_), scanned in zip(state, stretch.hidden, strict=True):
            agree = torch.isclose(scanned[-2:-1], h, rtol=TOLERANCE / 2, atol=TOLERANCE / 2, equal_nan=True)
            self._scans = self._scans and bool(agree.all())

    def _propose(self, chunk: Chunk, before: Chunk | None) -> tuple[Tensor, Tensor]:
        """(T,) bool: where a condition holds or may hold, and where one surely does."""
        proposed = torch.zeros(len(chunk), dtype=torch.bool, device=chunk.char.device)
        sure = proposed.clone()
        for condition in self._conditions:
            found = evaluate(condition, chunk, before)
            proposed |= found.holds | found.doubtful
            sure |= found.holds & ~found.doubtful
        return proposed, sure

    def _decide(self, start: int, proposed: Tensor, sure: Tensor) -> Iterator[Hit]:
        """The hits among the proposals of the rows from `start` on."""
        rows = [start + row for row in proposed.nonzero().flatten().tolist()]
        rows = [t for t in rows if self._start <= t < self._stop]
        if len(rows) > _DENSE:
            yield from self._by_steps(rows[0], rows[-1] + 1)
            return
        for t in self._in_order(rows):
            hits = list(self._by_steps(t, t + 1))
            if not hits and bool(sure[t - start]):
                self._scans = False  # the scan was sure and wrong
            yield from hits

    def _one_by_one(self, first: int, count: int) -> Iterator[int | Hit]:
        for number in self._in_order(range(first, first + count)):
            start, stop = number * blocks.BLOCK, min((number + 1) * blocks.BLOCK, len(self._timeline))
            yield from self._by_steps(start, stop)
            yield self._reached(start, stop)

    def _by_steps(self, start: int, stop: int) -> Iterator[Hit]:
        """The hits at t = start..stop-1 by the numbers that the screen shows."""
        start, stop = max(start, self._start), min(stop, self._stop)
        if start >= stop:
            return
        chunk, before = stepped(self._timeline, self._needs, start, stop), None
        if start and self._needs.depth:
            before = stepped(self._timeline, self._needs, max(0, start - self._needs.depth), start)
        holds = torch.stack([evaluate(c, chunk, before, tolerance=0.0).holds for c in self._conditions])  # (C, T)
        for row in self._in_order(holds.any(dim=0).nonzero().flatten().tolist()):
            yield Hit(start + row + 1, tuple(holds[:, row].nonzero().flatten().tolist()), chunk, before)

    def _in_order(self, numbers: Sequence[int]) -> Sequence[int]:
        return numbers if self._forward else numbers[::-1]

    def _reached(self, start: int, stop: int) -> int:
        return stop if self._forward else start


def journey(timeline: Timeline, position: int) -> Iterator[int]:
    """Scans up to `position` and steps its block, a little at a time, giving the positions reached on the way."""
    while timeline.scanned < position:
        yield from timeline.sweeping(timeline.scanned // blocks.BLOCK)
        yield min(position, timeline.scanned)
    yield from timeline.reaching(max(position - 1, 0))
    timeline.at(position)


def through(timeline: Timeline, first: int, last: int) -> Iterator[int]:
    """Steps through first..last, and guesses where the text row shows whether the guess was right."""
    block = blocks.BLOCK
    for number in range(first // block, last // block + 1):
        yield from timeline.reaching(min(last, number * block + block - 1))
    if timeline.model.output is not None:
        for position in range(max(1, first, last - _GUESSED), last):
            timeline.guess(position)
            yield position
