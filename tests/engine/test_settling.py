"""Fixed points and their modes, against finite differences and against what happens when a state is nudged."""

from __future__ import annotations

import math

import pytest
import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.causes.settling import Settled, settle
from lstm_tui.engine.causes.step_jacobian import eigenvalues, jacobian
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.network import Network, Stack, fresh
from tests.engine import students

HIDDEN = (4, 3)


def settled(model: Network, symbol: int, stack: Stack) -> Settled:
    *_, last = settle(model, torch.tensor([symbol]), stack)
    assert isinstance(last, Settled)
    return last


def flat(stack: Stack) -> torch.Tensor:
    return torch.cat([part[0] for state in stack for part in state])


@pytest.mark.parametrize("cell", ["builtin", "by-hand", "gru", "rnn"])
def test_the_jacobian_is_the_steps_slope(cell: str) -> None:
    model = fresh(3, HIDDEN, 2, ALL[cell], seed=2).double()
    torch.manual_seed(0)
    stack: Stack = tuple(
        tuple(torch.randn(1, width, dtype=torch.float64) for _ in layer.states)
        for layer, width in zip(model.cells, HIDDEN, strict=True)
    )
    x = torch.eye(3, dtype=torch.float64)[1:2]
    found, count = jacobian(model, x, stack), len(flat(stack))
    assert found.shape == (count, count)
    for at in range(count):
        moved = []
        for nudge in (1e-6, -1e-6):
            parts = flat(stack).clone()
            parts[at] += nudge
            pieces = iter(parts.split([part.shape[1] for state in stack for part in state]))
            moved.append(flat(model.carry(x, tuple(tuple(next(pieces)[None] for _ in state) for state in stack))))
        slope = (moved[0] - moved[1]) / 2e-6
        assert torch.allclose(found[:, at], slope, atol=1e-8)


@pytest.mark.parametrize("cell", ["fused", "gru", "rnn"])
def test_a_fresh_network_settles_and_forgets_a_nudge_as_its_slowest_mode_says(cell: str) -> None:
    model = fresh(3, HIDDEN, 2, ALL[cell], seed=2)
    found = settled(model, 1, model.zero_state())
    assert found.state is not None
    assert found.stable
    assert found.residual < 1e-9
    double, x = model.copy().double(), torch.eye(3, dtype=torch.float64)[1:2]
    torch.manual_seed(1)
    stack: Stack = tuple(tuple(part + 1e-3 * torch.randn_like(part) for part in state) for state in found.state)
    left = []
    for _ in range(17):
        stack = double.carry(x, stack)
        left.append(float((flat(stack) - flat(found.state)).norm()))
    slowest = found.modes[0]
    halves = math.log(left[6] / left[16]) / math.log(2)
    assert 10 / halves == pytest.approx(slowest.half_life, rel=0.25)
    assert [mode.half_life for mode in found.modes] == sorted((mode.half_life for mode in found.modes), reverse=True)


def test_a_counter_is_the_slowest_to_settle() -> None:
    """The bundled `brackets`, reading '(' for ever: the unit that counts is the last to stop."""
    rollout = prepare(ModelOptions(model="brackets")).open().debuggee.rollout
    found = settled(rollout.model, rollout.vocabulary.symbols.index("("), rollout.zero_stack())
    assert found.stable
    slowest = found.modes[0]
    assert (slowest.places[0].state, slowest.places[0].unit) == ("c", 3)
    assert 100 < slowest.half_life < math.inf


def test_what_turns_for_ever_is_found_and_called_unstable() -> None:
    """Reading ')' for ever the same network goes round a point that it never reaches."""
    rollout = prepare(ModelOptions(model="brackets")).open().debuggee.rollout
    found = settled(rollout.model, rollout.vocabulary.symbols.index(")"), rollout.zero_stack())
    assert found.state is not None
    assert not found.stable
    assert abs(found.modes[0].eigenvalue) > 1
    assert found.modes[0].half_life == math.inf


@pytest.mark.parametrize(("cell", "width"), [("builtin", 4), ("slstm", 3), (f"{students.__file__}:Chunks", 3)])
def test_eigenvalues_of_a_step_are_those_of_autograds_own_jacobian(cell: str, width: int) -> None:
    options = ModelOptions(text="abcab", hidden=width, cell=cell, layers=None if ":" in cell else 2)
    rollout = prepare(options).open().debuggee.rollout
    timeline, own = rollout.timeline, ":" in cell
    model = rollout.model if own else rollout.model.copy().double()
    found = list(eigenvalues(timeline, iter((2, 4))))
    for position, values in zip((2, 4), found, strict=True):
        stack = timeline.state(position - 1)
        parts = [part.clone().to(model.like.dtype) for state in stack for part in state]
        x = model.inputs(timeline.indices[position - 1 : position])

        def step(*parts: torch.Tensor, x: torch.Tensor = x, stack: Stack = stack) -> torch.Tensor:
            pieces = iter(parts)
            return flat(model.carry(x, tuple(tuple(next(pieces) for _ in state) for state in stack)))

        slopes = torch.cat([row[:, 0] for row in torch.autograd.functional.jacobian(step, tuple(parts))], dim=1)
        wanted = torch.linalg.eigvals(slopes.double())
        assert len(values) == len(wanted)
        for value in values:
            assert float((wanted - value).abs().min()) < (1e-4 if own else 1e-10)
        assert [abs(value) for value in values] == sorted(map(abs, values), reverse=True)


def test_what_is_held_or_set_by_hand_carries_nothing_on() -> None:
    debugger = prepare(ModelOptions(text="abcab", hidden=2)).open()
    debugger.apply(("c[0] = 0.3 at 2", "c[1] = 0.3 at 2", "o[0] = 1 at 2"))
    debugger.to(2)
    debugger.zero()
    edited, held, free = eigenvalues(debugger.debuggee.rollout.timeline, iter((2, 3, 4)))
    assert edited == (0j,) * 4
    assert [sum(abs(value) > 1e-12 for value in each) for each in (held, free)] == [1, 4]  # o[1] alone sees h'
