"""What the three containers share: the opened checkpoint, its pickles, and claims about sizes checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from lstm_tui.checkpoints.sandbox.limits import DAMAGED, Unreadable
from lstm_tui.checkpoints.sandbox.pickle_machine import Machine
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle, StandIn
from lstm_tui.checkpoints.sandbox.tensors import ITEM_SIZES, QUIET, TORCH, Storage


@dataclass(frozen=True, eq=False)
class OpenedFile:
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


def new_machine(
    persistent: Callable[[object], object], inline: Callable[[StandIn, IO[bytes]], None] | None = None
) -> Machine:
    return Machine({**TORCH, **dict.fromkeys(QUIET, _mention)}, persistent, inline)


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
            f"claims a tensor storage of {claimed:,} bytes where {held:,} are stored: damaged or forged; {DAMAGED}"
        )


def read_at(file: IO[bytes], start: int, storage: Storage) -> bytes:
    nbytes = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
    file.seek(start)
    data = file.read(nbytes)
    if len(data) != nbytes:
        raise Unreadable(f"ends before its tensors do; {DAMAGED}")
    return data
