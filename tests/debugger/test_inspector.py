"""Values over time and one unit explained, through the door."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.inspector import WINDOW
from lstm_tui.debugger.prepare import prepare


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


class TestValues:
    """Many steps of many units at once are the numbers of the steps."""

    @settings(deadline=None, max_examples=25)
    @given(
        cell=st.sampled_from(("by-hand", "fused", "builtin", "gru", "rnn")),
        ends=st.tuples(st.integers(0, 23), st.integers(0, 23)).map(sorted),
        layer=st.integers(0, 1),
        units=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    )
    def test_they_are_those_of_the_steps(self, cell: str, ends: list[int], layer: int, units: list[int]) -> None:
        debugger = opened(text="the cat sat on the mat", hidden=4, layers=2, cell=cell)
        start, stop = ends
        steps = list(debugger.steps(start, stop))
        for quantity in debugger.quantities:
            rows = debugger.values(quantity.name, layer, units, start, stop)
            for unit, row in zip(units, rows, strict=True):
                shown = [step.layers[layer].values.get(quantity.name) for step in steps]
                wanted = [math.nan if vector is None else vector[unit] for vector in shown]
                assert row == pytest.approx(wanted, abs=1e-6, nan_ok=True)

    @pytest.mark.parametrize("said", [{"cell": "gru", "layers": 2}, {}, {"clamps": ("c[0] = 2 from 3 to 6",)}])
    def test_losses_are_those_of_the_steps(self, said: dict[str, Any]) -> None:
        debugger = opened(text="the cat sat on the mat", hidden=4, **said)
        debugger.to(5)
        for start, stop in ((0, 23), (5, 9), (21, 23), (4, 4)):
            wanted = [math.nan if step.loss is None else step.loss for step in debugger.steps(start, stop)]
            assert debugger.losses(start, stop) == pytest.approx(wanted, abs=1e-6, nan_ok=True)
        assert debugger.losses(5, 6)[0] == debugger.step.loss
        before = debugger.losses(1, 12)
        debugger.zero()
        assert debugger.losses(1, 12) != before
        debugger.into()
        assert math.isnan(debugger.losses(6, 7)[0])

    def test_an_edit_and_another_text_are_seen_at_once(self) -> None:
        debugger = opened()
        debugger.to(2)
        before = debugger.values("c", 0, (1, 4), 0, 6)
        debugger.zero()
        assert [row[2] for row in debugger.values("c", 0, (1, 4), 0, 6)] == [0.0, 0.0]
        debugger.undo()
        assert debugger.values("c", 0, (1, 4), 0, 6) == before
        debugger.read("eh")
        assert debugger.values("c", 0, (1, 4), 0, 3) != before

    def test_what_a_step_begun_has_not_computed_is_not_told(self) -> None:
        debugger = opened()
        debugger.to(2)
        debugger.into()
        (row,) = debugger.values("h", 0, (0,), 1, 6)
        assert [math.isnan(value) for value in row] == [False, False, True, True, True]
        assert debugger.explain(0, 0).equations == ()

    def test_one_look_is_bounded(self) -> None:
        with pytest.raises(ValueError, match="more than"):
            opened().values("c", 0, (0,), 0, WINDOW + 1)


PASTED = """
import torch
from torch import nn


class Mine(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.f, self.i, self.g, self.o = (nn.Linear(inputs + units, units) for _ in range(4))

    def forward(self, x, h, c):
        v = torch.cat([h, x], 1)
        f, i, o = (torch.sigmoid(gate(v)) for gate in (self.f, self.i, self.o))
        g = torch.tanh(self.g(v))
        c = f * c + i * g
        return o * torch.tanh(c), c


class Swapped(Mine):
    def forward(self, x, h, c):
        v = torch.cat([h, x], 1)
        f, i, o = (torch.sigmoid(gate(v)) for gate in (self.f, self.i, self.o))
        g = torch.tanh(self.g(v))
        c = i * c + f * g
        return o * torch.tanh(c), c


class Raises(Mine):
    def forward(self, x, h, c):
        if x[0, 0] > 0 and bool(h.any()):
            raise ValueError("an a again")
        return super().forward(x, h, c)
"""


class TestPasted:
    """A user's own cell tells its values by name; whether they are an LSTM's has to be seen."""

    @pytest.fixture
    def cells(self, tmp_path: Path) -> str:
        path = tmp_path / "cells.py"
        path.write_text(PASTED)
        return str(path)

    def test_its_own_gates_account_for_its_cell(self, cells: str) -> None:
        debugger = opened(cell=f"{cells}:Mine", text="abcab" * 12)
        debugger.to(57)
        told = debugger.explain(0, 2)
        assert told.ledger is not None
        assert told.half_life is not None
        assert [habit.quantity for habit in told.saturation] == ["f", "i", "o"]
        (row,) = debugger.values("f", 0, (2,), 1, 58)
        assert row == tuple(step.layers[0].values["f"][2] for step in debugger.steps(1, 58))

    def test_a_cell_that_keeps_by_another_gate_gets_no_account(self, cells: str) -> None:
        debugger = opened(cell=f"{cells}:Swapped", text="abcab")
        debugger.to(4)
        told = debugger.explain(0, 2)
        assert (told.ledger, told.half_life) == (None, None)

    def test_its_formulas_are_known_before_it_has_read_anything(self, cells: str) -> None:
        debugger = opened(cell=f"{cells}:Swapped", text="abcab")
        before = debugger.equations(0, 0)
        debugger.to(2)
        assert [line.symbols for line in before] == [line.symbols for line in debugger.equations(0, 0)] != []

    def test_where_it_fails_the_values_end(self, cells: str) -> None:
        debugger = opened(cell=f"{cells}:Raises", text="abcab")
        debugger.to(2)
        (row,) = debugger.values("c", 0, (1,), 0, 6)
        assert [math.isnan(value) for value in row] == [False] * 4 + [True] * 2


class TestExplaining:
    """`explain` gathers what the panes show."""

    def test_a_unit_of_hello(self) -> None:
        debugger = opened()
        debugger.to(4)
        told = debugger.explain(0, 2)
        assert told.equations[4].text.startswith("c = ")
        assert told.ledger is not None
        assert told.ledger.total == debugger.step.layers[0].values["c"][2]
        assert told.saturation == ()

    def test_the_zero_state_has_symbols_and_no_numbers(self) -> None:
        told = opened().explain(0, 2)
        assert [line.symbols.partition(" ")[0] for line in told.equations] == ["f", "i", "c̃", "o", "c", "h"]
        assert not any(line.text for line in told.equations)
        assert (told.ledger, told.half_life) == (None, None)

    def test_a_cell_without_c_has_its_own_equations_and_habits(self) -> None:
        debugger = opened(text="abc" * 30, cell="gru")
        debugger.to(80)
        told = debugger.explain(0, 2)
        assert [equation.quantity for equation in told.equations] == ["r", "z", "n", "h"]
        assert told.ledger is not None
        assert told.ledger.total == debugger.step.layers[0].values["h"][2]
        assert told.half_life == pytest.approx(-math.log(2) / math.log(debugger.step.layers[0].values["z"][2]))
        assert [habit.quantity for habit in told.saturation] == ["r", "z"]
