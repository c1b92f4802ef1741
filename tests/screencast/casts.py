"""Recordings read back."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

from lstm_tui.screencast.cast import Event


def read_cast(path: str | os.PathLike[str]) -> tuple[dict[str, Any], list[Event]]:
    """The header and all whole events of a recording. Raises `ValueError` where something else than the end is torn."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    torn = lines.pop()  # empty where the last line was finished
    with contextlib.suppress(ValueError):
        lines += [torn] if torn and json.loads(torn) else []
    header, *events = (json.loads(line) for line in lines)
    return header, [(float(at), kind, data) for at, kind, data in events]
