"""A search finds what stepping finds, also where a model multiplies rounding until scan and steps part."""

from __future__ import annotations

import pytest
import torch

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.conditions.needs import Condition, Needs
from lstm_tui.debugger.stops import Stop
from lstm_tui.engine import timeline as blocks
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.search.evaluate import evaluate
from lstm_tui.engine.search.scanner import stepped
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.timeline import Timeline
from tests.engine.chaotic import calm_first, chaotic, debugger_of

CALM, LENGTH = 640, 1280
KINDS = [("builtin", (16,)), ("gru", (16,)), ("by-hand", (12, 8)), ("gru", (12, 8)), ("rnn", (16,))]


@pytest.fixture(autouse=True)
def _short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)


def conditions(model: Network, *texts: str) -> list[Condition]:
    names = NameSpace.of(model.cell_type.quantities, model.hidden_sizes, ("a", "b", "c"))
    return [parse(text, names) for text in texts]


def by_steps(line: Timeline, wanted: list[Condition]) -> list[tuple[int, ...]]:
    """What holds where by the numbers shown: every position is stepped."""
    steps = stepped(line, Needs.of(condition.truth for condition in wanted), 0, len(line))
    holds = torch.stack([evaluate(condition, steps, tolerance=0.0).holds for condition in wanted], dim=1)
    return [(t + 1, *row.nonzero().flatten().tolist()) for t, row in enumerate(holds) if bool(row.any())]


def searched(search: Search) -> list[tuple[int, ...]]:
    return [(hit.position, *hit.which) for hit in search if isinstance(hit, Hit)]


@pytest.mark.parametrize(("cell", "sizes"), KINDS)
def test_a_text_calm_at_first_and_chaotic_later_is_searched_as_it_is_stepped(cell: str, sizes: tuple[int, ...]) -> None:
    model, text = chaotic(cell, sizes), calm_first(CALM, LENGTH)
    gate = model.cell_type.quantities[0].name
    asked = [
        [f"l{len(sizes) - 1}.h[1] > 0.3"],
        ["loss > 1.5", f"mean({gate}) < prev(mean({gate}))"],
    ]
    for texts in asked:
        wanted = conditions(model, *texts)
        truth = by_steps(Timeline(model, text), wanted)
        there, back = (Search(Timeline(model, text), wanted, forward, 1, LENGTH) for forward in (True, False))
        assert searched(there) == truth
        assert searched(back) == truth[::-1]
        assert 0 < there.one_by_one <= LENGTH - CALM + 128


def test_outputs_that_magnify_the_last_digits_are_asked_of_the_steps() -> None:
    """Logits near zero that are differences of thousands: a hidden state known to 1e-7 does not tell their sign."""
    model, text = fresh(3, 16, seed=2), torch.randint(0, 3, (LENGTH,), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert model.output is not None
        model.output.weight.mul_(1e4)
    line = Timeline(model, text)
    logits = stepped(line, conditions(model, "logits[0] > 0")[0].needs, 700, 701).logits
    assert logits is not None
    middle = float(logits[0, 0])
    wanted = conditions(model, f"logits[0] > {middle:.12g}", "loss > 3")
    assert searched(Search(Timeline(model, text), wanted, True, 1, LENGTH)) == by_steps(line, wanted)


@pytest.mark.parametrize("forward", [True, False])
def test_a_calm_model_is_not_stepped(forward: bool) -> None:
    model, text = fresh(3, (12, 8), seed=2), calm_first(CALM, LENGTH)
    search = Search(Timeline(model, text), conditions(model, "c[1] > 5", "loss > 9"), forward, 1, LENGTH)
    assert searched(search) == []
    assert search.one_by_one == 0


def test_a_run_says_that_it_had_to_go_step_by_step() -> None:
    debugger = debugger_of(chaotic("builtin", (16,)), calm_first(128, 320))
    said = {}
    for condition in ("t == 100", "h[1] > 2"):
        debugger.stops.set([Stop(condition)])
        run = debugger.stops.run()
        run.run()
        said[condition] = debugger.commit(run)
    assert said["t == 100"] == "stop 1: t = 100 (step 101) == 100"
    why = " (this model amplifies rounding, so steps were searched one by one)"
    assert said["h[1] > 2"] == "no stop is met before the end" + why


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_not_called_chaos(value: float) -> None:
    model, text = fresh(3, 8, seed=2), calm_first(0, 300)
    layers = model.weights()
    layers[0]["weight_ih"][3, 1] = value
    model.load(layers)
    wanted = conditions(model, "h[1] > 0.02", "f[2] > 0.5")
    search = Search(Timeline(model, text), wanted, True, 1, 300)
    assert searched(search) == by_steps(Timeline(model, text), wanted)
    assert search.note == "this model has NaN or infinite weights, so steps were searched one by one"
