"""Two models at one step of one text, side by side; and a tally of all steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lstm_tui.core.step import Prediction, Step


@dataclass(frozen=True, eq=False)
class ComparedStep:
    """What two models, a and b, make of the same symbol."""

    a: Step
    b: Step
    kl: float | None
    """KL(a ‖ b) of their guesses, in nats; None where one of them guesses nothing."""

    @property
    def loss(self) -> tuple[float | None, float | None]:
        """-ln p of the true next symbol; None after the last one."""
        a, b = (None if one is None else one.loss for one in (self.a.prediction, self.b.prediction))
        return a, b

    @property
    def p(self) -> tuple[float | None, float | None]:
        """The probability given to the true next symbol."""
        a, b = (None if one is None else one.target for one in (self.a.prediction, self.b.prediction))
        return None if a is None else a.p, None if b is None else b.p

    @property
    def guess(self) -> tuple[str | None, str | None]:
        """The likeliest symbol."""
        a, b = (_top(one) for one in (self.a.prediction, self.b.prediction))
        return a, b

    @property
    def differs(self) -> bool:
        """Whether the likeliest symbols are two."""
        return self.guess[0] != self.guess[1]


def _top(prediction: Prediction | None) -> str | None:
    return prediction.top[0].symbol if prediction is not None and prediction.top else None


@dataclass(eq=False)
class Tally:
    """Counts steps as they go by."""

    steps: int = 0
    differing: int = 0
    first: int | None = None
    """The first time step at which the likeliest symbols are two."""
    largest: tuple[float, int] = (0.0, 0)
    """The largest KL, and its time step."""
    _losses: tuple[float, float] = (0.0, 0.0)
    _counted: int = 0

    def counting(self, steps: Iterable[ComparedStep]) -> Iterator[ComparedStep]:
        """The same steps, each counted."""
        for step in steps:
            self._count(step)
            yield step

    def _count(self, step: ComparedStep) -> None:
        self.steps += 1
        if step.differs:
            self.differing += 1
            self.first = step.a.t if self.first is None else self.first
        if step.kl is not None and not step.kl <= self.largest[0]:
            self.largest = step.kl, step.a.t
        a, b = step.loss
        if a is not None and b is not None:
            self._counted += 1
            self._losses = self._losses[0] + a, self._losses[1] + b

    @property
    def mean_losses(self) -> tuple[float, float] | None:
        """Of both, in nats a symbol; None where there was none."""
        (a, b), count = self._losses, self._counted
        return (a / count, b / count) if count else None
