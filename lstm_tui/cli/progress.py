"""A training watched without a screen: a bar on a terminal, a line now and then anywhere else.

Also where Ctrl+C, SIGTERM and SIGHUP end a training so that its best weights can still be written.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from lstm_tui.core.step import loss_words
from lstm_tui.debugger.door import Progress

if TYPE_CHECKING:
    from lstm_tui.debugger.training_job import TrainingJob

Report = Callable[[Progress], None]

LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal to draw a bar on."""
DRAW_EVERY = 0.1
"""Seconds between two drawings of the bar."""


class Stopped(Exception):
    """A signal asked the training to stop; `signal` is which."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


@dataclass
class _Asked:
    signal: int | None = None


@contextlib.contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Inside, the first signal is only remembered, and the function given raises it as `Stopped` when called.

    So a training ends between two updates, with weights that belong together. A second signal ends it at once.
    """
    asked = _Asked()

    def remember(number: int, frame: FrameType | None) -> None:
        if asked.signal is not None:
            raise KeyboardInterrupt
        asked.signal = number

    def check() -> None:
        if asked.signal is not None:
            raise Stopped(asked.signal)

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [(number, signal.getsignal(number)) for number in caught]
    # A handler that was set to be ignored (nohup) stays so.
    taken = [(number, handler) for number, handler in before if handler != signal.SIG_IGN]
    for number, _ in taken:
        signal.signal(number, remember)
    try:
        yield check
    finally:
        for number, handler in taken:
            signal.signal(number, handler)


def watch(training: TrainingJob, stream: TextIO, dumb: bool) -> int | None:
    """Run `training` in this thread with its progress on `stream` (`dumb`: without a bar even on a terminal).

    Returns the signal that stopped it, None where it ran to its own end.
    """
    with stoppable() as check, _reporter(training, stream, dumb) as report:

        def both(progress: Progress) -> None:
            # A progress bar that cannot be written any more (a closed pipe) must not cost the training.
            with contextlib.suppress(OSError, ValueError):
                report(progress)
            check()

        try:
            training.run(both)
        except Stopped as stopped:
            return stopped.signal
    return None


@contextlib.contextmanager
def _reporter(training: TrainingJob, stream: TextIO, dumb: bool) -> Iterator[Report]:
    if dumb or not stream.isatty():
        yield lines(stream.write, time.monotonic)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}  {task.fields[left]}"),
    )
    with Bar(*columns, console=Console(file=stream), auto_refresh=False, transient=True) as bar:
        task = bar.add_task("", total=1.0, epoch=0, epochs=training.epochs, loss="–", left="")
        drawn = time.monotonic()

        def draw(progress: Progress) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= DRAW_EVERY or progress.fraction >= 1:
                drawn = now
                loss, left = loss_words(progress.loss), time_left(progress.seconds_left)
                bar.update(task, completed=progress.fraction, epoch=progress.epoch, loss=loss, left=left, refresh=True)

        yield draw


def lines(write: Callable[[str], object], clock: Callable[[], float]) -> Report:
    """A report that writes a line every `LINE_EVERY` seconds of `clock`: a short training says nothing."""
    written = clock()

    def report(progress: Progress) -> None:
        nonlocal written
        now = clock()
        if now - written < LINE_EVERY:
            return
        written = now
        left = time_left(progress.seconds_left)
        write(f"epoch {progress.epoch}/{progress.epochs}  loss {loss_words(progress.loss)}  {left}\n")

    return report


def time_left(seconds: float | None) -> str:
    """`12 s left`, `3 min 05 s left`, `2 h 04 min left`; nothing where it is not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s left"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s left"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min left"
