"""What a key costs, counted: how often a model is stepped, and how wide the rows are that are multiplied."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine import wide
from lstm_tui.engine.cells import ALL, Cell
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.predicting import _likeliest
from lstm_tui.engine.runners.row_runner import row_runner
from lstm_tui.engine.spans.over_time import values_over_time
from lstm_tui.engine.user_cells.pasting import pasted
from tests.engine import students
from tests.engine.facts import edited

TEXT = "the cat sat on the mat. " * 60
FAR = 1300
OWN = f"{students.__file__}:Textbook"
SYMBOLS = 1500


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that a whole model was stepped."""
    seen: list[int] = []
    advance = Network.advance

    def counted(self: Network, *arguments: object) -> object:
        seen.append(1)
        return advance(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Network, "advance", counted)
    return seen


def opened(cell: str, text: str = TEXT, **options: object) -> Debugger:
    return prepare(ModelOptions(text=text, cell=cell, hidden=5, **options)).open()  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", [*ALL, pytest.param(OWN, id="own")])
def test_a_key_steps_the_model_once_however_far_it_looks_back(cell: str, steps: list[int]) -> None:
    debugger = opened(cell)
    debugger.to(FAR)
    debugger.explain(0, 2)
    for move in (debugger.forward, debugger.forward, debugger.back):
        steps.clear()
        move()
        debugger.explain(0, 2)
        debugger.values("h", 0, (0, 1), debugger.position - 900, debugger.position)
        assert len(steps) == 1
    steps.clear()
    debugger.zero()
    debugger.explain(0, 1)
    assert len(steps) <= 1, "what lies before a state set by hand is known"


@pytest.mark.parametrize("cell", [*ALL, pytest.param(OWN, id="own")])
def test_what_was_read_aside_is_not_stepped_again(cell: str, steps: list[int]) -> None:
    debugger = opened(cell)
    run = debugger.stops.goto(FAR)
    run.run()
    debugger.commit(run)
    assert not debugger.at_hand(debugger.explained_from, FAR)
    steps.clear()
    run = debugger.reading_up(debugger.explained_from, FAR)
    run.run(0.0)
    assert run.outcome == "running", "it can be left after any step"
    assert len(steps) <= 1
    run.run()
    debugger.take_over(run)
    assert debugger.at_hand(debugger.explained_from, FAR)
    steps.clear()
    debugger.explain(0, 0)
    debugger.characters(FAR - 200, FAR + 20)
    assert len(steps) <= 4, "one a block's end"


@pytest.mark.parametrize("cell", ["gru", pytest.param(OWN, id="own")])
def test_gates_over_time_are_those_of_the_steps(cell: str) -> None:
    debugger = opened(cell, layers=2)
    line = debugger.debuggee.rollout.timeline
    line = edited(line, 270, line.model.zero_state())
    names = [quantity.name for quantity in debugger.quantities]
    for layer in range(2):
        found = values_over_time(line, layer, names, (4, 1), 250, 530)
        assert list(found) == names
        for at, moment in enumerate(line.moments(250, 531)):
            for name, rows in found.items():
                wanted = moment.layers[layer][name][0, [4, 1]].double()
                assert torch.allclose(rows[at], wanted, atol=1e-6, rtol=0), (name, at)


def test_another_cell_is_compared_over_no_more_steps_than_a_key_can_wait_for(steps: list[int]) -> None:
    for hidden, most in ((5, 250), (2048, 10)):
        debugger = prepare(ModelOptions(text=TEXT, hidden=hidden)).open()
        steps.clear()
        assert debugger.switch_cell().steps == most
        assert len(steps) <= 2 * most + 1


def test_what_a_cell_named_is_kept_as_it_was(tmp_path: Path) -> None:
    """A cell may write every step's gates into the same tensor."""
    file = tmp_path / "own.py"
    file.write_text(
        "import torch\nfrom torch import nn\n\n\nclass Own(nn.Module):\n    def __init__(self, d, h):\n"
        "        super().__init__()\n        self.w = nn.Linear(d + h, h)\n        self.room = torch.zeros(1, h)\n\n"
        "    def forward(self, x, h, c):\n        f = self.room.copy_(torch.sigmoid(self.w(torch.cat([x, h], 1))))\n"
        "        c = f * c + (1 - f)\n        h = torch.tanh(c) + 0 * f\n        return h, c\n"
    )
    line = opened(f"{file}:Own").debuggee.rollout.timeline
    kept = values_over_time(line, 0, ("f",), (0,), 1, 40)["f"]
    assert kept[:, 0].tolist() == [float(moment.layers[0]["f"][0, 0]) for moment in line.moments(1, 41)]
    assert len(set(kept[:, 0].tolist())) > 3


def made(kind: type[Cell], layers: int = 2) -> Network:
    return fresh(SYMBOLS, 6, layers, kind, seed=4)


@pytest.mark.parametrize("kind", ALL.values())
class TestWideVocabularies:
    INDICES = torch.randint(SYMBOLS, (90,), generator=torch.Generator().manual_seed(0))

    def multiplied(self, model: Network) -> Iterator[list[dict[str, torch.Tensor]]]:
        stack = model.zero_state()
        for row in torch.split(model.inputs(self.INDICES), 1):
            stack, layers = model.advance(row, stack)
            yield layers

    def looked_up(self, model: Network) -> Iterator[list[dict[str, torch.Tensor]]]:
        stack = model.zero_state()
        for symbol in torch.split(self.INDICES, 1):
            stack, layers = model.advance(model.read(symbol), stack)
            yield layers

    def test_looked_up_the_numbers_are_the_products(self, kind: type[Cell]) -> None:
        model = made(kind)
        assert not model.read(self.INDICES[:1]).is_floating_point()
        for wanted, found in zip(self.multiplied(model), self.looked_up(model), strict=True):
            for one, other in zip(wanted, found, strict=True):
                assert all(torch.allclose(one[name], other[name], atol=1e-6, rtol=0) for name in one)

    def test_at_once_they_are_the_same_bits(self, kind: type[Cell]) -> None:
        model = made(kind)
        fast = row_runner(model).eval()
        wanted, _ = fast(model.inputs(self.INDICES)[:, None], model.zero_state())
        found, _ = fast(self.INDICES[:, None], model.zero_state())
        if kind.kind.fused is None:  # what is looked up is added in another order than a product is
            torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)
        else:
            assert torch.equal(wanted, found)

    def test_weights_that_are_no_numbers_spoil_what_the_product_spoils(self, kind: type[Cell]) -> None:
        model = made(kind, layers=1)
        with torch.no_grad():
            matrix = model.cells[0].get_parameter(model.cells[0].x_matrices[0])
            matrix[1, int(self.INDICES[5]) + (0 if model.cells[0].x_first else 6)] = math.inf
        for wanted, found in zip(self.multiplied(model), self.looked_up(model), strict=True):
            assert all(torch.equal(wanted[0][n].isnan(), found[0][n].isnan()) for n in wanted[0])
        weight = row_runner(model).weights(0)["weight_ih"]  # type: ignore[union-attr]
        product = wide.one_hot(self.INDICES, SYMBOLS, weight) @ weight.t()
        assert torch.allclose(wide.columns(weight, self.INDICES), product, equal_nan=True)

    def test_other_weights_are_looked_up_as_soon_as_they_are_there(self, kind: type[Cell]) -> None:
        model, other = made(kind), fresh(SYMBOLS, 6, 2, kind, seed=5)
        list(self.looked_up(model))
        model.load(other.weights())
        for one, two in zip(self.looked_up(model), self.looked_up(other), strict=True):
            assert all(torch.equal(a[name], b[name]) for a, b in zip(one, two, strict=True) for name in a)

    def test_no_row_is_as_wide_as_the_vocabulary(self, kind: type[Cell], monkeypatch: pytest.MonkeyPatch) -> None:
        if "weight_hh" not in kind.kind.tensors:
            pytest.skip("its gates are computed for a block of rows at once, each as wide as the vocabulary")
        seen: list[int] = []

        def watched(indices: torch.Tensor, symbols: int, like: torch.Tensor) -> torch.Tensor:
            seen.append(symbols)
            return like.new_zeros(*indices.shape, symbols).scatter_(-1, indices[..., None], 1)

        for place in ("wide", "network", "runners.fused_network"):
            monkeypatch.setattr(f"lstm_tui.engine.{place}.one_hot", watched)
        letters = tuple(map(chr, range(0x4E00, 0x4E00 + SYMBOLS)))
        debugger = opened(kind.name, "".join(letters[index] for index in self.INDICES) * 4, vocab=letters)
        debugger.to(300)
        if kind.kind.fused is not None:  # others train, and are summed over time, by their own forward on whole rows
            debugger.explain(0, 0)
            debugger.training(epochs=1).run()
        assert max(seen, default=0) <= 360


def test_a_pasted_cell_reads_its_own_one_hot_row() -> None:
    kind = pasted(OWN, SYMBOLS, 6, 0, {})
    model = fresh(SYMBOLS, 6, 1, kind)
    assert model.read(torch.tensor([7])).shape == (1, SYMBOLS)


def test_the_likeliest_of_many_symbols_are_those_of_a_whole_ranking() -> None:
    p = torch.tensor([0.1, 0.3, 0.3, 0.0, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05], dtype=torch.float64)
    for tried in (torch.cat([p, p / 2, p[:5]]), torch.full((26,), 1 / 26), torch.full((26,), math.nan)):
        whole = torch.sort(tried, descending=True, stable=True).indices.tolist()[:12]
        assert [guess.index for guess in _likeliest(tried.double(), "abcdefghijklmnopqrstuvwxyz")] == whole


def test_a_model_trained_on_a_longer_text_is_scanned_with_its_own_weights() -> None:
    debugger = opened("by-hand", "hello")
    training = debugger.training(epochs=3, fresh=True, text=TEXT, hidden=5)
    training.run()
    debugger.adopt(training)
    debugger.to(513)  # a step after the scan has handed its states on
    stack = debugger.debuggee.network.zero_state()
    for symbol in torch.split(debugger.debuggee.rollout.indices[:513], 1):
        stack, layers = debugger.debuggee.network.advance(debugger.debuggee.network.read(symbol), stack)
    assert debugger.step.layers[0].values["h"] == pytest.approx(layers[0]["h"][0].tolist(), abs=1e-5)


def test_a_training_copies_the_weights_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept if all goes well, what epochs are looked at with, and what is being changed: the model on the
    screen is none of them."""
    made: list[str] = []
    debugger = opened("by-hand", "hello")
    copy = Network.copy
    monkeypatch.setattr(Network, "copy", lambda self: made.append("kept") or copy(self))
    monkeypatch.setattr(Network, "with_cell", lambda *_: made.append("another"))
    monkeypatch.setattr("lstm_tui.engine.runners.fused_network.FusedNetwork.__init__", _counting(made))
    debugger.training(epochs=2).run()
    assert made == ["kept", "kept", "trained"]


def _counting(made: list[str]) -> object:
    from lstm_tui.engine.runners.fused_network import FusedNetwork

    begin = FusedNetwork.__init__

    def counted(self: FusedNetwork, model: Network) -> None:
        made.append("trained")
        begin(self, model)

    return counted
