"""The JSON header of a safetensors file: which tensors it names, and that the bytes behind it are theirs, each once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_TENSORS, Unreadable

ITEM_SIZES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1
}  # fmt: skip
"""Bytes a number of each type known here."""
_LONGEST_NAME = 80


class HeaderEntry(NamedTuple):
    """What the header says of one tensor. `begin` and `end` count from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def parse_header(text: bytes) -> tuple[dict[str, HeaderEntry], dict[str, str]]:
    """The tensors and the metadata that a header names. Raises `Unreadable`; the rest is for the others to check."""
    try:
        header = bounded_json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
    except ValueError as error:
        raise Unreadable(f"has a damaged safetensors header (it is not JSON); {DAMAGED}") from error
    metadata = header.pop("__metadata__", {}) if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Unreadable(f"is damaged: its metadata are not strings; {DAMAGED}")
    if len(header) > MOST_TENSORS:
        raise Unreadable(f"names {len(header):,} tensors, far more than any recurrent model has; {DAMAGED}")
    return {name: _entry(name, entry) for name, entry in header.items()}, metadata


def check_size(entries: Mapping[str, HeaderEntry], start: int, size: int) -> None:
    """That a file of `size` bytes whose numbers begin at `start` ends where its tensors do. Raises `Unreadable`."""
    end = start + max((entry.end for entry in entries.values()), default=0)
    if end != size:
        raise Unreadable(f"is cut off: it has {size:,} bytes and its header describes {end:,}; {DAMAGED}")


def check_places(entries: Mapping[str, HeaderEntry]) -> None:
    """Checks that the tensors follow one another, each as large as its shape says. Raises `Unreadable`."""
    at = 0
    for name, entry in sorted(entries.items(), key=lambda pair: pair[1][2:]):
        if entry.begin != at:
            where = f"tensor '{name[:_LONGEST_NAME]}' is not where its header says"
            raise Unreadable(f"is damaged: {where} (its tensors overlap, or have gaps between them); {DAMAGED}")
        item = ITEM_SIZES.get(entry.dtype)
        if item is not None and math.prod(entry.shape) * item != entry.end - entry.begin:
            raise Unreadable(f"claims sizes other than those it stores (tensor {name[:_LONGEST_NAME]}); {DAMAGED}")
        at = entry.end


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unreadable(f"has a duplicate key in its header; {DAMAGED}")
    return made


def _entry(name: str, entry: object) -> HeaderEntry:
    fields = entry if isinstance(entry, dict) else {}
    shape, place = _whole(fields.get("shape")), _whole(fields.get("data_offsets"))
    if shape is None or len(shape) > 8:
        raise Unreadable(f"is damaged: tensor '{name[:_LONGEST_NAME]}' has no valid shape; {DAMAGED}")
    if place is None or len(place) != 2 or place[0] > place[1]:
        raise Unreadable(f"is damaged: tensor '{name[:_LONGEST_NAME]}' has no valid position; {DAMAGED}")
    return HeaderEntry(str(fields.get("dtype"))[:40], shape, *place)


def _whole(value: object) -> tuple[int, ...] | None:
    """A list of numbers that can be sizes or places; None for anything else."""
    fits = isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 48 for n in value)
    return tuple(value) if isinstance(value, list) and fits else None
