"""The cell implementations, as those outside the engine may list them."""

from __future__ import annotations


def cells() -> tuple[tuple[str, str], ...]:
    """Each implementation's name and what it is, in one line. Imports torch."""
    from lstm_tui.engine.cells import ALL

    return tuple((name, cell.summary) for name, cell in ALL.items())
