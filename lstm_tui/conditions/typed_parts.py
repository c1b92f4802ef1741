"""Parts of a condition with what is known of them while reading: kind, units, place and text."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_tui.conditions.nodes import Numeric, Symbolic, Truth


@dataclass(frozen=True, eq=False)
class TypedPart:
    """Something in the text."""

    text: str
    column: int
    size: int | None
    """Units, for a vector of numbers or truths; None for one a step."""


@dataclass(frozen=True, eq=False)
class NumberPart(TypedPart):
    """A number, or a vector of them."""

    node: Numeric


@dataclass(frozen=True, eq=False)
class CharacterPart(TypedPart):
    """A character."""

    node: Symbolic


@dataclass(frozen=True, eq=False)
class TruthPart(TypedPart):
    """Yes or no, or one such a unit."""

    node: Truth


Part = NumberPart | CharacterPart | TruthPart


def described(part: TypedPart) -> str:
    """What a part is, in a few words for a sentence of complaint."""
    if isinstance(part, CharacterPart):
        return "a character"
    if isinstance(part, TruthPart):
        return "true or false" if part.size is None else f"{part.size} truth values, one for each unit"
    return "one number" if part.size is None else f"{part.size} numbers, one for each unit"
