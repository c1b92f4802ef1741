"""A text of a million characters: opened, scanned for a stop, jumped in, and what of it stays in memory."""

from __future__ import annotations

import gc
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop
from lstm_tui.engine.timeline import BLOCK
from tests.benchmarks.measuring import Row, by_turns, seconds

LENGTH = 1_000_000
HIDDEN = 128
SYMBOLS = 64
PIECE = 4096
"""Characters a call that `nn.LSTM` reads fastest."""
JUMPS = 15
ROUNDS = 3
NEVER = ("f[3] < -1", "any(c > 999)")
_OPEN = "import sys; from lstm_tui.debugger.prepare import prepare; from lstm_tui.core.options import ModelOptions; "
_OPEN += f"prepare(ModelOptions(file=sys.argv[1], hidden={HIDDEN})).open()"


def long_text() -> Iterator[Row]:
    """Opening, scanning for two kinds of stops, jumping, memory."""
    with tempfile.TemporaryDirectory() as folder:
        letters = [chr(48 + symbol) for symbol in range(SYMBOLS)]
        long, short = Path(folder) / "long", Path(folder) / "short"
        long.write_text("".join(random.Random(0).choices(letters, k=LENGTH)), encoding="utf-8")
        short.write_text("".join(letters), encoding="utf-8")
        yield _opening(long, short)
        _opened(short).forward()  # all that is loaded once, however long the text
        gc.collect()
        before = _memory()
        debugger = _opened(long)
        for condition in NEVER:
            yield _scan(debugger, condition)
        jumps = _jumps(debugger)
        gc.collect()
        kept = (_memory() - before) / 2**20
        yield Row(f"jump to a scanned step, H {HIDDEN}, the slowest of {JUMPS}", max(jumps), 50, "ms", 1, "the limit")
        yield Row(f"memory kept for {LENGTH:,} characters, H {HIDDEN}", kept, 64, "MB", 1, "the limit")


def _opened(path: Path) -> Debugger:
    return prepare(ModelOptions(file=str(path), hidden=HIDDEN)).open()


def _opening(long: Path, short: Path) -> Row:
    def opening(path: Path) -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", _OPEN, str(path)], check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime

    measured, baseline = by_turns(lambda: opening(long), lambda: opening(short), ROUNDS)
    what = f"opening {LENGTH:,} characters, H {HIDDEN}, with torch's import"
    return Row(what, measured * 1e3, baseline * 1e3, "ms", 1.25, f"{SYMBOLS} characters")


def _scan(debugger: Debugger, condition: str) -> Row:
    """From the start to the end for a stop that never holds, and `nn.LSTM` over the same characters."""
    debugger.stops.set([Stop(condition)])
    model, indices = debugger.debuggee.network, debugger.debuggee.rollout.indices

    def ours() -> None:
        debugger.read(debugger.text)  # nothing scanned yet
        run = debugger.stops.run()
        run.run()
        debugger.commit(run)
        assert debugger.position == LENGTH, run.sentence

    @torch.inference_mode()
    def plain() -> None:
        layer = debugger.debuggee.rollout.timeline.fast.layers[0]  # type: ignore[index]
        state = None
        for rows in torch.split(indices, PIECE):
            _, state = layer(model.inputs(rows)[:, None], state)

    measured, baseline = min(seconds(ours)() for _ in range(2)), min(seconds(plain)() for _ in range(2))
    what = f"scanning {LENGTH:,} characters for {condition}, H {HIDDEN}"
    return Row(what, measured, baseline, "s", 1.15, "nn.LSTM over the same text")


def _jumps(debugger: Debugger) -> list[float]:
    """Milliseconds of jumps to the last step of a block, where most has to be stepped, and of the text row."""
    draw, times = random.Random(1), []
    for _ in range(JUMPS):
        position = draw.randrange(LENGTH // BLOCK) * BLOCK + BLOCK - 1
        start = time.process_time()
        run = debugger.stops.goto(position)
        run.run()
        debugger.commit(run)
        debugger.characters(position - 20, position + 20)
        times.append((time.process_time() - start) * 1e3)
    return times


def _memory() -> int:
    """Bytes of this process in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
