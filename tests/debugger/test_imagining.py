"""The model writes on: drawn from the seed, stepped like any other text, taken away by undo."""

from __future__ import annotations

import math
from array import array
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.number_rows.scaling import measured
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.sessions.session import from_bytes, to_bytes
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


def test_at_temperature_zero_it_is_always_the_top_guess() -> None:
    debugger = opened()
    debugger.to(2)
    assert debugger.imagine(6, 0.0).position == 2
    assert debugger.length == 8
    for step in debugger.steps(2, 8):
        assert step.prediction is not None
        assert step.target == step.prediction.top[0].symbol
    assert debugger.text.startswith("hello")  # what it was trained to write


def test_the_same_seed_writes_the_same_and_another_one_something_else() -> None:
    texts = []
    for seed in (1, 1, 2):
        debugger = opened(text="abcdefgh", seed=seed if seed == 2 else 1)
        debugger.to(3)
        debugger.imagine(60, 1.0, seed=seed)
        texts.append(debugger.text)
    assert texts[0] == texts[1] != texts[2]
    assert all(text.startswith("abc") and len(text) == 63 for text in texts)


def test_what_was_imagined_can_be_trained_on() -> None:
    debugger = opened(text="abcdefgh", epochs=3)
    debugger.to(3)
    debugger.imagine(20, 1.0)
    training = debugger.training()
    training.run(lambda _: None)
    assert training.sentence.startswith("trained 3 epochs")


def test_characters_come_as_often_as_the_guess_says() -> None:
    """Three thousand draws from one distribution: a model whose weights are all zero has forgotten what it read."""
    debugger = opened(text="abc", hidden=1)
    model = debugger.debuggee.network
    for weight in model.parameters():
        weight.zero_()
    assert model.output is not None
    wanted = (0.6, 0.3, 0.1)
    for at, p in enumerate(wanted):
        model.output.bias[at] = math.log(p)
    debugger.read("abc")
    debugger.to(1)
    debugger.imagine(3000, 1.0)
    for symbol, p in zip("abc", wanted, strict=True):
        assert debugger.text[1:].count(symbol) / 3000 == pytest.approx(p, abs=0.04)
    debugger.to(1)
    debugger.imagine(3000, 0.5)
    assert debugger.text[1:].count("a") / 3000 == pytest.approx(0.36 / (0.36 + 0.09 + 0.01), abs=0.04)


@settings(deadline=None, max_examples=25)
@given(
    at=st.integers(1, 5),
    count=st.integers(1, 20),
    moves=st.lists(st.sampled_from(("forward", "back", "undo", "zero", "switch_cell")), max_size=6),
)
def test_undo_takes_it_away_whatever_was_done_between(at: int, count: int, moves: list[str]) -> None:
    debugger = opened()
    debugger.to(at)
    debugger.imagine(count, 2.0)
    written = debugger.text
    for move in moves:
        getattr(debugger, move)()
        assert 0 <= debugger.position <= debugger.length
        assert debugger.text in ("hello", written)
        assert [step.char for step in debugger.steps(1, debugger.length + 1)] == list(debugger.text)
    if debugger.undoable == "imagine":
        debugger.undo()
        assert debugger.text == ("hello" if moves.count("undo") % 2 == 0 else written)


def test_what_was_there_before_the_cursor_stays_as_it_was() -> None:
    debugger = opened()
    before = [step.layers[0].values for step in debugger.steps(0, 3)]
    debugger.to(2)
    debugger.zero()
    zeroed = debugger.step.layers[0].values
    debugger.imagine(5)
    assert debugger.step.edited
    assert debugger.step.layers[0].values == zeroed
    assert [step.layers[0].values for step in debugger.steps(0, 2)] == before[:2]


def test_undo_brings_the_cursor_back_to_where_the_texts_part() -> None:
    debugger = opened()
    debugger.to(2)
    debugger.imagine(10)
    debugger.to(9)
    assert debugger.undo().startswith("undone: imagine")
    assert (debugger.position, debugger.text) == (2, "hello")
    assert debugger.redo().startswith("redone: imagine")
    assert (debugger.position, debugger.length) == (2, 12)


@pytest.mark.parametrize(
    ("position", "count", "temperature", "reason"),
    [
        (0, 5, 1.0, "has read nothing yet"),
        (1, 0, 1.0, "cannot be less than 1"),
        (1, 10**9, 1.0, "give at most"),
        (1, 5, -1.0, "the temperature cannot be -1"),
        (1, 5, math.nan, "the temperature cannot be nan"),
    ],
)
def test_what_cannot_be_imagined_changes_nothing(position: int, count: int, temperature: float, reason: str) -> None:
    debugger = opened()
    debugger.to(position)
    with pytest.raises(UserError, match=reason):
        debugger.imagine(count, temperature)
    assert (debugger.text, debugger.undoable) == ("hello", None)


def made_rows(folder: Path) -> Path:
    lines = [f"2026-01-{1 + t // 24:02} {t % 24:02}:00,{(t * 7) % 11 - 3.5},{t % 5}" for t in range(40)]
    (folder / "rows.csv").write_text("\n".join(("when,temp,rain", *lines)))
    return folder / "rows.csv"


@pytest.mark.parametrize("which", ["weather", "fresh", "stranger", "classes"])
def test_imagined_rows_are_kept_in_a_session(tmp_path: Path, which: str) -> None:
    """And read again as they were, with their names and the scale of the rows before them."""
    rows = str(made_rows(tmp_path))
    net = {f"lstm.{name}": tensor for name, tensor in nn.LSTM(2, 4).state_dict().items()}
    torch.save(net | {f"fc.{n}": t for n, t in nn.Linear(4, 2).state_dict().items()}, tmp_path / "m.pt")
    options = {
        "weather": ModelOptions(model="weather"),
        "fresh": ModelOptions(rows=rows, time="when", window=7, hidden=3),
        "stranger": ModelOptions(model=str(tmp_path / "m.pt"), rows=rows, time="when", scale="minmax"),
        "classes": ModelOptions(model=str(tmp_path / "m.pt"), rows=rows, classes="a,b", label="b"),
    }[which]
    prepared = prepare(options)
    debugger = prepared.open()
    debugger.to(20)
    if which != "classes":
        debugger.imagine(7, 1.0)
        debugger.to(25)
    kept = from_bytes(to_bytes(debugger.session(prepared)))
    again = prepare(kept.options).open()
    again.resume(kept, prepared)
    assert len(again.symbols) == len(debugger.symbols)
    assert list(again.symbols) == list(debugger.symbols)
    assert again.position == debugger.position
    for mine, theirs in zip(again.steps(1, again.length + 1), debugger.steps(1, debugger.length + 1), strict=True):
        assert mine.row is not None
        assert theirs.row is not None
        assert (mine.row.x, mine.row.scaled, mine.row.output) == (theirs.row.x, theirs.row.scaled, theirs.row.output)
        assert mine.layers[0].values == theirs.layers[0].values


def test_rows_that_go_on_are_the_first_ones_then_what_was_said() -> None:
    table = NumberTable({"a": array("d", range(9)), "b": array("d", [2.0] * 9)}, tuple("ABCDEFGHI"))
    scale = measured("standard", table.columns)
    rows = Rows(RowFormat(("a", "b"), ("a",), scale), table)
    on = rows.then(4, [(7.5,), (-1.0,)])
    assert list(on.raw["a"]) == [0, 1, 2, 3, 7.5, -1]
    assert list(on.raw["b"]) == [2] * 6  # what is not predicted stays as it was last
    assert on.symbols == ("A", "B", "C", "D", "+1", "+2")
    assert rows.common_prefix(on) == 4
    assert list(on.codes[8:10]) == [scale.scaled("a", 7.5), scale.scaled("b", 2.0)]
    assert on.form is rows.form
    assert len(rows) == 9  # untouched
