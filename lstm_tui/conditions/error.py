"""The error of a condition that cannot be read."""

from __future__ import annotations

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

_AROUND = 30


class ConditionError(UserError):
    """A condition that cannot be used: `problem` says why, `column` where (from 1, in characters of `text`)."""

    def __init__(self, problem: str, text: str, column: int) -> None:
        self.problem = problem
        self.text = text
        self.column = column
        super().__init__(f"column {column} of the condition {_excerpt(text, column)}: {problem}")


def _excerpt(text: str, column: int) -> str:
    start, stop = max(0, column - 1 - _AROUND), column - 1 + _AROUND
    if start == 0:
        stop = max(stop, 2 * _AROUND)
    left, right = "…" if start else "", "…" if stop < len(text) else ""
    return f'"{left}{visible(text[start:stop])}{right}"'
