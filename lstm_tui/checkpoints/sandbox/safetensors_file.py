"""safetensors: a JSON header and the bytes behind it, with no overlaps and no holes."""

from __future__ import annotations

from typing import IO

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_HEADER_BYTES, MOST_TENSORS, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile, read_at
from lstm_tui.checkpoints.sandbox.tensors import FLOATS, ITEM_SIZES, Storage, Tensor

_SAFE_TYPES = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16", "I64": "int64"}
_SAFE_TYPES |= {"I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unreadable(f"names the same thing twice in its header; {DAMAGED}")
    return made


def open_safetensors(file: IO[bytes], size: int) -> OpenedFile:
    """The structure of a safetensors file. Raises `Unreadable`."""
    length = int.from_bytes(file.read(8), "little")
    if length > MOST_HEADER_BYTES:
        raise Unreadable(f"has a header of {length:,} bytes, far more than any recurrent model needs; {DAMAGED}")
    try:
        header = bounded_json.loads(file.read(length).decode("utf-8"), object_pairs_hook=_unique)
    except ValueError as error:
        raise Unreadable(f"has a damaged safetensors header; {DAMAGED}") from error
    if not isinstance(header, dict):
        raise Unreadable(f"has a damaged safetensors header; {DAMAGED}")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Unreadable(f"has damaged safetensors metadata; {DAMAGED}")
    if len(header) > MOST_TENSORS:
        raise Unreadable(f"names {len(header):,} tensors, far more than any recurrent model has; {DAMAGED}")
    described = {name: _safe_tensor(name, entry) for name, entry in header.items()}
    at = 0
    for _, begin, end in sorted(described.values(), key=lambda entry: entry[1:]):
        if begin != at:
            raise Unreadable(f"has tensors that overlap, or gaps between them; {DAMAGED}")
        at = end
    if 8 + length + at != size:
        raise Unreadable(f"has {size:,} bytes where its header describes {8 + length + at:,}; {DAMAGED}")
    tensors = {name: tensor for name, (tensor, _, _) in described.items()}
    ties = {name: kept for name, kept in metadata.items() if kept in tensors and name not in tensors}
    root = {"": tensors, "__metadata__": {name: _parsed(value) for name, value in metadata.items()}}

    def read(storage: Storage) -> bytes:
        return read_at(file, 8 + length + described[storage.key][1], storage)

    return OpenedFile(root, read, "safetensors", (), ties)


def _safe_tensor(name: str, entry: object) -> tuple[Tensor, int, int]:
    if not isinstance(entry, dict):
        raise Unreadable(f"has a damaged safetensors header; {DAMAGED}")
    shape, (begin, end) = _whole(entry.get("shape"), 8), _whole(entry.get("data_offsets"), 2, 2)
    kind = entry.get("dtype")
    dtype = _SAFE_TYPES.get(kind, str(kind)[:40]) if isinstance(kind, str) else "?"
    numel = 1
    for n in shape:
        numel *= n
    if begin > end or (dtype in ITEM_SIZES and numel * ITEM_SIZES[dtype] != end - begin):
        raise Unreadable(f"claims other sizes than it stores (tensor {name[:80]}); {DAMAGED}")
    stride: list[int] = []
    step = 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= n
    problem = "" if dtype in FLOATS else f"is of type {dtype}"
    return Tensor(Storage(name, dtype, numel), 0, tuple(shape), tuple(stride), dtype, problem), begin, end


def _whole(value: object, most: int, least: int = 0) -> list[int]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise Unreadable(f"has a damaged safetensors header; {DAMAGED}")
    if not all(type(n) is int and 0 <= n < 1 << 48 for n in value):
        raise Unreadable(f"has a damaged safetensors header; {DAMAGED}")
    return value


def _parsed(value: str) -> object:
    """Metadata are strings; lists and dicts in them are JSON by habit."""
    if value[:1] in "[{" and value:
        try:
            return bounded_json.loads(value)
        except ValueError:
            return value
    return value
