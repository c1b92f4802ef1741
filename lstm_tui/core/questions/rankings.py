"""By what the units of a layer can be ranked: how much they held, how saturated they were, whether they do anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Step, Vector

STEPS_RANKED = 1024
"""Steps looked back: they are at hand."""
LOSSES_RANKED = 10_000
"""Steps whose losses are compared: some seconds of the largest models."""
RANKED = 12
"""Units that are listed."""
_SHUT, _OPEN = 0.1, 0.9
_STILL = 0.01
"""How far the h of a dead unit ranges at most."""


@dataclass(frozen=True)
class Ranking:
    """A score a unit, of some quantities over time; larger is more."""

    title: str
    """As in `units … in steps 1 to 9`."""
    quantities: Sequence[Quantity]
    score: Callable[[Sequence[Vector]], float]
    """Takes one unit's values over time, a vector a quantity."""
    words: Callable[[float], str]
    least: float = 0.0
    """Units with no more are left out."""


def _largest(quantities: Sequence[Quantity]) -> Ranking:
    state = next(quantity for quantity in quantities if quantity.state)

    def largest(of: Sequence[Vector]) -> float:
        return max(map(abs, of[0]), default=0.0)

    return Ranking(f"of the largest |{state.symbol}|", (state,), largest, lambda most: f"{most:.2f}")


def _saturated(quantities: Sequence[Quantity]) -> Ranking | None:
    gates = [quantity for quantity in quantities if quantity.kind == "gate"]

    def share(of: Sequence[Vector]) -> float:
        known = [value for vector in of for value in vector if value == value]
        return sum(not _SHUT <= value <= _OPEN for value in known) / max(len(known), 1)

    words = "with the most saturated gates (under 0.1 or over 0.9)"
    return Ranking(words, gates, share, lambda part: f"{part:.0%}") if gates else None


def _dead(quantities: Sequence[Quantity]) -> Ranking | None:
    shown = [quantity for quantity in quantities if quantity.name == "h"]

    def stillness(of: Sequence[Vector]) -> float:
        return _STILL - (max(of[0]) - min(of[0])) if of[0] else 0.0

    return Ranking(f"dead (h ranges over less than {_STILL})", shown, stillness, lambda still: f"{_STILL - still:.4f}")


def largest_losses(steps: Iterable[Step], count: int = RANKED) -> list[Step]:
    """The steps after which the true next character was the least expected, the largest loss first."""
    known = ((step.loss, -step.position, step) for step in steps if step.loss is not None)
    return [step for _, _, step in nlargest(count, known)]


RANKINGS: dict[str, Callable[[Sequence[Quantity]], Ranking | None]] = {
    "largest": _largest,
    "saturated": _saturated,
    "dead": _dead,
}
"""By the last part of their action's id."""
