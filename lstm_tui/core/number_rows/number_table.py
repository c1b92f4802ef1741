"""Columns of numbers, as they come out of a file."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class NumberTable:
    """Columns of one length, and the name of each row where one of them says it."""

    columns: Mapping[str, array[float]]
    times: tuple[str, ...] | None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @classmethod
    def read(cls, content: Any) -> NumberTable:
        """What `{"columns": {name: numbers}, "times": names or null, "notes": []}` is. Raises `ValueError`."""
        if not isinstance(content, dict) or content.keys() != {"columns", "times", "notes"} or content["notes"]:
            raise ValueError
        columns, times = content["columns"], content["times"]
        lists = list(columns.values()) if isinstance(columns, dict) else []
        if not lists or not all(isinstance(one, list) and len(one) == len(lists[0]) > 0 for one in lists):
            raise ValueError
        for one in lists:
            if not all(type(value) in (int, float) and math.isfinite(value) for value in one):
                raise ValueError
        named = isinstance(times, list) and all(isinstance(name, str) for name in times) and len(times) == len(lists[0])
        if times is not None and not named:
            raise ValueError
        made = {name: array("d", map(float, one)) for name, one in columns.items()}
        return cls(made, None if times is None else tuple(times))
