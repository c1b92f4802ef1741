"""Our Adam against torch's, number for number."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from lstm_tui.engine.training.adam import Adam

TRAINED = """
import sys
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
debugger = prepare(ModelOptions(text="abab")).open()
training = debugger.training(epochs=2)
training.run()
debugger.adopt(training)
assert debugger.about.epochs == 2
print(*(name for name in sys.modules if name in ("torch._dynamo", "sympy")))
"""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_takes_the_steps_that_torchs_takes(dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(0)
    ours, theirs = (nn.LSTM(5, 7).to(dtype) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    adam, reference = Adam(ours.parameters(), 0.1), torch.optim.Adam(theirs.parameters(), lr=0.1)
    for step in range(60):
        for at, (mine, other) in enumerate(zip(ours.parameters(), theirs.parameters(), strict=True)):
            if at == 2 and step % 3 == 0:  # a parameter that a cell only sometimes uses
                mine.grad = other.grad = None
                continue
            mine.grad = torch.randn(mine.shape, generator=draw, dtype=dtype) * 10.0 ** (at - 2)
            other.grad = mine.grad.clone()
        adam.step()
        reference.step()
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(mine, other), step
    adam.zero_grad()
    assert all(p.grad is None for p in ours.parameters())


def test_training_does_not_wait_for_torchs_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", TRAINED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
