"""Five thousand random keys and sizes: nothing fails, no number is wrong, and the memory stays where it was."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from tests.benchmarks.measuring import Row
from tests.tui.monkey import Monkey

KEYS, WARM = 5000, 2000
"""Keys in all, and those by which everything that is remembered is full: every view seen, torch's workspaces made."""
SEED = 20261121


def monkey() -> Iterator[Row]:
    """The memory at the end, of what it was before the last three fifths."""
    seen: list[tuple[int, float]] = []

    def look(pressed: int) -> None:
        if not seen or pressed - seen[-1][0] >= 100:
            gc.collect()
            seen.append((pressed, _resident()))

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        player = Monkey(look)
        player.play(SEED, KEYS)
    warm = max(memory for pressed, memory in seen if pressed <= WARM)
    last = max(memory for pressed, memory in seen if pressed > KEYS - 1000)
    what = f"memory after {player.pressed:,} random keys, {player.compared:,} numbers compared"
    yield Row(what, last, warm, "MiB", 1.1, f"within the first {WARM:,}")


def _resident() -> float:
    """MiB that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
