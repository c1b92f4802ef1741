"""What looking for causes costs: derivatives at a step of a text, units that follow a track of a long one.

`python -m tests.benchmarks causes`. Processor time: two cores read twice as many streams as one in the same time, and
one stream no more, so that eight times the speed on two cores is four times here.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.tracks import Track
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import cell_named
from lstm_tui.engine.finding.unit_search import UnitSearch
from lstm_tui.engine.network import fresh
from tests.benchmarks.measuring import Row, by_turns, seconds

SYMBOLS, HIDDEN, LENGTH, ALONE = 90, 128, 2_000_000, 20_000


def causes() -> Iterator[Row]:
    """`d` in the middle of a text; `find` over two million characters, for a number and for a yes/no track."""
    torch.set_num_threads(1)
    yield _derivatives()
    torch.manual_seed(0)
    symbols = torch.randint(0, SYMBOLS, (LENGTH,))
    for name, values in (("number", symbols % 7), ("yes/no", symbols % 2)):
        yield _finding(symbols, Track(name, array("f", values.tolist())))


def _derivatives() -> Row:
    """The panels' derivatives at step 1, of the loss at step 500: the whole way back."""
    text = "".join(random.Random(0).choices("abcdefgh ", k=600))
    debugger = prepare(ModelOptions(text=text, hidden=64)).open()
    debugger.to(500)
    debugger.slopes(Objective(499))
    cell, top = nn.LSTMCell(9, 64), nn.Linear(64, 9)
    rows = functional.one_hot(torch.randint(0, 9, (500,)), 9).float()[:, None]

    def ours() -> None:
        debugger.questions.back._asked = None  # as if nothing were kept
        debugger.to(1)
        debugger.slopes(Objective(499))

    def plain() -> None:
        state = (torch.zeros(1, 64), torch.zeros(1, 64))
        for row in rows:
            state = cell(row, state)
        functional.cross_entropy(top(state[0]), torch.tensor([3])).backward()

    measured, baseline = by_turns(seconds(ours), seconds(plain), 5)
    what = "derivatives of a loss by all that 500 steps before it computed, H 64"
    return Row(what, measured * 1e3, baseline * 1e3, "ms", 1.0, "nn.LSTMCell forwards and backwards")


def _finding(symbols: torch.Tensor, track: Track) -> Row:
    model = fresh(SYMBOLS, HIDDEN, cell=cell_named("by-hand"))
    alone = nn.LSTM(SYMBOLS, HIDDEN)
    rows = functional.one_hot(symbols[:ALONE], SYMBOLS).float()[:, None]

    def ours() -> None:
        for _ in UnitSearch(model, symbols, track, (0,), "c", 10):
            pass

    @torch.inference_mode()
    def plain() -> None:
        alone(rows)

    measured, baseline = by_turns(seconds(ours), seconds(plain), 1)
    what = f"find: a character of {LENGTH:,} beside a {track.name} track, H {HIDDEN}"
    return Row(what, measured / LENGTH * 1e6, baseline / ALONE * 1e6, "µs", 0.25, "nn.LSTM, one stream")
