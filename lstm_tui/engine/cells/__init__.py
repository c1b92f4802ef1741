"""The cells, by the names users give them. Each is one file of equations; all LSTM cells compute the same function."""

from __future__ import annotations

import difflib
from importlib import import_module

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.base import Cell, LSTMCell, State
from lstm_tui.engine.cells.by_hand import ByHand
from lstm_tui.engine.cells.gates import Weights


def _made(home: str) -> type[Cell]:
    module, _, name = home.rpartition(".")
    cell: type[Cell] = getattr(import_module(f"{__name__}.{module}"), name)
    return cell


ALL: dict[str, type[Cell]] = {name: _made(one.home) for name, one in IMPLEMENTATIONS.items()}
"""Every cell that has a name."""

__all__ = ["ALL", "ByHand", "Cell", "LSTMCell", "State", "Weights", "alike", "cell_named"]


def alike(cell: type[Cell]) -> dict[str, type[Cell]]:
    """The named cells that a `cell`'s weights can be carried to: those that compute the same function."""
    return {name: other for name, other in ALL.items() if other.kind is cell.kind}


def cell_named(name: str) -> type[Cell]:
    """The cell class of that name. Raises `UserError` with the list of names, and the nearest, where there is none."""
    if name in ALL:
        return ALL[name]
    near = difflib.get_close_matches(name, ALL, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UserError(f"there is no cell '{visible(name)}'{hint}: choose one of {', '.join(ALL)}")
