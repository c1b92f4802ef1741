"""What the engine costs beyond the bare cell, and the training loop beyond a plain one."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.number_rows.scaling import measured
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import ALL, ByHand
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.builtin import Builtin
from lstm_tui.engine.cells.fused import Fused
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.training.loop import Recipe, train
from tests.benchmarks.measuring import Row, by_turns, seconds

HIDDEN = 128
SYMBOLS = 64
STEPS = 300
WINDOW, BATCH, UPDATES = 64, 16, 24
LONG = 512


def computing() -> Iterator[Row]:
    """One step of each cell; training at two sizes. One thread: the machine's other work then disturbs less."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for cell in ALL.values():
            yield _step(cell)
        for hidden, rounds in ((64, 9), (256, 5)):
            yield _training(hidden, rounds)
        for channels in (1, 10, 100):
            yield _channels(channels)
        for kind in ("minlstm", "mingru"):
            yield _in_parallel(kind)
    finally:
        torch.set_num_threads(threads)


def _step(kind: type[Cell]) -> Row:
    """Every quantity of a step as tensors, by name, against the cell's own forward alone."""
    cell = fresh(SYMBOLS, HIDDEN, cell=kind).cells[0]
    x = functional.one_hot(torch.tensor([3]), SYMBOLS).float()

    @torch.inference_mode()
    def ours() -> None:
        state = cell.zero_state()
        for _ in range(STEPS):
            state, _ = cell.advance(x, state)

    measured, baseline = by_turns(seconds(ours), seconds(_bare(cell, x)), 15)
    what = f"one step with all quantities, {kind.name}, H {HIDDEN}"
    reach = 1.3 if kind in (ByHand, Fused, Builtin) else 2.0
    return Row(what, measured / STEPS * 1e6, baseline / STEPS * 1e6, "µs", reach, "the bare cell's forward")


def _bare(cell: Cell, x: Tensor) -> Callable[[], None]:
    """The cell without us: for `builtin` that is `nn.LSTMCell` itself."""

    @torch.inference_mode()
    def forward() -> None:
        state = cell.zero_state()
        for _ in range(STEPS):
            *state, _ = cell(x, *state)

    @torch.inference_mode()
    def builtin() -> None:
        h = c = torch.zeros(1, HIDDEN)
        for _ in range(STEPS):
            h, c = plain(x, (h, c))

    plain = nn.LSTMCell(SYMBOLS, HIDDEN)
    return builtin if isinstance(cell, Builtin) else forward


def _channels(count: int) -> Row:
    """A step as it is shown, of a model that reads rows and of one that reads as many symbols."""
    names = tuple(f"c{at}" for at in range(count))
    columns = {name: array("d", (math.sin(t * (at + 1)) for t in range(STEPS))) for at, name in enumerate(names)}
    form = RowFormat(names, names[:1], measured("standard", columns))
    symbols = [chr(0x100 + at) for at in range(max(count, 2))]
    text = Text(Vocabulary(symbols), "".join(symbols[t % len(symbols)] for t in range(STEPS)))

    def stepping(reading: Rollout) -> Callable[[], None]:
        def work() -> None:
            for _ in reading.anew(reading.model).steps(1, STEPS + 1):
                pass

        return work

    rows = Rollout(fresh(count, HIDDEN, outputs=1), Rows(form, NumberTable(columns, None)))
    ours, plain = by_turns(seconds(stepping(rows)), seconds(stepping(Rollout(fresh(len(symbols), HIDDEN), text))), 9)
    what = f"a step of {count} channel{'s' * (count > 1)} as it is shown, H {HIDDEN}"
    return Row(what, ours / STEPS * 1e6, plain / STEPS * 1e6, "µs", 1.3, "a step of a text of as many symbols")


def _training(hidden: int, rounds: int) -> Row:
    """An epoch of truncated backpropagation, ours and a plain loop's, with the same recipe."""
    indices = torch.randint(SYMBOLS, (BATCH * WINDOW * UPDATES + 1,), generator=torch.Generator().manual_seed(0))
    recipe = Recipe(epochs=1, lr=0.01, batch=BATCH, window=WINDOW, clip=1.0, keep_best=True)

    def ours() -> None:
        for _ in train(fresh(SYMBOLS, hidden), indices, recipe):
            pass

    measured, baseline = by_turns(seconds(ours), seconds(lambda: _plain_epoch(hidden, indices)), rounds)
    what = f"training, H {hidden}, T {WINDOW}, B {BATCH}, per update"
    return Row(what, measured / UPDATES * 1e3, baseline / UPDATES * 1e3, "ms", 1.1, "a plain nn.LSTM loop")


def _in_parallel(kind: str) -> Row:
    """An epoch on windows of 512, by a scan, against the LSTM's, by PyTorch's own loop over the steps."""
    indices = torch.randint(SYMBOLS, (BATCH * LONG * 6 + 1,), generator=torch.Generator().manual_seed(0))
    recipe = Recipe(epochs=1, lr=0.01, batch=BATCH, window=LONG, clip=1.0, keep_best=True)

    def epoch(cell: str) -> Callable[[], None]:
        def run() -> None:
            for _ in train(fresh(SYMBOLS, 64, cell=ALL[cell]), indices, recipe):
                pass

        return run

    measured, baseline = by_turns(seconds(epoch(kind)), seconds(epoch("builtin")), 5)
    what = f"training {kind}, H 64, T {LONG}, B {BATCH}, per update"
    return Row(what, measured / 6 * 1e3, baseline / 6 * 1e3, "ms", 0.8, "an LSTM's")


def _plain_epoch(hidden: int, indices: Tensor) -> float:
    """The loop everybody writes: one-hot rows, `nn.LSTM`, a linear layer, cross entropy, clipping, Adam."""
    torch.manual_seed(0)
    lstm, head = nn.LSTM(SYMBOLS, hidden), nn.Linear(hidden, SYMBOLS)
    parameters = [*lstm.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    x = indices[:-1].view(BATCH, -1).t()  # (T, B)
    y = indices[1:].view(BATCH, -1).t()  # (T, B)
    state = None
    total = 0.0
    for start in range(0, len(x), WINDOW):
        rows = functional.one_hot(x[start : start + WINDOW], SYMBOLS).float()  # (w, B, V)
        h, state = lstm(rows, state)  # (w, B, H)
        state = tuple(s.detach() for s in state)
        loss = functional.cross_entropy(head(h).flatten(0, 1), y[start : start + WINDOW].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        total += loss.item()
    return total
