"""What one key costs: time to its last byte, bytes on the line, and the processor during autoplay."""

from __future__ import annotations

import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Row
from tests.benchmarks.starting import BASELINES
from tests.terminal.driver import DEADLINE, Emulator, Terminal, program

QUIET = 0.12
"""Seconds without output after which a key's answer is whole."""
KEYS = 25
TEXT = "hello" * 12
AUTOPLAY_SECONDS = 60
FRAME_END = b"\x1b[?2026l"


def stepping() -> Iterator[Row]:
    """Key to last byte at two sizes, the bytes of a step, autoplay."""
    sizes: tuple[tuple[str, list[str], float], ...] = (
        ("H 8", ["hello", "--text", TEXT], 4),
        ("H 512", ["--hidden", "512", "--text", TEXT], 6),
    )
    for name, arguments, reach in sizes:
        with Terminal(program(*arguments)) as ours, Terminal([sys.executable, BASELINES, "label"]) as label:
            ours.until("step 0/")
            label.until("key 0")
            pairs = [(_key(ours), _key(label)) for _ in range(KEYS)][3:]
        measured, baseline = (statistics.median(times) * 1e3 for times in zip(*pairs, strict=True))
        yield Row(
            f"key to last byte, {name}, 120×40", measured, baseline, "ms", reach, "an empty app that updates one label"
        )
    for columns, rows in ((80, 24), (120, 40), (200, 60)):
        yield _bytes(["hello", "--text", TEXT], columns, rows)
    yield from _beside()
    yield from _autoplay()


def _beside() -> Iterator[Row]:
    """What a second model costs: the time of a key, and its bytes."""
    two = program("compare", "hello", "cell:by-hand", "--text", TEXT)
    with Terminal(program("hello", "--text", TEXT)) as one, Terminal(two) as both:
        one.until("step 0/")
        both.until("first differ")
        times, sizes = [], []
        for _ in range(KEYS):
            at = len(one.raw), len(both.raw)
            times.append((_key(one), _key(both)))
            sizes.append((len(one.raw) - at[0], len(both.raw) - at[1]))
    alone, together = (statistics.median(each) * 1e3 for each in zip(*times[3:], strict=True))
    yield Row("key to last byte, two models, 120×40", together, alone, "ms", 1.8, "one model")
    alone, together = (statistics.median(each) for each in zip(*sizes[3:], strict=True))
    yield Row("bytes per step, two models, 120×40", together, alone, "B", 2.0, "one model")


def _key(terminal: Terminal, key: str = "right") -> float:
    """Seconds from a key to the last byte of its answer; raises AssertionError where none comes."""
    pressed = time.perf_counter()
    terminal.press(key)
    while time.perf_counter() < pressed + DEADLINE:  # a busy machine may be silent for longer than the quiet that ends
        last = terminal.settle(QUIET)
        if last is not None:
            return last - pressed
    raise AssertionError(f"a key was not answered:\n{terminal.text}")


def _bytes(arguments: list[str], columns: int, rows: int) -> Row:
    """The bytes of a step, and the fewest that could have made the same change."""
    written, floors = [], []
    with Terminal(program(*arguments), columns, rows) as terminal:
        terminal.until("step 0/")
        terminal.press("right")
        terminal.settle(QUIET)
        for _ in range(KEYS):
            before, at = terminal.cells(), len(terminal.raw)
            _key(terminal)
            written.append(len(terminal.raw) - at)
            floors.append(floor(before, terminal.cells()))
    what = f"bytes per step, H 8, {columns}×{rows}"
    return Row(what, statistics.median(written), statistics.median(floors), "B", 1.4, "the floor")


def floor(before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]]) -> int:
    """The UTF-8 bytes of every cell that changed, and 6 for each run of them in a row: to get there, and to colour."""
    total = 0
    for old_row, new_row in zip(before, after, strict=True):
        within = False
        for old, new in zip(old_row, new_row, strict=True):
            changed = old != new
            total += changed * len(new.data.encode()) + (changed and not within) * 6
            within = changed
    return total


def _autoplay() -> Iterator[Row]:
    """A minute of the program stepping by itself, 20 characters a second: processor time, and bytes on the line."""
    with Terminal(program("hello", "--text", "hello" * 300), whole_frames=True) as terminal:
        terminal.until("step 0/")
        terminal.press("a")
        _speed_up(terminal)
        terminal.settle(0.5, 0.5)
        step, used, screen, at = _step(terminal), _processor(terminal.pid), terminal.cells(), len(terminal.raw)
        terminal.settle(AUTOPLAY_SECONDS, AUTOPLAY_SECONDS)
        steps, used = _step(terminal) - step, _processor(terminal.pid) - used
        written = bytes(terminal.raw[at:])
    # Steps that a busy machine skipped must not make the others look cheaper.
    share = used / steps * 20
    yield Row("processor during a minute's autoplay at 20 steps/s", share * 100, 100, "%", 0.35, "one core")
    fewest = _floor_of_frames(screen, written) / steps
    what = f"bytes a step in a minute's autoplay, {len(written) / 1e6:.2f} MB for {steps:,} steps"
    yield Row(what, len(written) / steps, fewest, "B", 1.5, "the floor")


def _floor_of_frames(screen: list[list[Any]], written: bytes) -> int:
    """What the frames in `written` changed, on a terminal that showed `screen` before."""
    emulator = Emulator(len(screen[0]), len(screen))
    for y, row in enumerate(screen):
        for x, cell in enumerate(row):
            emulator.screen.buffer[y][x] = cell
    total = 0
    for frame in written.split(FRAME_END):
        emulator.feed(frame)
        now = emulator.cells()
        total += floor(screen, now)
        screen = now
    return total


def _step(terminal: Terminal) -> int:
    found = re.search(r"step (\d+)/", terminal.text)
    if found is None:
        raise AssertionError(f"no step is shown:\n{terminal.text}")
    return int(found[1])


def _speed_up(terminal: Terminal, wanted: str = " 20 steps a second") -> None:
    for _ in range(10):
        if wanted in terminal.text:
            return
        terminal.press("+")
        terminal.settle(0.03, 0.3)
    raise AssertionError(f"autoplay never reached {wanted}:\n{terminal.text}")


def _processor(pid: int) -> float:
    """Seconds of processor time a process has used (Linux only: elsewhere `ps` has whole seconds)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
