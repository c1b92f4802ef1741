"""The models that ship with the program, so that a newcomer has something real to step through at once."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_MODELS = (
    ("hello", "8 units that learned to spell hello: recurrence, in five steps"),
    ("brackets", "4 units, one of which counts the open brackets: memory"),
    ("python", "64 units that read Python source: brackets, quotes, indentation"),
    ("weather", "12 units that forecast the temperature of the next hour: rows of numbers"),
    ("arabic", "24 units that read Arabic word by word: who does it agrees with what is done"),
)


def bundled() -> tuple[tuple[str, str], ...]:
    """Each shipped model's name and what it shows, in one line; the first is the one opened by default."""
    return _MODELS


def bundled_text(name: str) -> str | None:
    """The text a shipped model brings where that is not the one its file remembers: `python` reads our own cell."""
    if name != "python":
        return None
    return (_PACKAGE / "engine" / "cells" / "by_hand.py").read_text(encoding="utf-8")


def bundled_path(name: str) -> str | None:
    """Where the shipped model of that name is; None for any other name."""
    if name not in dict(_MODELS):
        return None
    return str(_PACKAGE / "models" / f"{name}.safetensors")
