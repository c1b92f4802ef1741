"""A class pasted from a notebook: its form, its quantities, its weights, its training, its file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.user_cell import parse_names
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.network import fresh
from lstm_tui.engine.timeline import BLOCK, Timeline
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.pasting import pasted

STUDENTS = Path(__file__).with_name("students.py")
LSTM_NAMES = ["f", "i", "c_tilde", "o", "c", "h"]


def kind(name: str, names: str | None = None) -> type[Pasted]:
    return pasted(f"{STUDENTS}:{name}", 4, 8, 0, parse_names(names))


def opened(name: str, **options: object) -> Debugger:
    return prepare(ModelOptions(cell=f"{STUDENTS}:{name}", **options)).open()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "form", "quantities"),
    [
        ("Textbook", "separate", LSTM_NAMES),
        ("Chunks", "pair", LSTM_NAMES),
        ("InPlace", "separate", LSTM_NAMES),
        ("Gru", "single", ["r", "z", "n", "h"]),
        ("OddNames", "separate", ["f", "i", "c_tilde", "o", "c", "h"]),
    ],
)
def test_its_form_and_its_quantities_are_found(name: str, form: str, quantities: list[str]) -> None:
    made = kind(name)
    assert made.plan.form == form
    assert [quantity.name for quantity in made.quantities] == quantities


@pytest.mark.parametrize("name", ["Textbook", "Chunks", "TwoWeights", "InPlace", "Gru"])
def test_its_numbers_are_those_of_its_own_forward(name: str) -> None:
    model = fresh(4, 8, cell=kind(name))
    torch.manual_seed(0)
    namespace: dict[str, object] = {}
    exec(STUDENTS.read_text(), namespace)
    plain = namespace[name](4, 8)  # type: ignore[operator]
    state = tuple(torch.zeros(1, 8) for _ in model.cells[0].states)
    stack = model.zero_state()
    for symbol in (1, 0, 2, 2, 3):
        x = model.inputs(torch.tensor([symbol]))
        stack, (values,) = model.advance(x, stack)
        out = plain(x, state) if name == "Chunks" else plain(x, *(s.clone() for s in state))
        state = (out,) if name == "Gru" else out[1] if name == "Chunks" else out[:2]
        assert all(torch.equal(mine, own) for mine, own in zip(stack[0], state, strict=True))
        assert torch.equal(values["h"], state[0])


def test_names_says_what_cannot_be_guessed() -> None:
    made = kind("OddNames", "f=keep,i=put,g=what,o=show")
    assert [quantity.name for quantity in made.quantities] == LSTM_NAMES
    cell = made(4, 8)
    _, values = cell.advance(torch.eye(4)[:1], cell.zero_state())
    both = torch.cat([torch.eye(4)[:1], torch.zeros(1, 8)], dim=1)
    assert torch.equal(values["f"], torch.sigmoid(cell.inner.forget_gate(both)))


@pytest.mark.parametrize(
    ("names", "said"),
    [("f=nothing", "has no such variable"), ("q=keep", "write a quantity"), ("c=keep", "what the cell returns")],
)
def test_names_that_fit_nothing_are_refused(names: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        kind("OddNames", names)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nowhere.py:Cell", "there is no file"),
        (f"{STUDENTS}", "name the class too"),
        (f"{STUDENTS}:Textbok", "did you mean Textbook"),
    ],
)
def test_a_class_that_is_not_there_is_named_before_torch_is_needed(spec: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        prepare(ModelOptions(cell=spec))


def test_a_file_that_does_not_run_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("import torch\nx = 1 / 0\nclass Cell(nn.Module): pass\n")
    with pytest.raises(UserError, match=r"line 2: x = 1 / 0 — ZeroDivisionError"):
        pasted(f"{file}:Cell", 4, 8, 0, {})


def test_a_class_without_its_imports_opens_as_it_would_in_its_notebook(tmp_path: Path) -> None:
    file = tmp_path / "cell.py"
    source = STUDENTS.read_text()
    file.write_text(source[source.index("class Chunks") : source.index("class TwoWeights")])
    assert pasted(f"{file}:Chunks", 4, 8, 0, {}).plan.failure is None


def test_what_it_prints_goes_nowhere_and_no_random_number_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    debugger = opened("Textbook")
    debugger.forward(3)
    assert capsys.readouterr().out == ""
    assert torch.equal(torch.get_rng_state(), before)


def test_a_tracer_that_was_there_is_there_again() -> None:
    made = kind("Textbook")
    cell = made(4, 8)

    def tracer(frame: FrameType, event: str, arg: object) -> None:
        return None

    outer = sys.gettrace()
    sys.settrace(tracer)
    try:
        cell.advance(torch.eye(4)[:1], cell.zero_state())
        cell.listed(torch.eye(4)[:1], cell.zero_state())
        assert sys.gettrace() is tracer
        with pytest.raises(UserError):
            kind("Raises")(4, 8).advance(torch.eye(4)[:1], cell.zero_state())
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(outer)


@pytest.mark.parametrize("name", ["Textbook", "Chunks", "TwoWeights"])
def test_its_weights_go_to_our_cells_and_back(name: str) -> None:
    debugger = opened(name)
    first = debugger.forward(3).layers[0].values["h"]
    assert debugger.switch_cell("by-hand").difference < 1e-6
    assert debugger.step.layers[0].values["h"] == pytest.approx(first, abs=1e-6)
    assert debugger.switch_cell(name).difference < 1e-6
    assert debugger.position == 3


def test_a_trained_model_runs_in_a_pasted_cell() -> None:
    ours = prepare(ModelOptions(model="hello")).open()
    theirs = opened("Chunks", model="hello")
    for mine, own in zip(ours.steps(0, 6), theirs.steps(0, 6), strict=True):
        for name, values in mine.layers[0].values.items():
            assert own.layers[0].values[name] == pytest.approx(values, abs=1e-5)


def test_a_gru_cannot_become_an_lstm_and_says_so() -> None:
    debugger = opened("Gru")
    with pytest.raises(UserError, match="cannot be carried over"):
        debugger.switch_cell("by-hand")
    assert debugger.about.cell == "Gru"


@pytest.mark.parametrize("name", ["Chunks", "Gru"])
def test_training_and_undo(name: str) -> None:
    debugger = opened(name)
    before = debugger.forward(2)
    training = debugger.training(epochs=30)
    training.run()
    assert training.losses[-1] < training.losses[0] / 5
    debugger.adopt(training)
    assert debugger.step.layers[0].values["h"] != before.layers[0].values["h"]
    debugger.undo()
    assert debugger.step.layers[0].values == before.layers[0].values


def test_training_a_cell_that_raises_keeps_everything() -> None:
    debugger = opened("RaisesLater")
    training = debugger.training(epochs=3)
    training.run()
    assert training.outcome == "failed"
    assert "no l today" in debugger.adopt(training)


def test_its_own_state_dict_is_saved_and_asks_for_its_class(tmp_path: Path) -> None:
    debugger = opened("Gru", seed=3)
    path = str(tmp_path / "gru.safetensors")
    debugger.save(path)
    with pytest.raises(UserError, match=r"add --cell path/to/file\.py:Gru"):
        prepare(ModelOptions(model=path))
    again = opened("Gru", model=path)
    assert [s.layers[0].values for s in again.steps(0, 6)] == [s.layers[0].values for s in debugger.steps(0, 6)]
    with pytest.raises(UserError, match="does not fit the class"):
        opened("Textbook", model=path)


def test_keyframes_are_its_own_steps() -> None:
    model = fresh(4, 3, cell=pasted(f"{STUDENTS}:Gru", 4, 3, 0, {}))
    indices = torch.arange(BLOCK + 40) % 4
    timeline = Timeline(model, indices)
    there = timeline.at(BLOCK + 30)
    stack = model.zero_state()
    with torch.inference_mode():
        for row in torch.split(model.inputs(indices[: BLOCK + 30]), 1):
            stack, _ = model.advance(row, stack)
    assert torch.equal(there.after[0][0], stack[0][0])


def test_zero_and_undo_on_a_cell_without_c() -> None:
    debugger = opened("Gru")
    before = debugger.to(2).layers[0].values["h"]
    assert set(debugger.zero().layers[0].values["h"]) == {0.0}
    debugger.undo()
    assert debugger.step.layers[0].values["h"] == before


def test_layers_of_a_pasted_cell_stack() -> None:
    debugger = opened("Chunks", layers=2, hidden=5)
    assert [len(layer.values["h"]) for layer in debugger.to(3).layers] == [5, 5]
    assert debugger.switch_cell("fused").difference < 1e-6


def test_a_gate_squashed_where_it_is_used_is_shown_squashed() -> None:
    debugger = opened("TwoWeights")
    step = debugger.to(2).layers[0]
    f, i, g, o, c, h = (step.values[name] for name in LSTM_NAMES if name in step.values)
    assert all(0 < value < 1 for value in (*f, *i, *o)), (g, h)
    assert c == pytest.approx([a * b + x * y for a, b, x, y in zip(f, step.before["c"], i, g, strict=True)], abs=1e-6)


@pytest.mark.parametrize(("name", "streams"), [("Textbook", 3), ("OneRow", 1)])
def test_a_long_text_is_trained_in_streams_where_the_cell_can_read_them(name: str, streams: int) -> None:
    debugger = opened(name, text="hello " * 600)
    assert debugger.training().recipe.batch == streams
