"""How far the values without bound reach in the first steps of a text: what their scales are made from."""

from __future__ import annotations

import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import Scale
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.spans.over_time import values_over_time
from lstm_tui.engine.timeline import Timeline

LEAST_STEPS, MOST_STEPS, AFFORDABLE = 8, 100, 50_000_000
"""Steps looked at in any model, at most, and multiplications that they may cost: some hundredths of a second."""


def scales(rollout: Rollout, position: int) -> tuple[dict[str, Scale], ...]:
    """For every layer the scales of its quantities without bound, by name.

    They depend on the text and the model, not on where one has been, nor on states set by hand: the first steps of the
    text are read, as many as cost next to nothing. What a user's own cell computes is not asked for before the cursor
    at `position` has come there: it may fail, or never come back.
    """
    steps = looked_at(rollout, position)
    timeline = Timeline(rollout.model, rollout.indices) if rollout.timeline.edits else rollout.timeline
    found = []
    for layer, cell in enumerate(rollout.model.cells):
        names = [quantity.name for quantity in cell.quantities if quantity.grows]
        found.append({name: Scale() for name in names} | (_layer(timeline, layer, names, steps) if steps else {}))
    return tuple(found)


def looked_at(rollout: Rollout, position: int) -> int:
    """How many of the first steps."""
    size = max(rollout.model.size, 1)
    steps = min(len(rollout), MOST_STEPS, max(LEAST_STEPS, AFFORDABLE // size))
    return steps if all(cell.described for cell in rollout.model.cells) else min(steps, position)


def _layer(timeline: Timeline, layer: int, names: list[str], steps: int) -> dict[str, Scale]:
    units = range(timeline.model.hidden_sizes[layer])
    try:
        rows = values_over_time(timeline, layer, names, units, 1, steps)
    except UserError:
        return {}
    return {name: Scale.of(torch.nan_to_num(row.abs(), 0.0).amax(dim=0).tolist()) for name, row in rows.items()}
