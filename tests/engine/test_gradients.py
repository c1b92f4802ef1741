"""Backpropagation through time, against derivatives by numbers that are added to every quantity and are zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lstm_tui.core.clamps import Clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.objective import Objective, read_objective
from lstm_tui.core.text import Text
from lstm_tui.core.user_cell import parse_names
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.causes.derivatives import StepGradient
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.pasting import pasted

SYMBOLS = "abcd"
HIDDEN = (3, 2)
Nudges = dict[tuple[int, int, str], Tensor]
"""(position, layer, quantity) → zeros that are added to it."""


Weights = dict[str, Tensor]
Made = Iterator[tuple[str, Tensor]]
"""A quantity's name, and its value before it is nudged; what is asked of `now` afterwards is the nudged value."""
Now = dict[str, Tensor]
"""What was computed so far in a step, and with a prime the states before it."""
sigma, tanh = torch.sigmoid, torch.tanh


def parts(w: Weights, x: Tensor, h: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """W x + b and R h' + d, cut into blocks of H."""
    of_x, of_h = x @ w["weight_ih"].t() + w["bias_ih"], w["bias_hh"].expand(1, -1)
    of_h = of_h + h @ w["weight_hh"].t() if "weight_hh" in w else of_h
    return list(of_x.split(h.shape[1], 1)), list(of_h.split(h.shape[1], 1))


def gates(w: Weights, x: Tensor, now: Now) -> list[Tensor]:
    return [of_x + of_h for of_x, of_h in zip(*parts(w, x, now["h'"]), strict=True)]


Squash = Callable[[Tensor], Tensor]
Equations = Callable[[Weights, Tensor, Now], Made]


def an_lstm(squash: Squash = sigma, content: Squash = tanh, shown: Squash = tanh, without: str = "") -> Equations:
    """Rows i, f, c̃, o, of which `without` names those that there are none of."""

    def equations(w: Weights, x: Tensor, now: Now) -> Made:
        rows = [row for row in ("i", "f", "c_tilde", "o") if row != without]
        for row, z in zip(rows, gates(w, x, now), strict=True):
            yield row, content(z) if row == "c_tilde" else squash(z)
        yield "c", now.get("f", 1) * now["c'"] + now.get("i", 1) * now["c_tilde"]
        yield "h", now.get("o", 1) * shown(now["c"])

    return equations


def gru(w: Weights, x: Tensor, now: Now) -> Made:
    (xr, xz, xn), (hr, hz, hn) = parts(w, x, now["h'"])
    yield "r", sigma(xr + hr)
    yield "z", sigma(xz + hz)
    yield "n", tanh(xn + now["r"] * hn)
    yield "h", (1 - now["z"]) * now["n"] + now["z"] * now["h'"]


def gru_before(w: Weights, x: Tensor, now: Now) -> Made:
    r, z, _ = gates(w, x, now)
    yield "r", sigma(r)
    yield "z", sigma(z)
    of_x, of_h = parts(w, x, now["r"] * now["h'"])
    yield "n", tanh(of_x[2] + of_h[2])
    yield "h", (1 - now["z"]) * now["n"] + now["z"] * now["h'"]


def rnn(w: Weights, x: Tensor, now: Now) -> Made:
    yield "a", gates(w, x, now)[0]
    yield "h", tanh(now["a"])


def relu_rnn(w: Weights, x: Tensor, now: Now) -> Made:
    yield "a", gates(w, x, now)[0]
    yield "h", torch.relu(now["a"])


def peephole(w: Weights, x: Tensor, now: Now) -> Made:
    i, f, g, o = gates(w, x, now)
    yield "i", sigma(i + w["peephole_i"] * now["c'"])
    yield "f", sigma(f + w["peephole_f"] * now["c'"])
    yield "c_tilde", tanh(g)
    yield "c", now["f"] * now["c'"] + now["i"] * now["c_tilde"]
    yield "o", sigma(o + w["peephole_o"] * now["c"])
    yield "h", now["o"] * tanh(now["c"])


def cifg(w: Weights, x: Tensor, now: Now) -> Made:
    f, g, o = gates(w, x, now)
    yield "f", sigma(f)
    yield "i", 1 - now["f"]
    yield "c_tilde", tanh(g)
    yield "o", sigma(o)
    yield "c", now["f"] * now["c'"] + now["i"] * now["c_tilde"]
    yield "h", now["o"] * tanh(now["c"])


def janet(w: Weights, x: Tensor, now: Now) -> Made:
    f, g = gates(w, x, now)
    yield "f", sigma(f)
    yield "i", sigma(1 - f)
    yield "c_tilde", tanh(g)
    yield "c", now["f"] * now["c'"] + now["i"] * now["c_tilde"]
    yield "h", now["c"] * 1


def lnlstm(w: Weights, x: Tensor, now: Now) -> Made:
    def norm(z: Tensor, of: str) -> Tensor:
        z = (z - z.mean()) / torch.sqrt(z.var(correction=0) + 1e-5)
        return z * w[f"norm_{of}.weight"] + w[f"norm_{of}.bias"]

    z = norm(x @ w["weight_ih"].t(), "ih") + norm(now["h'"] @ w["weight_hh"].t(), "hh") + w["bias_ih"] + w["bias_hh"]
    i, f, g, o = z.chunk(4, 1)
    yield "i", sigma(i)
    yield "f", sigma(f)
    yield "c_tilde", tanh(g)
    yield "o", sigma(o)
    yield "c", now["f"] * now["c'"] + now["i"] * now["c_tilde"]
    yield "h", now["o"] * tanh(norm(now["c"], "c"))


def slstm(w: Weights, x: Tensor, now: Now) -> Made:
    i, f, g, o = gates(w, x, now)
    yield "c_tilde", tanh(g)
    yield "o", sigma(o)
    old = functional.logsigmoid(f) + now["m'"]
    yield "m", torch.where(old > i, old, i)
    yield "i", torch.exp(i - now["m"])
    yield "f", torch.exp(old - now["m"])
    yield "c", now["f"] * now["c'"] + now["i"] * now["c_tilde"]
    yield "n", now["f"] * now["n'"] + now["i"]
    yield "h", now["o"] * now["c"] / now["n"]


def minlstm(w: Weights, x: Tensor, now: Now) -> Made:
    f, i, g = gates(w, x, now)
    yield "f", sigma(f) / (sigma(f) + sigma(i))
    yield "i", sigma(i) / (sigma(f) + sigma(i))
    yield "c_tilde", g
    yield "h", now["f"] * now["h'"] + now["i"] * now["c_tilde"]


def mingru(w: Weights, x: Tensor, now: Now) -> Made:
    z, n = gates(w, x, now)
    yield "z", sigma(z)
    yield "n", n
    yield "h", (1 - now["z"]) * now["h'"] + now["z"] * now["n"]


lstm = an_lstm()
COMMON: dict[str, Equations] = {"by-hand": lstm, "fused": lstm, "builtin": lstm, "gru": gru, "rnn": rnn}
EQUATIONS: dict[str, Equations] = COMMON | {
    "lstm97": an_lstm(without="f"), "nig": an_lstm(without="i"), "nog": an_lstm(without="o"),
    "niaf": an_lstm(content=lambda z: z), "noaf": an_lstm(shown=lambda z: z), "peephole": peephole, "cifg": cifg,
    "janet": janet, "lnlstm": lnlstm, "slstm": slstm, "gru-before": gru_before, "minlstm": minlstm, "mingru": mingru,
    "rnn-relu": relu_rnn,
    "lstm-hard": an_lstm(lambda z: (0.2 * z + 0.5).clamp(0, 1)), "lstm-relu": an_lstm(sigma, torch.relu, torch.relu),
    "lstm-hard6": an_lstm(lambda z: (z / 6 + 0.5).clamp(0, 1)),
}  # fmt: skip


STUDENTS = Path(__file__).with_name("students.py")
STUDENT_NAMES = {"OddNames": "f=keep,i=put,g=what,o=show"}


def expected(model: Network, text: Tensor, objective: Objective, zeroed: int | None = None) -> Nudges:
    """The derivatives by all quantities: one graph over the whole text, written without the program's cells."""
    equations, nudges, total = EQUATIONS.get(model.cell_type.name, lstm), Nudges(), model.like.new_zeros(())
    states: list[dict[str, Tensor]] = [
        {name: model.like.new_full((1, width), -math.inf if name == "m" else 0.0) for name in "hcnm"}
        for width in model.hidden_sizes
    ]
    for position, symbol in enumerate(text.tolist(), 1):
        x = functional.one_hot(torch.tensor([symbol]), len(SYMBOLS)).to(model.like)
        for layer, (weights, before) in enumerate(zip(model.weights(), states, strict=True)):
            width = model.hidden_sizes[layer]
            now = {f"{name}'": before[name] for name in "hcnm" if name in before}
            for name, value in equations(weights, x, now):
                nudges[position, layer, name] = model.like.new_zeros(1, width).requires_grad_()
                now[name] = value + nudges[position, layer, name]
            if position == zeroed:
                for name in model.cells[layer].states:
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
    made = ALL[cell] if cell in ALL else pasted(f"{STUDENTS}:{cell}", 4, 3, 0, parse_names(STUDENT_NAMES.get(cell)))
    model = fresh(len(SYMBOLS), HIDDEN, 2, made, seed=3)
    torch.manual_seed(0)
    for one in model.cells:  # unequal enough that every part matters
        one.load({name: tensor + torch.randn_like(tensor) * 0.3 for name, tensor in one.weights().items()})
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


def test_every_cell_is_tested_here() -> None:
    assert set(EQUATIONS) == set(ALL)


@pytest.mark.parametrize(
    ("cell", "objective"),
    [*((cell, "loss") for cell in EQUATIONS), ("by-hand", "loss@20"), ("gru", "loss@20"), ("rnn", "logit:c@33")],
)
def test_a_gradient_is_the_whole_texts(cell: str, objective: str) -> None:
    read = rollout(cell, 40)
    asked = read_objective(objective, SYMBOLS, len(read))
    found = BackwardPass(read.timeline, asked).forward(1, len(read))
    assert largest_gap(found, expected(read.model, read.indices, asked), read.model) < 1e-10


@pytest.mark.parametrize("name", ["Textbook", "Chunks", "TwoWeights", "InPlace", "OddNames"])
@pytest.mark.parametrize("by_line", [False, True])
def test_a_gradient_of_a_pasted_cell_is_its_variables(name: str, by_line: bool) -> None:
    """TwoWeights names what is before its σ; the others the gates."""
    read = rollout(name, 8)
    read.model.cell_type.by_line = by_line  # type: ignore[attr-defined]
    asked = read_objective("loss", SYMBOLS, len(read))
    found = BackwardPass(read.timeline, asked).forward(1, len(read))
    assert largest_gap(found, expected(read.model, read.indices, asked), read.model) < 1e-10


def test_it_reaches_through_blocks_and_float32_is_near() -> None:
    read = rollout("fused", 330, double=False)
    asked = read_objective("loss", SYMBOLS, len(read))
    found = list(BackwardPass(read.timeline, asked).forward(200, 300))
    wanted = expected(read.model.copy().double(), read.indices, asked)
    assert [step.position for step in found] == list(range(200, 301))
    assert largest_gap(iter(found), wanted, read.model) < 1e-3
    backwards = [step for block in BackwardPass(read.timeline, asked).back(200) for step in block.steps()]
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


def test_nothing_flows_through_a_value_that_is_held() -> None:
    """Its own derivative is that of the number it is held at: a little more, and the loss follows."""

    free = rollout("by-hand", 20)

    def held(value: float) -> Rollout:
        return free.with_clamps([Clamp("c", 1, value, 3, 9)])

    def loss(run: Rollout) -> float:
        return sum(step.prediction.loss or 0.0 for step in run.steps(1, len(run) + 1) if step.prediction)

    asked = read_objective("loss", SYMBOLS, 20)
    found = {step.position: step.layers[0] for step in BackwardPass(held(0.5).timeline, asked).forward(1, 20)}
    for position in range(4, 10):
        assert not any(float(found[position][name][0, 1]) for name in ("f", "i", "c_tilde"))
    by_numbers = (loss(held(0.5 + 1e-5)) - loss(held(0.5 - 1e-5))) / 2e-5
    assert sum(float(found[position]["c"][0, 1]) for position in range(4, 10)) == pytest.approx(by_numbers, rel=1e-4)
