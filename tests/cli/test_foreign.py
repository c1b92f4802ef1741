"""Somebody else's checkpoint on the command line, from end to end."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.checkpoints.nets import Net
from tests.checkpoints.wild import OPEN, VOCAB
from tests.cli.running import Run


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_gru_is_traced_with_its_own_names(run: Run, tmp_path: Path) -> None:
    torch.save({"model": Net(10, 8, 2, e=4, kind=nn.GRU).state_dict(), "vocab": list(VOCAB)}, tmp_path / "m.pt")
    code, out, err = run("trace", "m.pt", "--text", "the hat", "--format", "jsonl")
    assert code == 0
    head, *steps = objects(out)
    assert (head["cell"], head["vocab"], head["num_layers"]) == ("gru", list(VOCAB), 2)
    assert [list(layer) for layer in steps[3]["layers"]] == [["r", "z", "n", "h"]] * 2
    assert "nn.GRU agrees to" in err
    _, out, _ = run("trace", "m.pt", "--text", "the hat", "--format", "csv", "--steps", "0:1")
    assert out.splitlines()[0].startswith("t,char,target,loss,l0.r[0]")
    assert run("trace", "m.pt", "--text", "the hat", "--steps", "0:1")[0] == 0


def test_widths_that_differ_and_an_embedding(run: Run, tmp_path: Path) -> None:
    OPEN["8 list, widths differ, weight drop"]().write(tmp_path)
    _, out, _ = run("trace", "model.pt", "--text", "#1#10#3", "--format", "jsonl")
    head, *steps = objects(out)
    assert head["hidden_size"] == [10, 10, 6]
    assert [step["char"] for step in steps] == ["#1", "#10", "#3"]
    assert [len(layer["h"]) for layer in steps[0]["layers"]] == [10, 10, 6]


def test_without_an_output_layer_logits_are_null_and_there_is_no_loss(run: Run, tmp_path: Path) -> None:
    torch.save(nn.LSTM(10, 4).state_dict(), tmp_path / "m.pt")
    code, out, err = run("trace", "m.pt", "--text", "#1#2", "--format", "jsonl")
    assert code == 0
    assert "no output layer" in err
    assert [(step["logits"], step["loss"]) for step in objects(out)[1:]] == [(None, None)] * 2
    assert "logits" not in run("trace", "m.pt", "--text", "#1#2", "--format", "csv")[1]
    assert "guess" not in run("trace", "m.pt", "--text", "#1#2")[1]


def test_inspect_tells_roles_reasons_the_check_and_the_sum(run: Run, tmp_path: Path) -> None:
    path = OPEN["3 whole module, tied"]().write(tmp_path)
    code, out, err = run("inspect", "model.pt")
    assert (code, err) == (0, "")
    flat = " ".join(out.split())
    for words in (
        "2, of 12 + 12 units",
        "LSTM; in: an embedding of 12 numbers a symbol; out: an output layer, tied to the embedding",
        "--vocab FILE",
        "encoder.weight 11 × 12 embedding",
        "rnn.weight_hh_l1 48 × 12 weight_hh of layer 2 (l1)",
        "has 4 times as many rows as columns",
        "encoder.weight and decoder.weight are one tensor",
        "tests.checkpoints.nets.Net",
        "none was imported, no code ran",
        "nn.LSTM with the model's own weights agrees: largest difference",
        "over 1,000 steps",
        hashlib.sha256(path.read_bytes()).hexdigest(),
    ):
        assert words in flat


def test_a_file_of_ours_made_from_one_is_inspected_too(run: Run, tmp_path: Path) -> None:
    torch.save(Net(10, 8, 1, e=8, kind=nn.GRU, tied=True).state_dict(), tmp_path / "m.pt")
    assert run("train", "m.pt", "--vocab-from", "t.txt", "--file", "t.txt", "-o", "o.safetensors")[0] == 2
    (tmp_path / "t.txt").write_text("the rain, so near")
    (tmp_path / "v.json").write_text(json.dumps([*VOCAB[:9], ","]))
    code, _, err = run(
        "train", "m.pt", "--vocab", "v.json", "--text", "so,neat", "-o", "o.safetensors", "--epochs", "2"
    )
    assert code == 0, err
    flat = " ".join(run("inspect", "o.safetensors")[1].split())
    for words in ("cell gru", "symbol → input", "rows r, z, n", "h → logits, tied to the embedding"):
        assert words in flat


def test_training_needs_a_text(refused: Callable[..., str], tmp_path: Path) -> None:
    torch.save(Net(10, 8, e=4).state_dict(), tmp_path / "m.pt")
    assert "contains no text to train on" in refused("train", "m.pt", "-o", "o.safetensors")


def test_what_cannot_be_read_is_one_sentence(refused: Callable[..., str], tmp_path: Path) -> None:
    torch.save(nn.LSTM(10, 4, bidirectional=True).state_dict(), tmp_path / "both.pt")
    assert "bidirectional" in refused("trace", "both.pt", "--text", "a")
    torch.save(Net(100, 8).state_dict(), tmp_path / "m.pt")
    assert "--vocab printable" in refused("trace", "m.pt", "--text", "hello")
    (tmp_path / "\x1b[31m.pt").write_bytes(b"PK\x03\x04 nothing")
    assert "\x1b" not in refused("inspect", "\x1b[31m.pt")
    os.mkfifo(tmp_path / "pipe.pt")
    assert "not a regular file" in refused("trace", "pipe.pt")


class Command:
    """A pickle of it would run a command when it is loaded by `pickle`."""

    def __init__(self, line: str) -> None:
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (self.line,)


@pytest.mark.parametrize("command", ["trace", "inspect", "train"])
def test_a_pickle_that_would_run_a_command_runs_nothing(command: str, run: Run, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    net = Net(10, 8)
    torch.save({"model": net.state_dict(), "extra": [Command(f"touch '{marker}'")]}, tmp_path / "m.pt")
    more = {
        "trace": ("--text", "#1"),
        "inspect": (),
        "train": ("--text", "#1#2", "-o", "o.safetensors", "--epochs", "1"),
    }
    code, _, err = run(command, "m.pt", *more[command])
    assert code in (0, 2)
    assert "Traceback" not in err
    assert not marker.exists()
    subprocess.run(["sh", "-c", f"touch '{marker}'"], check=True)  # it would have been seen
    assert marker.exists()
