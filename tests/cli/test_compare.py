"""Two models side by side: every number is that of the model alone, and KL is the definition's."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.running import Run


def lines_of(run: Run, *argv: str) -> list[Any]:
    code, out, err = run(*argv, "--format", "jsonl")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def p_of(logits: list[float], places: list[int]) -> Any:
    z = np.array(logits, dtype=np.float32).astype(np.float64)[places]
    return np.exp(z - z.max()) / np.exp(z - z.max()).sum()


def kl(a: Any, b: Any) -> float:
    return float((a * np.log(a / b)).sum())


def test_each_number_is_the_models_own_and_kl_the_definitions(run: Run, tmp_path: Path) -> None:
    """A file and a fresh one with a vocabulary in another order and more symbols; a value held in one of them."""
    other = tmp_path / "other.safetensors"
    made = run("train", "-o", str(other), "--text", "olleh, hello", "--cell", "gru", "--epochs", "3")
    assert made[0] == 0
    both = lines_of(run, "compare", "hello", str(other), "--text", "hello", "--clamp-b", "h[2] = 0.5 from 1 to 3")
    a = lines_of(run, "trace", "hello", "--text", "hello")
    b = lines_of(run, "trace", str(other), "--text", "hello", "--clamp", "h[2] = 0.5 from 1 to 3")
    assert both[0]["symbols"] == ["e", "h", "l", "o"]
    assert [one["cell"] for one in both[0]["models"]] == ["by-hand", "gru"]
    assert [one.get("clamps") for one in both[0]["models"]] == [None, ["h[2] = 0.5 from 1 to 3"]]
    vocabularies = [run_[0]["vocab"] for run_ in (a, b)]
    places = [[vocab.index(symbol) for symbol in both[0]["symbols"]] for vocab in vocabularies]
    assert len(both) == 6
    for line, one, two in zip(both[1:], a[1:], b[1:], strict=True):
        assert [line["t"], line["char"], line["target"]] == [one["t"], one["char"], one["target"]]
        assert line["loss"] == [one["loss"], two["loss"]]
        assert line["guess"] == [v[int(np.argmax(x["logits"]))] for v, x in zip(vocabularies, (one, two), strict=True)]
        assert line["kl"] == pytest.approx(kl(p_of(one["logits"], places[0]), p_of(two["logits"], places[1])), rel=1e-9)
        if line["target"] is not None:
            assert line["p"] == pytest.approx([np.exp(-one["loss"]), np.exp(-two["loss"])])
    assert both[-1]["p"] == both[-1]["loss"] == [None, None]


def test_the_same_twice_is_not_apart_and_a_fresh_one_takes_the_others_sizes(run: Run) -> None:
    head, *steps = lines_of(run, "compare", "--text", "hello", "hello", "hello")
    assert {step["kl"] for step in steps} == {0.0}
    assert "symbols" not in head
    models = lines_of(run, "compare", "cell:slstm", "hello", "--seed", "2")[0]["models"]
    assert [(one["name"], one["hidden_size"]) for one in models] == [("cell:slstm", 8), ("hello", 8)]
    code, out, _ = run("compare", "cell:by-hand", "cell:fused", "--text", "abab", "--hidden", "3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [json.loads(row["char"]) for row in rows] == [*"abab"]
    assert rows[-1]["p_a"] == rows[-1]["target"] == ""
    trained = run("compare", "cell:rnn", "cell:gru", "--text", "abab", "--hidden", "4", "--train")
    assert trained[0] == 0
    assert "the top guesses are the same at all 4 steps" in trained[1]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("hello",), "compare needs two models"),
        (("hello", "cell:nope"), "there is no such cell"),
        (("hello", "brackets"), "brackets: the text has 4 characters the model's vocabulary lacks"),
        (("hello", "hello", "--hidden", "4"), "--hidden is for a fresh model"),
        (("hello", "hello", "hello"), "takes two models"),
        (("hello", "hello", "--cell", "fused"), "compare takes no --cell"),
        (("hello", "cell:gru", "--clamp-b", "c[0] = 1"), "cell:gru: clamp 'c[0] = 1': this cell does not compute 'c'"),
    ],
)
def test_what_cannot_be_compared_is_said(run: Run, argv: tuple[str, ...], said: str) -> None:
    code, out, err = run("compare", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
