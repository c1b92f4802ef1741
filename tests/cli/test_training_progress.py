"""A training seen on a terminal and in a log."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable

import pytest

from lstm_tui.cli.progress import lines, stoppable, time_left, watch
from lstm_tui.debugger.door import Progress


def progress(epoch: int, epochs: int = 20, loss: float = 1.5) -> Progress:
    return Progress(epoch, epochs, epoch / epochs, loss, 1.0, 75.0)


class FakeTraining:
    """Reports every epoch of three."""

    epochs = 3

    def run(self, report: Callable[[Progress], None]) -> None:
        for epoch in (1, 2, 3):
            report(progress(epoch, 3, 1 / epoch))


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_line_every_ten_seconds() -> None:
    now, written = 0.0, list[str]()
    report = lines(written.append, lambda: now)
    for second in range(1, 31):
        now = float(second)
        report(progress(second))
    assert written == [f"epoch {epoch}/20  loss 1.5000  1 min 15 s left\n" for epoch in (10, 20, 30)]


def test_a_line_says_that_a_small_loss_is_small_and_not_zero() -> None:
    now, written = 0.0, list[str]()
    report = lines(written.append, lambda: now)
    now = 10.0
    report(progress(20, loss=0.00004))
    assert written == ["epoch 20/20  loss < 0.0001  1 min 15 s left\n"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.2, "0 s left"),
        (59.4, "59 s left"),
        (59.6, "1 min 00 s left"),
        (3599.6, "1 h 00 min left"),
        (7500, "2 h 05 min left"),
    ],
)
def test_the_time_left(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    assert watch(FakeTraining(), stream, dumb=False) is None  # type: ignore[arg-type]
    shown = stream.getvalue()
    assert "epoch 3/3" in shown
    assert "loss 0.3333" in shown
    assert "1 min 15 s left" in shown
    assert shown.rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_anything_else_gets_no_bar(stream: io.StringIO) -> None:
    watch(FakeTraining(), stream, dumb=stream.isatty())  # type: ignore[arg-type]
    assert stream.getvalue() == ""


def test_a_progress_nobody_can_read_does_not_end_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    from lstm_tui.cli import progress as training_progress

    def broken(*_: object) -> training_progress.Report:
        def report(_: Progress) -> None:
            raise BrokenPipeError

        return report

    monkeypatch.setattr(training_progress, "lines", broken)
    assert watch(FakeTraining(), io.StringIO(), dumb=True) is None  # type: ignore[arg-type]


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable() as check:
            signal.raise_signal(signal.SIGHUP)
            check()
    finally:
        signal.signal(signal.SIGHUP, before)
