"""What was found in a class of the user's own: its equations, what departs from the textbook, what gradients show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["textbook", "variant", "departs", "not checked"]


@dataclass(frozen=True)
class CheckRequest:
    """A class of the user's own, and what is to be asked of it."""

    spec: str
    """`file.py:Class`."""
    text: str
    arguments: Mapping[str, Any]
    """For its constructor, besides the sizes."""
    names: Mapping[str, str]
    """Quantity → the variable that it is in the source."""
    against: str | None = None


@dataclass(frozen=True)
class EquationVerdict:
    """One equation of the class."""

    quantity: str
    label: str | None
    """What the source calls it."""
    line: int | None
    formula: str
    verdict: Verdict
    says: str = ""


@dataclass(frozen=True)
class Departure:
    """Where the class computes something else than the textbook, in the order of computation."""

    quantity: str
    line: int | None
    says: str
    step: int | None = None
    """The step of the text at which the two values are furthest apart; None where no value tells it."""
    unit: int | None = None
    has: float | None = None
    expected: float | None = None


@dataclass(frozen=True)
class CheckReport:
    """All of it."""

    name: str
    form: str
    kind: str | None
    """`lstm`, `peephole`, `gru` …; None where it is none of those that are known."""
    equations: tuple[EquationVerdict, ...]
    findings: tuple[Departure, ...] = ()
    gradient: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is not judged, and why."""
    against: str | None = None
    """What `--against` found."""
    same: bool | None = None
    """Whether the function is that of `--against`."""

    @property
    def departs(self) -> bool:
        """Whether anything does."""
        return bool(self.findings) or self.same is False
