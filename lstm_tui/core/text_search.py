"""Finds a piece of text in a text of symbols: a plain search, without the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def found_after(symbols: Sequence[str], search_text: Sequence[str], position: int) -> int | None:
    """The next step after `position` that reads the first symbol of `search_text`; None where there is none."""
    if isinstance(symbols, str) and isinstance(search_text, str):
        at = symbols.find(search_text, position)
        return None if at < 0 else at + 1
    return _first(symbols, search_text, range(position, len(symbols) - len(search_text) + 1))


def found_before(symbols: Sequence[str], search_text: Sequence[str], position: int) -> int | None:
    """The nearest step before `position` that reads the first symbol of `search_text`; None where there is none."""
    last = min(position - 2, len(symbols) - len(search_text))  # the step `position` reads symbol number position - 1
    if last < 0:
        return None
    if isinstance(symbols, str) and isinstance(search_text, str):
        at = symbols.rfind(search_text, 0, last + len(search_text))
        return None if at < 0 else at + 1
    return _first(symbols, search_text, range(last, -1, -1))


def _first(symbols: Sequence[str], search_text: Sequence[str], places: Iterable[int]) -> int | None:
    wanted = list(search_text)
    for at in places:
        if symbols[at] == wanted[0] and list(symbols[at : at + len(wanted)]) == wanted:
            return at + 1
    return None
