"""Two trainings that one key has started: each in a thread, watched as one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from lstm_tui.debugger.door import Progress

if TYPE_CHECKING:
    from lstm_tui.core.training_course import EpochFigures
    from lstm_tui.debugger.door import TrainingDoor


class BothTrainings:
    """What one training is to those who watch it. The losses are the first one's."""

    def __init__(self, first: TrainingDoor, second: TrainingDoor) -> None:
        self._both = first, second

    @property
    def figures(self) -> tuple[EpochFigures, ...]:
        """What is known of each finished epoch of the first."""
        return self._both[0].figures

    @property
    def losses(self) -> tuple[float, ...]:
        """One a finished epoch, of the first."""
        return self._both[0].losses

    @property
    def progress(self) -> Progress | None:
        """The slower one's; None until both have begun."""
        known = [each.progress for each in self._both]
        slowest: Progress | None = min(filter(None, known), key=lambda each: each.fraction, default=None)
        return None if None in known else slowest

    @property
    def epochs(self) -> int:
        """Epochs asked for, of each."""
        return self._both[0].epochs

    @property
    def lr(self) -> float:
        """Adam's learning rate."""
        return self._both[0].lr

    @property
    def sentence(self) -> str:
        """How both went."""
        return "; ".join(each.sentence for each in self._both)

    def cancel(self) -> None:
        """Stop both soon. Safe from any thread."""
        for each in self._both:
            each.cancel()

    def run(self, report: Callable[[Progress], None]) -> None:
        """Train both to their ends."""
        first, second = self._both
        thread = threading.Thread(target=second.run, args=(lambda _: None,), name="train", daemon=True)
        thread.start()
        first.run(report)
        thread.join()
