"""torch's zip files: a pickle `data.pkl` and one member a storage."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import IO

from lstm_tui.checkpoints.sandbox import sniff
from lstm_tui.checkpoints.sandbox.limits import (
    DAMAGED,
    MOST_PICKLE_BYTES,
    MOST_TENSORS,
    Unreadable,
    most_unpacked,
)
from lstm_tui.checkpoints.sandbox.opened import OpenedFile, check_claim, load_pickle, new_machine
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle
from lstm_tui.checkpoints.sandbox.tensors import Storage, storage_of

_TROUBLE = f"is a damaged zip archive; {DAMAGED}"


def open_zip(file: IO[bytes], size: int) -> OpenedFile:
    """The structure of a torch zip. Raises `Unreadable`."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, IndexError) as error:
        raise Unreadable(_TROUBLE) from error
    members = Members(archive, size)
    if members.has("byteorder") and members.read("byteorder", 64).strip() != b"little":
        raise Unreadable("was saved on a big-endian machine; save it again on a little-endian one: " + sniff.RESAVE)
    reader = new_machine(members.persistent)
    root = load_pickle(reader, io.BytesIO(members.read("data.pkl", MOST_PICKLE_BYTES)))
    return OpenedFile(root, members.storage, "torch zip", tuple(reader.names))


class Members:
    """The parts of one archive, with every size in its directory checked before anything is unpacked."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive, self._most = archive, most_unpacked(size)
        self._infos = {info.filename: info for info in archive.infolist()}
        if len(self._infos) != len(archive.infolist()):
            raise Unreadable(f"holds the same member twice, which torch.save never writes; {DAMAGED}")
        if len(self._infos) > 2 * MOST_TENSORS:
            raise Unreadable(f"holds {len(self._infos):,} members, far more than any recurrent model; {DAMAGED}")
        packed = sum(info.compress_size for info in self._infos.values())
        unpacked = sum(info.file_size for info in self._infos.values())
        if packed > size or unpacked > most_unpacked(size):
            raise Unreadable(f"claims {unpacked:,} bytes in a file of {size:,}: a zip bomb, or damaged; {DAMAGED}")
        refusal = sniff.foreign_zip(list(self._infos))
        if refusal:
            raise Unreadable(refusal)
        roots = [name for name in self._infos if name.rpartition("/")[2] == "data.pkl" and name.count("/") <= 1]
        if len(roots) != 1:
            raise Unreadable(f"holds more than one data.pkl, or a misplaced one; {DAMAGED}")
        self._prefix = roots[0].removesuffix("data.pkl")

    def has(self, name: str) -> bool:
        """Whether the archive has that part."""
        return self._prefix + name in self._infos

    def read(self, name: str, most: int) -> bytes:
        """One part, unpacked, its checksum verified. Raises `Unreadable` where it is missing or over `most` bytes."""
        info = self._infos.get(self._prefix + name)
        if info is None:
            raise Unreadable(f"lacks its part {name[:80]}; {DAMAGED}")
        if info.file_size > most:
            raise Unreadable(
                f"has a part ({name[:80]}) of {info.file_size:,} bytes, more than the {most:,} supported; "
                f"save only the weights: {sniff.RESAVE}"
            )
        try:
            with self._archive.open(info) as part:
                return part.read(info.file_size + 1)
        except Exception as error:  # struct, zlib, checksum and encryption errors come through, each its own class
            raise Unreadable(_TROUBLE) from error

    def storage(self, storage: Storage) -> bytes:
        """The bytes of one storage."""
        return self.read(f"data/{storage.key}", self._most)

    def persistent(self, pid: object) -> object:
        """The storage a pickle refers to, which must be as long as it claims."""
        if not isinstance(pid, tuple) or len(pid) != 5 or pid[0] != "storage":
            raise BadPickle("it refers to something other than a tensor's storage")
        storage = storage_of(pid[1], pid[2], pid[4])
        held = self._infos.get(f"{self._prefix}data/{storage.key}")
        check_claim(storage, held.file_size if held else 0)
        return storage
