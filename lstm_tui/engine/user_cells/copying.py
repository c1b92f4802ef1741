"""Copies of a user's module, which may hold what cannot be copied."""

from __future__ import annotations

import contextlib
import copy
import traceback

from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.user_cells.file import reraise_interrupt
from lstm_tui.engine.user_cells.user_code import Interrupted, running


def copied(cell: nn.Module) -> nn.Module:
    """A deep copy. What cannot be copied (a lock, an open file, a generator …) both have; a tensor that belongs to a
    graph, which torch copies no more than those, is copied without it. Raises `UserError` where nothing helps."""
    memo: dict[int, object] = {}
    kept: list[object] = []
    while True:
        try:
            with contextlib.nullcontext() if _ours(cell) else running():
                return copy.deepcopy(cell, dict(memo))
        except BaseException as error:
            reraise_interrupt(error)
            if isinstance(error, Interrupted):
                raise UserError(f"{error}: copying the cell takes too long") from None
            found = _uncopied(error)
            if found is None or id(found) in memo or isinstance(found, nn.Module):
                message = " ".join(str(error).split())
                raise UserError(
                    f"{visible(type(found or cell).__name__)} cannot be copied, and the debugger works on copies: "
                    f"{type(error).__name__}: {visible(message)}"
                ) from None
            kept.append(found)
            memo[id(found)] = found.detach().clone() if isinstance(found, Tensor) else found


def _ours(cell: nn.Module) -> bool:
    """Whether all of its parts are torch's or the program's own, which print nothing while they are copied."""
    return all(type(part).__module__.partition(".")[0] in ("torch", "lstm_tui") for part in cell.modules())


def _uncopied(error: BaseException) -> object | None:
    """What the innermost `deepcopy` was asked to copy when it failed."""
    found: object | None = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is copy.deepcopy.__code__:
            found = frame.f_locals["x"]
    return found
