"""Where a piece of text stands in a text of symbols: plain search, since no model has to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def found_after(symbols: Sequence[str], sought: Sequence[str], position: int) -> int | None:
    """The next step after `position` that reads the first symbol of `sought`; None where there is none."""
    if isinstance(symbols, str) and isinstance(sought, str):
        at = symbols.find(sought, position)
        return None if at < 0 else at + 1
    return _first(symbols, sought, range(position, len(symbols) - len(sought) + 1))


def found_before(symbols: Sequence[str], sought: Sequence[str], position: int) -> int | None:
    """The step before `position` nearest to it that reads the first symbol of `sought`; None where there is none."""
    last = min(position - 2, len(symbols) - len(sought))  # the step `position` reads symbol number position - 1
    if last < 0:
        return None
    if isinstance(symbols, str) and isinstance(sought, str):
        at = symbols.rfind(sought, 0, last + len(sought))
        return None if at < 0 else at + 1
    return _first(symbols, sought, range(last, -1, -1))


def _first(symbols: Sequence[str], sought: Sequence[str], places: Iterable[int]) -> int | None:
    wanted = list(sought)
    for at in places:
        if symbols[at] == wanted[0] and list(symbols[at : at + len(wanted)]) == wanted:
            return at + 1
    return None
