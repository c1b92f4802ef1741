"""Where a network settles that reads one symbol for ever: the fixed point near a state, and how it is approached.

A step is a map of the states to the states after it. Newton's method on the map's exact Jacobian finds where nothing
moves any more; the Jacobian's eigenvalues there say how fast what is left of a disturbance dies out (Sussillo & Barak
2013).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.engine.causes.step_jacobian import doubled, flat, jacobian
from lstm_tui.engine.network import Network, Stack

_FED = 1000
"""Steps that are taken before Newton's method begins."""
_NEWTON = 30
_NEAR = 1e-12
"""The largest move of a step at a fixed point."""
MODES = 5
_UNITS_OF_A_MODE = 3


@dataclass(frozen=True, eq=False)
class StatePlace:
    """One number of a state."""

    layer: int
    state: str
    unit: int


@dataclass(frozen=True, eq=False)
class Mode:
    """A way in which the states move near a fixed point: a disturbance along it is multiplied at each step."""

    eigenvalue: complex
    half_life: float
    """Steps until half of a disturbance is left; infinite where it does not shrink."""
    places: tuple[StatePlace, ...]
    """The numbers that take part in it most, largest first."""


@dataclass(frozen=True, eq=False)
class Settled:
    """What became of it."""

    state: Stack | None
    """The fixed point; None where none was found."""
    fed: int
    """Steps that were taken to come near it."""
    residual: float
    """The largest move of a number in one more step."""
    mover: StatePlace
    """The number that moves most in one more step."""
    modes: tuple[Mode, ...] = ()
    """The slowest first."""

    @property
    def stable(self) -> bool:
        """Whether small disturbances die out."""
        return bool(self.modes) and abs(self.modes[0].eigenvalue) < 1


def settle(network: Network, symbol: Tensor, stack: Stack) -> Iterator[int | Settled]:
    """Read `symbol` (1,) again and again from `stack`: gives the steps taken, and last what came of it.

    Computed in float64. Raises `UserError` for a cell that does not take it.
    """
    if not network.cell_type.described:
        raise UserError("where it settles is computed for the program's own cells; this one is yours")
    model = doubled(network)
    x = model.inputs(symbol).double()
    now = tuple(tuple(part.clone().double() for part in state) for state in stack)
    fed, moved = 0, math.inf
    while fed < _FED and moved > _NEAR:
        after = model.carry(x, now)
        moved = float((flat(after) - flat(now)).abs().max())
        now, fed = after, fed + 1
        if fed % 50 == 0:
            yield fed
    found = now
    for _ in range(_NEWTON):
        residual = flat(model.carry(x, found)) - flat(found)
        if float(residual.abs().max()) <= _NEAR or not bool(residual.isfinite().all()):
            break
        slope = torch.eye(len(residual), dtype=residual.dtype) - jacobian(model, x, found)
        found = _like(found, flat(found) + torch.linalg.lstsq(slope, residual[:, None]).solution[:, 0])
        yield fed
    residual = (flat(model.carry(x, found)) - flat(found)).abs()
    if float(residual.max()) <= _NEAR:
        most, at = float(residual.max()), int(residual.argmax())
        yield Settled(found, fed, most, _places(model)[at], _modes(model, x, found))
        return
    left = (flat(model.carry(x, now)) - flat(now)).abs()
    yield Settled(None, fed, float(left.max()), _places(model)[int(left.argmax())])


def _modes(model: Network, x: Tensor, stack: Stack) -> tuple[Mode, ...]:
    values, vectors = torch.linalg.eig(jacobian(model, x, stack))
    places = _places(model)
    modes = []
    for at in values.abs().argsort(descending=True, stable=True).tolist():
        value = complex(values[at])
        if value.imag < 0:  # the other half of a pair, which has the same places and the same half-life
            continue
        size = abs(value)
        half_life = math.inf if size >= 1 else 0.0 if size == 0 else math.log(0.5) / math.log(size)
        strongest = vectors[:, at].abs().argsort(descending=True, stable=True)[:_UNITS_OF_A_MODE]
        modes.append(Mode(value, half_life, tuple(places[which] for which in strongest.tolist())))
        if len(modes) == MODES:
            break
    return tuple(modes)


def _places(network: Network) -> list[StatePlace]:
    return [
        StatePlace(layer, state, unit)
        for layer, cell in enumerate(network.cells)
        for state in cell.states
        for unit in range(cell.hidden_size)
    ]


def _like(stack: Stack, numbers: Tensor) -> Stack:
    parts = iter(torch.split(numbers, [part.shape[1] for state in stack for part in state]))
    return tuple(tuple(next(parts)[None] for _ in state) for state in stack)
