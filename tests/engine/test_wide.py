"""A vocabulary of thousands of symbols is looked up, and nothing that is said of the model depends on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.engine import wide
from lstm_tui.engine.cells import cell_named
from lstm_tui.engine.loading.from_module import from_module
from lstm_tui.engine.loading.fused_check import self_check
from lstm_tui.engine.loading.open_foreign import network
from lstm_tui.engine.network import Network
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.timeline import Timeline
from tests.checkpoints.nets import Net

V = wide.WIDE + 7
CELLS = ("by-hand", "fused", "builtin", "gru", "rnn")
SYMBOLS = tuple(map(chr, range(1000, 1000 + V)))
TEXT = torch.randint(V, (600,), generator=torch.Generator().manual_seed(1))


def model(cell: str, bias: bool) -> Network:
    torch.manual_seed(5)
    kind = cell_named(cell)
    made = Network(V, 6, V, 2, kind, bias=bias, output_bias=bias).eval().requires_grad_(False)
    for layer in made.cells:
        for name, parameter in layer.named_parameters():
            parameter.mul_(0.5 if cell == "rnn" and name != "read.weight" else 4.0)  # where no gate shuts, less is more
    return made


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cell", CELLS)
class TestLookedUp:
    def test_a_step_is_the_product_with_a_one_hot_row(self, cell: str, bias: bool) -> None:
        made = model(cell, bias)
        assert not made.read(TEXT[:1]).is_floating_point()
        looked_up = multiplied = made.zero_state()
        for symbol in TEXT[:20].split(1):
            looked_up, _ = made.advance(made.read(symbol), looked_up)
            multiplied, _ = made.advance(functional.one_hot(symbol, V).float(), multiplied)
        for mine, theirs in zip(looked_up, multiplied, strict=True):
            torch.testing.assert_close(mine, theirs)

    def test_a_search_finds_what_the_steps_show(self, cell: str, bias: bool) -> None:
        made = model(cell, bias)
        gate = made.cell_type.quantities[0].name
        shown = [
            at
            for at, moment in enumerate(Timeline(made, TEXT).moments(1, len(TEXT) + 1), 1)
            if moment.layers[0][gate][0, 2] > moment.layers[0][gate][0, 3]
            and moment.layers[1]["h"][0, 3] > moment.layers[1]["h"][0, 1]
        ]
        space = NameSpace.of(made.cell_type.quantities, made.hidden_sizes, SYMBOLS)
        asked = parse(f"l0.{gate}[2] > l0.{gate}[3] and l1.h[3] > l1.h[1]", space)
        search = Search(Timeline(made, TEXT), [asked], True, 1, len(TEXT))
        assert [hit.position for hit in search if isinstance(hit, Hit)] == shown != []
        assert not search.one_by_one


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_why_the_self_check_disagrees_is_found_without_rows_of_zeros(
    kind: type[nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(7)
    net = Net(V, 24, kind=kind)
    with torch.no_grad():
        net.rnn.weight_hh_l0.mul_(40.0)
    found = from_module(net, vocab=SYMBOLS)
    made = network(found)

    def no_rows(*_: object) -> None:
        raise AssertionError("a row of thousands of zeros was made")

    monkeypatch.setattr(Network, "inputs", no_rows)
    checked = self_check(made, found, TEXT[:300])
    assert checked.evidence is not None
    assert checked.evidence.same
    assert checked.evidence.growth is not None
    first = found.layers[0]
    wrong = replace(found, layers=(replace(first, weight_ih=first.weight_ih.roll(24, dims=0)),))
    assert "do not trust them" in self_check(made, wrong, TEXT[:300]).sentence
