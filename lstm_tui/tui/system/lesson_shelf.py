"""Lessons as the screen knows them: a script with the model it opens, its place, and the shelf of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggerDoor, Stop
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.screencast.script import Script
    from lstm_tui.tui.selection import Selection

_ARTICLES = {"a", "an", "the", "it", "is", "its"}
_DENIALS = {"no", "not", "never", "none", "nothing"}
_CLOSE = 0.05
"""How far off an answer in numbers may be, of the right one: who reads a bar is right too."""


@dataclass(frozen=True)
class Lesson:
    """A script to be played at a person's pace, and what it opens."""

    script: Script
    prepared: Prepared


@dataclass(frozen=True, eq=False)
class Place:
    """Where the lesson is, to come back to."""

    prepared: Prepared
    debugger: DebuggerDoor
    step: tuple[int, object]
    """The step, and how far into it."""
    selection: Selection
    stops: Sequence[Stop]
    state: tuple[object, ...]
    """What the debugger reads, and with which weights."""
    covered: bool = False
    """Whether a dialog lies over the screen."""

    def is_left(self, now: Place) -> bool:
        """Whether another place is shown now, or this one of another model."""
        return (now.debugger, now.selection, now.step, now.state) != (
            self.debugger,
            self.selection,
            self.step,
            self.state,
        )


class Shelf(Protocol):
    """Where lessons are."""

    def titles(self) -> Sequence[tuple[str, str]]:
        """Each one's name and title, in the order in which they are meant to be taken."""

    def take(self, name: str) -> Lesson:
        """One of them, with its model ready to be opened. Raises `UserError`."""


class NoShelf:
    """The debugger was opened from a program: there are none."""

    def titles(self) -> Sequence[tuple[str, str]]:
        """See `Shelf`."""
        return ()

    def take(self, name: str) -> Lesson:
        """See `Shelf`."""
        raise KeyError(name)


def is_right(typed: str, answers: Sequence[str]) -> bool:
    """Whether what was typed means one of the answers, judged kindly.

    Case, articles, quotes and punctuation do not count, more words than the answer's may be there, and a number may be
    off by a twentieth or by one in its last digit.
    """
    return any(_means(typed, answer) for answer in answers)


def _means(typed: str, answer: str) -> bool:
    if typed.strip() == answer:
        return True
    wanted = _number(answer)
    if wanted is not None:
        given = _number(typed)
        decimals = len(answer.partition(".")[2])
        near = max(_CLOSE * abs(wanted), 10**-decimals if decimals else 0.0) * 1.0001
        return given is not None and abs(given - wanted) <= near
    said, meant = _words(typed), _words(answer)
    if not meant:  # an answer of signs alone, such as a bracket
        return typed.strip().strip("'\"") == answer.strip().strip("'\"")
    return meant <= said and said & _DENIALS == meant & _DENIALS


def _number(text: str) -> float | None:
    match = re.fullmatch(r"[^\d+\-.,−]*([+\-−]?\d*[.,]?\d+)[^\d]*", text.strip())
    try:
        return float(match[1].replace(",", ".").replace("−", "-")) if match else None
    except ValueError:
        return None


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - _ARTICLES
