"""Traces on standard output: whole, in parts, cut off, lost."""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Run, subprocess_of


def test_the_three_formats_say_the_same(run: Run) -> None:
    code, lines, err = run("trace", "hello", "--format", "jsonl")
    assert (code, err) == (0, "")
    header, *steps = map(json.loads, lines.splitlines())
    assert header["cell"] == "by-hand"
    assert header["text_length"] == len(steps) == 5
    assert [step["char"] for step in steps] == list("hello")
    assert [step["target"] for step in steps] == [*"ello", None]
    rows = list(csv.DictReader(run("trace", "hello", "--format", "csv")[1].splitlines()))
    for step, row in zip(steps, rows, strict=True):
        assert int(row["t"]) == step["t"]
        assert json.loads(row["char"]) == step["char"]
        for name, values in step["layers"][0].items():
            assert [float(row[f"{name}[{unit}]"]) for unit in range(8)] == values
    table = run("trace", "hello")[1]
    assert f"{steps[1]['layers'][0]['c'][4]:+.2f}" in table
    assert "reads 'e'" in table


@pytest.mark.parametrize(
    ("span", "expected"), [("1:3", [1, 2]), (":2", [0, 1]), ("-2:", [3, 4]), ("3:99", [3, 4]), (":", [0, 1, 2, 3, 4])]
)
def test_a_part_is_the_part_of_the_whole(run: Run, span: str, expected: list[int]) -> None:
    whole = run("trace", "hello", "--format", "jsonl")[1].splitlines()
    part = run("trace", "hello", "--format", "jsonl", "--steps", span)[1].splitlines()
    assert part == [whole[0], *(whole[1 + t] for t in expected)]


@pytest.mark.parametrize("span", ["5:", "2:2", "3:1", ":0", "9:12"])
def test_a_part_without_steps_is_refused(refused: Callable[..., str], span: str) -> None:
    assert "the text has 5, from t = 0 to 4" in refused("trace", "hello", "--steps", span)


def test_derivatives_stand_beside_the_values_and_are_zero_after_t(run: Run) -> None:
    asked = ("trace", "hello", "--text", "hellohello", "--grad", "loss@5", "--steps", "2:")
    _, *lines = run(*asked, "--format", "jsonl")[1].splitlines()
    steps = [json.loads(line)["layers"][0] for line in lines]
    rows = list(csv.DictReader(run(*asked, "--format", "csv")[1].splitlines()))
    for t, layer, row in zip(range(2, 10), steps, rows, strict=True):
        assert list(layer["grad"]) == [name for name in layer if name != "grad"]
        for name, slopes in layer["grad"].items():
            assert len(slopes) == len(layer[name])
            assert [float(row[f"grad.{name}[{unit}]"]) for unit in range(8)] == slopes
            assert any(slopes) == (t <= 5)


def test_eigenvalues_are_printed_in_place_of_quantities(run: Run) -> None:
    jsonl, comma, shown = (
        run("trace", "hello", "--jacobian", "--format", form)[1].splitlines() for form in ("jsonl", "csv", "table")
    )
    rows, table = list(map(json.loads, jsonl[1:])), list(csv.reader(comma))
    assert [row["t"] for row in rows] == list(range(5))
    for row, cells, line in zip(rows, table[1:], shown[1:], strict=True):
        assert [float(cell) for cell in cells[2:]] == [part for value in row["eigenvalues"] for part in value]
        assert line.split()[2] == f"{math.hypot(*row['eigenvalues'][0]):.4f}"


@pytest.mark.parametrize(
    ("grad", "says"),
    [
        ("loss@4", "no target"), ("loss@5", "T goes from 0 to 4"), ("logit:z@1", "no 'z'"), ("loss@-1", "whole number"),
        ("los", "loss, loss@T or logit:SYMBOL@T"), ("loss", "add --format jsonl"),
    ],
)  # fmt: skip
def test_what_cannot_be_differentiated_is_refused(refused: Callable[..., str], grad: str, says: str) -> None:
    how = () if grad == "loss" else ("--format", "csv")
    assert says in refused("trace", "hello", "--grad", grad, *how)


def test_a_trace_goes_into_a_file_whole(run: Run, refused: Callable[..., str], tmp_path: Path) -> None:
    printed = run("trace", "hello", "--format", "csv")[1]
    assert run("trace", "hello", "--format", "csv", "-o", "a.csv") == (0, "wrote 'a.csv'\n", "")
    assert (tmp_path / "a.csv").read_text() == printed
    assert "exists" in refused("trace", "hello", "--format", "csv", "-o", "a.csv")
    assert "does not end in .html" in refused("trace", "hello", "--format", "html", "-o", "a.htm")
    assert "no step is one of those asked for" in refused(
        "trace", "hello", "--format", "html", "-o", "a.html", "--where", "loss > 99"
    )
    page = run("trace", "hello", "--format", "html", "--steps", "1:3")[1]
    assert [step["p"] for step in json.loads(page.split('id="data">')[1].split("<")[0])["chapters"][0]["steps"]] == [
        2,
        3,
    ]


def test_a_byte_order_mark_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfhello")
    code, out, err = run("trace", "hello", "--file", "text", "--format", "jsonl")
    assert code == 0
    assert json.loads(out.splitlines()[0])["text_length"] == 5
    assert "byte order mark" in err


def test_it_trains_first_where_asked_to(run: Run) -> None:
    _, out, _ = run("trace", "--text", "hello", "--train", "--format", "jsonl", "--steps", "0:1")
    assert json.loads(out.splitlines()[1])["loss"] < 0.001


def test_hostile_text_is_printed_harmlessly(run: Run) -> None:
    code, out, _ = run("trace", "--text", "\x1b[31m\x9b\u202e\x07\r")
    assert code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out)


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("hello " * 20_000)
    arguments = ("trace", "--file", str(tmp_path / "long"), "--format", "jsonl")
    with subprocess_of(*arguments, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline().startswith(b'{"lstm_tui"')
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() == 0


def test_standard_input_is_a_text() -> None:
    with subprocess_of(
        "trace", "hello", "--file", "-", "--format", "jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        out, err = program.communicate(b"hell")
    assert (program.returncode, err) == (0, b"")
    assert [json.loads(line)["char"] for line in out.splitlines()[1:]] == list("hell")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("argv", [("trace", "hello"), ("--help",), ("--version",), ("inspect", "hello")])
def test_output_that_is_lost_is_a_failure(argv: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full, subprocess_of(*argv, stdout=full) as program:
        _, err = program.communicate()
    assert program.returncode == 1
    assert b"no space left on device" in err
    assert err.count(b"\n") == 1


def lines_of(run: Run, *argv: str) -> list[str]:
    code, out, err = run("trace", *argv, "--format", "jsonl")
    assert (code, err) == (0, "")
    return out.splitlines()


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("f[1] < 0.05", lambda step: step["layers"][0]["f"][1] < 0.05),
        ("char == 'l'", lambda step: step["char"] == "l"),
        ("loss > 0.00001", lambda step: step["loss"] is not None and step["loss"] > 0.00001),
        ("not (loss > 0)", lambda step: not (step["loss"] is not None and step["loss"] > 0)),
    ],
)
def test_only_the_steps_where_a_condition_holds(
    run: Run, where: str, holds: Callable[[dict[str, object]], bool]
) -> None:
    whole = lines_of(run, "hello")
    expected = [line for line in whole[1:] if holds(json.loads(line))]
    assert expected
    assert lines_of(run, "hello", "--where", where) == [whole[0], *expected]


def test_where_says_how_often_it_had_to_go_step_by_step(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from lstm_tui.engine import timeline
    from tests.engine.chaotic import calm_first, chaotic, debugger_of

    monkeypatch.setattr(timeline, "BLOCK", 64)
    debugger = debugger_of(chaotic("builtin", (16,)), calm_first(128, 256))
    debugger.save("wild.safetensors")
    trace = ("trace", "wild.safetensors", "--where", "h[1] > 2", "--format", "csv")
    assert run(*trace)[2] == (
        "lstm-tui: this model amplifies rounding, so steps were searched one by one: 128 of 256\n"
    )
    assert run(*trace, "--steps", ":100")[2] == ""


def test_where_and_a_part_of_the_text_are_joined_by_and(run: Run) -> None:
    whole = lines_of(run, "hello")
    assert lines_of(run, "hello", "--where", "char == 'l'", "--steps", "3:") == [whole[0], whole[4]]
    assert lines_of(run, "hello", "--where", "t == 0", "--where", "t == 4") == [whole[0], whole[1], whole[5]]


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_no_hits_are_no_mistake(run: Run, form: str) -> None:
    code, out, err = run("trace", "hello", "--where", "f[1] > 2", "--format", form)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == (form != "csv")


@pytest.mark.parametrize(
    ("where", "column"),
    [
        ("f[3].__class__ == 1", 1),
        ("__import__('os').system('true') == 0", 1),
        ("f[3] < 9**9**9", 11),
        ("any(x for x in f)", 4),
        ("t == (lambda: 1)()", 6),
        ("f[9] < 1", 3),
        pytest.param("(" * 300 + "t" + ")" * 300 + " > 1", 201, id="deep"),
        ("", 1),
        ("--", 3),
    ],
)
def test_a_condition_that_is_none_is_refused_at_its_column(
    refused: Callable[..., str], where: str, column: int
) -> None:
    for argv in (("trace", "hello", f"--where={where}"), ("hello", f"--stop={where}")):
        assert f"column {column} of the condition" in refused(*argv)
