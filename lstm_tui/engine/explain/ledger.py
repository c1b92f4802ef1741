"""Who wrote what a cell holds: c_T = Σ_t (Π_{s>t} f_s) · i_t · c̃_t, one signed amount a character.

The sum is an identity of the cell's own equation, unrolled: accounting, not cause. What a character wrote is what is
left of it now; why it was written is another question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from lstm_tui.core.explanation import Ledger, Write
from lstm_tui.engine.spans.over_time import UnitHistory, unit_history
from lstm_tui.engine.timeline import LOOKBACK, Timeline

_SHOWN = 12
EXACT = 1e-5
"""How far the sum may be from the cell, times 1 + |c|: float32 rounds at every step, this sum does not."""


@torch.inference_mode()
def ledger(
    timeline: Timeline, position: int, layer: int, unit: int, shown: int = _SHOWN, history: UnitHistory | None = None
) -> Ledger | None:
    """The writes that make up the memory of `unit` after step `position`, largest first: its c, or h without one.

    Looks back `LOOKBACK` steps, or to where its memory was last set by hand or held; whatever is older is summed as
    the content there times what later steps kept of it, so the amounts always add up to the memory. None at step 0,
    and for a cell whose memory is no such sum (a plain RNN's; a pasted cell may compute something else). `history`
    is what is known of the unit already, from the lookback's first step on.
    """
    cell = timeline.model.cells[layer]
    kept_as = next((each for each in cell.kind.memories if each.state in cell.states), None)
    if position == 0 or kept_as is None:
        return None
    memory = kept_as.state
    total = float(timeline.at(position).after[layer][cell.states.index(memory)][0, unit])
    edge = max([timeline.interventions.last_held(layer, memory, unit, position), *_up_to(timeline.edits, position)])
    if edge == position:
        return Ledger((), total, total, position, memory, kept_as.keep)
    first = max(1, position - LOOKBACK + 1, edge + 1)
    if history is None:
        history = unit_history(timeline, layer, unit, first, position)
    if history is None:
        return None
    history = history.since(first)
    kept = history.kept
    left = torch.cat([kept[1:], kept.new_ones(1)]).flip(0).cumprod(0).flip(0)  # Π of what every later step kept
    amounts = left * history.written  # (n,)
    before = float(left[0] * kept[0]) * history.before
    whole = float(amounts.sum()) + before
    if math.isfinite(total) and not abs(whole - total) <= EXACT * (1 + abs(total)):
        return None
    order = amounts.abs().argsort(descending=True, stable=True)[:shown]
    writes = tuple(Write(first + row, float(amounts[row])) for row in order.tolist())
    older = total - math.fsum(write.amount for write in writes)
    return Ledger(writes, older, total, first, memory, kept_as.keep)


def _up_to(positions: Iterable[int], position: int) -> list[int]:
    return [each for each in positions if each <= position]
