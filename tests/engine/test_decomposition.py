"""A logit taken apart: its parts add up, and each is what a plain loop over the paper's equations gives."""

from __future__ import annotations

import math

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.causes.decomposition import shares
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout

SYMBOLS, TEXT, HIDDEN = "abc", "abcaabbccacb", 3


def reading(cell: str = "by-hand", layers: int = 1) -> Rollout:
    model = fresh(len(SYMBOLS), HIDDEN, layers, ALL[cell], seed=4)
    for parameter in model.parameters():
        parameter.mul_(3)  # so that squashing matters
    return Rollout(model, Text(Vocabulary(SYMBOLS), TEXT))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def loop(read: Rollout, position: int, symbol: int, chosen: int) -> float:
    """One character's contribution, number by number."""
    weights = read.model.cells[0].weights()
    w, u, b = (weights[name].double().tolist() for name in ("weight_ih", "weight_hh", "bias_ih"))
    h = h_rest = c = c_rest = [0.0] * HIDDEN
    for step, code in enumerate(read.indices.tolist()[:position], 1):
        now: list[list[float]] = [[], [], [], []]
        for unit in range(HIDDEN):
            parts = []
            for row in (unit + HIDDEN * block for block in range(4)):
                mine = sum(a * p for a, p in zip(u[row], h, strict=True)) + (w[row][code] if step == chosen else 0.0)
                rest = sum(a * p for a, p in zip(u[row], h_rest, strict=True)) + (
                    w[row][code] if step != chosen else 0.0
                )
                act = math.tanh if row // HIDDEN == 2 else sigmoid
                first = act(mine + b[row]) - act(b[row]), act(rest + mine + b[row]) - act(mine + b[row])
                other = act(mine + rest + b[row]) - act(rest + b[row]), act(rest + b[row]) - act(b[row])
                parts.append(((first[0] + other[0]) / 2, (first[1] + other[1]) / 2, act(b[row])))
            i, f, g, o = parts
            new = (f[0] + f[2]) * c[unit] + i[0] * g[0] + i[0] * g[2] + i[2] * g[0]
            whole = sum(f) * (c[unit] + c_rest[unit]) + sum(i) * sum(g)
            left = whole - new
            show = (math.tanh(new) + math.tanh(whole) - math.tanh(left)) / 2
            for numbers, value in zip(now, (sum(o) * show, sum(o) * (math.tanh(whole) - show), new, left), strict=True):
                numbers.append(value)
        h, h_rest, c, c_rest = now
    assert read.model.output is not None
    output: list[float] = read.model.output.weight[symbol].double().tolist()
    return sum(a * p for a, p in zip(output, h, strict=True))


@pytest.mark.parametrize("symbol", range(len(SYMBOLS)))
def test_each_character_has_the_share_that_the_equations_give_it(symbol: int) -> None:
    read = reading()
    found = shares(read.timeline, 9, symbol, 20)
    assert (found.first, found.older) == (1, 0.0)
    assert found.by_character == pytest.approx([loop(read, 9, symbol, step) for step in range(1, 10)], abs=1e-12)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["by-hand", "builtin"])
def test_the_parts_are_the_logit_of_the_step(cell: str, layers: int) -> None:
    read = reading(cell, layers)
    for window in (1, 4, 50):
        found = shares(read.timeline, 10, 2, window)
        prediction = read.step(10).prediction
        assert prediction is not None
        assert found.logit == pytest.approx(prediction.logits[2], abs=1e-5)
        assert sum(found.by_character) + found.older + found.rest + found.bias == pytest.approx(found.logit, abs=1e-12)
        assert len(found.by_character) == min(window, 10)
        assert found.first == 11 - len(found.by_character)


def test_other_cells_are_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="six equations"):
        shares(reading("gru").timeline, 3, 0, 3)
