"""safetensors: a JSON header and the bytes behind it, with no overlaps and no holes."""

from __future__ import annotations

from typing import IO

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_HEADER_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile, read_at
from lstm_tui.checkpoints.sandbox.safetensors_header import HeaderEntry, check_places, check_size, parse_header
from lstm_tui.checkpoints.sandbox.tensors import FLOATS, Storage, Tensor

_SAFE_TYPES = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16", "I64": "int64"}
_SAFE_TYPES |= {"I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}


def open_safetensors(file: IO[bytes], size: int) -> OpenedFile:
    """The structure of a safetensors file. Raises `Unreadable`."""
    length = int.from_bytes(file.read(8), "little")
    if length > MOST_HEADER_BYTES:
        raise Unreadable(f"has a header of {length:,} bytes, far more than any recurrent model needs; {DAMAGED}")
    entries, metadata = parse_header(file.read(length))
    check_places(entries)
    check_size(entries, 8 + length, size)
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    ties = {name: kept for name, kept in metadata.items() if kept in tensors and name not in tensors}
    root = {"": tensors, "__metadata__": {name: _parsed(value) for name, value in metadata.items()}}

    def read(storage: Storage) -> bytes:
        return read_at(file, 8 + length + entries[storage.key].begin, storage)

    return OpenedFile(root, read, "safetensors", (), ties)


def _tensor(name: str, entry: HeaderEntry) -> Tensor:
    dtype = _SAFE_TYPES.get(entry.dtype, entry.dtype)
    stride: list[int] = []
    numel = 1
    for n in reversed(entry.shape):
        stride.insert(0, numel)
        numel *= n
    problem = "" if dtype in FLOATS else f"is of type {dtype}"
    return Tensor(Storage(name, dtype, numel), 0, entry.shape, tuple(stride), dtype, problem)


def _parsed(value: str) -> object:
    """Metadata are strings; lists and dicts in them are JSON by habit."""
    if value[:1] in "[{" and value:
        try:
            return bounded_json.loads(value)
        except ValueError:
            return value
    return value
