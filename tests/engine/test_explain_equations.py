"""What is printed adds up: the numbers of an equation lead to its result, and the result is the model's own."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pytest
import torch

from lstm_tui.core.step import Equation
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.loading.own_file import from_bytes
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from tests.engine.facts import CELLS, bias, edited, paper_step

NUMBER = re.compile(r"[-+]?\d+\.\d+")


def hello() -> Rollout:
    """The shipped model reading its text."""
    from lstm_tui.core.filesystem.bundled import bundled_path

    path = bundled_path("hello")
    assert path is not None
    model, header, _ = from_bytes(Path(path).read_bytes(), path)
    return Rollout(model, Text(header.vocabulary, header.text))


def made(text: str = "abcab", units: int = 5, layers: int = 1, cell: str = "by-hand", seed: int = 1) -> Rollout:
    vocabulary = Vocabulary.of(text)
    return Rollout(fresh(len(vocabulary), units, layers, ALL[cell], seed), Text(vocabulary, text))


def numbers(equation: Equation) -> list[Decimal]:
    """The printed numbers in order; what stands in brackets behind the result is left out."""
    return [Decimal(n) for n in NUMBER.findall(equation.text.partition("    (")[0])]


def recalculated(equation: Equation) -> float:
    """The printed operands taken through the equation."""
    *operands, _ = map(float, numbers(equation))
    if equation.quantity == "c":
        f, old, i, new = operands
        return f * old + i * new
    if equation.quantity == "h":
        return operands[0] * math.tanh(operands[1])
    return math.tanh(operands[0]) if equation.quantity == "c_tilde" else 1 / (1 + math.exp(-operands[0]))


@pytest.mark.parametrize("cell", list(CELLS))
def test_every_printed_line_is_the_model_s_own_with_four_decimals_throughout(cell: str) -> None:
    """The result is the model's, the operands lead to it but for their rounding, and its parts add up to it."""
    readings = [hello(), made("the cat sat on the mat", 6, 2, cell, seed=3)]
    for reading in readings:
        for position in range(1, len(reading) + 1):
            for layer, units in enumerate(reading.model.hidden_sizes):
                for unit in range(units):
                    for line in equations(reading, position, layer, unit):
                        *operands, result = numbers(line)
                        assert {number.as_tuple().exponent for number in (*operands, result)} == {-4}, line.text
                        assert result == Decimal(f"{line.value:z.4f}"), line.text
                        assert abs(recalculated(line) - line.value) < 1e-4 * (2 + sum(map(abs, map(float, operands))))
                        assert line.symbols.startswith(line.text.partition(" =")[0] + " = ")
                        parts = NUMBER.findall(line.text.partition("    (")[2])
                        assert len(parts) == 2 * (line.quantity == "c")
                        assert not parts or sum(map(Decimal, parts)) == result, line.text


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("text", "units", "layers"), [("abcab", 5, 1), ("abcab", 4, 3), ("a", 1, 1), ("aa", 1, 2)])
def test_the_numbers_are_the_papers_in_float64(cell: str, text: str, units: int, layers: int) -> None:
    reading = made(text, units, layers, cell)
    for position in range(1, len(text) + 1):
        moment = reading.timeline.at(position)
        x = moment.inputs[0][0].tolist()
        for layer, weights in enumerate(reading.model.weights()):
            h, c = (state[0].tolist() for state in moment.before[layer])
            wanted = paper_step(
                x, h, c, weights["weight_ih"].tolist(), weights["weight_hh"].tolist(), bias(weights).tolist()
            )
            x = moment.layers[layer]["h"][0].tolist()
            for unit in range(units):
                lines = equations(reading, position, layer, unit)
                assert [line.quantity for line in lines] == ["f", "i", "c_tilde", "o", "c", "h"]
                for line in lines:
                    assert line.value == pytest.approx(wanted[line.quantity][unit], abs=1e-6)


def test_the_terms_sum_to_the_pre_activation_and_name_what_they_come_from() -> None:
    reading = made("abcab", 3, 2)
    mine = {"h'[0]", "h'[1]", "h'[2]", "bias"}
    read = (mine | {"x 'c'"}, mine | {"l0.h[0]", "l0.h[1]", "l0.h[2]"})
    for layer, names in enumerate(read):
        for line in equations(reading, 3, layer, 1)[:4]:
            assert names == {term.name for term in line.terms}
            assert len(line.terms) == len({term.name for term in line.terms})
            sizes = [abs(term.value) for term in line.terms]
            assert sizes == sorted(sizes, reverse=True)
            z = math.fsum(term.value for term in line.terms)
            assert [term.name for term in line.sums] == ["l0.h" if layer else "x 'c'", "h'", "bias"]
            assert math.fsum(term.value for term in line.sums) == pytest.approx(z, abs=1e-12)
            before = reading.timeline.at(3).before[layer][0][0].tolist()
            for term in line.terms:
                if term.name.startswith("h'"):
                    assert term.factor == before[int(term.name[3])]
            squashed = math.tanh(z) if line.quantity == "c_tilde" else 1 / (1 + math.exp(-z))
            assert squashed == pytest.approx(line.value, abs=1e-6)


def test_both_biases_of_builtin_count() -> None:
    reading = made("abcab", 3, 1, "builtin")
    weights = reading.model.weights()[0]
    (bias,) = (term.value for term in equations(reading, 1, 0, 2)[0].terms if term.name == "bias")
    assert bias == pytest.approx(float(weights["bias_ih"][5] + weights["bias_hh"][5]), abs=1e-7)


SYMBOLS = {
    "by-hand": ("f = σ(W_f·[h', x] + b_f)", "h = o·tanh(c)"),
    "gru-before": ("r = σ(W_r·[h', x] + b_r)", "n = tanh(W_n·[r·h', x] + b_n)"),
    "peephole": ("f = σ(W_f·[h', x] + p_f·c' + b_f)", "o = σ(W_o·[h', x] + p_o·c + b_o)"),
    "lnlstm": ("c̃ = tanh(norm(W_c̃·x) + norm(R_c̃·h') + b_c̃)", "h = o·tanh(norm(c))"),
    "minlstm": ("c̃ = W_c̃·x + b_c̃",),
    "mingru": ("z = σ(W_z·x + b_z)", "n = W_n·x + b_n"),
    "slstm": ("i = exp(z_i - m)",),
}


@pytest.mark.parametrize("cell", list(ALL))
def test_symbols_are_true_and_known_before_any_number_is(cell: str) -> None:
    reading = made("abcab", 3, 1, cell)
    before, after = equations(reading, 0, 0, 1), equations(reading, 3, 0, 1)
    assert [line.symbols for line in before] == [line.symbols for line in after]
    assert all(line.symbols.startswith(f"{line.text.partition(' ')[0]} = ") for line in after)
    assert not any(line.text or line.terms or line.sums for line in before)
    assert set(SYMBOLS.get(cell, ())) <= {line.symbols for line in before}
    for line in after:  # what is summed up is what is squashed, or what the equation calls z
        z = math.fsum(term.value for term in line.sums)
        shown = NUMBER.findall(line.text)
        assert not line.sums or line.summed or cell == "gru" or abs(float(shown[0]) - z) < 1e-4, line
        assert not line.summed or f"{line.summed}" in line.symbols


def test_a_state_set_by_hand_has_its_gates_explained_as_they_were_made() -> None:
    """Zeroing h after the step must not change what the layer above had read when its gates were made."""
    reading = made("abcab", 4, 2)
    before = [equations(reading, 3, layer, 1) for layer in range(2)]
    reading.timeline = edited(reading.timeline, 3, reading.zero_stack())
    for layer in range(2):
        assert [line.text for line in equations(reading, 3, layer, 1)] == [line.text for line in before[layer][:4]]
    assert numbers(equations(reading, 4, 1, 1)[4])[1] == 0


def test_the_symbol_read_is_shown_harmlessly() -> None:
    reading = made("a\x1bb")
    names = [term.name for term in equations(reading, 2, 0, 0)[0].terms]
    assert "x '␛'" in names


def test_large_memories_and_broken_weights_still_print() -> None:
    reading = made("aaaaaaaaaa", 1)
    reading.timeline = edited(reading.timeline, 3, ((torch.tensor([[0.9]]), torch.tensor([[-31.4159]])),))
    assert "× -31.4159" in equations(reading, 4, 0, 0)[4].text
    for bad in (math.nan, math.inf):
        for weight, sign in zip(reading.model.parameters(), (1, -1) * 9, strict=False):
            weight.fill_(bad * sign)
        broken = Rollout(reading.model, Text(reading.vocabulary, reading.text))
        assert all("nan" in line.text for line in equations(broken, 2, 0, 0))
