"""Keras's two containers: an HDF5 file, and a zip file of `metadata.json`, `config.json` and `model.weights.h5`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.hdf5.tree import HDF5, Group
from lstm_tui.checkpoints.sandbox.limits import DAMAGED, MOST_SIDECAR_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile

MOST_CONFIG_BYTES = MOST_SIDECAR_BYTES
MOST_EXPANSION = 100
"""A member that unpacks to more than this many times its size is a bomb: Keras stores them unpacked."""
_OPTIMISERS = ("optimizer_weights", "optimizer", "_optimizer")
_WEIGHTS = "model.weights.h5"


@dataclass(frozen=True, eq=False)
class KerasFile:
    """What a Keras file holds, as plain data."""

    weights: Group
    config: Mapping[str, object] | None
    """The model's description; None in a file of weights."""
    version: str
    """Of the Keras that wrote it; empty where it does not say."""
    zipped: bool
    """Whether its weights are laid out as Keras 3 lays them out in a `.keras` file."""
    vocabularies: Mapping[str, str]
    """Text files in it that list symbols, one a line."""


def open_hdf5(file: IO[bytes], size: int) -> OpenedFile:
    """The structure of an `.h5` file. Raises `Unreadable`."""
    tree = _tree(file, size)
    attributes = tree.root.attributes
    inner = tree.root.members.get("model_weights")
    version = attributes.get("keras_version") or (
        inner.attributes.get("keras_version") if isinstance(inner, Group) else ""
    )
    found = KerasFile(tree.root, _parsed(attributes.get("model_config")), str(version or ""), False, {})
    return OpenedFile(found, tree.read, "Keras HDF5")


def open_keras(file: IO[bytes], size: int) -> OpenedFile:
    """The structure of a `.keras` file. Raises `Unreadable`."""
    try:
        archive = zipfile.ZipFile(file)
        members = {info.filename: info for info in archive.infolist()}
    except Exception as error:  # as in torch's zip files
        raise Unreadable(f"is a damaged zip archive; {DAMAGED}") from error
    if _WEIGHTS not in members or "config.json" not in members:
        if any(name.endswith((".weights.npz", ".weights.json")) for name in members):
            raise Unreadable(
                "keeps its weights as .npz or in several files, which is not read; "
                'save it again in one file: model.save("model.keras")'
            )
        raise Unreadable(f"is a .keras file without {_WEIGHTS} or config.json; {DAMAGED}")
    if len(members) != len(archive.infolist()):
        raise Unreadable(f"holds the same member twice, which Keras never writes; {DAMAGED}")
    config = _parsed(_member(archive, members["config.json"], MOST_CONFIG_BYTES).decode("utf-8", "replace"))
    about = {}
    if "metadata.json" in members:
        about = _parsed(_member(archive, members["metadata.json"], 1 << 16).decode("utf-8", "replace")) or {}
    data = _member(archive, members[_WEIGHTS], size)
    tree = _tree(io.BytesIO(data), len(data))
    words = {
        name: _member(archive, info, MOST_SIDECAR_BYTES).decode("utf-8", "replace")
        for name, info in members.items()
        if name.startswith("assets/") and name.endswith("vocabulary.txt")
    }
    version = about.get("keras_version")
    found = KerasFile(tree.root, config, version if isinstance(version, str) else "", True, words)
    return OpenedFile(found, tree.read, "Keras zip")


def _tree(file: IO[bytes], size: int) -> HDF5:
    try:
        return HDF5(file, size, _OPTIMISERS)
    except (Unreadable, MemoryError):
        raise
    except ModuleNotFoundError as error:
        if error.name == "pyfive":
            raise Unreadable("is a Keras file, for which the package pyfive is needed: pip install pyfive") from error
        raise Unreadable(f"is a damaged HDF5 file; {DAMAGED}") from error
    except Exception as error:  # pyfive's own, and whatever a damaged byte trips in it
        raise Unreadable(f"is a damaged HDF5 file; {DAMAGED}") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """One part, unpacked, its checksum verified."""
    if info.file_size > max(most, 0) or info.file_size > MOST_EXPANSION * max(info.compress_size, 1 << 10):
        raise Unreadable(f"claims {info.file_size:,} bytes for its part {info.filename[:80]}: a zip bomb, or damaged")
    try:
        with archive.open(info) as part:
            return part.read(info.file_size + 1)
    except Exception as error:  # struct, zlib, checksum and encryption errors come through, each its own class
        raise Unreadable(f"is a damaged zip archive; {DAMAGED}") from error


def _parsed(text: object) -> dict[str, object] | None:
    if not isinstance(text, str):
        return None
    if len(text) > MOST_CONFIG_BYTES:
        raise Unreadable("describes its layers in far more words than a recurrent model needs")
    try:
        found = bounded_json.loads(text)
    except ValueError:
        raise Unreadable(f"has a damaged description of its layers (no JSON); {DAMAGED}") from None
    return found if isinstance(found, dict) else None
