"""jsonl and csv read back exactly, whatever the text and the numbers are; the table is for eyes."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.step import Guess, Step
from lstm_tui.tracing.formats import csv_lines, jsonl
from lstm_tui.tracing.table import Color, table
from tests.steps import made_about, made_layer, made_prediction, made_step

NAMES = ["f", "i", "c_tilde", "o", "c", "h"]
floats32 = st.floats(width=32)
symbols = st.text(min_size=1, max_size=2)


def spelled(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"


def rows_of(lines: Iterator[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines), newline="")))


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


# jsonl


def test_the_header_and_a_step_are_as_in_the_contract() -> None:
    header, step = jsonl(made_about(), 5, [made_step()], "1.2")
    assert header == (
        '{"lstm_tui": "1.2", "cell": "by-hand", "vocab": ["e", "h", "l", "o"], '
        '"hidden_size": 2, "num_layers": 1, "text_length": 5}\n'
    )
    vectors = ", ".join(f'"{name}": [0.25, -0.5]' for name in NAMES)
    assert step == (
        f'{{"t": 0, "char": "h", "target": "e", "layers": [{{{vectors}}}], '
        f'"logits": [1.0, 2.0, 3.0, 4.0], "loss": {math.log(2)!r}}}\n'
    )


@pytest.mark.parametrize(("sizes", "expected"), [((3,), 3), ((3, 3), 3), ((3, 4), [3, 4])])
def test_unequal_widths_make_hidden_size_a_list(sizes: tuple[int, ...], expected: object) -> None:
    header = json.loads(next(jsonl(made_about(sizes=sizes), 5, [], "1")))
    assert header["hidden_size"] == expected
    assert header["num_layers"] == len(sizes)


def test_the_last_character_has_no_target_and_a_bare_model_no_logits() -> None:
    lines = list(jsonl(made_about(), 5, [made_step(target=None), made_step(logits=None)], "1"))
    last, bare = map(json.loads, lines[1:])
    assert last["target"] is None
    assert last["loss"] is None
    assert last["logits"] == [1.0, 2.0, 3.0, 4.0]
    assert bare["target"] == "e"
    assert bare["logits"] is None
    assert bare["loss"] is None


@given(values=st.lists(floats32, min_size=1, max_size=4), char=symbols, target=st.none() | symbols)
def test_jsonl_reads_back_exactly(values: list[float], char: str, target: str | None) -> None:
    step = made_step(char=char, target=target, values=tuple(values), layers=2)
    line = list(jsonl(made_about(), 5, [step], "1"))[1]
    assert line.isascii()
    assert line.count("\n") == 1
    back = json.loads(line, parse_constant=refuse_constant)
    assert (back["char"], back["target"]) == (char, target)
    for layer in back["layers"]:
        assert list(layer) == NAMES
        assert layer["c"] == [spelled(value) for value in values]


def test_signed_zero_and_the_smallest_number_survive() -> None:
    smallest = struct.unpack("f", struct.pack("I", 1))[0]
    line = list(jsonl(made_about(), 5, [made_step(values=(-0.0, smallest))], "1"))[1]
    zero, tiny = json.loads(line)["layers"][0]["f"]
    assert math.copysign(1, zero) == -1
    assert tiny == smallest


# csv


def test_the_columns_name_layers_units_and_logits() -> None:
    header = next(csv_lines(made_about(sizes=(2, 2)), [made_step(layers=2)]))
    expected = ["t", "char", "target", "loss"]
    expected += [f"l0.{name}[{unit}]" for name in NAMES for unit in (0, 1)]
    expected += [f"l1.{name}[{unit}]" for name in NAMES for unit in (0, 1)]
    expected += [f"logits[{index}]" for index in range(4)]
    assert header == ",".join(expected) + "\n"


def test_what_is_not_there_is_empty() -> None:
    (row,) = rows_of(csv_lines(made_about(), [made_step(target=None, logits=None)]))
    assert row["target"] == ""
    assert row["loss"] == ""
    assert not any(name.startswith("logits") for name in row)


def test_no_steps_are_no_lines() -> None:
    assert list(csv_lines(made_about(), [])) == []


@given(values=st.lists(floats32, min_size=1, max_size=4), char=symbols, target=symbols)
def test_csv_reads_back_exactly(values: list[float], char: str, target: str) -> None:
    step = made_step(t=7, char=char, target=target, values=tuple(values))
    lines = list(csv_lines(made_about(sizes=(len(values),)), [step]))
    assert all(line.isascii() for line in lines)
    assert len(lines) == 2
    assert lines[1].count("\n") == 1
    (row,) = rows_of(iter(lines))
    assert row["t"] == "7"
    assert json.loads(row["char"]) == char
    assert json.loads(row["target"]) == target
    for unit, value in enumerate(values):
        text = row[f"h[{unit}]"]
        assert text == str(spelled(value))
        assert math.isnan(value) or float(text) == value


# both


@pytest.mark.parametrize("writer", ["jsonl", "csv"])
def test_one_step_is_held_at_a_time(writer: str) -> None:
    taken = 0

    def endless() -> Iterator[Step]:
        nonlocal taken
        while True:
            taken += 1
            yield made_step(t=taken)

    lines = jsonl(made_about(), 5, endless(), "1") if writer == "jsonl" else csv_lines(made_about(), endless())
    for _ in range(10):
        next(lines)
    assert taken <= 10


# table


def shown(step: Step, width: int = 80, color: Color | None = None) -> str:
    sizes = tuple(layer.units for layer in step.layers)
    return "".join(table(made_about(sizes=sizes), 5, [step], width, color))


def test_the_table_shows_every_quantity_with_its_sign() -> None:
    lines = shown(made_step(target="h")).splitlines()
    assert lines[0] == "made · by-hand · 2 units · 5 steps"
    side = [line[:18].strip() for line in lines[1:8]]
    assert side == [
        "step 1 (t = 0)",
        "reads 'h'",
        "next 'h'",
        "p(next) 0.5000",
        "loss 0.6931",
        "guess 'e' ✓",
        "p(guess) 0.7500",
    ]
    rows = [line[18:].split() for line in lines[1:8]]
    gate, signed = ["0.25", "-0.50"], ["+0.25", "-0.50"]
    assert rows[0] == ["0", "1"]
    assert rows[1:] == [["f", *gate], ["i", *gate], ["c̃", *signed], ["o", *gate], ["c", *signed], ["h", *signed]]


def test_a_right_guess_is_ticked_and_a_wrong_one_crossed() -> None:
    right = Step(1, 5, "h", "e", (made_layer(0, (0.5,)),), made_prediction((1.0,), Guess(0, "e", 0.75)))
    wrong = Step(1, 5, "h", "h", (made_layer(0, (0.5,)),), made_prediction((1.0,), Guess(1, "h", 0.25)))
    assert "✓" in shown(right)
    assert "✗" in shown(wrong)


@given(width=st.integers(30, 200), units=st.integers(1, 70))
def test_no_unit_is_lost_and_no_line_too_long(width: int, units: int) -> None:
    values = tuple(unit / 100 + 0.001 for unit in range(units))
    text = shown(made_step(values=values), width)
    assert max(map(len, text.splitlines()[1:])) <= width
    forgets = [row[21:] for row in text.splitlines() if row[18:21].strip() == "f"]
    numbers = [number for row in forgets for number in row.split()]
    assert numbers == [f"{value:.2f}" for value in values]


@given(char=st.text(min_size=1, max_size=1))
def test_no_control_character_reaches_the_terminal(char: str) -> None:
    text = shown(made_step(char=char, target=char))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b" not in shown(made_step())
    assert "\x1b[38;2;" in shown(made_step(), color="truecolor")


def test_values_that_are_no_numbers() -> None:
    text = shown(made_step(values=(math.nan, math.inf, -math.inf)))
    assert re.search(r"c +NaN +\+Inf +-Inf", text)
