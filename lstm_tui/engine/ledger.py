"""Who wrote what a cell holds: c_T = Σ_t (Π_{s>t} f_s) · i_t · c̃_t, one signed amount a character.

The sum is an identity of the cell's own equation, unrolled: accounting, not cause. What a character wrote is what is
left of it now; why it was written is another question.
"""

from __future__ import annotations

import torch

from lstm_tui.engine.timeline import BLOCK, Timeline
from lstm_tui.engine.unit_history import unit_history
from lstm_tui.step import Ledger, Write

_SHOWN = 12


def ledger(timeline: Timeline, position: int, layer: int, unit: int, shown: int = _SHOWN) -> Ledger | None:
    """The writes that make up c of `unit` after step `position`, largest first; None at step 0.

    Looks back as far as the block before this one, or to the last state set by hand; whatever is older is summed as
    the cell's content there times what the forget gates left of it, so the amounts always add up to c.
    """
    if position == 0:
        return None
    edges = [p for p in timeline.edits if p <= position]
    if position in timeline.edits:
        return Ledger((), older=float(timeline.state(position)[layer][1][0, unit]), total=0.0, first=position)
    first = max(1, (position // BLOCK - 1) * BLOCK + 1, *(p + 1 for p in edges))
    history = unit_history(timeline, layer, unit, first, position)
    left = torch.cat([history.f[1:], history.f.new_ones(1)]).flip(0).cumprod(0).flip(0)  # Π f of every later step
    amounts = left * history.i * history.c_tilde  # (n,)
    older = float(left[0] * history.f[0]) * history.c_before
    order = amounts.abs().argsort(descending=True, stable=True)[:shown]
    writes = tuple(Write(first + row, float(amounts[row])) for row in order.tolist())
    rest = float(amounts.sum()) - sum(write.amount for write in writes)
    return Ledger(writes, older=older + rest, total=float(history.c[-1]), first=first)
