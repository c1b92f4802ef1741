"""Backpropagation through time: the derivative of one number by every quantity of every step before it.

Exact, through all paths, at any length and in bounded memory: the text is gone through backwards a block at a time.
Each block is computed again from the state it starts from, differentiated, and hands the derivative by that state to
the block before it. Werbos 1990.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.objective import Objective
from lstm_tui.engine.causes import by_autograd
from lstm_tui.engine.causes.by_formulas import LayerGradients, LayerSteps, has_formulas, layer_backward
from lstm_tui.engine.causes.derivatives import BlockGradients, StepGradient
from lstm_tui.engine.cells import alike
from lstm_tui.engine.expected import losses
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.timeline import BLOCK, Timeline
from lstm_tui.engine.wide import MOST


@dataclass(frozen=True, eq=False)
class LayerPass:
    """A layer over some steps: what it computed, what was handed to it, and what it made of that."""

    steps: LayerSteps
    seeds: Tensor | None
    """By each step's h, from the guess or from the layer above: (T, H); None where that is nothing."""
    after: Mapping[str, Tensor]
    """By the states after the last step, from the step after it: (H,) each."""
    made: LayerGradients


class BackwardPass:
    """The derivatives of `objective` along `timeline`, with what comes after the position `until` left out.

    It is gone through `stretch` steps at a time.
    Raises `UserError` for a model without an output layer.
    """

    def __init__(
        self, timeline: Timeline, objective: Objective, until: int | None = None, stretch: int = BLOCK
    ) -> None:
        if timeline.model.output is None:
            raise UserError("this model has no output layer: there is no loss and no logit to differentiate")
        self._timeline, self._objective, self._model = timeline, objective, transparent(timeline.model)
        self._stretch = stretch
        windows = timeline.interventions.window is not None  # where one begins, nothing flows back
        self._by_formulas = not windows and all(map(has_formulas, self._model.cells))
        last = len(timeline) if objective.t is None else objective.t + 1
        self.last = last if until is None else min(last, until)
        """The last position that counts for the objective."""

    def back(self, first: int = 1) -> Iterator[BlockGradients]:
        """A block of steps at a time, the latest first, down to the one with the step at position `first`."""
        following: Stack | None = None
        for start, stop in self._blocks(first):
            found, following = self._block(start, stop, following)
            yield found

    def forward(self, first: int, last: int) -> Iterator[StepGradient]:
        """The steps first..last in their order. Steps after the objective's have derivatives of zero."""
        blocks = list(self._blocks(first))
        following: list[Stack | None] = [None]
        for start, stop in blocks[:-1]:
            following.append(self._block(start, stop, following[-1])[1])
        for (start, stop), after in zip(reversed(blocks), reversed(following), strict=False):
            for step in self._block(start, stop, after)[0].steps():
                if first <= step.position <= last:
                    yield step
        for position in range(max(first, self.last + 1), last + 1):
            yield self.nothing(position)

    def _blocks(self, first: int) -> Iterator[tuple[int, int]]:
        """Positions (start, stop] from the objective's block down to the one with `first`."""
        stop = self.last
        while stop >= first:
            start = (stop - 1) // self._stretch * self._stretch
            yield start, stop
            stop = start

    def _block(self, start: int, stop: int, following: Stack | None) -> tuple[BlockGradients, Stack]:
        """Steps start+1..stop, given the derivatives by the states after `stop`; and those by the states after
        `start`."""
        if self._by_formulas and not self._timeline.interventions.steps_between(start + 1, stop):
            return self._by_rule(start, stop, following)
        return by_autograd.block_backward(self._model, self._timeline, start, stop, following, self._part)

    def _by_rule(self, start: int, stop: int, following: Stack | None) -> tuple[BlockGradients, Stack]:
        found = self._by_layer(start, stop, following)
        values = tuple(
            {q.name: one.made.values[q.name] for q in cell.quantities}
            for one, cell in zip(found, self._model.cells, strict=True)
        )
        before = tuple(tuple(one.made.before[name][None] for name in one.steps.states) for one in found)
        return BlockGradients(start + 1, values, found[0].made.x), before

    @torch.inference_mode()
    def _by_layer(self, start: int, stop: int, following: Stack | None) -> list[LayerPass]:
        """Each layer's part, the first layer first."""
        layers, top = self._computed(start, stop)
        seeds = self._by_top(start, stop, top)
        cut = frozenset(position - start - 1 for position in self._timeline.edits if start < position <= stop)
        found: list[LayerPass] = []
        for at in reversed(range(len(layers))):
            states = layers[at].states
            after = top.new_zeros(len(states), layers[at].units) if following is None else torch.cat(following[at])
            given = dict(zip(states, after, strict=True))
            found.append(LayerPass(layers[at], seeds, given, layer_backward(layers[at], seeds, given, cut)))
            seeds = found[-1].made.x() if at else None
        return found[::-1]

    def _computed(self, start: int, stop: int) -> tuple[list[LayerSteps], Tensor]:
        """The steps start+1..stop of every layer, from the states that were stepped; and the top h after each."""
        model, timeline, layers = self._model, self._timeline, []
        timeline.state(stop - 1)
        stacks = [timeline.state(position) for position in range(start, stop)]
        x = model.inputs(timeline.indices[start:stop])
        for at, cell in enumerate(model.cells):
            before = tuple(torch.cat([stack[at][part] for stack in stacks]) for part in range(len(cell.states)))
            _, values = cell.advance(x, before)
            layers.append(LayerSteps(cell, x, values, dict(zip(cell.states, before, strict=True))))
            x = values["h"]
        return layers, x

    def by_layer(self, position: int) -> list[LayerPass] | None:
        """The parts of the step at `position`, layer by layer; None where no formulas describe the cell, or something
        is held there."""
        if not self._by_formulas or self._timeline.held(position):
            return None
        following, stop = None, self.last
        while stop > position:
            start = max(position, (stop - 1) // self._stretch * self._stretch)
            following, stop = self._block(start, stop, following)[1], start
        return self._by_layer(position - 1, position, following)

    def edited(self, position: int) -> bool:
        """Whether the state after `position` was set by hand."""
        return position in self._timeline.edits

    def _by_top(self, start: int, stop: int, computed: Tensor) -> Tensor | None:
        """The objective's derivative by the top h after each of the steps start+1..stop, (T, H), which was computed as
        `computed`; None where it is zero at all of them."""
        concerned = [position for position in range(start + 1, stop + 1) if self._counts(position)]
        if not concerned:
            return None
        edits, seeds = self._timeline.edits, torch.zeros_like(computed)
        some = max(1, MOST // 8 // self._outputs)  # steps whose logits, and what is made of them, may be there at once
        for few in (concerned[at : at + some] for at in range(0, len(concerned), some)):
            tops = [edits[p][-1][0] if p in edits else computed[p - start - 1 : p - start] for p in few]
            with torch.inference_mode(False), torch.enable_grad():
                top = torch.cat(tops).clone().requires_grad_()
                slopes = torch.autograd.grad(self._objective_of(few, top), top)[0]
            seeds[torch.tensor(few) - start - 1] = slopes
        return seeds

    def _part(self, position: int, h: Tensor) -> Tensor:
        return self._objective_of((position,), h) if self._counts(position) else h.new_zeros(())

    @property
    def _outputs(self) -> int:
        assert self._model.output is not None, "a pass is made for models with an output layer"
        return self._model.output.out_features

    def _counts(self, position: int) -> bool:
        """Whether the objective gets something from the logits after `position`."""
        objective = self._objective
        if position > self.last or (objective.t is not None and position != objective.t + 1):
            return False
        return objective.symbol is not None or self._timeline.expected.there(position)

    def _objective_of(self, positions: Sequence[int], h: Tensor) -> Tensor:
        """What it gets from there, given the top h after each of them, (n, H)."""
        logits = self._model.logits(h)
        assert logits is not None, "a pass is made for models with an output layer"
        if self._objective.symbol is not None:
            return logits[:, self._objective.symbol].sum()
        timeline = self._timeline
        return losses(logits, timeline.expected.truth[torch.tensor(positions)], timeline.expected.each).sum()

    def nothing(self, position: int) -> StepGradient:
        """A step after the last that counts."""
        model = self._model
        zeros = tuple(
            {q.name: model.like.new_zeros(1, cell.hidden_size) for q in cell.quantities} for cell in model.cells
        )
        return StepGradient(position, zeros, lambda: model.like.new_zeros(1, model.cells[0].input_size))


def transparent(model: Network) -> Network:
    """The network in cells whose quantities are what h is computed from: another way to write the same function."""
    if not model.cell_type.opaque:
        return model
    return model.with_cell(next(cell for cell in alike(model.cell_type).values() if not cell.opaque))
