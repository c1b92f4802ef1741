"""Training without a screen never loses what was there or what was learned."""

from __future__ import annotations

import math
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lstm_tui.debugger import Debugger, Training
from lstm_tui.errors import UserError
from lstm_tui.step import Progress
from tests.cli.running import Run


def test_it_trains_by_the_recipe_and_the_file_opens_again(run: Run, tmp_path: Path) -> None:
    code, out, err = run("train", "-o", "h.safetensors", "--text", "hello")
    assert (code, err) == (0, "")
    assert out == "trained 200 of 200 epochs, loss < 0.0001: wrote 'h.safetensors'\n"
    assert os.listdir(tmp_path) == ["h.safetensors"]
    mine = run("trace", "h.safetensors", "--format", "jsonl")[1]
    assert mine == run("trace", "--text", "hello", "--train", "--format", "jsonl")[1]


def test_without_a_model_it_learns_hello_from_the_seed(run: Run) -> None:
    code, out, _ = run("train", "-o", "one.safetensors", "--epochs", "1")
    assert code == 0
    assert "trained 1 of 1 epochs, loss 1.2731" in out


def test_a_model_is_trained_further(run: Run) -> None:
    run("train", "-o", "a.safetensors", "--text", "hello", "--epochs", "2")
    run("train", "-o", "b.safetensors", "a.safetensors", "--epochs", "3")
    assert "trained     5 epochs" in run("inspect", "b.safetensors")[1]


def test_an_output_that_cannot_be_is_refused_before_training(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("trained for nothing")

    monkeypatch.setattr(Training, "run", never)
    (tmp_path / "old.safetensors").write_bytes(b"old")
    assert "-o FILE.safetensors" in refused("train", "--text", "hello")
    assert "does not end in .safetensors" in refused("train", "-o", "model.pt")
    assert "--force" in refused("train", "-o", "old.safetensors")
    assert "there is no folder" in refused("train", "-o", "no/x.safetensors")
    assert "at least two" in refused("train", "-o", "x.safetensors", "--text", "a")
    assert (tmp_path / "old.safetensors").read_bytes() == b"old"


def test_force_replaces(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.safetensors").write_bytes(b"old")
    code, _, _ = run("train", "-o", "old.safetensors", "--force", "--epochs", "1")
    assert code == 0
    assert (tmp_path / "old.safetensors").read_bytes() != b"old"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_stopped_training_keeps_what_it_learned(
    run: Run, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    before = signal.getsignal(number)
    report_to(monkeypatch, lambda epoch: os.kill(os.getpid(), number) if epoch == 3 else None)
    returned, out, err = run("train", "-o", "part.safetensors")
    assert (returned, err) == (code, "")
    assert re.fullmatch(r"stopped after 3 of 200 epochs, loss 1\.\d{4}: wrote 'part\.safetensors'\n", out)
    assert "trained     3 epochs" in run("inspect", "part.safetensors")[1]
    assert signal.getsignal(number) == before


def test_a_second_interruption_ends_it_at_once(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def twice(epoch: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    report_to(monkeypatch, twice)
    assert run("train", "-o", "part.safetensors") == (130, "", "")
    assert os.listdir(tmp_path) == []


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_last_good_weights(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch.nn import functional

    real = functional.cross_entropy
    report_to(monkeypatch, lambda epoch: monkeypatch.setattr(functional, "cross_entropy", spoiled(real, epoch < 2)))
    code, out, err = run("train", "-o", "nan.safetensors")
    assert (code, out) == (1, "")
    assert "the loss became NaN in epoch 3" in err
    assert "'nan.safetensors' holds them" in err
    assert "trained     2 epochs" in run("inspect", "nan.safetensors")[1]


def test_a_loss_that_is_no_number_from_the_start_writes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from torch.nn import functional

    monkeypatch.setattr(functional, "cross_entropy", spoiled(functional.cross_entropy, False))
    code, out, err = run("train", "-o", "nan.safetensors")
    assert (code, out) == (1, "")
    assert "NaN before the first epoch was finished: 'nan.safetensors' was not written" in err
    assert os.listdir(tmp_path) == []


def test_a_model_that_cannot_be_written_is_a_failed_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise UserError("'x' could not be written: no space left on device")

    monkeypatch.setattr(Debugger, "save", full)
    code, out, err = run("train", "-o", "x.safetensors", "--epochs", "1")
    assert (code, out) == (1, "")
    assert "no space left" in err


def report_to(monkeypatch: pytest.MonkeyPatch, tell: Callable[[int], object]) -> None:
    """Has `tell` called with the number of finished epochs after each of them."""
    from lstm_tui import training_progress

    def lines(*_: object) -> training_progress.Report:
        def report(progress: Progress) -> None:
            tell(progress.epoch)

        return report

    monkeypatch.setattr(training_progress, "lines", lines)


def spoiled(real: Callable[..., Any], good: bool) -> Callable[..., Any]:
    """A loss function whose results are no numbers unless `good`."""
    return real if good else lambda *args, **named: real(*args, **named) * math.nan
