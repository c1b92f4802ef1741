"""What follows from a description alone: a made-up kind with four states, one of which starts at -∞, that reads x only,
as sLSTM and minLSTM will; nothing of the program knows its name."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.core.kinds import IMPLEMENTATIONS, KINDS
from lstm_tui.core.kinds.cell_kind import CellKind, Implementation
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import C_TILDE, C, F, H, I, O, Quantity
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import ALL, Cell
from lstm_tui.engine.cells.gates import Gate, Part
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.loading.open import about_model
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.stepping.substeps import substeps
from lstm_tui.engine.training.loop import recipe_for, train

TEXT = "the quick brown fox, the lazy dog" * 9
KIND = CellKind(
    "made-up",
    "a made-up cell",
    (I, F, C_TILDE, O, C, Quantity("n", "n", "sum", "signed", "", state=True),
     Quantity("m", "m", "largest", "signed", "", state=True, initial=-math.inf), H),
    states=("h", "c", "n", "m"),
    gate_rows=("i", "f", "c_tilde", "o"),
    tensors={
        "weight_ih": ((4, "H"), (1, "D")), "bias_ih": ((4, "H"),), "slope": ((1, "H"),), "scale.weight": ((4, "H"),),
    },
    native="made-up",
)  # fmt: skip


class MadeUp(Cell):
    name = "made-up"
    kind = KIND
    rows: ClassVar = {name: Gate(Part("read", "x", (at, 4))) for at, name in enumerate(("o", "i", "f", "c_tilde"))}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.read = nn.Linear(input_size, 4 * hidden_size, bias)
        self.slope = nn.Parameter(torch.ones(hidden_size) / 2)
        self.scale = nn.LayerNorm(4 * hidden_size, bias=False)

    def forward(self, x: Tensor, h: Tensor, c: Tensor, n: Tensor, m: Tensor) -> tuple[object, ...]:
        z_o, z_i, z_f, z_c = self.scale(self.read(x)).chunk(4, dim=1)
        m_new = torch.maximum(nn.functional.logsigmoid(z_f) + m, z_i)
        i, f = torch.exp(z_i - m_new), torch.exp(nn.functional.logsigmoid(z_f) + m - m_new)
        m, c_tilde, o = m_new, torch.tanh(z_c + self.slope * h), torch.sigmoid(z_o)
        c, n = f * c + i * c_tilde, f * n + i
        h = o * c / n
        return h, c, n, m, {"i": i, "f": f, "c_tilde": c_tilde, "o": o}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMPLEMENTATIONS, "made-up", Implementation("", KIND, ""))
    monkeypatch.setitem(KINDS, "made-up", KIND)
    monkeypatch.setitem(ALL, "made-up", MadeUp)


def reading() -> Rollout:
    vocabulary = Vocabulary.of(TEXT)
    return Rollout(fresh(len(vocabulary), (5, 4), cell=MadeUp, seed=3), Text(vocabulary, TEXT))


def test_its_steps_start_where_it_says_and_stay_what_its_forward_gives() -> None:
    read = reading()
    stack = read.model.zero_state()
    assert [[float(state[0, 0]) for state in layer] for layer in stack] == [[0, 0, 0, -math.inf]] * 2
    for position, index in enumerate(TEXT[:270], 1):
        x = torch.eye(read.model.input_size)[[read.vocabulary.symbols.index(index)]]
        stack, layers = read.model.advance(x, stack)
        shown = read.timeline.at(position)
        assert all(torch.equal(values[n], shown.layers[at][n]) for at, values in enumerate(layers) for n in values)
    assert list(layers[0]) == [quantity.name for quantity in KIND.quantities]
    for name in ("i", "m", "c_tilde"):
        series = read.values(name, 1, (3,), 1, 280)[0]
        assert series == pytest.approx([read.step(at).layers[1].values[name][3] for at in range(1, 280)], abs=1e-6)
    wanted = parse("prev(m[0]) < -1000", NameSpace.of(KIND.quantities, (5, 4), read.vocabulary.symbols))
    search = Search(read.timeline, [wanted], True, 1, len(read))
    assert [hit.position for hit in search if isinstance(hit, Hit)] == [1]


def test_it_is_reset_walked_through_explained_trained_and_kept(tmp_path: Path) -> None:
    read = reading()
    debugger = Debugger(read, about_model("made-up", read, 0, None, None, ()))
    debugger.to(7)
    debugger.zero()
    assert [layer.values["m"] for layer in debugger.step.layers] == [(-math.inf,) * 5, (-math.inf,) * 4]
    assert debugger.undoable == "zero at step 7 (t = 6)"
    debugger.to(0)
    debugger.zero()
    assert debugger.undoable == "zero at step 7 (t = 6)"  # at step 0 it is the zero state already
    assert len(equations(read, 3, 1, 2)) == 4
    assert len(substeps(read, 3)) > 8
    model = read.model.copy()
    losses = [update.loss for update in train(model, read.indices[:50], recipe_for(50, epochs=3))]
    assert losses[-1] < losses[0]
    drawn = prepare(ModelOptions(text=TEXT, cell="made-up", hidden=5, layers=2)).open()
    drawn.save(str(tmp_path / "m.safetensors"))
    back = prepare(ModelOptions(model=str(tmp_path / "m.safetensors"))).open()
    assert [layer.values for layer in back.to(40).layers] == [layer.values for layer in drawn.to(40).layers]
    assert back.about.hidden_sizes == (5, 5)
