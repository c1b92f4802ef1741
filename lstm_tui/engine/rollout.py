"""A model reading a text, seen from the door: positions in, plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lstm_tui.core.clamps import Clamp, fitted
from lstm_tui.core.classes import Classes
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.step import Character, LayerStep, NumberRow, Step, Vector
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.blocks import StepTensors
from lstm_tui.engine.expected import Expected, losses
from lstm_tui.engine.interventions import NONE, Interventions, check_held
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.predicting import predicted
from lstm_tui.engine.row_tensors import row_tensors
from lstm_tui.engine.spans.over_time import values_over_time
from lstm_tui.engine.timeline import Timeline
from lstm_tui.engine.user_cells.checks import moment_problem
from lstm_tui.engine.wide import MOST

COMPARED = 1000
"""Characters over which a mean loss is taken."""
_SWITCHED, _LEAST_SWITCHED, _WORK = 250, 10, 40_000_000
"""Characters over which two implementations are compared while a key waits: at most, at least, times weights."""


Written = int | tuple[float, ...]
"""What a model writes on with: a symbol, or the targets' raw numbers in the next row."""


class Rollout:
    """`model` reading `sequence` under `interventions`; what `after` knows and holds here too is taken over."""

    def __init__(
        self,
        model: Network,
        sequence: Text | Rows,
        interventions: Interventions = NONE,
        after: Rollout | None = None,
    ) -> None:
        self.sequence = sequence
        self.indices: Tensor
        """What enters: symbols (T,), or rows (T, D)."""
        numbers = None
        if isinstance(sequence, Rows) and sequence.form.window != interventions.window:
            interventions = replace(interventions, window=sequence.form.window)
        if after is not None and after.sequence is sequence:
            self.indices, numbers = after.indices, after.timeline.expected.numbers
        elif isinstance(sequence, Rows):
            self.indices, numbers = row_tensors(sequence, model.like)
        else:
            codes = torch.frombuffer(sequence.codes, dtype=torch.int32)
            self.indices = codes.to(model.like.device, torch.long)
        known = None if after is None else after.timeline
        expected = Expected(self.indices, numbers, sequence.classes)
        self.timeline: Timeline = Timeline(model, self.indices, interventions, after=known, expected=expected)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the model reads and guesses are symbols of."""
        return self.sequence.vocabulary

    @property
    def classes(self) -> Classes | None:
        """What the model says of it; None where that is what comes next."""
        return self.sequence.classes

    @property
    def outputs(self) -> tuple[str, ...]:
        """What its logits are of: symbols or classes."""
        return self.vocabulary.symbols if self.classes is None else self.classes.names

    @property
    def text(self) -> str:
        """What is read, as one text."""
        return self.sequence.source

    @property
    def symbols(self) -> Sequence[str]:
        """The name of every step's input."""
        return self.sequence.symbols

    @property
    def model(self) -> Network:
        """The network that reads."""
        return self.timeline.model

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def interventions(self) -> Interventions:
        """What is done to the states on the way."""
        return self.timeline.interventions

    def with_model(self, model: Network) -> Rollout:
        """The same text and interventions read by another model of the same vocabulary and widths."""
        return Rollout(model, self.sequence, self.interventions, self)

    def anew(self, model: Network) -> Rollout:
        """`with_model` with nothing taken over of what was scanned: it may be this model, with other weights by now."""
        return Rollout(model, self.sequence, self.interventions)

    def with_edits(self, edits: Mapping[int, Stack]) -> Rollout:
        """The same text read by the same model, with the states replaced after just these positions."""
        return self.with_interventions(replace(self.interventions, states=edits))

    def with_interventions(self, interventions: Interventions) -> Rollout:
        """The same text read by the same model, with this done on the way."""
        return Rollout(self.model, self.sequence, interventions, self)

    def with_clamps(self, clamps: Iterable[Clamp], beyond: int = 0) -> Rollout:
        """The same with just these values held, in `beyond` more steps than the text has if it is going to be longer.

        Raises `UserError` where they do not fit.
        """
        cell = self.model.cell_type
        held = fitted(clamps, cell.quantities, self.model.hidden_sizes, len(self) + beyond)
        check_held(cell, held)
        return self.with_interventions(replace(self.interventions, clamps=held))

    def untouched(self) -> Rollout:
        """The same text read by the same model with nothing done to it."""
        return self.with_interventions(NONE)

    def continued(self, position: int, written: Sequence[Written]) -> Rollout:
        """The inputs up to `position`, going on with what was `written`: see `sampling`."""
        now = self.sequence
        if isinstance(now, Rows):
            numbers = [number for number in written if not isinstance(number, int)]
            after: Text | Rows = now.then(position, numbers)
        else:
            after = now.then(position, [symbol for symbol in written if isinstance(symbol, int)])
        return Rollout(self.model, after, self.interventions.up_to(position), self)

    def step(self, position: int) -> Step:
        """Everything the model computed at `position`, as plain numbers."""
        return self._step(position, self.timeline.at(position))

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        """The steps at positions start..stop-1, one by one, in bounded memory."""
        return map(self.step, range(start, stop))

    def characters(self, start: int, stop: int, read: int) -> tuple[Character, ...]:
        """The characters read at steps start..stop-1, each with whether the guess before it missed it.

        Steps after `read` are not computed: their characters carry None.
        """
        first, last = max(1, start), min(stop, len(self) + 1)
        if isinstance(self.sequence, Rows):  # numbers are never just right
            rows = self.sequence
            return tuple(Character(at, rows.symbols[at - 1], None, rows.level(at)) for at in range(first, last))
        guessing = self.model.output is not None and self.classes is None
        known = range(max(first, 2), min(last, read + 1)) if guessing else range(0)
        # Nothing is guessed before the first character, nor without an output layer.
        guesses = map(self.timeline.guess, (position - 1 for position in known))
        truths = self.indices[known.start - 1 : known.stop - 1].tolist() if known else ()
        missed = {position: guess != truth for position, guess, truth in zip(known, guesses, truths, strict=True)}
        return tuple(Character(at, self.symbols[at - 1], missed.get(at)) for at in range(first, last))

    def series(self, quantity: str, layer: int, unit: int, start: int, stop: int) -> Vector:
        """One unit's values at steps start..stop-1 (NaN where the quantity does not exist: gates at step 0)."""
        values = []
        for moment in self.timeline.moments(start, stop):
            row = moment.layers[layer].get(quantity)
            values.append(math.nan if row is None else float(row[0, unit]))
        return tuple(values)

    def values(self, quantity: str, layer: int, units: Sequence[int], start: int, stop: int) -> tuple[Vector, ...]:
        """`units` at steps start..stop-1, many at once: one vector a unit, NaN where a value does not exist."""
        first, last = max(start, 1), min(stop, len(self) + 1)
        found = values_over_time(self.timeline, layer, (quantity,), units, first, last - 1) if first < last else {}
        rows = found[quantity].t().tolist() if quantity in found else [[math.nan] * (last - first) for _ in units]
        if start > 0:
            return tuple(map(tuple, rows))
        zero = self.timeline.at(0).layers[layer].get(quantity)
        return tuple(
            ((math.nan if zero is None else float(zero[0, unit])), *row) for unit, row in zip(units, rows, strict=True)
        )

    def mean_loss(self, characters: int = COMPARED) -> float | None:
        """Mean loss (see `losses`) over the first `characters`; None where nothing is guessed of what comes next."""
        stop = min(len(self), characters + 1)
        if stop < 2 or self.model.output is None or self.classes is not None:
            return None
        with torch.inference_mode():
            h, _ = self.timeline.fast(self.indices[: stop - 1, None], self.model.zero_state())
            return float(self._lost(h[:, 0], 1).mean())

    @torch.inference_mode()
    def losses(self, start: int, stop: int) -> Vector:
        """The loss at the steps start..stop-1, many at once; NaN where nothing is guessed: at step 0 and the last one,
        and without an output layer."""
        first, last = max(start, 1), min(stop, len(self)) - 1
        if self.model.output is None or self.classes is not None or last < first:
            return (math.nan,) * (stop - start)
        layer, shown = len(self.model.cells) - 1, self.model.cells[-1].states[0]
        h = values_over_time(self.timeline, layer, (shown,), range(self.model.hidden_sizes[layer]), first, last)[shown]
        found = self._lost(h.to(self.model.like), first).tolist()
        return (*(math.nan,) * (first - start), *found, *(math.nan,) * (stop - 1 - last))

    def _lost(self, h: Tensor, first: int) -> Tensor:
        """What the top layer's h (n, H) after the steps from `first` on cost (n,), a few at a time: logits are wide."""
        assert self.model.output is not None, "nothing is guessed, so nothing is lost"
        some = max(1, MOST // self.model.output.out_features)
        truth = self.timeline.expected.truth[first : first + len(h)]
        parts = zip(torch.split(h, some), torch.split(truth, some), strict=True)
        return torch.cat([losses(self.model.scores(rows).double(), true) for rows, true in parts])

    def difference(self, other: Network, characters: int = _SWITCHED) -> tuple[float, int]:
        """The largest of `differences`, and their number."""
        found = torch.tensor(list(self.differences(other, characters)))
        return float(found.max()), len(found)  # torch's max, unlike Python's, lets no NaN through

    @torch.inference_mode()
    def differences(self, other: Network, characters: int = _SWITCHED) -> Iterator[float]:
        """Both models step the text's first characters: the largest difference of any quantity, step by step."""
        stop = min(len(self), characters, max(_LEAST_SWITCHED, _WORK // max(other.size, 1)))
        mine, theirs = self.model.zero_state(), other.zero_state()
        for symbol in torch.split(self.indices[:stop], 1):
            mine, here = self.model.advance(self.model.read(symbol), mine)
            theirs, there = other.advance(other.read(symbol), theirs)
            pairs = [(a[name], b[name]) for a, b in zip(here, there, strict=True) for name in a if name in b]
            left, right = (torch.cat(side, dim=1) for side in zip(*pairs, strict=True))
            yield float((left - right).abs().max())

    def is_zeroed(self, position: int) -> bool:
        """Whether the states set after a position are the zero state's."""
        pairs = zip(self.interventions.states[position], self.zero_stack(), strict=True)
        return all(bool(torch.equal(a, b)) for mine, zero in pairs for a, b in zip(mine, zero, strict=True))

    def zero_stack(self) -> Stack:
        """Every state 0 for every layer."""
        return self.model.zero_state()

    def _step(self, position: int, moment: StepTensors) -> Step:
        layers = tuple(
            LayerStep(
                index,
                {name: _plain(row) for name, row in values.items()},
                {} if position == 0 else {n: _plain(s) for n, s in zip(cell.states, before, strict=True)},
            )
            for index, (cell, values, before) in enumerate(
                zip(self.model.cells, moment.layers, moment.before, strict=True)
            )
        )
        logits = moment.logits if position else None
        prediction = None if logits is None else predicted(self.timeline.expected, self.outputs, position, logits)
        problem = moment_problem(self.model, position, moment)
        step = replace(self.blank(position, logits), layers=layers, prediction=prediction)
        return replace(step, edited=moment.edited, problem=problem, clamps=moment.clamps)

    def blank(self, position: int, logits: Tensor | None = None) -> Step:
        """What the step at `position` reads and should guess, nothing computed yet but the `logits`."""
        char = self.symbols[position - 1] if position else None
        target = self.target(position)
        if not isinstance(self.sequence, Rows):
            return Step(position, len(self), char, target, (), None)
        rows, output = self.sequence, None
        numbers = self.timeline.expected.row
        if logits is not None and numbers is not None:
            output = _plain(numbers.raw(logits))
        row = NumberRow(
            x=rows.row(position, rows.form.channels) if position else None,
            scaled=_plain(self.indices[position - 1 : position].double()) if position else None,
            target=rows.row(position + 1, rows.form.targets) if rows.form.targets and position < len(self) else None,
            output=output,
            time=rows.times[position - 1] if rows.times and position else None,
        )
        return Step(position, len(self), char, target, (), None, row=row)

    def target(self, position: int) -> str | None:
        """What is to be said after `position`, by its name; None where there is nothing."""
        if not self.timeline.expected.there(position):
            return None
        of = self.classes
        return self.symbols[position] if of is None else of.names[of.label or 0]


def _plain(row: Tensor) -> Vector:
    return tuple(row[0].tolist())
