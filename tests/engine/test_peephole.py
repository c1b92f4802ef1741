"""The LSTM with peepholes, whose tensors no other kind has, against the paper's equations written in numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.file_report import describe
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import alike
from lstm_tui.engine.cells.variants.peephole import Peephole
from lstm_tui.engine.explain.ledger import ledger
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.stepping.substeps import substeps
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


def sigmoid(z: Row) -> Row:
    return 1 / (1 + np.exp(-z))


def by_the_paper(read: Rollout) -> list[list[dict[str, Row]]]:
    """Step → layer → quantity (H,), each from the named tensors in the file's rows i, f, c̃, o."""
    layers = [{name: tensor.double().numpy() for name, tensor in layer.items()} for layer in read.model.weights()]
    states = [(np.zeros(size), np.zeros(size)) for size in SIZES]
    steps = []
    for index in read.indices.tolist():
        x, made = np.eye(read.model.input_size)[index], []
        for at, w in enumerate(layers):
            h, c = states[at]
            z = w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]
            z_i, z_f, z_c, z_o = np.split(z, 4)
            i, f, new = sigmoid(z_i + w["peephole_i"] * c), sigmoid(z_f + w["peephole_f"] * c), np.tanh(z_c)
            c = f * c + i * new
            o = sigmoid(z_o + w["peephole_o"] * c)
            x = h = o * np.tanh(c)
            states[at] = h, c
            made.append({"i": i, "f": f, "c_tilde": new, "o": o, "c": c, "h": h})
        steps.append(made)
    return steps


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-12), (torch.float32, 5e-5)])
def test_every_quantity_of_300_steps_and_two_layers_is_the_papers(dtype: torch.dtype, bound: float) -> None:
    read = reading(TEXT * 10, dtype)
    for position, wanted in enumerate(by_the_paper(read)[:300], 1):
        for layer, values in enumerate(wanted):
            for name, row in values.items():
                shown = read.timeline.at(position).layers[layer][name][0].double().numpy()
                assert np.all(np.abs(shown - row) <= bound * (1 + np.abs(row))), (position, layer, name)
    over_time = read.values("o", 1, (2, 0), 1, 200)
    assert over_time[0] == pytest.approx([read.step(at).layers[1].values["o"][2] for at in range(1, 200)], abs=1e-6)


def test_its_equations_add_up_and_its_ledger_too() -> None:
    read = reading()
    for layer in (0, 1):
        for position in (1, 2, 17):
            values = read.step(position).layers[layer].values
            for unit in range(SIZES[layer]):
                lines = {line.quantity: line for line in equations(read, position, layer, unit)}
                assert list(lines) == ["f", "i", "c_tilde", "c", "o", "h"]
                assert {name: line.value for name, line in lines.items()} == {n: row[unit] for n, row in values.items()}
                for name in ("f", "i", "o", "c_tilde"):
                    z = sum(term.value for term in lines[name].terms)
                    made = np.tanh(z) if name == "c_tilde" else 0.5 + 0.5 * np.tanh(z / 2)
                    assert made == pytest.approx(values[name][unit], abs=1e-6)
                assert ("c'" in {term.name for term in lines["f"].terms}) == ("c" in {t.name for t in lines["o"].terms})
                account = ledger(read.timeline, position, layer, unit)
                assert account is not None
                assert account.total == values["c"][unit]
    stages = [step.stage for step in substeps(read, 5)]
    assert [stage.equation for stage in stages if stage][1:6] == [
        "f = σ(… + p_f·c')", "i = σ(… + p_i·c')", "c̃ = tanh(…)", "c = f·c' + i·c̃", "o = σ(… + p_o·c)",
    ]  # fmt: skip


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


def test_a_stop_is_found_where_the_steps_show_it() -> None:
    read = reading(TEXT * 10)
    names = NameSpace.of(Peephole.quantities, SIZES, read.vocabulary.symbols)
    wanted = parse("o[2] > 0.5 and l1.c[1] < prev(l1.c[1])", names)
    truth = [
        at
        for at, step in enumerate(read.steps(1, len(read) + 1), 1)
        if step.layers[0].values["o"][2] > 0.5 and step.layers[1].values["c"][1] < step.layers[1].before["c"][1]
    ]
    assert 0 < len(truth) < len(read) / 2
    search = Search(read.timeline, [wanted], True, 1, len(read))
    assert [hit.position for hit in search if isinstance(hit, Hit)] == truth
