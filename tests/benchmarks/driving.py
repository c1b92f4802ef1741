"""What the thrifty driver itself costs, apart from Textual's painting and the terminal's reading."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.terminal_driver.diff import Shown, difference
from lstm_tui.terminal_driver.screen_copy import ScreenCopy
from lstm_tui.tui.system.theme import COLOURS
from tests.benchmarks.measuring import Row
from tests.tui.staged import Staged, on_stage

WIDTH, HEIGHT = 120, 40
ALLOWED = 3.0
"""Milliseconds."""
VIEWS, ROUNDS = 12, 5


def driving() -> Iterator[Row]:
    """A full-screen change: reading what Textual wrote for it, and making the difference of it."""
    frames = _full_screens()
    # The fastest round is what it costs; what is longer was somebody else's.
    times = [min(cost) for cost in zip(*(_costs(frames) for _ in range(ROUNDS)), strict=True)]
    yield Row(
        "the driver's own part of another view, 120×40", statistics.median(times[:VIEWS]), ALLOWED, "ms", 1, "allowed"
    )
    yield Row("the same of another theme, no colour seen before", max(times[VIEWS:]), ALLOWED, "ms", 1, "allowed")


def _costs(frames: list[str]) -> list[float]:
    """Milliseconds for each frame, on a screen that has seen only those before it."""
    copy, shown = ScreenCopy(WIDTH, HEIGHT), Shown(HEIGHT)
    costs = []
    for text in frames:
        start = time.process_time()
        for _ in copy.read(text):
            pass
        difference(shown, copy)
        costs.append((time.process_time() - start) * 1e3)
    return costs


def _full_screens() -> list[str]:
    """What Textual writes for another view at another step, and then for each other theme."""
    frames: list[str] = []

    async def act(stage: Staged) -> None:
        written: list[str] = []

        def largest() -> None:
            frames.append(max(written, key=len))
            written.clear()

        stage.listen(written.append)
        for _ in range(VIEWS):
            await stage.press("right")
            written.clear()
            await stage.press("v")
            largest()
        for theme in COLOURS:
            if theme != stage.app.theme:
                stage.app.theme = theme
                await stage.settle()
                largest()

    on_stage(prepare(ModelOptions(text="hello" * 30)), act, (WIDTH, HEIGHT))
    return frames
