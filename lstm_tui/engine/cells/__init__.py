"""The cells, by the names users give them. Each is one file of equations; all compute the same function."""

from __future__ import annotations

import difflib

from lstm_tui.engine.cells.base import Cell, LSTMCell, LSTMWeights, State
from lstm_tui.engine.cells.builtin import Builtin
from lstm_tui.engine.cells.by_hand import ByHand
from lstm_tui.engine.cells.fused import Fused
from lstm_tui.errors import UserError
from lstm_tui.vocabulary import visible

CELLS: dict[str, type[LSTMCell]] = {cell.name: cell for cell in (ByHand, Fused, Builtin)}

__all__ = ["CELLS", "Builtin", "ByHand", "Cell", "Fused", "LSTMCell", "LSTMWeights", "State", "cell_named"]


def cell_named(name: str) -> type[LSTMCell]:
    """The cell class of that name. Raises `UserError` with the list of names, and the nearest, where there is none."""
    if name in CELLS:
        return CELLS[name]
    near = difflib.get_close_matches(name, CELLS, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UserError(f"there is no cell '{visible(name)}'{hint}: choose one of {', '.join(CELLS)}")
