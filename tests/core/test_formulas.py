"""Formulas: read, computed, differentiated and printed, against Python's own arithmetic and against autograd."""

from __future__ import annotations

import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lstm_tui.core.formulas import read_formula

FUNCTIONS = {
    name: lambda z, squash=squash: squash(torch.as_tensor(z, dtype=torch.float64))
    for name, squash in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh))
}
NAMES = ("f", "c'", "c", "o")


def written(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from([*NAMES, "1", "0.5"])
    if not depth:
        return leaf
    inner = written(depth - 1)
    pair = st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    quotient = st.tuples(inner, inner).map(lambda parts: f"({parts[0]} / (2 + tanh({parts[1]})))")
    applied = st.tuples(st.sampled_from(["sigmoid", "tanh"]), inner).map(lambda parts: f"{parts[0]}({parts[1]})")
    return st.one_of(leaf, pair, quotient, applied, inner.map(lambda part: f"(-{part})"))


@given(written(3), st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_a_derivative_is_autograds_and_the_text_says_the_same(text: str, numbers: list[float]) -> None:
    formula = read_formula(text)
    leaves = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    values: dict[str, Tensor] = dict(zip(NAMES, leaves, strict=True))
    value = torch.as_tensor(formula.value(values, FUNCTIONS), dtype=torch.float64)
    plain = {name.replace("'", "_"): leaf.detach() for name, leaf in values.items()}
    expected = float(eval(text.replace("'", "_"), {**FUNCTIONS, **plain}))
    assert value.item() == pytest.approx(expected, abs=1e-12)
    again = re.sub(r"tanh (\w'?)", r"tanh(\1)", formula.text(str).replace("·", "*").replace("σ", "sigmoid"))
    assert torch.as_tensor(read_formula(again).value(values, FUNCTIONS)).item() == pytest.approx(
        value.item(), abs=1e-12
    )
    if not value.requires_grad:
        return
    slopes = torch.autograd.grad(value, leaves, allow_unused=True)
    for name, slope in zip(NAMES, slopes, strict=True):
        found = formula.derivative(name).value(values, FUNCTIONS)
        expected = 0.0 if slope is None else slope.item()
        assert torch.as_tensor(found).item() == pytest.approx(expected, abs=1e-9)


def test_it_is_printed_as_a_reader_writes_it() -> None:
    cell = read_formula("f*c' + i*c_tilde")
    numbers = {"f": "0.9800", "c'": "-0.9800", "i": "1.0000", "c_tilde": "-1.0000"}
    assert cell.text(numbers.__getitem__) == "0.9800·-0.9800 + 1.0000·-1.0000"
    assert list(cell.names()) == ["f", "c'", "i", "c_tilde"]
    hidden = read_formula("o*tanh(c)")
    assert hidden.text(str) == "o·tanh c"
    assert hidden.derivative("c").text(str) == "o·(1 - tanh(c)^2)"
    assert cell.derivative("c'").text(str) == "f"
    assert read_formula("a - (b - c)").text(str) == "a - (b - c)"
    assert read_formula("(a + b)*c / (d*e)").text(str) == "(a + b)·c / (d·e)"


def test_logarithms_and_exponentials_are_differentiated_too() -> None:
    formula = read_formula("exp(log(f) + m' - m)")
    values = {"f": 0.5, "m'": 0.25, "m": 1.0}
    functions = {"exp": math.exp, "log": math.log}
    whole = 0.5 * math.exp(-0.75)
    assert formula.value(values, functions) == pytest.approx(whole)
    assert formula.derivative("f").value(values, functions) == pytest.approx(2 * whole)
    assert formula.derivative("m").value(values, functions) == pytest.approx(-whole)


@pytest.mark.parametrize("text", ["", "f +", "f[0]", "open(f)", "f < c", "lambda: f", "f if c else o", "tanh(f, c)"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        read_formula(text)
