"""Rows of numbers and words from the command line: trained, kept, traced, searched, forecast; and what is refused."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_tui.cli.commands import main

Run = Callable[..., tuple[list[str], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    lines = [f"2026-03-{t // 24 + 1:02}T{t % 24:02},{20 + 5 * math.sin(t / 4)},{t % 7}" for t in range(60)]
    (tmp_path / "w.csv").write_text("\n".join(["when,temp,rain", *lines, ""]))

    def ran(*argv: str, code: int = 0) -> tuple[list[str], str]:
        assert main(list(argv)) == code
        told = capsys.readouterr()
        return told.out.splitlines(), told.err

    return ran


def records(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_a_model_of_numbers_is_trained_kept_and_traced(run: Run) -> None:
    how = ("--rows", "w.csv", "--target", "temp", "--time", "when")
    out, _ = run("train", *how, "-o", "m.safetensors", "--epochs", "30", "--hidden", "5")
    assert "trained 30 of 30 epochs" in out[0]
    (header, *steps), _ = run("trace", "m.safetensors", *how, "--format", "jsonl")
    first = json.loads(header)
    assert (first["channels"], first["targets"], first["text_length"]) == (["temp", "rain"], ["temp"], 60)
    assert first["scale"]["kind"] == "standard"
    found = records(steps)
    assert found[3].keys() == {"t", "time", "x", "target", "layers", "output", "loss"}
    assert (found[3]["time"], found[3]["x"][1], found[3]["target"]) == ("2026-03-01T03", 3.0, [found[4]["x"][0]])
    assert (found[-1]["target"], found[-1]["loss"]) == (None, None)
    std = first["scale"]["std"][0]
    for step in found[:-1]:
        assert step["loss"] == pytest.approx(((step["output"][0] - step["target"][0]) / std) ** 2, rel=1e-9)
    # What it remembers is what it learned from, as far as it goes, and its scale is not measured again.
    remembered = records(run("trace", "m.safetensors", "--format", "jsonl")[0][1:])
    assert remembered == found[: len(remembered)]
    (Path("part.csv")).write_text("rain,temp\n3,20.5\n4,21\n")
    part = records(run("trace", "m.safetensors", "--rows", "part.csv", "--format", "jsonl")[0])
    assert part[0]["scale"] == first["scale"]
    assert part[1]["x"] == [20.5, 3.0]
    told, _ = run("inspect", "m.safetensors")
    assert any("2 numbers: temp, rain" in line for line in told)
    rows = list(csv.DictReader(io.StringIO("\n".join(run("trace", "m.safetensors", *how, "--format", "csv")[0]))))
    assert float(rows[5]["output[temp]"]) == found[5]["output"][0]
    assert (rows[-1]["target[temp]"], rows[-1]["loss"]) == ("", "")
    hits = records(run("trace", "m.safetensors", *how, "--format", "jsonl", "--where", "abs(error['temp']) > 1")[0][1:])
    assert [hit["t"] for hit in hits] == [s["t"] for s in found[:-1] if abs(s["output"][0] - s["target"][0]) > 1]
    assert "x[temp]" in "".join(run("trace", "m.safetensors", *how, "--steps", "0:1")[0])
    forecast = records(
        run("trace", "m.safetensors", *how, "--imagine", "2", "--steps", "59:", "--format", "jsonl")[0][1:]
    )
    assert [step["x"][0] for step in forecast[1:]] == [step["output"][0] for step in forecast[:2]]


class Forecaster(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(2, 6, batch_first=True)
        self.middle, self.last = nn.Linear(6, 4), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        said: torch.Tensor = self.last(torch.relu(self.middle(self.rnn(x)[0])))
        return said


def test_a_strangers_forecaster_says_what_it_says_in_pytorch(run: Run) -> None:
    torch.manual_seed(0)
    net = Forecaster()
    torch.save(net.state_dict(), "net.pt")
    _, told = run("trace", "net.pt", "--steps", "0:1")
    assert "made-up ramp" in told
    assert "--head relu" in told
    scale = {"mean": [20, 3], "std": [5, 2]}
    Path("scaler.json").write_text(json.dumps(scale))
    lines, _ = run(
        *("trace", "net.pt", "--rows", "w.csv", "--target", "temp", "--head", "relu"),
        *("--scaler", "scaler.json", "--format", "jsonl"),
    )
    x = torch.tensor([step["x"] for step in records(lines[1:])])
    with torch.no_grad():
        said = net((x - torch.tensor([20.0, 3.0])) / torch.tensor([5.0, 2.0]))[:, 0] * 5 + 20
    mine = torch.tensor([step["output"][0] for step in records(lines[1:])])
    assert float((mine - said).abs().max()) < 1e-4
    _, told = run("trace", "net.pt", "--rows", "w.csv", "--columns", "temp", code=2)
    assert "reads 2 numbers a row, and the rows have 1 (temp)" in told


def test_as_many_numbers_in_as_out_may_be_either_so_it_asks(run: Run) -> None:
    net = nn.ModuleDict({"rnn": nn.LSTM(2, 4), "fc": nn.Linear(4, 2)})
    torch.save(net.state_dict(), "net.pt")
    _, told = run("trace", "net.pt", code=2)
    assert "--rows" in told
    assert "--vocab" in told
    Path("v.json").write_text('["a", "b"]')
    assert run("trace", "net.pt", "--vocab", "v.json", "--text", "ab", "--format", "jsonl")[0][2]
    lines, _ = run("trace", "net.pt", "--rows", "w.csv", "--format", "jsonl")
    assert json.loads(lines[0])["channels"] == ["temp", "rain"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rows", "w.csv", "--text", "a"), "--rows reads numbers and --text is about text"),
        (("--target", "temp"), "add --rows"),
        (("--rows", "w.csv", "--target", "snow"), "'w.csv' has no column|--target 'snow'"),
        (("--rows", "w.csv", "--columns", "snow"), "has no column 'snow': it has when, temp, rain"),
        (("--rows", "none.csv"), "there is no file 'none.csv'"),
        (("--rows", "w.csv", "--scale", "robust"), "choose one of standard, minmax, none"),
        (("hello", "--rows", "w.csv"), "reads symbols, not rows"),
        (("--rows", "w.csv", "--window", "0"), "--window cannot be less than 1"),
        (("--rows", "w.csv", "--where", "char == 'a'"), "this model reads numbers"),
        (("--rows", "w.csv", "--where", "x['snow'] > 1"), "x has no 'snow'"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, options: tuple[str, ...], said: str) -> None:
    import re

    _, told = run("trace", *options, code=2)
    assert re.search(said, told), told
    assert told.count("\n") <= 2


TEXT = "the cat sat. the café’s cat, the <unk> don't — السَّلامُ عليكم"
WORDS = "the cat sat . the café ’ s cat , the < unk > don ' t —".split() + ["السَّلامُ", "عليكم"]  # noqa: RUF005, SIM905


def test_words_are_runs_of_letters_marks_and_digits(run: Run) -> None:
    Path("t.txt").write_text(TEXT)
    run("train", "--file", "t.txt", "--words", "-o", "m.safetensors", "--epochs", "3")
    (header, *steps), _ = run("trace", "m.safetensors", "--format", "jsonl")
    assert [step["char"] for step in records(steps)] == WORDS
    assert json.loads(header)["vocab"] == sorted(set(WORDS))
    assert json.loads(header)["tokens"] == "words"
    hits, _ = run("trace", "m.safetensors", "--text", "cat the", "--where", "char == 'cat'", "--format", "jsonl")
    assert [json.loads(hit)["t"] for hit in hits[1:]] == [0]
    _, told = run("trace", "m.safetensors", "--text", "the dog", code=2)
    assert "a word the model's vocabulary lacks: 'dog' ×1 (the first at position 4)" in told
    written, _ = run("trace", "m.safetensors", "--text", "the cat", "--imagine", "3", "--format", "jsonl")
    assert [step["char"] for step in records(written[1:])][:2] == ["the", "cat"]
    assert len(written) == 6


def test_a_strangers_vocabulary_of_words_is_read_as_words(run: Run) -> None:
    words = ["<pad>", "<unk>", "the", "cat", "don't", "sat"]
    net = nn.ModuleDict({"emb": nn.Embedding(6, 3), "rnn": nn.LSTM(3, 4), "fc": nn.Linear(4, 6)})
    torch.save(net.state_dict(), "net.pt")
    Path("vocab.json").write_text(json.dumps(words))
    lines, _ = run("trace", "net.pt", "--text", "the cat don't <unk> sat", "--format", "jsonl")
    assert [step["char"] for step in records(lines[1:])] == ["the", "cat", "don't", "<unk>", "sat"]
