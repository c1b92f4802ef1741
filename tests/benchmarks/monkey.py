"""Twenty thousand random keys on models of every kind: nothing fails, no number is wrong, and the memory stays where it
was."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from tests.benchmarks.measuring import Row
from tests.tui.kinds import KINDS
from tests.tui.monkey import Monkey

KEYS, ROUNDS = 20_000, 2
"""Keys in all, and how often every kind has its turn: after the first, everything that is remembered is full."""
SEED = 20261121


def monkey() -> Iterator[Row]:
    """The most memory in the last round, of what it was in the first."""
    most: list[float] = []
    pressed = compared = 0
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for turn in range(ROUNDS):
            seen: list[float] = []
            for number, make in enumerate(KINDS.values()):
                player = Monkey(make)
                player.play(SEED + turn * len(KINDS) + number, -(-KEYS // ROUNDS // len(KINDS)))
                pressed, compared = pressed + player.pressed, compared + player.compared
                gc.collect()
                seen.append(_resident())
            most.append(max(seen))
    what = f"memory after {pressed:,} random keys on {len(KINDS)} kinds of models, {compared:,} numbers compared"
    yield Row(what, most[-1], most[0], "MiB", 1.1, f"in the first of {ROUNDS} rounds")


def _resident() -> float:
    """MiB that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
