"""How far a gradient reaches: its size step by step back, beside what the forget gates alone would leave of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.engine.causes.derivatives import StepGradient
from lstm_tui.engine.timeline import Timeline


@dataclass(frozen=True, eq=False)
class GradientSize:
    """At one step back, over all layers."""

    position: int
    h: float
    """‖δh‖."""
    c: float | None
    """‖δc‖; None for a cell without c."""
    kept: float | None
    """The mean over all units of the product of their forget gates from the step after this one to the first: the
    carousel's own part. None for a cell without f, and at the first."""


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
        yield GradientSize(position, h, c, None if product is None else float(product.mean()))
