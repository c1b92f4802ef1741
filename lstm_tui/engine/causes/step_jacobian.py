"""The map from the states before a step to those after it: its exact derivatives, and their eigenvalues.

An eigenvalue of size 1 carries a disturbance on as it is, a smaller one lets it fade, a larger one lets it grow; what
BPTT multiplies from step to step is this matrix (Pascanu et al. 2013).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.engine.causes.gradients import transparent
from lstm_tui.engine.cells.held import Held
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.timeline import Timeline

LARGEST = 2048
"""Numbers in all states whose eigenvalues are still computed: some seconds a step."""


def eigenvalues(timeline: Timeline, positions: Iterator[int]) -> Iterator[tuple[complex, ...]]:
    """Of the step to each position, the largest first; in float64 for the program's own cells. What is held does not
    depend on the states before, nor does a state set by hand.

    Raises `UserError` for states that are too many, and a cell that autograd cannot follow.
    """
    model = doubled(timeline.model) if timeline.model.cell_type.described else timeline.model
    count = len(flat(model.zero_state()))
    if count > LARGEST:
        raise UserError(
            f"{count:,} numbers of state have as many eigenvalues a step: they are computed up to {LARGEST:,}"
        )
    kind = model.like.dtype
    for position in positions:
        if position in timeline.edits:
            yield (0j,) * count
            continue
        before = tuple(tuple(part.to(kind) for part in state) for state in timeline.state(position - 1))
        x = model.inputs(timeline.indices[position - 1 : position]).to(kind)
        held = tuple(
            {name: (where, value.to(kind)) for name, (where, value) in layer.items()}
            for layer in timeline.held(position)
        )
        found = torch.linalg.eigvals(jacobian(model, x, before, held)).tolist()
        yield tuple(sorted(map(complex, found), key=lambda value: (-abs(value), -value.real, -value.imag)))


def jacobian(network: Network, x: Tensor, stack: Stack, held: tuple[Held, ...] = ()) -> Tensor:
    """The exact derivatives of the states after a step by the states before it, (n, n): n numbers in all layers.

    Row k is what the k-th number after the step is made of. x is what the step reads, (1, D). Raises `UserError` for a
    cell that autograd cannot follow.
    """
    with torch.inference_mode(False), torch.enable_grad():
        if not network.cell_type.described:  # a user's: it may be written for one row
            return _row_by_row(network, x, stack)
        count = len(flat(stack))
        leaves = tuple(
            tuple(part.clone().expand(count, -1).contiguous().requires_grad_() for part in state) for state in stack
        )
        after = network.carry(x.clone().expand(count, -1), leaves, held)
        wanted = torch.cat([part for state in after for part in state], dim=1).diagonal().sum()
        parts = [part for state in leaves for part in state]
        if not wanted.requires_grad:  # everything is held
            return torch.zeros(count, count, dtype=x.dtype)
        rows = torch.autograd.grad(wanted, parts, allow_unused=True)
        return torch.cat([_known(row, part) for row, part in zip(rows, parts, strict=True)], dim=1)


def _row_by_row(network: Network, x: Tensor, stack: Stack) -> Tensor:
    leaves = tuple(tuple(part.clone().requires_grad_() for part in state) for state in stack)
    parts = [part for state in leaves for part in state]
    after = flat(network.carry(x.clone(), leaves))
    if not after.requires_grad:
        raise UserError("no gradient goes through this cell: its states after a step do not depend on those before")
    rows = [torch.autograd.grad(number, parts, retain_graph=True, allow_unused=True) for number in after]
    return torch.stack([torch.cat([_known(r, p)[0] for r, p in zip(row, parts, strict=True)]) for row in rows])


def _known(row: Tensor | None, part: Tensor) -> Tensor:
    return torch.zeros_like(part) if row is None else row


def doubled(network: Network) -> Network:
    """In float64, in cells whose quantities are what h is computed from."""
    return transparent(network).copy().double().cpu()


def flat(stack: Stack) -> Tensor:
    """All numbers of the states in a row, (n,)."""
    return torch.cat([part[0] for state in stack for part in state])
