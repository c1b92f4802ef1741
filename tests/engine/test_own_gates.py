"""A pasted class's gates by their role, its weights where they are, its sums by name, whatever its source is like."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.text import Text
from lstm_tui.core.user_cell import CheckRequest
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.cells import ByHand
from lstm_tui.engine.judging.class_check import check
from lstm_tui.engine.judging.trials.against import Reference
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.pasting import pasted

JUDGED = Path(__file__).parent / "judging"
RIGHT, STUDENTS = JUDGED / "right.py", Path(__file__).parent / "students.py"
WRITTEN = [
    *("Sequentials", "Slices", "Vectors", "Named", "Builtin", "Wrapped", "Held", "OutAndStates", "Dropped", "Keywords"),
    "Biased",
]
"""LSTMs: submodules, nn.Parameter, one matrix, (c, h), columns, sequences, PyTorch's own, states kept …"""


def made(name: str) -> Pasted:
    arguments = {"output_size": 4} if name == "OutAndStates" else {}
    return pasted(f"{RIGHT}:{name}", 5, 7, 0, {}, arguments)(5, 7).eval()


@pytest.mark.parametrize("name", WRITTEN)
def test_an_lstm_shows_its_six_quantities_and_carries_its_weights_over(name: str) -> None:
    cell, ours = made(name), ByHand(5, 7).eval()
    ours.load(cell.weights())
    draw = torch.Generator().manual_seed(3)
    x, state = torch.randn(1, 5, generator=draw), tuple(torch.randn(1, 7, generator=draw) for _ in "hc")
    with torch.inference_mode():
        _, values = cell.advance(x, state)
        _, expected = ours.advance(x, state)
    assert list(values) == list(expected)
    for quantity, value in values.items():
        assert torch.allclose(value, expected[quantity], atol=1e-6), quantity
    lines = cell.source_trace(x, state)
    assert {name: lines.values[name].tolist() for name in values} == {n: v.tolist() for n, v in values.items()}
    cell.load({name: 2 * tensor for name, tensor in cell.weights().items()})
    for name, tensor in ours.weights().items():
        doubled = cell.weights()[name] if "bias" not in name else cell.weights()["bias_ih"] + cell.weights()["bias_hh"]
        single = tensor if "bias" not in name else ours.weights()["bias_ih"] + ours.weights()["bias_hh"]
        assert torch.allclose(doubled, 2 * single, atol=1e-6)


@pytest.mark.parametrize("name", ["Torchy", "BuiltinGru", "Elman", "Peephole", "Coupled", "Norms"])
def test_the_parts_of_every_gate_add_up_to_what_it_is(name: str) -> None:
    debugger = prepare(ModelOptions(cell=f"{RIGHT}:{name}", text="hello", hidden=6, layers=2)).open()
    debugger.forward(3)
    for layer in (0, 1):
        equations = debugger.equations(layer, 2)
        assert [one.quantity for one in equations] == [q.name for q in debugger.quantities]
        for one in equations:
            z = sum(term.value for term in one.terms)
            made = 1 / (1 + math.exp(-z)) if "σ(" in one.text else math.tanh(z)
            if one.terms and not one.text.partition("= ")[2].startswith("1 -"):
                assert made == pytest.approx(one.value, abs=1e-6), one.text
                assert sum(term.value for term in one.sums) == pytest.approx(z)


def test_against_says_by_how_much_and_where_the_numbers_part() -> None:
    def asked(name: str, kind: str) -> CheckRequest:
        return CheckRequest(f"{STUDENTS}:{name}", "hello", {}, {}, kind)

    same = check(asked("Chunks", "nn.LSTM"))
    assert same.same
    assert "largest difference is" in (same.against or "") or "differ by" in (same.against or "")
    other = check(asked("SwappedGates", "nn.LSTM"))
    assert other.same is False
    assert "differs first" in (other.against or "")
    assert "the largest difference is at step" in (other.against or "")


def test_against_a_model_compares_every_layer_on_what_it_reads() -> None:
    model = fresh(4, 3, 2)
    reference = Reference("mine", tuple(model.cells), torch.eye(4)[[0, 1, 2, 2, 3]])
    asked = CheckRequest(f"{STUDENTS}:Chunks", "hello", {}, {}, "mine")
    assert "the same function as the 2 layers of mine" in (check(asked, reference).against or "")
    wrong = check(CheckRequest(f"{STUDENTS}:SwappedGates", "hello", {}, {}, "mine"), reference)
    assert "layer 1/2 (l0) of mine" in (wrong.against or "")


def test_what_departs_is_listed_with_the_step_of_the_open_text() -> None:
    debugger = prepare(ModelOptions(cell=f"{STUDENTS}:SwappedGates", text="hello")).open()
    told = debugger.verdict()
    assert told is not None
    first = told.listed[0]
    assert (first.line, first.step is not None, first.unit is not None) == (136, True, True)
    assert [entry.line for entry in told.listed[1:]] == [133, 132, 134, 136, 135, 137]
    assert prepare(ModelOptions(model="hello")).open().verdict() is None


@pytest.mark.parametrize("name", ["Submodules", "Wrapped"])
def test_gates_without_a_variable_have_the_derivatives_of_the_same_function_written_out(name: str) -> None:
    model = fresh(4, 3, cell=pasted(f"{RIGHT}:{name}", 4, 3, 0, {}))
    steps = []
    for network in (model, model.with_cell(ByHand)):
        reading = Rollout(network, Text(Vocabulary("ehlo"), "hello"))
        steps.append(list(BackwardPass(reading.timeline, Objective()).forward(1, 5)))
    for mine, theirs in zip(*steps, strict=True):
        for quantity in ("f", "i", "c_tilde", "o", "c", "h"):
            torch.testing.assert_close(mine.layers[0][quantity], theirs.layers[0][quantity], atol=1e-6, rtol=1e-5)
