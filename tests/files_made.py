"""Model files for tests, made and broken by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Header = dict[str, Any]


def split(data: bytes) -> tuple[Header, bytes]:
    """A safetensors file as its header and its numbers."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def joined(header: object, numbers: bytes) -> bytes:
    """And back."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def changed(data: bytes, change: Callable[[Header], object]) -> bytes:
    """The file with its header changed in place."""
    header, numbers = split(data)
    change(header)
    return joined(header, numbers)


def with_metadata(data: bytes, **values: object) -> bytes:
    """The file with these metadata instead; None leaves an entry out."""

    def change(header: Header) -> None:
        now = {**header["__metadata__"], **values}
        header["__metadata__"] = {key: value for key, value in now.items() if value is not None}

    return changed(data, change)
