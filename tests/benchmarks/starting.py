"""How soon something is on the screen, and how soon the first key is answered."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import Row, by_turns
from tests.terminal.driver import Emulator, Terminal, program

BASELINES = str(Path(__file__).with_name("baseline_apps.py"))
ROUNDS = 7


def starting() -> Iterator[Row]:
    """First paint, and the first key."""
    ours, empty = by_turns(_our_first_paint, _empty_first_paint, ROUNDS)
    yield Row("first paint", ours * 1e3, empty * 1e3, "ms", 1.25, "an empty Textual app")
    ours, imports = by_turns(_first_key, _imports, ROUNDS)
    yield Row("first key answered with step 1", ours, imports, "s", 1.15, "importing torch and textual")


def _painted(screen: Emulator) -> bool:
    """Something can be seen: a character, or a background."""
    return any(cell.data != " " or cell.bg != "default" for row in screen.cells() for cell in row)


def _our_first_paint() -> float:
    with Terminal(program()) as terminal:
        terminal.until("hello")
        terminal.settle(0.1, 1)
        return terminal.shown_after(lambda screen: _painted(screen) and "hello" in screen.lines[0])


def _empty_first_paint() -> float:
    with Terminal([sys.executable, BASELINES, "empty"]) as terminal:
        terminal.settle(0.5)
        return terminal.shown_after(_painted)


def _first_key() -> float:
    """From the start of the program; the key is pressed as soon as there is something to see."""
    with Terminal(program()) as terminal:
        terminal.until("hello")
        terminal.press("right")
        terminal.until("step 1/5")
        return terminal.shown_after(lambda screen: any("step 1/5" in line for line in screen.lines))


def _imports() -> float:
    with Terminal([sys.executable, "-c", "import torch, textual.app; print('imported', flush=True)"]) as terminal:
        terminal.until("imported")
        return terminal.shown_after(lambda screen: "imported" in screen.lines[0])
