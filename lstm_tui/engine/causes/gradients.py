"""Backpropagation through time: the derivative of one number by every quantity of every step before it.

Exact, through all paths, at any length and in bounded memory: the text is gone through backwards a block at a time.
Each block is computed again from the state it starts from, differentiated, and hands the derivative by that state to
the block before it. Werbos 1990.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.objective import Objective
from lstm_tui.engine.cells import alike
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.row_tensors import losses
from lstm_tui.engine.timeline import BLOCK, Timeline


@dataclass(frozen=True, eq=False)
class StepGradient:
    """The derivatives by what one step computed."""

    position: int
    layers: tuple[dict[str, Tensor], ...]
    """Each layer's, by quantity: (1, H) each."""
    x: Tensor
    """By what the first layer read, (1, D): a one-hot row, an embedding's or a row of numbers."""


@dataclass(frozen=True, eq=False)
class _Replayed:
    """A step computed again, so that autograd can follow it."""

    position: int
    x: Tensor
    layers: list[dict[str, Tensor]]


class BackwardPass:
    """The derivatives of `objective` along `timeline`. Raises `UserError` for a model without an output layer."""

    def __init__(self, timeline: Timeline, objective: Objective) -> None:
        if timeline.model.output is None:
            raise UserError("this model has no output layer: there is no loss and no logit to differentiate")
        self._timeline, self._objective = timeline, objective
        self._model = transparent(timeline.model)
        self.last = len(timeline) if objective.t is None else objective.t + 1
        """The last position that the objective depends on."""

    def back(self, first: int = 1) -> Iterator[list[StepGradient]]:
        """A block of steps at a time, the latest first, down to the step at position `first`."""
        following: Stack | None = None
        for start, stop in self._blocks(first):
            found, following = self._block(start, stop, following)
            yield [step for step in found if step.position >= first]

    def forward(self, first: int, last: int) -> Iterator[StepGradient]:
        """The steps first..last in their order. Steps after the objective's have derivatives of zero."""
        blocks = list(self._blocks(first))
        following: list[Stack | None] = [None]
        for start, stop in blocks[:-1]:
            following.append(self._block(start, stop, following[-1], wanted=False)[1])
        for (start, stop), after in zip(reversed(blocks), reversed(following), strict=True):
            for step in self._block(start, stop, after)[0]:
                if first <= step.position <= last:
                    yield step
        for position in range(max(first, self.last + 1), last + 1):
            yield self._nothing(position)

    def _blocks(self, first: int) -> Iterator[tuple[int, int]]:
        """Positions (start, stop] from the objective's block down to the one with `first`."""
        stop = self.last
        while stop >= first:
            start = (stop - 1) // BLOCK * BLOCK
            yield start, stop
            stop = start

    def _block(
        self, start: int, stop: int, following: Stack | None, wanted: bool = True
    ) -> tuple[list[StepGradient], Stack]:
        """Steps start+1..stop, given the derivatives by the states after `stop`; and those by the states after `start`.

        Without `wanted` the steps' own derivatives are left out.
        """
        before = self._timeline.state(start)
        with torch.inference_mode(False), torch.enable_grad():
            leaves = _leaves(before)
            stack, steps, total = self._replay(leaves, start, stop)
            if following is not None:
                pairs = zip(_flat(stack), _flat(following), strict=True)
                total = total + sum((after * slope).sum() for after, slope in pairs)
            named = [(step, at, name) for step in steps for at, values in enumerate(step.layers) for name in values]
            asked = [step.layers[at][name] for step, at, name in named] + [step.x for step in steps]
            inputs = [*_flat(leaves), *(asked if wanted else ())]
            slopes = [
                torch.zeros_like(at) if slope is None else slope
                for at, slope in zip(inputs, _differentiated(total, inputs), strict=True)
            ]
        parts = iter(slopes)
        by_start = tuple(tuple(next(parts) for _ in state) for state in before)
        if not wanted:
            return [], by_start
        by_step = {step.position: tuple[dict[str, Tensor], ...]({} for _ in before) for step in steps}
        for step, at, name in named:
            by_step[step.position][at][name] = next(parts)
        return [StepGradient(step.position, by_step[step.position], next(parts)) for step in steps], by_start

    def _replay(self, stack: Stack, start: int, stop: int) -> tuple[Stack, list[_Replayed], Tensor]:
        """The steps start+1..stop computed once more: the states after them, the steps, and the objective's part."""
        model, timeline = self._model, self._timeline
        steps: list[_Replayed] = []
        total = model.like.new_zeros(())
        for position in range(start + 1, stop + 1):
            if timeline.interventions.resets(position - 1):
                stack = model.zero_state()
            x = model.inputs(timeline.indices[position - 1 : position]).detach().clone().requires_grad_()
            stack, layers = model.advance(x, stack)
            if position in timeline.edits:  # set by hand: nothing flows through it to the steps before
                stack = tuple(
                    tuple(part.clone().requires_grad_() for part in state) for state in timeline.edits[position]
                )
                for cell, values, state in zip(model.cells, layers, stack, strict=True):
                    values.update(zip(cell.states, state, strict=True))
            steps.append(_Replayed(position, x, layers))
            total = total + self._objective_at(position, stack[-1][0])
        return stack, steps, total

    def _objective_at(self, position: int, h: Tensor) -> Tensor:
        """What the objective gets from the logits after `position`."""
        objective = self._objective
        if (objective.t is not None and position != objective.t + 1) or position > len(self._timeline):
            return h.new_zeros(())
        if objective.symbol is None and position == len(self._timeline):
            return h.new_zeros(())  # nothing comes after the last character
        logits = self._model.logits(h)
        assert logits is not None, "a pass is made for models with an output layer"
        if objective.symbol is not None:
            return logits[0, objective.symbol]
        return losses(logits, self._timeline.truth[position : position + 1])[0]

    def _nothing(self, position: int) -> StepGradient:
        model = self._model
        zeros = tuple(
            {q.name: model.like.new_zeros(1, cell.hidden_size) for q in cell.quantities} for cell in model.cells
        )
        return StepGradient(position, zeros, model.like.new_zeros(1, model.cells[0].input_size))


def transparent(model: Network) -> Network:
    """The network in cells whose quantities are what h is computed from: another way to write the same function."""
    if not model.cell_type.opaque:
        return model
    return model.with_cell(next(cell for cell in alike(model.cell_type).values() if not cell.opaque))


def _leaves(stack: Stack) -> Stack:
    """Copies of the states, to be differentiated by."""
    return tuple(tuple(part.clone().requires_grad_() for part in state) for state in stack)


def _flat(stack: Stack) -> list[Tensor]:
    return [part for state in stack for part in state]


def _differentiated(total: Tensor, inputs: list[Tensor]) -> list[Tensor | None]:
    """The derivatives by `inputs`, None where nothing leads there. Raises `UserError` where autograd cannot follow."""
    if not total.requires_grad:
        return [None] * len(inputs)
    known = [at for at in inputs if at.requires_grad]
    try:
        found = iter(torch.autograd.grad(total, known, allow_unused=True))
    except RuntimeError as error:
        raise UserError(f"this cell cannot be differentiated: {str(error).splitlines()[0]}") from None
    return [next(found) if at.requires_grad else None for at in inputs]
