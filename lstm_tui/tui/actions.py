"""What can be done: an id, what does it, what it needs, and the sentence that refuses it.

Keys, footer, help, palette and scripts name it by its id, and ask one place whether it does anything now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto


class Requirement(Enum):
    """What must not be under way while something is done."""

    NOTHING = auto()
    NO_RUN = auto()
    """No run along the text."""
    NO_CHANGE = auto()
    """No run after which the model or its state is another one."""
    NO_WORK = auto()
    """Neither that nor a training: the model must not be changed under them."""


@dataclass(frozen=True)
class Action:
    """`run` is called where nothing refuses what it needs."""

    id: str
    run: Callable[[], Awaitable[None] | object]
    needs: Requirement = Requirement.NOTHING
    refusal: Callable[[], str | None] = lambda: None
    """Why it would do nothing now; empty where `run` says that itself; None where it does something."""


def unless(possible: Callable[[], object], sentence: str = "") -> Callable[[], str | None]:
    """A refusal with that sentence wherever something is not `possible`."""
    return lambda: None if possible() else sentence
