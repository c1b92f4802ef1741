"""The LSTM with peepholes, whose tensors no other kind has: trained, saved, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.file_report import describe
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import alike
from lstm_tui.engine.cells.variants.peephole import Peephole
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.training.loop import recipe_for, train
from tests.files_made import with_metadata

TEXT = "the quick brown fox, the lazy dog"
SIZES = (6, 4)
Row = np.ndarray[Any, np.dtype[np.float64]]


def reading(text: str = TEXT, dtype: torch.dtype = torch.float32) -> Rollout:
    vocabulary = Vocabulary.of(text)
    model = fresh(len(vocabulary), SIZES, cell=Peephole, seed=3)
    for cell in model.cells:  # large enough that every peephole matters
        cell.load({name: tensor * 3 for name, tensor in cell.weights().items()})
    return Rollout(model.to(dtype), Text(vocabulary, text))


def test_it_trains_by_its_own_gradients_saves_and_comes_back(tmp_path: Path) -> None:
    read = reading()
    model, before = read.model.copy(), read.model.weights()[0]
    losses = [update.loss for update in train(model, read.indices, recipe_for(len(read), epochs=15))]
    assert losses[-1] < losses[0] * 0.8
    after = model.weights()[0]
    assert all(not torch.equal(before[f"peephole_{gate}"], after[f"peephole_{gate}"]) for gate in "ifo")
    path = tmp_path / "m.safetensors"
    drawn = prepare(ModelOptions(text=TEXT, cell="peephole", hidden=5, layers=2, forget_bias=1.0)).open()
    drawn.save(str(path))
    tensors = load_file(path)
    assert tensors["cell.1.peephole_f"].shape == (5,)
    assert torch.equal(tensors["cell.0.bias_ih"][5:10], torch.ones(5))
    back = prepare(ModelOptions(model=str(path))).open()
    assert (back.about.cell, back.cells()) == ("peephole", ("peephole",))
    for position in range(1, len(TEXT) + 1):
        assert [layer.values for layer in back.to(position).layers] == [
            layer.values for layer in drawn.to(position).layers
        ]
    assert ("cell.1.peephole_o", (5,), "layer 2, c → o") in describe(str(path)).tensors


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    prepare(ModelOptions(text=TEXT, cell="peephole", hidden=5)).open().save(str(path))
    whole, tensors = path.read_bytes(), load_file(path)
    with pytest.raises(UserError, match="holds an LSTM with peepholes, which --cell by-hand cannot compute"):
        prepare(ModelOptions(model=str(path), cell="by-hand")).open()
    path.write_bytes(with_metadata(whole, cell="gru"))
    with pytest.raises(UserError):
        prepare(ModelOptions(model=str(path))).open()
    said = {"lstm_tui.format": "2", "cell": "peephole", "vocab": json.dumps(sorted(set(TEXT)))}
    lacking = {name: tensor for name, tensor in tensors.items() if name != "cell.0.peephole_o"}
    for changed, mistake in (
        (lacking, "lacks the tensor cell.0.peephole_o"),
        (lacking | {"cell.0.peephole_o": torch.zeros(4)}, r"cell.0.peephole_o is \[4\], and .* need \[5\]"),
        (tensors | {"cell.0.x": torch.zeros(5)}, "contains tensors that nothing uses: cell.0.x"),
    ):
        save_file(changed, path, said)
        with pytest.raises(UserError, match=mistake):
            prepare(ModelOptions(model=str(path))).open()
    assert list(alike(Peephole)) == ["peephole"]
