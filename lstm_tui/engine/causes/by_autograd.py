"""A block's backward pass by autograd: for a user's own cells, and for kinds that formulas do not describe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.causes.derivatives import BlockGradients
from lstm_tui.engine.cells import State
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.timeline import Timeline

Part = Callable[[int, Tensor], Tensor]
"""A position and the top h after it (1, H) → what the objective gets from there, ()."""


@dataclass(frozen=True, eq=False)
class _Replayed:
    """A step computed again, so that autograd can follow it."""

    x: Tensor
    layers: list[dict[str, Tensor]]


def block_backward(
    model: Network, timeline: Timeline, start: int, stop: int, following: Stack | None, part: Part
) -> tuple[BlockGradients, Stack]:
    """Steps start+1..stop, given the derivatives by the states after `stop`; and those by the states after `start`.

    Raises `UserError` where autograd cannot follow.
    """
    before = timeline.state(start)
    with torch.inference_mode(False), torch.enable_grad():
        leaves = tuple(tuple(each.clone().requires_grad_() for each in state) for state in before)
        stack, steps, total = _replay(model, timeline, leaves, (start, stop), part)
        if following is not None:
            pairs = zip(_flat(stack), _flat(following), strict=True)
            total = total + sum((after * slope).sum() for after, slope in pairs)
        asked = [made for step in steps for values in step.layers for made in values.values()]
        inputs = [*_flat(leaves), *asked, *(step.x for step in steps)]
        found = zip(inputs, _differentiated(total, inputs), strict=True)
        slopes = iter([torch.zeros_like(at) if slope is None else slope for at, slope in found])
    by_start = tuple(tuple(next(slopes) for _ in state) for state in before)
    rows = [
        [
            {name: cell.by_quantity(name, made, next(slopes)) for name, made in values.items()}
            for cell, values in zip(model.cells, step.layers, strict=True)
        ]
        for step in steps
    ]
    layers = tuple(
        {name: torch.cat([row[name] for row in layer]) for name in layer[0]} for layer in zip(*rows, strict=True)
    )
    x = torch.cat(list(slopes))
    return BlockGradients(start + 1, layers, lambda: x), by_start


def _replay(
    model: Network, timeline: Timeline, stack: Stack, span: tuple[int, int], part: Part
) -> tuple[Stack, list[_Replayed], Tensor]:
    """The steps of `span` computed once more: the states after them, the steps, and the objective's part."""
    steps: list[_Replayed] = []
    total = model.like.new_zeros(())
    for position in range(span[0] + 1, span[1] + 1):
        if timeline.interventions.resets(position - 1):
            stack = model.zero_state()
        x = model.inputs(timeline.indices[position - 1 : position]).detach().clone().requires_grad_()
        stack, layers = _advance(model, position, x, stack, timeline.held(position))
        if position in timeline.edits:  # set by hand: nothing flows through it to the steps before
            stack = tuple(tuple(each.clone().requires_grad_() for each in state) for state in timeline.edits[position])
            for cell, values, state in zip(model.cells, layers, stack, strict=True):
                values.update(zip(cell.states, state, strict=True))
        steps.append(_Replayed(x, layers))
        total = total + part(position, stack[-1][0])
    return stack, steps, total


def _advance(
    model: Network, position: int, x: Tensor, stack: Stack, held: Sequence[Held]
) -> tuple[Stack, list[dict[str, Tensor]]]:
    states: list[State] = []
    layers: list[dict[str, Tensor]] = []
    for cell, state, mine in zip(model.cells, stack, held or [FREE] * len(stack), strict=True):
        try:
            state, values = cell.followed(x, state, mine)
        except CellError as error:
            error.position = position
            raise
        x = state[0]  # what this layer shows is what the next one reads
        states.append(state)
        layers.append(values)
    return tuple(states), layers


def _flat(stack: Stack) -> list[Tensor]:
    return [part for state in stack for part in state]


def _differentiated(total: Tensor, inputs: list[Tensor]) -> list[Tensor | None]:
    """The derivatives by `inputs`, None where nothing leads there."""
    if not total.requires_grad:
        return [None] * len(inputs)
    known = [at for at in inputs if at.requires_grad]
    try:
        found = iter(torch.autograd.grad(total, known, allow_unused=True))
    except RuntimeError as error:
        raise UserError(
            f"this cell cannot be differentiated: {str(error).splitlines()[0].split('. Hint:')[0]}"
        ) from None
    return [next(found) if at.requires_grad else None for at in inputs]
