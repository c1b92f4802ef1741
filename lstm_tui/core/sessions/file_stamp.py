"""What tells a file from another that took its place."""

from __future__ import annotations

import os


def stamp(path: str | None) -> tuple[int, int] | None:
    """What tells a file from another that took its place; None where there is none."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
