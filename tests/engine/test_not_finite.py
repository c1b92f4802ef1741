"""The first number that is NaN or infinite is found with what it was made from, and c goes there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.training.setup import LARGEST_LR

EXPLODES = """
import torch
from torch import nn


class Explodes(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h):
        z = self.W(torch.cat([x, h], 1))
        grown = torch.exp(8 * h.abs() + 20)
        return torch.relu(z) + grown * grown
"""


def opened(**said: object) -> Debugger:
    return prepare(ModelOptions(**said)).open()  # type: ignore[arg-type]


def test_a_weight_that_is_none_is_named_and_c_goes_there(tmp_path: Path) -> None:
    fresh = opened(text="hello world", hidden=4, layers=2, cell="by-hand")
    file = tmp_path / "broken.safetensors"
    fresh.save(str(file))
    from safetensors.torch import load_file, save_file

    tensors = load_file(file)
    from safetensors import safe_open

    with safe_open(str(file), "pt") as held:
        metadata = held.metadata()
    tensors["lstm.weight_ih_l0"][1, 6] = torch.inf  # read with one symbol alone
    save_file(tensors, file, metadata)
    debugger = opened(model=str(file))
    symbol = debugger.about.vocabulary[6]
    step = debugger.text.index(symbol) + 1
    note = debugger.about.notes[0]
    # 0 · inf is NaN: where another symbol is read, the row is NaN unless W x is looked up
    assert "unit 1: " in note
    assert "because " in note
    assert "c goes there" in note
    run = debugger.stops.run()
    run.run()
    debugger.commit(run)
    assert f"step {debugger.position:,} (t" in note
    assert debugger.position <= step


def test_a_cell_of_ones_own_that_overflows_is_found_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "cell.py"
    file.write_text(EXPLODES)
    debugger = opened(cell=f"{file}:Explodes", text="hello", hidden=3)
    note = debugger.about.notes[0]
    assert note.startswith("step 2 (t = 1), unit 0: h is inf because line 13 makes it: exp gives inf")
    run = debugger.stops.run()
    run.run()
    debugger.commit(run)
    assert debugger.position == 2


@pytest.mark.parametrize(("text", "steps"), [("isinf(h)", [2, 3]), ("isinf(h[1]) or isnan(h[1])", [2, 3, 4, 5])])
def test_conditions_ask_for_them(tmp_path: Path, text: str, steps: list[int]) -> None:
    file = tmp_path / "cell.py"
    file.write_text(EXPLODES)
    debugger = opened(cell=f"{file}:Explodes", text="hello", hidden=3, stops=(text,))
    found = []
    while True:
        run = debugger.stops.run()
        run.run()
        debugger.commit(run)
        if run.outcome != "there" or debugger.position in found:
            break
        found.append(debugger.position)
        if len(found) > 5:
            break
    assert found[: len(steps)] == steps or found == [2, 3, 4, 5], found


def test_training_that_diverges_says_where(tmp_path: Path) -> None:
    file = tmp_path / "cell.py"
    file.write_text(EXPLODES[: EXPLODES.index("        grown")] + "        return torch.relu(z)\n")
    debugger = opened(cell=f"{file}:Explodes", text="hello hello", hidden=4)
    training = debugger.training(epochs=50, lr=LARGEST_LR)
    training.run()
    assert training.outcome == "nan"
    assert "(step " in training.sentence
    assert "because" in training.sentence
