"""An HDF5 file's groups, attributes and datasets as plain data.

Every link must be a plain one to an object of its own: soft and external links, groups inside themselves, virtual
datasets and external storage are refused, and so is a dataset that claims far more than the file holds. The numbers
are read here, and not by `pyfive`, which unpacks as much as a bomb says.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from lstm_tui.checkpoints.sandbox.hdf5.metered import Metered
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_TENSORS, Unreadable, most_unpacked
from lstm_tui.checkpoints.sandbox.opened import read_at
from lstm_tui.checkpoints.sandbox.tensors import FLOATS, ITEM_SIZES, Storage, Tensor

MOST_DEPTH = 32
MOST_CHUNKS = 100_000
_LINK, _EXTERNAL_STORAGE = 0x6, 0x7
_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_GZIP, _SHUFFLE, _FLETCHER = 1, 2, 3
_NOWHERE = (1 << 64) - 1
_EXTERNAL_LINK = 64


@dataclass(eq=False)
class Group:
    """One group: attributes as text, lists of text or numbers; members by name."""

    attributes: dict[str, object] = field(default_factory=dict)
    members: dict[str, Group | Tensor] = field(default_factory=dict)

    def group(self, path: str) -> Group | None:
        """The group at a path of names; None where there is none."""
        found: Group | Tensor | None = self
        for part in path.split("/"):
            found = found.members.get(part) if isinstance(found, Group) else None
        return found if isinstance(found, Group) else None

    def tensor(self, path: str) -> Tensor | None:
        """The dataset at a path of names."""
        above, _, last = path.rpartition("/")
        group = self.group(above) if above else self
        found = group.members.get(last) if group else None
        return found if isinstance(found, Tensor) else None


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a dataset's numbers are."""

    offset: int
    chunks: Any = None
    """pyfive's description where they are in pieces."""
    inline: bytes | None = None


class HDF5:
    """One file, its structure read and every claim about sizes checked. Raises `Unreadable`."""

    def __init__(self, file: IO[bytes], size: int, leave: tuple[str, ...] = ()) -> None:
        import pyfive

        self._file, self._size = file, size
        self._metered = Metered(file, size)
        self._places: dict[str, _Place] = {}
        self._seen: set[int] = set()
        try:
            self._opened: Any = pyfive.File(self._metered)
        except AssertionError:  # as of `get_links`, for the links at the top
            raise Unreadable(_outside("/")) from None
        self.root = Group()
        start = self._opened._get_dataobjects(self._opened._superblock.offset_to_dataobjects)
        self._fill(self.root, start, "", 0, leave)

    def _fill(self, group: Group, found: Any, path: str, depth: int, leave: tuple[str, ...]) -> None:
        if depth > MOST_DEPTH:
            raise Unreadable(f"nests groups more than {MOST_DEPTH} deep; {DAMAGED}")
        group.attributes = {str(name): _plain(value) for name, value in found.get_attributes().items()}
        for name, address in _links(found, path):
            if name in leave and not path:
                continue
            if address in self._seen:
                raise Unreadable(f"holds one object under two names or inside itself ({path}{name}), as no Keras does")
            self._seen.add(address)
            if len(self._seen) > 2 * MOST_TENSORS:
                raise Unreadable("holds far more than a recurrent model does; save the weights alone")
            inner = self._opened._get_dataobjects(address)
            where = f"{path}{name}"
            if inner.is_dataset:
                group.members[name] = self._dataset(inner, where)
            else:
                group.members[name] = below = Group()
                self._fill(below, inner, f"{where}/", depth + 1, ())

    def _dataset(self, found: Any, path: str) -> Tensor:
        if found.find_msg_type(_EXTERNAL_STORAGE):
            raise Unreadable(f"keeps {path} in another file (external storage); save the model again as one file")
        shape = found.shape
        if shape is None or len(shape) > 8:
            return Tensor(None, 0, (), (), "none", "holds no numbers")
        shape = tuple(int(n) for n in shape)
        dtype = _dtype(found)
        storage = Storage(path, dtype, math.prod(shape))
        nbytes = storage.numel * ITEM_SIZES.get(dtype, 1)
        self._places[path] = place = self._place(found, path, nbytes)
        held = self._size if place.chunks is not None else self._size - place.offset
        if nbytes > (most_unpacked(self._size) if place.chunks is not None else held):
            raise Unreadable(f"claims {nbytes:,} bytes for {path} in a file of {self._size:,}: made up; {DAMAGED}")
        return Tensor(storage, 0, shape, _strides(shape), dtype, "" if dtype in FLOATS else f"is of type {dtype}")

    def _place(self, found: Any, path: str, nbytes: int) -> _Place:
        from pyfive.h5d import DatasetID

        _, layout, _ = found.get_id_storage_params()
        if layout == _VIRTUAL:
            raise Unreadable(f"has {path} as a virtual dataset, whose numbers are in other files; save it as one file")
        if layout not in (_COMPACT, _CONTIGUOUS, _CHUNKED):
            raise Unreadable(f"stores {path} in an unknown way; {DAMAGED}")
        about = DatasetID(found, noindex=True)
        if layout == _COMPACT:
            return _Place(0, inline=bytes(about._data or b""))
        if layout == _CONTIGUOUS:
            if about.data_offset == _NOWHERE and nbytes:
                raise Unreadable(f"names {path} and stores no numbers for it; {DAMAGED}")
            return _Place(0 if about.data_offset == _NOWHERE else int(about.data_offset))
        return _Place(0, chunks=about)

    def read(self, storage: Storage) -> bytes:
        """All bytes of one dataset, in C order. Raises `Unreadable` where there are fewer than it claims."""
        place = self._places[storage.key]
        if place.chunks is not None:
            return self._unpacked(storage, place.chunks)
        if place.inline is not None:
            if len(place.inline) < storage.numel * ITEM_SIZES[storage.dtype]:
                raise Unreadable(f"ends before its tensors do; {DAMAGED}")
            return place.inline
        return read_at(self._file, place.offset, storage)

    def _unpacked(self, storage: Storage, about: Any) -> bytes:
        """The chunks, each unpacked to no more than its size, put into their places."""
        item = ITEM_SIZES[storage.dtype]
        shape, chunk = tuple(map(int, about.shape)), tuple(map(int, about.chunks))
        if len(chunk) != len(shape) or not 1 <= len(shape) <= 2 or 0 in chunk:
            raise Unreadable(f"has {storage.key} in chunks of an impossible shape; {DAMAGED}")
        count = math.prod(-(-n // c) for n, c in zip(shape, chunk, strict=True))
        nbytes = math.prod(chunk) * item
        index = about.index
        if count > MOST_CHUNKS or nbytes > most_unpacked(self._size) or len(index) != count:
            raise Unreadable(f"has {storage.key} in other chunks than it says; {DAMAGED}")
        made = bytearray(storage.numel * item)
        (rows, columns), (high, wide) = _two(shape, 1), _two(chunk, 1)
        for at, stored in index.items():
            top, left = _two(tuple(map(int, at)), 0)
            if top >= rows or left >= columns or top % high or left % wide:
                raise Unreadable(f"has a chunk of {storage.key} outside of it; {DAMAGED}")
            data = self._chunk(about, stored, nbytes, item)
            width = min(wide, columns - left) * item
            for row in range(min(high, rows - top)):
                to = ((top + row) * columns + left) * item
                made[to : to + width] = data[row * wide * item :][:width]
        return bytes(made)

    def _chunk(self, about: Any, stored: Any, nbytes: int, item: int) -> bytes:
        self._file.seek(stored.byte_offset)
        data = self._file.read(min(stored.size, self._size))
        for number, entry in reversed(list(enumerate(about.filter_pipeline or ()))):
            if stored.filter_mask & 1 << number:
                continue
            which = entry["filter_id"]
            if which == _GZIP:
                data = zlib.decompressobj().decompress(data, nbytes + 4)
            elif which == _SHUFFLE:
                step = len(data) // item
                apart = bytearray(step * item)
                for at in range(item):
                    apart[at::item] = data[at * step : (at + 1) * step]
                data = bytes(apart)
            elif which == _FLETCHER:
                data = data[:-4]
            else:
                raise Unreadable(f"is compressed by HDF5 filter {which}, which is not read; save it again with gzip")
        if len(data) != nbytes:
            raise Unreadable(f"has a chunk of another size than it says; {DAMAGED}")
        return data


def _two(numbers: tuple[int, ...], first: int) -> tuple[int, int]:
    """A row of one dimension as a matrix of one row."""
    return (first, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])


def _strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[at + 1 :]) for at in range(len(shape)))


def _outside(path: str) -> str:
    return f"holds links out of itself in {path}, which are never followed, or is damaged; save the model again"


def _links(found: Any, path: str) -> Iterator[tuple[str, int]]:
    """Name and address of each member. Raises `Unreadable` for links that are no plain ones."""
    outside = _outside(path or "/")
    for message in found.find_msg_type(_LINK):
        head = bytes(found.msg_data[message["offset_to_message"] :][:3])
        if len(head) == 3 and head[1] & 8 and head[2] == _EXTERNAL_LINK:
            raise Unreadable(outside)
    try:
        links = found.get_links()
    except AssertionError:  # of a kind that pyfive does not know, in a group too large for messages
        raise Unreadable(outside) from None
    for name, address in links.items():
        if not isinstance(address, int):
            raise Unreadable(f"holds a soft link ({path}{name}), as no Keras writes; save the model again")
        yield str(name), address


def _dtype(found: Any) -> str:
    """The type of a dataset's numbers by a name out of `ITEM_SIZES`, or what the file calls it."""
    dtype = found.ptype.dtype
    kind, size, order = getattr(dtype, "kind", "?"), getattr(dtype, "itemsize", 0), getattr(dtype, "byteorder", "|")
    if kind == "V" and size == 2 and _plain(found.get_attributes().get("dtype")) == "bfloat16":
        return "bfloat16"
    if order == ">":
        return f"big-endian {dtype}"
    name = {"f": "float", "i": "int", "u": "uint"}.get(kind, "")
    return f"{name}{8 * size}" if name else str(dtype)[:40]


def _plain(value: Any) -> object:
    """An attribute's value: text, a list of texts, or None for what is not needed here."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "tolist") and hasattr(value, "size"):
        listed = value.tolist()
        return [_plain(one) for one in listed] if isinstance(listed, list) else _plain(listed)
    return None
