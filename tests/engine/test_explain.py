"""What a unit's explanation says, against plain Python in float64 that shares nothing with the engine."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.explain import ledger as ledgers
from lstm_tui.engine.explain.ledger import ledger
from lstm_tui.engine.explain.unit import explain
from lstm_tui.engine.loading.own_file import from_bytes
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.spans.over_time import unit_history, values_over_time
from lstm_tui.engine.timeline import LOOKBACK
from tests.engine.facts import CELLS, bias, edited, paper_step

NAMES = ("f", "i", "c_tilde", "o", "c", "h")


def made(text: str, units: int = 4, layers: int = 1, cell: str = "by-hand", bias: float | None = None) -> Rollout:
    vocabulary = Vocabulary.of(text)
    return Rollout(fresh(len(vocabulary), units, layers, CELLS[cell], 3, bias), Text(vocabulary, text))


def on_paper(reading: Rollout, zeroed_after: int | None = None) -> list[list[dict[str, list[float]]]]:
    """Every step's quantities by layer, from the equations in float64; the state after a step zeroed where asked."""
    model = reading.model
    states = [([0.0] * size, [0.0] * size) for size in model.hidden_sizes]
    steps = []
    for position, row in enumerate(model.inputs(reading.indices).tolist(), 1):
        layers = []
        for at, weights in enumerate(model.weights()):
            values = paper_step(
                row, *states[at], weights["weight_ih"].tolist(), weights["weight_hh"].tolist(), bias(weights).tolist()
            )
            layers.append(values)
            row = values["h"]
            states[at] = values["h"], values["c"]
        if position == zeroed_after:
            states = [([0.0] * size, [0.0] * size) for size in model.hidden_sizes]
        steps.append(layers)
    return steps


def written(steps: list[list[dict[str, list[float]]]], layer: int, unit: int, first: int) -> list[float]:
    """What is left at the end of what each step from `first` on wrote."""
    rows = [step[layer] for step in steps[first - 1 :]]
    return [
        row["i"][unit] * row["c_tilde"][unit] * math.prod(later["f"][unit] for later in rows[at + 1 :])
        for at, row in enumerate(rows)
    ]


@pytest.mark.parametrize("cell", list(CELLS))
def test_gates_over_time_are_those_of_the_steps(cell: str) -> None:
    reading = made("the cat sat on the mat", 5, 2, cell)
    reading.timeline = edited(reading.timeline, 7, reading.zero_stack())
    steps = on_paper(reading, zeroed_after=7)
    for layer in range(2):
        found = values_over_time(reading.timeline, layer, NAMES, (3, 0), 2, 20)
        for name, rows in found.items():
            for at, row in enumerate(rows.tolist(), 2):
                if at == 7 and name in ("c", "h"):
                    assert row == [0.0, 0.0]
                    continue
                values = steps[at - 1][layer][name]
                assert row == pytest.approx([values[3], values[0]], abs=1e-6), (name, at)


@settings(deadline=None, max_examples=30)
@given(
    text=st.text("abc", min_size=1, max_size=40),
    units=st.integers(1, 4),
    layers=st.integers(1, 2),
    bias=st.sampled_from((None, 0.0, 4.0, -3.0)),
    zeroed=st.integers(0, 40),
    where=st.randoms(use_true_random=False),
)
def test_who_wrote_the_cell(text: str, units: int, layers: int, bias: float | None, zeroed: int, where: object) -> None:
    reading = made(text, units, layers, bias=bias)
    unit, layer = where.randrange(units), where.randrange(layers)  # type: ignore[attr-defined]
    edit = zeroed if 0 < zeroed < len(text) else None
    if edit is not None:
        reading.timeline = edited(reading.timeline, edit, reading.zero_stack())
    first = (edit or 0) + 1
    amounts = written(on_paper(reading, edit), layer, unit, first)
    account = ledger(reading.timeline, len(text), layer, unit)
    assert account is not None
    near = 1e-5 * (1 + abs(account.total))
    assert account.first == first
    assert sum(write.amount for write in account.writes) + account.older == pytest.approx(account.total, abs=1e-12)
    assert account.total == pytest.approx(math.fsum(amounts), abs=near)
    assert account.older == pytest.approx(
        math.fsum(amounts) - math.fsum(amounts[write.position - first] for write in account.writes), abs=near
    )
    for write in account.writes:
        assert write.amount == pytest.approx(amounts[write.position - first], abs=near)
    sizes = [abs(write.amount) for write in account.writes]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == min(12, len(amounts))
    if sizes:
        assert sorted(map(abs, amounts))[-len(sizes)] == pytest.approx(sizes[-1], abs=near)


def test_beyond_the_lookback_everything_is_older() -> None:
    """A cell that keeps everything: what it held 1,024 steps ago is still there, in one sum."""
    reading = made("ab" * (LOOKBACK // 2 + 30), 2, bias=12.0)
    last = len(reading)
    account = ledger(reading.timeline, last, 0, 1)
    assert account is not None
    assert account.first == last - LOOKBACK + 1
    amounts = written(on_paper(reading), 0, 1, 1)
    shown = {write.position for write in account.writes}
    assert min(shown) >= account.first
    assert account.older == pytest.approx(
        math.fsum(amount for at, amount in enumerate(amounts, 1) if at not in shown),
        abs=1e-5 * (1 + abs(account.total)),
    )


def test_the_unit_that_counts_brackets_was_written_by_the_brackets_still_open() -> None:
    path = bundled_path("brackets")
    assert path is not None
    model, header, _ = from_bytes(Path(path).read_bytes(), path)
    text = "a(b(c)d(" if set("a(b(c)d(") <= set(header.vocabulary.symbols) else "(()("
    reading = Rollout(model, Text(header.vocabulary, text))
    account = ledger(reading.timeline, len(text), 0, 3)
    assert account is not None
    assert all(text[write.position - 1] in "()" for write in account.writes[:3])


def test_no_account_where_there_is_nothing_or_where_the_sum_is_another() -> None:
    reading = made("abcab")
    assert ledger(reading.timeline, 0, 0, 1) is None
    reading.timeline = edited(reading.timeline, 3, ((torch.full((1, 4), 0.5), torch.full((1, 4), -2.0)),))
    account = ledger(reading.timeline, 3, 0, 1)
    assert account is not None
    assert (account.writes, account.older, account.total) == ((), -2.0, -2.0)
    following = ledger(reading.timeline, 4, 0, 1)
    assert following is not None
    assert following.older == pytest.approx(-2.0 * float(reading.timeline.at(4).layers[0]["f"][0, 1]), abs=1e-6)


def test_a_cell_that_computes_something_else_gets_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = made("abcab")
    true = unit_history(reading.timeline, 0, 1, 1, 5)
    assert true is not None
    swapped = replace(true, kept=true.gates["i"])
    monkeypatch.setattr(ledgers, "unit_history", lambda *_: swapped)
    assert ledger(reading.timeline, 5, 0, 1) is None


def test_habits_are_told_from_fifty_steps_on() -> None:
    reading = made("ab" * 40, 3, bias=5.0)
    assert explain(reading, 49, 0, 1).saturation == ()
    told = explain(reading, 60, 0, 1)
    assert told.saturation_steps == 60
    steps = on_paper(reading)[:60]
    for habit in told.saturation:
        values = [step[0][habit.quantity][1] for step in steps]
        assert habit.low == pytest.approx(sum(value < 0.1 for value in values) / 60)
        assert habit.high == pytest.approx(sum(value > 0.9 for value in values) / 60)
    assert [habit.quantity for habit in told.saturation] == ["f", "i", "o"]


@pytest.mark.parametrize(("bias", "least", "most"), [(0.0, 0.5, 2.0), (5.0, 50.0, 200.0), (90.0, math.inf, math.inf)])
def test_the_half_life_is_how_long_the_gate_as_it_is_takes_to_halve_the_cell(
    bias: float, least: float, most: float
) -> None:
    reading = made("abcab", bias=bias)
    f = float(reading.timeline.at(3).layers[0]["f"][0, 2])
    half_life = explain(reading, 3, 0, 2).half_life
    assert half_life is not None
    assert least <= half_life <= most
    if half_life < math.inf:
        assert f**half_life == pytest.approx(0.5, rel=1e-6)
    assert explain(reading, 0, 0, 2).half_life is None


def test_broken_weights_have_an_explanation_without_an_error() -> None:
    reading = made("abcab" * 20, 2)
    for weight in reading.model.parameters():
        weight.fill_(math.nan)
    broken = Rollout(reading.model, Text(reading.vocabulary, reading.text))
    told = explain(broken, 60, 0, 1)
    assert told.half_life is None
    assert told.ledger is not None
    assert math.isnan(told.ledger.total)
