"""What it costs to look back, for every kind of cell, and what a wide vocabulary costs."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator

import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.segments import to_its_end
from tests.benchmarks.measuring import Row, by_turns, seconds
from tests.engine import students

FAR, LENGTH = 6000, 6100
KINDS: tuple[tuple[str, int, int], ...] = (
    ("by-hand", 16, 2), ("gru", 16, 2), ("gru", 512, 2), (f"{students.__file__}:Textbook", 64, 1), ("builtin", 1024, 3),
)  # fmt: skip
KEYS = 15
ALLOWED, LONGEST = 30.0, 100.0
"""Milliseconds of a key with the explanation open, and of anything that is done without giving others a turn."""
SYMBOLS = 50_000


def looking() -> Iterator[Row]:
    """A key with the explanation open; the longest piece of what is done aside; steps and scans with 50,000 symbols."""
    for cell, hidden, layers in KINDS:
        debugger = _opened(cell, hidden, layers)
        name = f"{cell.rpartition(':')[2]} {hidden}×{layers}"
        longest = max(_pieces(debugger))
        yield Row(f"a key and explain at step {FAR:,}, {name}", _key(debugger), ALLOWED, "ms", 1, "allowed")
        yield Row(f"longest piece of a jump there and of its lookback, {name}", longest, LONGEST, "ms", 1, "allowed")
    yield from _wide()


def _opened(cell: str, hidden: int, layers: int) -> Debugger:
    text = "".join(random.Random(0).choices([chr(48 + symbol) for symbol in range(64)], k=LENGTH))
    return prepare(ModelOptions(text=text, cell=cell, hidden=hidden, layers=layers)).open()


def _pieces(debugger: Debugger) -> Iterator[float]:
    """Jumps to `FAR`, then reads what an explanation looks back to; the milliseconds of every piece of either."""
    for make in (
        lambda: debugger.stops.goto(FAR),
        lambda: debugger.reading_up(debugger.explained_from, FAR),
    ):
        run = make()
        while run.outcome == "running":
            start = time.process_time()
            run.run(0.0)
            yield (time.process_time() - start) * 1e3
        if not debugger.commit(run):
            debugger.take_over(run)


def _key(debugger: Debugger) -> float:
    times = []
    for _ in range(KEYS):
        start = time.process_time()
        debugger.forward()
        debugger.explain(0, 3)
        times.append((time.process_time() - start) * 1e3)
    return statistics.median(times)


def _wide() -> Iterator[Row]:
    """The layers' part of a step and of the scan: with many symbols, and with few."""
    measured, baseline = by_turns(seconds(_steps(SYMBOLS)), seconds(_steps(64)), 9)
    yield Row(f"a step's layers, V {SYMBOLS:,}, H 128", measured * 1e3, baseline * 1e3, "ms", 2, "V 64")
    measured, baseline = by_turns(seconds(_scan(SYMBOLS)), seconds(_scan(64)), 9)
    yield Row(f"scanning 256 characters, V {SYMBOLS:,}, H 128", measured * 1e3, baseline * 1e3, "ms", 3, "V 64")


def _reading(symbols: int) -> Rollout:
    letters = [chr(0x4E00 + symbol if symbol < 20_000 else 0x20000 + symbol) for symbol in range(symbols)]
    return Rollout(fresh(symbols, 128), Text(Vocabulary(letters), "".join(random.Random(0).choices(letters, k=1024))))


def _steps(symbols: int) -> Callable[[], None]:
    reading = _reading(symbols)

    @torch.inference_mode()
    def steps() -> None:
        stack = reading.model.zero_state()
        for symbol in torch.split(reading.indices[:50], 1):
            stack, _ = reading.model.advance(reading.model.read(symbol), stack)

    return steps


def _scan(symbols: int) -> Callable[[], object]:
    timeline = _reading(symbols).timeline
    return lambda: to_its_end(timeline.scan_block(0))
