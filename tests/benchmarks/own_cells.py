"""Cells of the user's own: how long `check` and opening take, and what a step costs beside the class's own forward."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.pasting import pasted
from lstm_tui.engine.user_cells.user_code import interrupts
from tests.benchmarks.measuring import Row, by_turns, seconds

HERE = Path(__file__).parents[1] / "engine"
RIGHT, STUDENTS = HERE / "judging" / "right.py", HERE / "students.py"
ROUNDS, STEPS = 5, 200
_OPEN = "from lstm_tui.core.options import ModelOptions as M; from lstm_tui.debugger.prepare import prepare; "
STEPPED = {
    "with a variable a gate": (STUDENTS, "Chunks"),
    "squashed where it is used": (RIGHT, "Keywords"),
    "submodules without names": (RIGHT, "Sequentials"),
    "around nn.LSTMCell": (RIGHT, "Wrapped"),
    "around nn.LSTM": (RIGHT, "Builtin"),
}


def own_cells() -> Iterator[Row]:
    """`check` beside importing torch, opening beside a cell of ours, and steps beside plain forwards."""
    torch_alone = _child(sys.executable, "-c", "import torch")
    for what, words, baseline, reach in (
        ("check", ("-m", "lstm_tui", "check", f"{RIGHT}:Named"), torch_alone, 1.0),
        ("opening a class", ("-c", f"{_OPEN}prepare(M(cell='{RIGHT}:Named', text='hello')).open()"), _opened, 0.3),
    ):
        measured, against = by_turns(_child(sys.executable, *words), baseline, ROUNDS)
        name = "importing torch" if baseline is torch_alone else "a cell of ours"
        yield Row(f"{what}, beyond {name}", measured - against, reach, "s", 1, "what it may take")
    torch.set_num_threads(1)
    interrupts.enable()  # as in the process that the debugger runs a class in
    for name, (file, cls) in STEPPED.items():
        yield _step(name, pasted(f"{file}:{cls}", 16, 64, 0, {})(16, 64).eval())


def _opened() -> float:
    return _child(sys.executable, "-c", f"{_OPEN}prepare(M(cell='by-hand', text='hello')).open()")()


def _child(*words: str) -> Callable[[], float]:
    """Processor seconds of a program and its children."""

    def measure() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return measure


@torch.inference_mode()
def _step(name: str, cell: Pasted) -> Row:
    x, state = torch.rand(1, 16), tuple(torch.rand(1, 64) for _ in cell.states)
    arguments: Any = cell.plan.arguments(state)

    def ours() -> None:
        for _ in range(STEPS):
            cell.advance(x, state)

    def plain() -> None:
        for _ in range(STEPS):
            cell.inner(x, *arguments)

    measured, baseline = by_turns(seconds(ours), seconds(plain), 9)
    return Row(f"a step, {name}", measured / STEPS * 1e6, baseline / STEPS * 1e6, "µs", 1.6, "its own forward")
