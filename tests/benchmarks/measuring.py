"""One row of the table, and how two things are measured fairly: by turns, in the same run, by their medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Bench = Callable[[], Iterator["Row"]]


@dataclass(frozen=True)
class Row:
    """Both figures in `unit`; the ratio may be at most `reach`."""

    what: str
    measured: float
    baseline: float
    unit: str
    reach: float
    against: str
    """What the baseline is."""

    @property
    def ratio(self) -> float:
        """How many times the baseline."""
        return self.measured / self.baseline

    @property
    def ok(self) -> bool:
        """Whether the ratio is within reach."""
        return self.ratio <= self.reach

    def cells(self) -> tuple[str, ...]:
        """The row as text: what, measured, baseline, ratio, reach, ok."""
        return (
            self.what,
            f"{self.measured:,.4g} {self.unit}",
            f"{self.baseline:,.4g} {self.unit} ({self.against})",
            f"{self.ratio:.2f}×",
            f"≤ {self.reach:g}×",
            "yes" if self.ok else "NO",
        )


def by_turns(measured: Callable[[], float], baseline: Callable[[], float], rounds: int) -> tuple[float, float]:
    """The medians of two measurements taken alternately, after one of each that does not count."""
    measured(), baseline()
    pairs = [(measured(), baseline()) for _ in range(rounds)]
    return statistics.median(m for m, _ in pairs), statistics.median(b for _, b in pairs)


def seconds(work: Callable[[], object]) -> Callable[[], float]:
    """A measurement of how long `work`, which runs in one thread, takes.

    Its processor time: the same as the clock's on a quiet machine, and undisturbed by others on a busy one.
    """

    def measure() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return measure
