"""Looking for steps where conditions hold, forwards or backwards, a few blocks at a time.

The scan proposes; steps decide. What the scan is sure of and what it doubts alike is looked at again with the numbers
the screen shows, so a stop that is reported holds on the screen. How much the scan has to doubt is measured in every
block: where a model multiplies rounding until scan and steps part ways, the block's steps are taken one by one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Condition, Needs
from lstm_tui.engine.search.chunk import Chunk
from lstm_tui.engine.search.evaluate import Meanings, evaluate, judged
from lstm_tui.engine.search.operands import TOLERANCE, Operands
from lstm_tui.engine.search.reasons import describe_hit
from lstm_tui.engine.search.scanner import Scanner, can_scan, needs_a_model, stepped
from lstm_tui.engine.segments import ScannedSegment
from lstm_tui.engine.timeline import Timeline

_LARGEST_GROUP = 64
"""Blocks looked at together: work in one piece, but a key press or two of memory."""
_TEXT_GROUP = 256
"""The same where the text alone decides."""
_NUMBERS = 4_000_000
"""Numbers a group may hold of one quantity."""
_DENSE = 16
"""Proposals in a block from which on all its steps are looked at together."""
_GUESSED = 256
"""Characters before the cursor that a text row may show."""
_MOST_DOUBT = 1e-3
"""A block whose numbers are not even known so well is stepped: no condition on it could be told from its negation."""


@dataclass(frozen=True, eq=False)
class Hit:
    """A position where conditions hold."""

    position: int
    which: tuple[int, ...]
    """The conditions' numbers, from 0, in order."""
    _operands: Meanings = field(repr=False)
    _row: int = field(repr=False)

    def reason(self, condition: Condition, symbols: Sequence[str], outputs: Sequence[str] | None = None) -> str:
        """The condition's own words with the values filled in."""
        return describe_hit(condition, self._operands, self._row, symbols, outputs)


class Search:
    """Where any of `conditions` holds: iterating gives every hit in order of travel, and between them, so that a
    search can be watched and abandoned, the positions reached (as plain numbers).

    Forward it looks at the positions first..last in ascending order, else in descending order. `timeline` is used
    and extended by nothing else meanwhile (`Timeline.fork`).
    """

    def __init__(self, timeline: Timeline, conditions: Sequence[Condition], forward: bool, first: int, last: int):
        self._timeline = timeline
        self._conditions = tuple(conditions)
        self._needs = Needs.of(condition.truth for condition in conditions)
        self._forward = forward
        self._start, self._stop = max(0, first - 1), min(last, len(timeline))  # in t: position 1 is t = 0
        self._scans = needs_a_model(self._needs) and not self._needs.gradient and can_scan(timeline)
        self._believed = True
        """False once the scan was sure of something that is not so."""
        self._doubts: dict[int, float] = {}
        """How far each block's numbers may be off, see `Scanned`."""
        self.one_by_one = 0
        """Steps so far that had to be taken one by one because the scan could not be believed."""

    @cached_property
    def _scanner(self) -> Scanner:
        """Made when it is first needed, in the thread that searches: it copies weights."""
        return Scanner(self._timeline, self._needs)

    @property
    def note(self) -> str:
        """That and why steps were taken one by one; empty where none had to be."""
        if not self.one_by_one:
            return ""
        finite = all(bool(weights.isfinite().all()) for weights in self._timeline.model.parameters())
        why = "this model amplifies rounding" if finite else "this model has NaN or infinite weights"
        return f"{why}, so steps were searched one by one"

    def __iter__(self) -> Iterator[int | Hit]:
        block, count = self._timeline.block, 1
        low, high = self._start // block, -(-self._stop // block)  # numbers of blocks: low..high-1
        while low < high and self._start < self._stop:
            count = min(count, high - low)
            first = low if self._forward else high - count
            low, high = (low + count, high) if self._forward else (low, high - count)
            parted = self.one_by_one
            yield from self._group(first, count)
            count = min(4 * count, self._largest_group()) if self.one_by_one == parted else 1

    def _largest_group(self) -> int:
        if not needs_a_model(self._needs):
            return _TEXT_GROUP
        model = self._timeline.model
        symbols = model.output.out_features if self._needs.output and model.output is not None else 1
        widest = max(*model.hidden_sizes, symbols)
        return max(1, min(_LARGEST_GROUP, _NUMBERS // (widest * self._timeline.block)))

    def _group(self, first: int, count: int) -> Iterator[int | Hit]:
        start, stop = first * self._timeline.block, min((first + count) * self._timeline.block, len(self._timeline))
        if not needs_a_model(self._needs):
            yield from self._by_steps(start, stop)
            yield self._reached(start, stop)
            return
        if not self._scans or not self._believed:
            yield from self._one_by_one(first, count)
            return
        before, back = None, -(-self._needs.depth // self._timeline.block)
        if self._timeline.interventions.steps_between(max(0, start - back * self._timeline.block) + 1, stop):
            yield from self._where_held(first, count)
            return
        chunk = yield from self._scanned(first, count)
        if start and back:
            earlier = yield from self._scanned(max(0, first - back), min(back, first))
            before = earlier.last(self._needs.depth)
        doubts = {number: self._doubt(number, back) for number in range(first, first + count)}
        believed = [doubt for doubt in doubts.values() if doubt <= _MOST_DOUBT]
        proposed, sure = self._propose(chunk, before, max([TOLERANCE, *believed]))
        for number in self._in_order(range(first, first + count)):
            at = number * self._timeline.block
            rows = slice(at - start, at - start + self._timeline.block)
            if doubts[number] > _MOST_DOUBT or not self._believed:
                yield from self._one_by_one(number, 1)
            else:
                yield from self._decide(number, proposed[rows], sure[rows])

    def _where_held(self, first: int, count: int) -> Iterator[int | Hit]:
        """Blocks of which some hold values: those are stepped."""
        for number in self._in_order(range(first, first + count)):
            if count > 1:
                yield from self._group(number, 1)
                continue
            start, stop = number * self._timeline.block, min((number + 1) * self._timeline.block, len(self._timeline))
            yield from self._by_steps(start, stop)
            yield self._reached(start, stop)

    def _doubt(self, number: int, back: int) -> float:
        """Of what conditions read in a block, and as far before it as they look."""
        return max(self._doubts[at] for at in range(max(0, number - back), number + 1))

    def _scanned(self, first: int, count: int) -> Generator[int, None, Chunk]:
        """A generator that gives the positions reached and returns the chunk of some blocks."""
        stretches: list[ScannedSegment] = []
        for number in range(first, first + count):
            while self._timeline.scanned < number * self._timeline.block:
                yield from self._timeline.scan_block(self._timeline.scanned // self._timeline.block)
                yield self._timeline.scanned
            stretches += yield from self._timeline.scan_block(number)
            yield self._reached(stretches[-1].start, stretches[-1].stop)
        scanned = self._scanner.read(stretches)
        for stretch, doubt in zip(stretches, scanned.doubts, strict=True):
            number = stretch.start // self._timeline.block
            self._doubts[number] = max(doubt, self._doubts.get(number, 0.0))
        return scanned.chunk

    def _propose(self, chunk: Chunk, before: Chunk | None, tolerance: float) -> tuple[Tensor, Tensor]:
        """(T,) bool: where a condition holds or may hold, and where one surely does."""
        proposed = torch.zeros(len(chunk), dtype=torch.bool, device=chunk.char.device)
        sure = proposed.clone()
        for condition in self._conditions:
            found = evaluate(condition, chunk, before, tolerance)
            proposed |= found.holds | found.doubtful
            sure |= found.holds & ~found.doubtful
        return proposed, sure

    def _decide(self, number: int, proposed: Tensor, sure: Tensor) -> Iterator[int | Hit]:
        """The hits among the proposals in a block."""
        start = number * self._timeline.block
        rows = [start + row for row in proposed.nonzero().flatten().tolist()]
        rows = [t for t in rows if self._start <= t < self._stop]
        if len(rows) > _DENSE:
            yield from self._by_steps(rows[0], rows[-1] + 1)
            return
        hits = {t: list(self._by_steps(t, t + 1)) for t in rows}
        self._believed = all(found or not sure[t - start] for t, found in hits.items())
        if not self._believed:  # the scan was sure and wrong
            yield from self._one_by_one(number, 1)
            return
        for t in self._in_order(rows):
            yield from hits[t]

    def _one_by_one(self, first: int, count: int) -> Iterator[int | Hit]:
        for number in self._in_order(range(first, first + count)):
            start, stop = number * self._timeline.block, min((number + 1) * self._timeline.block, len(self._timeline))
            if self._scans:
                self.one_by_one += max(0, min(stop, self._stop) - max(start, self._start))
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
        yield from hits(self._conditions, Operands(chunk, before, tolerance=0.0), start, len(chunk), self._forward)

    def _in_order(self, numbers: Sequence[int]) -> Sequence[int]:
        return numbers if self._forward else numbers[::-1]

    def _reached(self, start: int, stop: int) -> int:
        return stop if self._forward else start


def hits(conditions: Sequence[Condition], operands: Meanings, start: int, count: int, forward: bool) -> Iterator[Hit]:
    """Where any of the conditions holds in the `count` steps from t = `start` on, in order of travel."""
    holds = torch.stack([judged(condition, operands, count).holds for condition in conditions])  # (C, T)
    rows = holds.any(dim=0).nonzero().flatten().tolist()
    for row in rows if forward else rows[::-1]:
        yield Hit(start + row + 1, tuple(holds[:, row].nonzero().flatten().tolist()), operands, row)


def scan_to(timeline: Timeline, position: int) -> Iterator[int]:
    """Scans up to `position` and steps its block, a little at a time, giving the positions reached on the way."""
    while timeline.scanned < position:
        yield from timeline.scan_block(timeline.scanned // timeline.block)
        yield min(position, timeline.scanned)
    yield from timeline.reaching(max(position - 1, 0))
    timeline.at(position)


def through(timeline: Timeline, first: int, last: int) -> Iterator[int]:
    """Steps through first..last, and guesses where the text row shows whether the guess was right."""
    block = timeline.block
    for number in range(first // block, last // block + 1):
        yield from timeline.reaching(min(last, number * block + block - 1))
    if timeline.model.output is not None:
        for position in range(max(1, first, last - _GUESSED), last):
            timeline.guess(position)
            yield position
