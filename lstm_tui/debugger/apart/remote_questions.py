"""What of the questions about causes a debugger in another process answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from lstm_tui.core.errors import UserError

if TYPE_CHECKING:
    from lstm_tui.core.questions.gradient_reach import GradientSize
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.debugger.apart.supervised import Supervised
    from lstm_tui.debugger.backwards.cause_questions import Alike, Followers


class RemoteQuestions:
    """See `backwards.cause_questions.Questions`: what is asked of the program's own cells is not of these."""

    def __init__(self, debugger: Supervised) -> None:
        self._debugger = debugger

    def settling(self) -> Callable[[], str]:
        raise UserError("where it settles is computed for the program's own cells; this one is yours")

    def reach(self, objective: Objective, first: int) -> tuple[GradientSize, ...]:
        return cast("tuple[GradientSize, ...]", self._debugger.ask("reach", objective, first))

    def contributions(self, symbol: int) -> str:
        raise UserError("a logit is taken apart by the six equations of the program's own LSTM; this cell is yours")

    def alike(self) -> Callable[[], Alike]:
        return lambda: cast("Alike", self._debugger.ask("alike"))

    def finding(self, track: str) -> Callable[[], Followers]:
        raise UserError("units of your own cell are found with 'lstm-tui find'")
