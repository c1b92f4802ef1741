"""What the three containers share: limits, the opened checkpoint, and the sentence for those that stay shut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from lstm_tui.checkpoints.own.file import MOST_FILE_BYTES
from lstm_tui.checkpoints.sandbox.pickle_machine import Machine
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle
from lstm_tui.checkpoints.sandbox.tensors import ITEM_SIZES, QUIET, TORCH, Storage
from lstm_tui.core.errors import UserError

MOST_PICKLE_BYTES = 48 << 20
MOST_TENSORS = 10_000
DAMAGED = "save or download it again"


def most_unpacked(size: int) -> int:
    """Bytes that may be in a file of `size`: torch packs nothing, weights packed afterwards give less than half."""
    return min(MOST_FILE_BYTES, (16 << 20) + 10 * size)


class Unreadable(UserError):
    """A file that is not opened. The sentence is a predicate: whoever knows the file's name puts it in front."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A checkpoint's structure, and a way to the bytes of its storages."""

    root: object
    """Plain containers, stand-ins and tensors."""
    read: Callable[[Storage], bytes]
    """All bytes of one storage; raises `Unreadable` where the file holds fewer than it claims."""
    form: str
    names: tuple[str, ...] = ()
    """Foreign names the pickle mentions, none of which was looked up."""
    ties: dict[str, str] = field(default_factory=dict)
    """Tensor name → the name under which it is stored (safetensors only)."""


def new_machine(persistent: Callable[[object], object]) -> Machine:
    return Machine({**TORCH, **dict.fromkeys(QUIET, _mention)}, persistent)


def _mention(*_: object) -> object:
    return None


def load_pickle(reader: Machine, file: IO[bytes]) -> object:
    try:
        return reader.load(file)
    except BadPickle as error:
        raise Unreadable(f"cannot be read: {error}; {DAMAGED}") from error


def check_claim(storage: Storage, held: int) -> None:
    claimed = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
    if claimed > held:
        raise Unreadable(
            f"claims a tensor storage of {claimed:,} bytes where {held:,} are stored: damaged or made up; {DAMAGED}"
        )


def read_at(file: IO[bytes], start: int, storage: Storage) -> bytes:
    nbytes = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
    file.seek(start)
    data = file.read(nbytes)
    if len(data) != nbytes:
        raise Unreadable(f"ends before its tensors do; {DAMAGED}")
    return data
