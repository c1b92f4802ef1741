"""Who wrote what a cell holds: c_T = Σ_t (Π_{s>t} f_s) · i_t · c̃_t, one signed amount a character.

The sum is an identity of the cell's own equation, unrolled: accounting, not cause. What a character wrote is what is
left of it now; why it was written is another question.
"""

from __future__ import annotations

import math

import torch

from lstm_tui.core.step import Ledger, Write
from lstm_tui.engine.over_time import UnitHistory, unit_history
from lstm_tui.engine.timeline import LOOKBACK, Timeline

_SHOWN = 12
EXACT = 1e-5
"""How far the sum may be from the cell, times 1 + |c|: float32 rounds at every step, this sum does not."""


@torch.inference_mode()
def ledger(
    timeline: Timeline, position: int, layer: int, unit: int, shown: int = _SHOWN, history: UnitHistory | None = None
) -> Ledger | None:
    """The writes that make up c of `unit` after step `position`, largest first.

    Looks back `LOOKBACK` steps, or to the last state set by hand; whatever is older is summed as
    the cell's content there times what the forget gates left of it, so the amounts always add up to c. None at step 0,
    and for a cell whose c is not f·c' + i·c̃ (a GRU has no c; a pasted cell may compute something else). `history`
    is what is known of the unit already, from the lookback's first step on.
    """
    names = timeline.model.cells[layer].states
    if position == 0 or "c" not in names:
        return None
    total = float(timeline.at(position).after[layer][names.index("c")][0, unit])
    if position in timeline.edits:
        return Ledger((), older=total, total=total, first=position)
    edges = [edge for edge in timeline.edits if edge < position]
    first = max(1, position - LOOKBACK + 1, *(edge + 1 for edge in edges))
    if history is None:
        history = unit_history(timeline, layer, unit, first, position)
    if history is None:
        return None
    history = history.since(first)
    left = torch.cat([history.f[1:], history.f.new_ones(1)]).flip(0).cumprod(0).flip(0)  # Π f of every later step
    amounts = left * history.i * history.c_tilde  # (n,)
    before = float(left[0] * history.f[0]) * history.c_before
    whole = float(amounts.sum()) + before
    if math.isfinite(total) and not abs(whole - total) <= EXACT * (1 + abs(total)):
        return None
    order = amounts.abs().argsort(descending=True, stable=True)[:shown]
    writes = tuple(Write(first + row, float(amounts[row])) for row in order.tolist())
    return Ledger(writes, older=total - math.fsum(write.amount for write in writes), total=total, first=first)
