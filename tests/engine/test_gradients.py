"""Backpropagation through time, against derivatives by numbers that are added to every quantity and are zero."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.objective import Objective, read_objective
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.causes.gradients import BackwardPass, StepGradient
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout

SYMBOLS = "abcd"
HIDDEN = (3, 2)
Nudges = dict[tuple[int, int, str], Tensor]
"""(position, layer, quantity) → zeros that are added to it."""


def lstm(z: list[Tensor], _: list[Tensor], state: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Rows i, f, g, o; what is yielded is the value before it is nudged, and `state` holds the nudged ones."""
    yield "i", torch.sigmoid(z[0])
    yield "f", torch.sigmoid(z[1])
    yield "c_tilde", torch.tanh(z[2])
    yield "o", torch.sigmoid(z[3])
    yield "c", state["f"] * state["c'"] + state["i"] * state["c_tilde"]
    yield "h", state["o"] * torch.tanh(state["c"])


def gru(z: list[Tensor], u: list[Tensor], state: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Rows r, z, n; `u` is the part of h alone."""
    yield "r", torch.sigmoid(z[0])
    yield "z", torch.sigmoid(z[1])
    yield "n", torch.tanh(z[2] - u[2] + state["r"] * u[2])
    yield "h", (1 - state["z"]) * state["n"] + state["z"] * state["h'"]


def rnn(z: list[Tensor], _: list[Tensor], state: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    yield "a", z[0]
    yield "h", torch.tanh(state["a"])


EQUATIONS = {"by-hand": lstm, "fused": lstm, "builtin": lstm, "gru": gru, "rnn": rnn}


def expected(model: Network, text: Tensor, objective: Objective, zeroed: int | None = None) -> Nudges:
    """The derivatives by all quantities: one graph over the whole text, written without the program's cells."""
    equations, nudges, total = EQUATIONS[model.cell_type.name], Nudges(), model.like.new_zeros(())
    states: list[dict[str, Tensor]] = [
        {name: model.like.new_zeros(1, width) for name in ("h", "c")} for width in model.hidden_sizes
    ]
    for position, symbol in enumerate(text.tolist(), 1):
        x = functional.one_hot(torch.tensor([symbol]), len(SYMBOLS)).to(model.like)
        for layer, (weights, before) in enumerate(zip(model.weights(), states, strict=True)):
            width = model.hidden_sizes[layer]
            of_h = before["h"] @ weights["weight_hh"].t() + weights["bias_hh"]
            z = x @ weights["weight_ih"].t() + weights["bias_ih"] + of_h
            now = {"h'": before["h"], "c'": before["c"], "c": before["c"]}
            for name, value in equations(list(z.split(width, 1)), list(of_h.split(width, 1)), now):
                nudges[position, layer, name] = model.like.new_zeros(1, width).requires_grad_()
                now[name] = value + nudges[position, layer, name]
            if position == zeroed:
                for name in ("h", "c"):
                    nudges[position, layer, name] = model.like.new_zeros(1, width).requires_grad_()
                    now[name] = nudges[position, layer, name]
            states[layer] = now
            x = now["h"]
        if objective.t not in (None, position - 1):
            continue
        logits = model.logits(x)
        assert logits is not None
        if objective.symbol is not None:
            total = total + logits[0, objective.symbol]
        elif position < len(text):
            total = total + functional.cross_entropy(logits, text[position : position + 1])
    slopes = torch.autograd.grad(total, list(nudges.values()), allow_unused=True)
    return {
        at: torch.zeros_like(nudge) if slope is None else slope
        for (at, nudge), slope in zip(nudges.items(), slopes, strict=True)
    }


def rollout(cell: str, length: int, double: bool = True) -> Rollout:
    model = fresh(len(SYMBOLS), HIDDEN, 2, ALL[cell], seed=3)
    text = "".join(SYMBOLS[at * at // 3 % 4] for at in range(length))
    return Rollout(model.double() if double else model, Text(Vocabulary(SYMBOLS), text))


def largest_gap(found: Iterator[StepGradient], wanted: Nudges, model: Network) -> float:
    gaps = []
    for step in found:
        for layer, values in enumerate(step.layers):
            assert values.keys() == {q.name for q in model.cells[layer].quantities}
            for name, slope in values.items():
                there = wanted[step.position, layer, name]
                gaps.append(float(((slope - there).abs() / (1e-3 + there.abs())).max()))
    assert gaps
    return max(gaps)


@pytest.mark.parametrize("cell", list(EQUATIONS))
@pytest.mark.parametrize("objective", ["loss", "loss@20", "logit:c@33"])
def test_a_gradient_is_the_whole_texts(cell: str, objective: str) -> None:
    read = rollout(cell, 40)
    asked = read_objective(objective, SYMBOLS, len(read))
    found = BackwardPass(read.timeline, asked).forward(1, len(read))
    assert largest_gap(found, expected(read.model, read.indices, asked), read.model) < 1e-10


def test_it_reaches_through_blocks_and_float32_is_near() -> None:
    read = rollout("fused", 330, double=False)
    asked = read_objective("loss", SYMBOLS, len(read))
    found = list(BackwardPass(read.timeline, asked).forward(200, 300))
    wanted = expected(read.model.copy().double(), read.indices, asked)
    assert [step.position for step in found] == list(range(200, 301))
    assert largest_gap(iter(found), wanted, read.model) < 1e-3
    backwards = [step for block in BackwardPass(read.timeline, asked).back(200) for step in block]
    assert largest_gap(iter(backwards), wanted, read.model) < 1e-3


def test_nothing_flows_through_a_state_set_by_hand() -> None:
    read = rollout("by-hand", 30)
    zeroed = read.with_edits({12: read.zero_stack()})
    asked = read_objective("loss@25", SYMBOLS, len(read))
    found = list(BackwardPass(zeroed.timeline, asked).forward(1, 30))
    assert largest_gap(iter(found), expected(read.model, read.indices, asked, zeroed=12), read.model) < 1e-10
    before = [float(slope.abs().max()) for step in found[:11] for slope in step.layers[0].values()]
    assert max(before) == 0.0 < float(found[11].layers[0]["c"].abs().max())


def test_what_was_read_has_a_derivative_too() -> None:
    """By finite differences: the row that the step read, nudged."""
    read = rollout("gru", 9)
    asked = read_objective("loss@7", SYMBOLS, len(read))
    step = next(iter(BackwardPass(read.timeline, asked).forward(4, 4)))

    def loss(nudge: float) -> float:
        stack = read.zero_stack()
        for position, symbol in enumerate(read.indices.tolist()[:8], 1):
            x = functional.one_hot(torch.tensor([symbol]), len(SYMBOLS)).double()
            x[0, 1] += nudge if position == 4 else 0.0
            stack, _ = read.model.advance(x, stack)
        logits = read.model.logits(stack[-1][0])
        assert logits is not None
        return float(functional.cross_entropy(logits, read.indices[8:9]))

    assert math.isclose(float(step.x[0, 1]), (loss(1e-5) - loss(-1e-5)) / 2e-5, rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize(
    "text", ["", "los", "loss@", "loss@x", "loss@-1", "loss@8", "loss@9", "logit", "logit:c", "logit:z@1", "logit:c@99"]
)
def test_what_cannot_be_differentiated_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        read_objective(text, SYMBOLS, 9)
