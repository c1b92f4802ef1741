"""The chain of steps taken at once is the chain taken step by step, and so are its derivatives."""

from __future__ import annotations

import pytest
import torch

from lstm_tui.engine.runners.scanned_network import WIDE_STEP, scan


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 16, 17, 90])
@pytest.mark.parametrize("shape", [(2, 3), (8, WIDE_STEP // 8)])
def test_all_steps_at_once_are_the_steps_one_by_one(steps: int, shape: tuple[int, int]) -> None:
    torch.manual_seed(steps)
    keep, write = (torch.randn(steps, *shape, dtype=torch.float64, requires_grad=True) for _ in range(2))
    before = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    state, states = before, []
    for a, b in zip(keep, write, strict=True):
        state = a * state + b
        states.append(state)
    wanted, found = torch.stack(states), scan(keep, write, before)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)
    along = torch.randn_like(wanted)
    slopes = [torch.autograd.grad((made * along).sum(), (keep, write, before)) for made in (found, wanted)]
    for mine, theirs in zip(*slopes, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-11, atol=1e-11)


def test_no_step_leaves_the_state() -> None:
    nothing = torch.empty(0, 2, 3, requires_grad=True)
    assert scan(nothing, nothing, torch.ones(2, 3)).shape == (0, 2, 3)
