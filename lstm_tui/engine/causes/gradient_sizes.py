"""How far a gradient reaches: its size step by step back, beside what the forget gates alone would leave of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

import torch
from torch import Tensor

from lstm_tui.core.questions.gradient_reach import GradientSize
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.slopes import last_counted
from lstm_tui.engine.causes.derivatives import StepGradient
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.timeline import Timeline


def grad_norms(timeline: Timeline, start: int, stop: int) -> Tensor:
    """√(‖∂L/∂c‖² + ‖∂L/∂h‖²), all states of all layers together, after each of the steps t = start..stop-1: (T, 1).

    L is the sum of all losses, as far as `last_counted` looks ahead. Raises what `BackwardPass` raises.
    """
    norms: list[float] = []
    for last, positions in groupby(
        range(start + 1, stop + 1), partial(last_counted, Objective(), length=len(timeline))
    ):
        first, *_ = wanted = [*positions]
        found = {step.position: step for block in BackwardPass(timeline, Objective(), last).back(first)
                 for step in block.steps()}  # fmt: skip
        norms += [_size(found[position]) for position in wanted]
    return torch.tensor(norms, dtype=torch.float64)[:, None]


def _size(step: StepGradient) -> float:
    return math.hypot(*(float(layer[name].norm()) for layer in step.layers for name in ("c", "h") if name in layer))


@torch.inference_mode()
def reached(
    timeline: Timeline, step: Callable[[int], StepGradient | None], positions: Sequence[int]
) -> Iterator[GradientSize]:
    """At `positions`, the latest first, as far as `step` gives derivatives."""
    names = {quantity.name for quantity in timeline.model.cells[0].quantities}
    product: Tensor | None = None
    last = positions[0] if positions else 0
    for position in positions:
        found = step(position)
        if found is None:
            return
        while "f" in names and last > position:
            f = torch.cat([values["f"][0] for values in timeline.at(last).layers])
            product, last = f if product is None else product * f, last - 1
        h = math.hypot(*(float(values["h"].norm()) for values in found.layers))
        c = math.hypot(*(float(values["c"].norm()) for values in found.layers)) if "c" in names else None
        kept = None if "f" not in names else 1.0 if product is None else float(product.mean())
        yield GradientSize(position, h, c, kept)
