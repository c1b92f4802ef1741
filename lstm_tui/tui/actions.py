"""What can be done: an id, what does it, and what it needs. Keys, footer, palette and scripts name it by its id."""

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
