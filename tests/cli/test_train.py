"""Training without a screen never loses what was there or what was learned."""

from __future__ import annotations

import errno
import io
import math
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lstm_tui.debugger.door import Progress
from lstm_tui.debugger.training_job import TrainingJob
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

    monkeypatch.setattr(TrainingJob, "run", never)
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
    assert "NaN before the first epoch finished: 'nan.safetensors' was not written" in err
    assert os.listdir(tmp_path) == []


def removed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Has `folder`, where the model is to be written, go away while it trains."""
    folder.mkdir()
    report_to(monkeypatch, lambda epoch: folder.rmdir() if epoch == 1 else None)


def test_weights_that_cannot_be_written_where_asked_are_written_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    removed(monkeypatch, tmp_path / "gone")
    state, temporary = tmp_path / "state", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setenv("TMPDIR", str(temporary))
    for number, expected in enumerate((*[state / "lstm-tui" / "trained"] * 2, temporary, tmp_path)):
        code, out, err = run("train", "-o", "gone/x.safetensors", "--epochs", "2")
        assert (code, out) == (1, "")
        assert "'gone/x.safetensors' cannot be written: there is no folder 'gone'" in err
        named = re.search(r"; the weights are in '(.*)'\n", err)
        assert named is not None
        assert Path(named[1]).parent == expected
        assert "trained     2 epochs" in run("inspect", named[1])[1]
        (tmp_path / "gone").mkdir()
        if number == 1:  # it took another name; next there is no such folder any more
            assert named[1].endswith("x-2.safetensors")
            shutil.rmtree(state)
            state.write_text("")
        elif number == 2:
            shutil.rmtree(temporary)


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ("x.pt\nno/x.safetensors\nhere.safetensors\n", 1, "was not written; the weights are in 'here.safetensors'"),
        ("x.pt\nagain\n\n", 1, "the weights are in '"),
        ("give up\n", 1, "the weights were discarded"),
        ("", 1, "the weights are in '"),
    ],
)
def test_on_a_terminal_another_place_is_asked_for_until_the_weights_are_somewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answers: str, code: int, said: str
) -> None:
    from lstm_tui.cli import saving

    removed(monkeypatch, tmp_path / "gone")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(saving, "_can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(answers.encode())))
    returned, _, err = run("train", "-o", "gone/x.safetensors", "--epochs", "2")
    assert returned == code
    assert said in err
    kept = list(tmp_path.rglob("*.safetensors"))
    assert len(kept) == ("discarded" not in said)


def test_the_same_place_can_be_asked_for_again(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lstm_tui.cli import saving

    removed(monkeypatch, tmp_path / "gone")

    class Answers(io.BytesIO):
        def readline(self, *_: object) -> bytes:
            (tmp_path / "gone").mkdir()
            return b"\n"

    monkeypatch.setattr(saving, "_can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Answers()))
    code, out, _ = run("train", "-o", "gone/x.safetensors", "--epochs", "2")
    assert code == 0
    assert "wrote 'gone/x.safetensors'" in out
    assert os.listdir(tmp_path / "gone") == ["x.safetensors"]


def test_a_signal_while_it_is_asked_writes_the_weights_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lstm_tui.cli import saving

    removed(monkeypatch, tmp_path / "gone")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    class Hangs(io.BytesIO):
        def readline(self, *_: object) -> bytes:
            os.kill(os.getpid(), signal.SIGHUP)
            raise AssertionError("the signal was to end the question")

    monkeypatch.setattr(saving, "_can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Hangs()))
    before = signal.getsignal(signal.SIGHUP)
    code, _, err = run("train", "-o", "gone/x.safetensors", "--epochs", "2")
    assert code == 1
    assert "the weights are in '" in err
    assert len(list(tmp_path.rglob("*.safetensors"))) == 1
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_disk_without_room_is_said_before_hours_of_training(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("trained for nothing")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TrainingJob, "run", never)
    monkeypatch.setattr(os, "fsync", full)
    assert "no space left on device; free some space" in refused("train", "-o", "x.safetensors")


def report_to(monkeypatch: pytest.MonkeyPatch, tell: Callable[[int], object]) -> None:
    """Has `tell` called with the number of finished epochs after each of them."""
    from lstm_tui.cli import progress as training_progress

    def lines(*_: object) -> training_progress.Report:
        def report(progress: Progress) -> None:
            tell(progress.epoch)

        return report

    monkeypatch.setattr(training_progress, "lines", lines)


def spoiled(real: Callable[..., Any], good: bool) -> Callable[..., Any]:
    """A loss function whose results are no numbers unless `good`."""
    return real if good else lambda *args, **named: real(*args, **named) * math.nan
