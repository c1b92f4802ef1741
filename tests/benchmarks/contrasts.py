"""What a part of a cell is for, seen by taking it away: small experiments whose results are known, on our own cells.

`python -m tests.benchmarks contrasts`, or `S3`, `S4`, `S6`, `S9`, `S12` alone. Seeds are fixed; margins are wide: what
is claimed holds by a large factor.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import cell_named
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.row_runner import row_runner
from tests.benchmarks.measuring import Bench, Row

Batch = Callable[[int], tuple[Tensor, Tensor]]
"""Training step → symbols (T, B), and what is to be said after each (T, B), -1 where nothing is."""


def contrasts() -> dict[str, Bench]:
    """By the name under which each can be asked for alone; each takes seconds."""

    def alone(contrast: Callable[[], Row]) -> Bench:
        def rows() -> Iterator[Row]:
            torch.set_num_threads(1)
            yield contrast()

        return rows

    named = {"S3": counting, "S4": growing, "S6": parity, "S9": looked_up, "S12": bias_trap}
    return {name: alone(contrast) for name, contrast in named.items()}


def trained(
    kind: str, symbols: int, units: int, seed: int, batch: Batch, steps: int, forget_bias: float | None
) -> Network:
    """A one-layer network of a kind after so many steps of Adam, lr 0.01, gradients cut to length 1."""
    model = fresh(symbols, units, cell=cell_named(kind), seed=seed, forget_bias=forget_bias)
    runner = row_runner(model).train()
    adam = torch.optim.Adam([p for p in runner.parameters() if p.requires_grad], lr=0.01)
    for step in range(steps):
        read, said = batch(step)
        h, _ = runner(functional.one_hot(read, symbols).float(), model.zero_state(read.shape[1]))
        output = runner.output
        assert output is not None
        loss = functional.cross_entropy(output(h).flatten(0, 1), said.flatten(), ignore_index=-1)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(runner.parameters(), 1.0)
        adam.step()
    runner.write_back(model)
    return model.eval().requires_grad_(False)


# S3: an LSTM has cells that count, a GRU has none (Weiss, Goldberg & Yahav 2018)

_COUNTED = "\nabX"


def _counting_batch(_: int) -> tuple[Tensor, Tensor]:
    rows = [[_COUNTED.index(ch) for ch in f"\n{'a' * n}X{'b' * n}\n"] for n in range(1, 11)]
    longest = max(map(len, rows)) - 1
    read = torch.zeros(longest, len(rows), dtype=torch.long)
    said = torch.full((longest, len(rows)), -1)
    for at, row in enumerate(rows):
        read[: len(row) - 1, at] = torch.tensor(row[:-1])
        said[: len(row) - 1, at] = torch.tensor(row[1:])
    return read, said


def counters(model: Network) -> int:
    """Units whose memory goes up with every a and down with every b, or the other way: both |r| > 0.99."""
    text = "\n" + "a" * 10 + "X" + "b" * 10
    run = Rollout(model, Text(Vocabulary(_COUNTED), text))
    state = "c" if "c" in model.cells[0].states else "h"
    found = 0
    for unit in range(model.hidden_sizes[0]):
        values = torch.tensor([step.layers[0].values[state][unit] for step in run.steps(2, 23)])
        up, down = values[:10], values[11:]
        rises = [float(torch.corrcoef(torch.stack([torch.arange(10.0), part]))[0, 1]) for part in (up, down)]
        found += min(map(abs, rises)) > 0.99 and rises[0] * rises[1] < 0
    return found


def counting() -> Row:
    """Of two seeds together."""
    counts = {kind: sum(counters(trained(kind, 4, 10, seed, _counting_batch, 1500, bias)) for seed in (0, 1))
              for kind, bias in (("by-hand", 1.0), ("gru", None))}  # fmt: skip
    return Row("S3 cells that count, of 20: gru", counts["gru"], counts["by-hand"], "cells", 0.2, "an LSTM's")


# S4: without a forget gate c grows without end (Gers, Schmidhuber & Cummins 2000)

_REBER = {0: (("T", 1), ("P", 2)), 1: (("S", 1), ("X", 3)), 2: (("T", 2), ("V", 4)), 3: (("X", 2), ("S", 5)),
          4: (("P", 3), ("V", 5))}  # fmt: skip
_LETTERS = "BTPSXVE"


def reber_stream(strings: int, seed: int) -> str:
    """Embedded Reber strings one after the other, with no sign where one ends but the E."""
    draw, text = random.Random(seed), []
    for _ in range(strings):
        outer, state, inner = draw.choice("TP"), 0, "B"
        while state != 5:
            letter, state = draw.choice(_REBER[state])
            inner += letter
        text.append(f"B{outer}{inner}E{outer}E")
    return "".join(text)


def _reber_batch(step: int) -> tuple[Tensor, Tensor]:
    streams = [reber_stream(8, 1000 * step + row)[:65] for row in range(16)]
    codes = torch.tensor([[_LETTERS.index(ch) for ch in stream.ljust(65, "E")] for stream in streams]).t()
    return codes[:-1], codes[1:]


def largest_memory(kind: str) -> float:
    """The largest |c| after 2,000 strings of a stream that is never reset."""
    model = trained(kind, 7, 12, 0, _reber_batch, 60, 1.0 if kind == "by-hand" else None)
    text = reber_stream(2000, 5)
    symbols = torch.tensor([_LETTERS.index(ch) for ch in text])
    with torch.inference_mode():
        stack = model.zero_state()
        for symbol in model.inputs(symbols).split(1):
            stack = model.carry(symbol, stack)
    return float(stack[0][1].abs().max())


def growing() -> Row:
    """After the same training."""
    kept, grown = largest_memory("by-hand"), largest_memory("lstm97")
    return Row("S4 largest |c| after 2,000 strings: LSTM", kept, grown, "", 0.05, "lstm97, without a forget gate")


# S6: gates that see only the input cannot tell odd from even (Grazzi et al. 2024)


def _parity_batch(step: int) -> tuple[Tensor, Tensor]:
    bits = torch.randint(0, 2, (20, 64), generator=torch.Generator().manual_seed(step))
    return bits, bits.cumsum(0) % 2


def parity_errors(kind: str) -> float:
    """The share of wrong answers after 20 bits."""
    model = trained(kind, 2, 8, 1, _parity_batch, 600, None)
    bits, odd = _parity_batch(10**6)
    with torch.inference_mode():
        h, _ = row_runner(model).eval()(functional.one_hot(bits, 2).float(), model.zero_state(bits.shape[1]))
        said = model.scores(h[-1]).argmax(dim=1)
    return float((said != odd[-1]).double().mean())


def parity() -> Row:
    """After the same training."""
    return Row(
        "S6 wrong parity of 20 bits: LSTM", parity_errors("by-hand"), parity_errors("minlstm"), "", 0.2, "minlstm"
    )


# S9, S12


def gate_spread(kind: str) -> float:
    """The largest difference of f between two places that read the same character, untrained."""
    text = "".join(random.Random(3).choices("abcd", k=120))
    run = Rollout(fresh(4, 8, cell=cell_named(kind), seed=0), Text(Vocabulary.of(text), text))
    rows: dict[str, list[tuple[float, ...]]] = {}
    for step in run.steps(1, len(text) + 1):
        rows.setdefault(step.char or "", []).append(tuple(step.layers[0].values["f"]))
    return max(float(torch.tensor(each).std(dim=0, correction=0).max()) for each in rows.values())


def looked_up() -> Row:
    """The same character, the same gate."""
    return Row(
        "S9 spread of f at one character: minlstm", gate_spread("minlstm"), gate_spread("by-hand"), "", 0, "an LSTM"
    )


def mean_forget(both: bool) -> float:
    """The mean f of a fresh `nn.LSTM` whose forget bias is set to 1 in one place, or in both."""
    model = fresh(4, 64, cell=cell_named("builtin"), seed=0, forget_bias=1.0)
    if both:
        weights = dict(model.cells[0].weights())
        filled = {name: weights[name].clone() for name in ("bias_ih", "bias_hh")}
        for bias in filled.values():
            bias[64:128] = 1.0
        model.cells[0].load({**weights, **filled})
    run = Rollout(model, Text(Vocabulary("abcd"), "abcd" * 20))
    return sum(sum(step.layers[0].values["f"]) / 64 for step in run.steps(1, 81)) / 80


def bias_trap() -> Row:
    """Two biases are added: filling both opens the gate twice as far."""
    return Row("S12 mean f with forget bias 1", mean_forget(False), mean_forget(True), "", 0.86, "both biases filled")
