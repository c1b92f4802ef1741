"""What a line of a script asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScriptCommand:
    """One line of a script."""

    line: int


@dataclass(frozen=True)
class Open(ScriptCommand):
    """The first command, if there is one: what to open, as words of a command line."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Size(ScriptCommand):
    """The terminal gets another size."""

    width: int
    height: int


@dataclass(frozen=True)
class Title(ScriptCommand):
    """What the recording is called."""

    text: str


@dataclass(frozen=True)
class Press(ScriptCommand):
    """Keys are pressed, one after the other."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Type(ScriptCommand):
    """A text is typed."""

    text: str


@dataclass(frozen=True)
class Wait(ScriptCommand):
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Caption(ScriptCommand):
    """Words for the audience."""

    text: str


@dataclass(frozen=True)
class Mark(ScriptCommand):
    """A chapter begins."""

    label: str


@dataclass(frozen=True)
class Expect(ScriptCommand):
    """The screen must show this."""

    text: str


@dataclass(frozen=True)
class Picture(ScriptCommand):
    """The screen is kept as an SVG."""

    path: str


@dataclass(frozen=True)
class Pause(ScriptCommand):
    """The person goes on when it suits them; a recording leaves time to read."""


@dataclass(frozen=True)
class Ask(ScriptCommand):
    """A question, and the answers that are right; the first is the one that is told."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Check(ScriptCommand):
    """A condition that must hold at the step shown."""

    condition: str


@dataclass(frozen=True)
class ShowGuess(ScriptCommand):
    """What the model guesses is hidden, for a prediction, or shown."""

    shown: bool


@dataclass(frozen=True)
class Note(ScriptCommand):
    """Words for the presenter alone: no screen ever shows them."""

    text: str
