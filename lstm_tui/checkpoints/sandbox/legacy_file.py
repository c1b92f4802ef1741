"""torch's format before 1.6: one pickle after the other, then the storages. Whole modules in it are refused."""

from __future__ import annotations

import io
from typing import IO, cast

from lstm_tui.checkpoints.sandbox import sniff
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_PICKLE_BYTES, MOST_TENSORS, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile, check_claim, load_pickle, new_machine, read_at
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle
from lstm_tui.checkpoints.sandbox.tensors import ITEM_SIZES, Storage, storage_of

MAGIC = 0x1950A86A20F9469CFC6C


class _Bounded(io.RawIOBase):
    """A reader that never hands out more than a pickle may need: a missing newline must not read a gigabyte."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._left = MOST_PICKLE_BYTES

    def _spend(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left <= 0:
            raise Unreadable(f"holds a pickle of more than {MOST_PICKLE_BYTES:,} bytes; save only the weights")
        return data

    def read(self, size: int = -1) -> bytes:
        return self._spend(self._file.read(min(size, self._left + 1) if size >= 0 else self._left + 1))

    def readline(self, size: int | None = -1) -> bytes:
        return self._spend(self._file.readline(1 << 16))

    def tell(self) -> int:
        return 0


WHOLE_LEGACY = (
    "holds a whole module in torch's older format, which is not opened; where its classes can be imported, re-save it: "
    'torch.save(torch.load("it", weights_only=False).state_dict(), "weights.pt") '
    "(that line runs code from the file: only for files you trust)"
)


def open_legacy(file: IO[bytes], size: int) -> OpenedFile:
    """Four pickles (magic, version, machine, object), one of storage keys, then each storage. Raises `Unreadable`."""
    storages: dict[str, Storage] = {}

    def persistent(pid: object) -> object:
        storage = _described(pid)
        check_claim(storage, size)
        return storages.setdefault(storage.key, storage)

    bounded = cast("IO[bytes]", _Bounded(file))
    reader = new_machine(persistent)
    magic, version = load_pickle(reader, bounded), load_pickle(reader, bounded)
    if magic != MAGIC or version != 1001:
        raise Unreadable(f"is written in an unknown version of torch's older format; {DAMAGED}")
    about = load_pickle(reader, bounded)
    if isinstance(about, dict) and about.get("little_endian") is False:
        raise Unreadable("was saved on a big-endian machine; save it again on a little-endian one: " + sniff.RESAVE)
    root = load_pickle(reader, bounded)
    keys = load_pickle(reader, bounded)
    if not isinstance(keys, list) or len(keys) > MOST_TENSORS or {str(key) for key in keys} != set(storages):
        raise Unreadable(f"lists storages other than those its tensors use; {DAMAGED}")
    starts = _starts(file, size, [storages[str(key)] for key in keys])

    def read(storage: Storage) -> bytes:
        return read_at(file, starts[storage.key], storage)

    return OpenedFile(root, read, "torch legacy", tuple(reader.names))


def _described(pid: object) -> Storage:
    """The storage a persistent id describes; a module is what these ids describe in files that hold whole ones."""
    if isinstance(pid, tuple) and pid and pid[0] in ("module", b"module"):
        raise Unreadable(WHOLE_LEGACY)
    if not isinstance(pid, tuple) or len(pid) != 6 or pid[0] not in ("storage", b"storage"):
        raise BadPickle("it refers to something other than a tensor's storage")
    if pid[5] is not None:
        raise Unreadable("uses storage views of a very old torch; load and save it again: " + sniff.RESAVE)
    return storage_of(pid[1], pid[2], pid[4])


def _starts(file: IO[bytes], size: int, storages: list[Storage]) -> dict[str, int]:
    """Where each storage's numbers begin: behind the pickles, each with its count in front."""
    at = file.tell()
    starts: dict[str, int] = {}
    for storage in storages:
        file.seek(at)
        count = file.read(8)
        nbytes = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
        if len(count) < 8 or int.from_bytes(count, "little") != storage.numel or at + 8 + nbytes > size:
            raise Unreadable(f"ends before its tensors do; {DAMAGED}")
        starts[storage.key] = at + 8
        at += 8 + nbytes
    return starts
