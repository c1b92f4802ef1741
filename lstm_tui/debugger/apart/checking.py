"""A class of the user's own, checked in a process of its own: it may hang, print, exit or die."""

from __future__ import annotations

from typing import Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CheckReport, CheckRequest, check_user_cell, class_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.apart.child import Child, ChildDied, Decision
from lstm_tui.debugger.apart.wire import unpacked

LIMIT = 10.0
"""Seconds that a class has."""


def checked(asked: CheckRequest) -> CheckReport:
    """What it computes. Raises `UserError` where it cannot be run, with the line where it was when its time was up."""
    check_user_cell(asked.spec, "")
    name = visible(class_name(asked.spec))

    def look(seconds: float) -> Decision:
        return "interrupt" if seconds > LIMIT else "wait"

    child = Child()
    try:
        child.greet(lambda _: "wait")
        answer: tuple[Any, Any, Any] = child.ask("check", (asked,), look)
    except ChildDied as died:
        raise UserError(f"{name} {died} while it was checked") from None
    finally:
        child.kill()
    value, error, _ = answer
    if error is not None:
        raise unpacked(error)
    assert isinstance(value, CheckReport)
    return value
