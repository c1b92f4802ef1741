"""What a file is, from its first bytes and its ending; and for everything that cannot be opened, a sentence.

Every sentence here is a predicate: the reader of the file puts the file's name in front.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

Container = Literal["zip", "legacy", "safetensors", "hdf5", "keras"]
"""What can be opened: torch's zip files, the older pickle stream, safetensors; Keras's HDF5, alone or in a zip file."""
HEAD = 4096
"""How many bytes of a file are enough to tell."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_KERAS_PARTS = (b"metadata.json", b"config.json", b"model.weights.h5")

LEGACY_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""LONG1 of torch's magic number and STOP: how every non-zip `torch.save` begins, behind its PROTO."""

RESAVE = 'torch.save(model.state_dict(), "weights.pt")'
_WEIGHTS = f"open it where it was made and save its weights: {RESAVE}"

KERAS = (
    "holds the parts of a .keras file under another name or in another order; give it a name that ends in .keras, or "
    "save it again: model.save('model.keras')"
)
NO_HDF5 = "is not an HDF5 file, though its name ends like one: damaged, or cut short; save or download it again"
TENSORFLOW = (
    "is a TensorFlow checkpoint, which adds forget_bias 1.0 outside the file and orders its gates i, j, f, o; "
    "copy its weights into a torch nn.LSTM and save that: " + RESAVE
)
LUA = "is a Lua Torch file (.t7), whose gates have another order (i, f, o, g); copy its weights into nn.LSTM: " + RESAVE
ONNX = (
    "is an ONNX graph, whose gates have another order (i, o, f, c); open the checkpoint it was made from, or, where "
    "PyTorch wrote it, export its weights by name: import onnx, torch; from onnx import numpy_helper as n; "
    'torch.save({t.name: torch.tensor(n.to_array(t)) for t in onnx.load("it").graph.initializer}, "weights.pt")'
)
TORCHSCRIPT = (
    "is a TorchScript archive, which is a program; load it where it was made and save its weights: "
    'torch.save(torch.jit.load("it.pt").state_dict(), "weights.pt")'
)
PLAIN_PICKLE = (
    "is a plain pickle, not torch.save's format, and is not opened; re-save what it holds: "
    'import pickle, torch; torch.save(pickle.load(open("it", "rb")), "weights.pt") '
    "(that line runs code from the pickle: only for files you trust)"
)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs.github.com", "is a Git LFS pointer, not the file itself; fetch it with: git lfs pull"),
    (b"PK\x05\x06", "is an empty zip archive; save the model again"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first: gunzip"),
    (b"\xfd7zXZ\x00", "is compressed with xz; unpack it first: unxz"),
    (b"BZh", "is compressed with bzip2; unpack it first: bunzip2"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it first: unzstd"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"GGUF", f"is a GGUF file of a transformer; this program opens LSTM and GRU checkpoints; {_WEIGHTS}"),
    (b"\x93NUMPY", f"is a numpy array; put the weights into a torch state_dict: {RESAVE}"),
    (b"MATLAB 5.0", f"is a MATLAB file; put the weights into a torch state_dict: {RESAVE}"),
    (b"\x89PNG", "is a PNG image, not a model; name the checkpoint file"),
    (b"\xff\xd8\xff", "is a JPEG image, not a model; name the checkpoint file"),
    (b"%PDF", "is a PDF document, not a model; name the checkpoint file"),
    (b"\x7fELF", "is a program, not a model; name the checkpoint file"),
    (b"\x04\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00V 1", LUA),
    (b"4\n1\n3\nV 1\n", LUA),
    (b"\x03\x00\x00\x00\x01\x00\x00\x00", LUA),
    (b"model_checkpoint_path:", TENSORFLOW),
)
_ENDINGS: dict[str, str] = {
    ".h5": NO_HDF5,
    ".hdf5": NO_HDF5,
    ".keras": "is not a .keras file, which is a zip archive: damaged, or cut short; save or download it again",
    ".t7": LUA,
    ".onnx": ONNX,
    ".pb": TENSORFLOW,
    ".meta": TENSORFLOW,
    ".index": TENSORFLOW,
    ".tflite": TENSORFLOW,
}
_TF_SHARD = re.compile(r"\.data-\d{5}-of-\d{5}$")
_PICKLE = re.compile(rb"\x80[\x00-\x05]")
_OLD_PICKLE = re.compile(rb"(\(dp?\d|\(lp?\d|c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n|\(i[A-Za-z_])")


def is_hdf5(head: bytes) -> bool:
    """HDF5's signature, behind a block of the user's own or without one."""
    return any(head[at : at + len(_HDF5)] == _HDF5 for at in (0, 512, 1024, 2048))


def is_keras_zip(head: bytes, name: str) -> bool:
    """Whether a zip file is one of Keras's: its first member tells, or its name."""
    return head.startswith(b"PK\x03\x04") and (head[30:64].startswith(_KERAS_PARTS) or name.lower().endswith(".keras"))


def container(head: bytes, size: int, name: str) -> Container | str:
    """How to open a file that begins with `head` (`HEAD` bytes suffice), or the sentence that says why not."""
    if size == 0:
        return "is empty; save or download it again"
    if head.startswith(b"PK\x03\x04"):
        return "keras" if is_keras_zip(head, name) else "zip"
    if is_hdf5(head):
        return "hdf5"
    for magic, sentence in _MAGIC:
        if head.startswith(magic):
            return sentence
    if _PICKLE.match(head):
        return "legacy" if head[2 : 2 + len(LEGACY_MAGIC)] == LEGACY_MAGIC else _other_pickle(head)
    if len(head) > 8 and head[8:9] == b"{":
        if int.from_bytes(head[:8], "little") <= size - 8:
            return "safetensors"
        return f"is a safetensors file cut short: its header claims more than its {size:,} bytes; download it again"
    return _by_ending(head, name) or _by_text(head)


def _other_pickle(head: bytes) -> str:
    if head[2:4] == b"\x8a\n":
        return "begins like a torch.save file but with another magic number; save or download it again"
    return PLAIN_PICKLE


def _by_ending(head: bytes, name: str) -> str | None:
    ending = PurePath(name).suffix.lower()
    if head[257:262] == b"ustar":
        return "is a tar archive (PyTorch before 0.2, or a folder packed up); unpack it, or " + _WEIGHTS
    if head[4:8] == b"TFL3" or _TF_SHARD.search(name):
        return TENSORFLOW
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    if head[:1] == b"\x08" and head[2:3] in b"\x12\x1a\x22\x2a\x3a\x42" and len(head) > 3:
        return ONNX
    if _OLD_PICKLE.match(head) or ending in (".pkl", ".pickle"):
        return PLAIN_PICKLE
    return None


def _by_text(head: bytes) -> str:
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if begins.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<body")):
        return "is a web page: the download brought an HTML page instead of the file; download it again"
    if begins.startswith((b"{", b"[")):
        return "is JSON text, not a model; give a list of symbols with --vocab, and name the checkpoint instead"
    text = head.decode("utf-8", "ignore")
    readable = sum(ch.isprintable() or ch in "\t\r\n\f" for ch in text)
    if text and readable >= 0.97 * len(text) and len(text.encode()) >= len(head) - 4:
        return "is a text file, not a model; to step a model through it, put --file in front of it"
    return (
        "is in no format that this program knows (it opens torch.save files and safetensors); name the checkpoint, or "
        + _WEIGHTS
    )


def foreign_zip(names: list[str]) -> str | None:
    """Why a zip archive with these members is not torch.save's; None where it may be."""
    ends = {name.rpartition("/")[2] for name in names}
    if "constants.pkl" in ends or any("/code/" in f"/{name}" for name in names):
        return TORCHSCRIPT
    if any(name.endswith(".weights.h5") for name in names):
        return KERAS
    if "saved_model.pb" in ends:
        return TENSORFLOW
    if any(name.endswith(".npy") for name in names):
        return f"is a numpy archive (.npz); put the weights into a torch state_dict: {RESAVE}"
    if "data.pkl" in ends:
        return None
    if "archive_format" in ends:
        return "is an exported program (torch.export), not a checkpoint; " + _WEIGHTS
    if any(name.endswith((".pt", ".pth", ".ckpt", ".safetensors")) for name in names):
        return "is a zip archive with a checkpoint in it; unpack it first: unzip"
    return "is a zip archive, but not one of torch.save's; name the checkpoint, or " + _WEIGHTS
