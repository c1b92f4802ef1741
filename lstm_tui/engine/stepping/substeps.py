"""One time step taken apart: the lines of every layer's cell one by one, then the guess.

It is a recording: made by running the step once, from the states the timeline has, and then only looked at. Walking
forwards and back through it computes nothing again. Its numbers are the finished step's, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lstm_tui.core.step import Assigned, LayerStep, Prediction, Source, Stage, Step, Vector
from lstm_tui.engine.cells import Cell, State
from lstm_tui.engine.cells.held import FREE
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.stepping.source_trace import TracedLayer
from lstm_tui.engine.user_cells.checks import sentence, step_problem

_GUESS = "logits = W·h + b, and the guess"
_ENDS = ("logits = W·h + b", "p = softmax(logits) = exp(logits) / Σ exp(logits)")
"""The rows below the cell's code."""
_NO_GUESS = "the step is done: this model has no output layer"


@torch.no_grad()
def substeps(reading: Rollout, position: int) -> tuple[Step, ...]:
    """The stages of the step that leads to `position` (1..length), the last one the finished step itself.

    Where a user's cell raises, the recording ends with the line that did, and the step is never finished.
    """
    before = reading.timeline.entering(position - 1)
    x = reading.model.inputs(reading.indices[position - 1 : position])
    recording = _Recording(reading, position, before)
    held = reading.timeline.held(position)
    for at, (cell, state) in enumerate(zip(reading.model.cells, before, strict=True)):
        layer = cell.source_trace(x.clone(), tuple(s.clone() for s in state), held[at] if held else FREE)
        recording.add(layer, x)
        if layer.after is None:
            return recording.failed()
        x = layer.after[0]
    return recording.finished()


class _Recording:
    """Steps half done, one a line, while layer after layer comes in."""

    def __init__(self, reading: Rollout, position: int, before: Sequence[State]) -> None:
        self.reading = reading
        self.before = before
        self.cells = reading.model.cells
        self.blank = reading.blank(position)
        self.olds = [_by_name(cell, state) for cell, state in zip(self.cells, before, strict=True)]
        self.known: list[dict[str, Vector]] = [{} for _ in self.cells]
        self.steps: list[Step] = []
        self.layers = 0

    def add(self, layer: TracedLayer, x: Tensor) -> None:
        """The next layer, which read `x` (1, D)."""
        at, cell = self.layers, self.cells[self.layers]
        self.layers += 1
        old = dict(zip(cell.states, self.before[at], strict=True))
        source = _with_end(layer.source, self._ends) if self.layers == len(self.cells) else layer.source
        made: dict[int, tuple[Assigned, ...]] = {}
        tensors: dict[str, Tensor] = {}
        for line in layer.lines:
            tensors |= line.values
            self.known[at] = self.known[at] | {name: _plain(value) for name, value in line.values.items()}
            if line.ran is not None:
                made = {**made, line.ran: line.made}
            last = line is layer.lines[-1]
            following = len(layer.source.lines) if last and source is not layer.source else line.next
            error = layer.error if last else None
            stage = Stage(
                len(self.steps) + 1, 0, at, line.equation, source, line.ran,
                None if error is not None else following, made, line.printed, error,
            )  # fmt: skip
            problem = step_problem(cell, tensors, old, x)
            problem_sentence = None if problem is None else sentence(problem, self.blank.position, at, len(self.cells))
            self.steps.append(replace(self.blank, layers=self._shown(), stage=stage, problem=problem_sentence))

    def failed(self) -> tuple[Step, ...]:
        """All there is of a step that a cell's error ended."""
        return self._counted()

    def finished(self) -> tuple[Step, ...]:
        """The whole step: at its end it is as the timeline has it, the guess included."""
        step = self.reading.step(self.blank.position)
        last = self.steps[-1].stage
        assert last is not None
        row, made = len(last.source.lines) - 1, last.made
        if step.prediction is not None:
            made = {**made, row - 1: (_logits(step.prediction),), row: (_probabilities(step.prediction),)}
        stage = replace(last, index=last.index + 1, equation=self._end(), ran=row, next=None, made=made)
        self.steps.append(replace(step, stage=stage))
        return self._counted()

    @property
    def _ends(self) -> tuple[str, ...]:
        return (_NO_GUESS,) if self.reading.model.output is None else _ENDS

    def _end(self) -> str:
        return _NO_GUESS if self.reading.model.output is None else _GUESS

    def _counted(self) -> tuple[Step, ...]:
        count = len(self.steps)
        return tuple(replace(s, stage=replace(s.stage, count=count) if s.stage else None) for s in self.steps)

    def _shown(self) -> tuple[LayerStep, ...]:
        return tuple(
            LayerStep(index, {q.name: known[q.name] for q in cell.quantities if q.name in known}, old)
            for index, (cell, known, old) in enumerate(zip(self.cells, self.known, self.olds, strict=True))
        )


def _with_end(source: Source, rows: Sequence[str]) -> Source:
    return Source(source.title, (*source.lines, *((None, row) for row in rows)))


def _logits(prediction: Prediction) -> Assigned:
    """Those of the likeliest symbols, each with its name."""
    top = prediction.top
    values = tuple(prediction.logits[guess.index] for guess in top)
    return Assigned("logits", None, values, len(prediction.logits), tuple(guess.symbol for guess in top))


def _probabilities(prediction: Prediction) -> Assigned:
    top = prediction.top
    return Assigned("p", "p", tuple(guess.p for guess in top), len(prediction.logits), tuple(g.symbol for g in top))


def _by_name(cell: Cell, state: State) -> dict[str, Vector]:
    return {name: _plain(s) for name, s in zip(cell.states, state, strict=True)}


def _plain(row: Tensor) -> Vector:
    return tuple(row[0].tolist())
