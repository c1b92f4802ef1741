"""Columns of numbers, as they come out of a file."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class NumberTable:
    """Columns of one length, and the name of each row where one of them says it."""

    columns: Mapping[str, array[float]]
    times: tuple[str, ...] | None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))
