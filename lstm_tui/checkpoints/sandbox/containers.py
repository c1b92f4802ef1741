"""Opens a checkpoint's container, whichever it is. Every claim a file makes about sizes is checked first."""

from __future__ import annotations

from typing import IO

from lstm_tui.checkpoints.sandbox import sniff
from lstm_tui.checkpoints.sandbox.hdf5.keras_file import open_hdf5, open_keras
from lstm_tui.checkpoints.sandbox.legacy_file import open_legacy
from lstm_tui.checkpoints.sandbox.limits import MOST_FILE_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile
from lstm_tui.checkpoints.sandbox.safetensors_file import open_safetensors
from lstm_tui.checkpoints.sandbox.zip_file import open_zip


def open_container(file: IO[bytes], size: int, name: str) -> OpenedFile:
    """The structure of the checkpoint in `file` (seekable, `size` bytes). Raises `Unreadable`."""
    if size > MOST_FILE_BYTES:
        raise Unreadable(
            f"has {size / 1e9:.1f} GB, more than the {MOST_FILE_BYTES / 1e9:.1f} GB supported;  "
            f"save only the weights: {sniff.RESAVE}"
        )
    file.seek(0)
    head = file.read(sniff.HEAD)
    found = sniff.container(head, size, name)
    file.seek(0)
    if found == "hdf5":
        return open_hdf5(file, size)
    if found == "keras":
        return open_keras(file, size)
    if found == "zip":
        return open_zip(file, size)
    if found == "legacy":
        return open_legacy(file, size)
    if found == "safetensors":
        return open_safetensors(file, size)
    raise Unreadable(found)
