"""What can be said of a GPU without a clock; skipped where there is none."""

from __future__ import annotations

import pytest
import torch

from tests.gpu.checks import agreement, no_memory, trained_there

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: see tests.gpu")


@pytest.mark.parametrize("hidden", [64, 1024])
def test_it_computes_what_the_cpu_does(hidden: int) -> None:
    *_, losses = trained_there("cuda", hidden)
    assert agreement("cuda", hidden).ok
    assert losses.ok


def test_without_room_the_model_stays_whole() -> None:
    assert no_memory().ok
