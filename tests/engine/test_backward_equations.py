"""The backward pass in equations: each can be calculated on paper, and makes what backpropagation makes."""

from __future__ import annotations

import math
import re

import pytest

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import Equation
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.explain.backward_equations import ROUNDED, backward_equations, signed
from tests.engine.test_gradients import rollout

ELEMENTWISE = [name for name, cell in ALL.items() if cell.kind.elementwise]
FUNCTIONS = {
    "σ": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "log": math.log, "relu": lambda z: max(z, 0.0),
    "larger": lambda a, b: float(a > b),
}  # fmt: skip


def calculated(numbers: str) -> float:
    """What a reader gets who calculates it."""
    return float(eval(numbers.replace("×", "*").replace("^", "**"), {"__builtins__": {}}, dict(FUNCTIONS)))


def equations(cell: str, position: int, layer: int, unit: int) -> tuple[BackwardPass, tuple[Equation, ...]]:
    read = rollout(cell, 12)
    back = BackwardPass(read.timeline, Objective(9))
    return back, backward_equations(back, position, layer, unit, read.sequence.named(position))


@pytest.mark.parametrize("cell", ELEMENTWISE)
def test_each_adds_up_on_paper_to_what_backpropagation_makes(cell: str) -> None:
    for layer, position in ((1, 10), (0, 6)):
        back, found = equations(cell, position, layer, 1)
        made = {line.quantity: line for line in found}
        (step,) = back.forward(position, position)
        for quantity in KINDS[ALL[cell].kind.name].quantities:
            name = quantity.name
            assert made[f"δ{name}"].value == pytest.approx(float(step.layers[layer][name][0, 1]), rel=1e-9, abs=1e-15)
            if quantity.state and name != "h" and layer == 1:  # h' has a part of the earlier step's layer above too
                handed = made[f"δ{name}'"].value
                assert handed == pytest.approx(_from_after(name, back, position), rel=1e-9)
        for line in found:
            numbers, equals, shown = line.text.partition(" = ")[2].rpartition(" = ")
            if equals and not line.quantity.startswith("W_"):
                if shown == ROUNDED:  # h of an sLSTM does not depend on its level m
                    assert abs(line.value) < 1e-12 > abs(calculated(numbers)) - 1e-7
                else:
                    assert signed(calculated(numbers)) == shown == signed(line.value), line.text
            assert line.quantity.startswith(("δ", "W_"))
            if line.sums or (line.terms and line.quantity.startswith("δ")):
                assert math.isclose(
                    math.fsum(term.value for term in line.terms), line.value, rel_tol=1e-6, abs_tol=1e-12
                )


def _from_after(name: str, back: BackwardPass, position: int) -> float:
    parts = back.by_layer(position - 1)
    assert parts is not None
    return float(parts[1].after[name][1])


def test_they_come_in_the_order_of_backpropagation() -> None:
    _, found = equations("by-hand", 8, 1, 0)
    assert [line.quantity for line in found] == [
        "δh", "δo", "δc", "δf", "δi", "δc_tilde", "δz_o", "δz_f", "δz_i", "δz_c_tilde", "δh'", "δc'", "δx",
        "W_o", "W_f", "W_i", "W_c_tilde",
    ]  # fmt: skip
    assert [line.symbols for line in found[2:4]] == ["δc = δc' of t+1 + δh·o·(1 - tanh(c)^2)", "δf = δc·c'"]


def test_the_last_step_is_seeded_by_the_guess_and_a_lower_layer_by_the_one_above() -> None:
    _, top = equations("gru", 10, 1, 0)
    _, low = equations("gru", 10, 0, 0)
    assert top[0].symbols == "δh = from the guess + δh' of t+1"
    assert low[0].symbols == "δh = from layer 2 + δh' of t+1"
    assert top[0].terms[1].value == 0.0


def test_none_where_no_formulas_describe_it_or_a_state_was_set_by_hand() -> None:
    assert equations("lnlstm", 5, 0, 0)[1] == ()
    read = rollout("by-hand", 12)
    edited = read.with_edits({5: read.zero_stack()})
    back = BackwardPass(edited.timeline, Objective(9))
    assert backward_equations(back, 5, 0, 0, ()) == ()
    assert re.match("δh", backward_equations(back, 6, 0, 0, ())[0].text)
