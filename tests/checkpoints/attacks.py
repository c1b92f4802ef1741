"""Files made to cost far more than they weigh: one small function an attack, used by the tests and the benchmark."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.checkpoints.nets import Net

PLENTY = 1 << 20


def text_of(value: str) -> bytes:
    """One BINUNICODE instruction."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def state_dict(v: int = 10, h: int = 2) -> dict[str, torch.Tensor]:
    """A small model that opens."""
    return dict(Net(v, h, 1).state_dict())


def repacked(path: Path, change: Callable[[str, bytes], bytes], how: int = zipfile.ZIP_STORED) -> Path:
    """The zip at `path` again, its parts changed."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", how) as target:
        for name, part in parts.items():
            target.writestr(name, change(name, part))
    return path


def saved(folder: Path, value: Any) -> Path:
    """`torch.save`, compressed."""
    torch.save(value, folder / "m.pt")
    return repacked(folder / "m.pt", lambda _, part: part, zipfile.ZIP_DEFLATED)


def with_pickle(folder: Path, program: bytes) -> Path:
    """A checkpoint whose pickle runs `program`, drops what it left and then describes a model as ever."""
    torch.save(state_dict(), folder / "m.pt")

    def change(name: str, part: bytes) -> bytes:
        return part[:2] + program + part[2:] if name.endswith("data.pkl") else part

    return repacked(folder / "m.pt", change)


def ours(symbols: list[str], numbers: int | None = None, h: int = 1, **metadata: str) -> bytes:
    """The header of a model file of our own, and its numbers (all zero) unless there are to be none."""
    v = len(symbols)
    shapes = {
        "lstm.weight_ih_l0": [4 * h, v], "lstm.weight_hh_l0": [4 * h, h], "lstm.bias_ih_l0": [4 * h],
        "lstm.bias_hh_l0": [4 * h], "fc.weight": [v, h], "fc.bias": [v],
    }  # fmt: skip
    told = {"lstm_tui.format": "1", "cell": "by-hand", "vocab": json.dumps(symbols), "text": "aaaa", **metadata}
    header: dict[str, Any] = {"__metadata__": told}
    at = 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(at if numbers is None else numbers)


def numbered(count: int) -> list[str]:
    """`count` different symbols of about seven characters."""
    return [f"w{number:06d}" for number in range(count)]


# --- vocabularies -----------------------------------------------------------------------------------------------------


def one_huge_symbol(folder: Path) -> Path:
    return saved(folder, {"state_dict": state_dict(), "tokens": [*"abcdefghi", "x" * (40 << 20)]})


def nested_tokens(folder: Path) -> Path:
    return saved(folder, {"state_dict": state_dict(2601, 1), "tokens": ["a" * (n + 1) for n in range(2600)] + ["b"]})


def long_prefixes(folder: Path) -> Path:
    tokens = ["a" * 900 + chr(0x4E00 + n) for n in range(3000)] + ["a"]
    return saved(folder, {"state_dict": state_dict(3001, 1), "tokens": tokens})


def many_symbols(folder: Path) -> Path:
    torch.save({"state_dict": state_dict(399_999, 1), "tokens": numbered(399_999)}, folder / "m.pt")
    return folder / "m.pt"


def many_symbols_both_ways(folder: Path) -> Path:
    """The form word models are saved in: 19 MB of pickle, and honest."""
    itos = numbered(399_999)
    saved_ = {"state_dict": state_dict(399_999, 1), "itos": itos, "stoi": {s: n for n, s in enumerate(itos)}}
    torch.save(saved_, folder / "m.pt")
    return folder / "m.pt"


# --- our own format ---------------------------------------------------------------------------------------------------


def own_sparse(folder: Path) -> Path:
    path = folder / "m.safetensors"
    path.write_bytes(ours(["a"], 0))
    os.truncate(path, 4 << 30)
    return path


def own_million(folder: Path) -> Path:
    (folder / "m.safetensors").write_bytes(ours(numbered(1_000_000)))
    return folder / "m.safetensors"


def own_nested_tokens(folder: Path) -> Path:
    tokens = ["a" * (n + 1) for n in range(2600)] + ["b"]
    (folder / "m.safetensors").write_bytes(ours(tokens, text="a" * 4000))
    return folder / "m.safetensors"


def own_lists(folder: Path) -> Path:
    (folder / "m.safetensors").write_bytes(ours(["a"], vocab="[" + "[]," * 5_000_000 + "[]]"))
    return folder / "m.safetensors"


def own_header_of_lists(folder: Path) -> Path:
    text = b'{"__metadata__":{"lstm_tui.format":"1"},"x":[' + b"[]," * 5_000_000 + b"[]]}"
    (folder / "m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    return folder / "m.safetensors"


def strangers_marker(folder: Path) -> Path:
    """Somebody else's 4 GB, sparse, with our mark in a tensor's name."""
    entry = {"dtype": "F32", "shape": [1 << 30], "data_offsets": [0, 1 << 32]}
    text = json.dumps({'x"lstm_tui.format"': entry, "lstm_tui.format": entry}).encode()
    path = folder / "m.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + (1 << 32))
    return path


# --- safetensors of others --------------------------------------------------------------------------------------------


def safe_lists(folder: Path) -> Path:
    text = b'{"x":[' + b"[]," * 2_600_000 + b"[]]}"
    (folder / "m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    return folder / "m.safetensors"


def safe_names(folder: Path) -> Path:
    text = json.dumps({f"t{n}": 0 for n in range(500_000)}).encode()
    (folder / "m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    return folder / "m.safetensors"


# --- pickles ----------------------------------------------------------------------------------------------------------


def pickle_long4(folder: Path) -> Path:
    return with_pickle(folder, b"\x8b" + struct.pack("<i", 40 << 20) + b"\x7f" * (40 << 20) + b"0")


def pickle_digits(folder: Path) -> Path:
    return with_pickle(folder, b"I" + b"9" * (8 << 20) + b"\n0")


def pickle_huge_key(folder: Path) -> Path:
    """A whole number of a megabyte as a name in the file: shown, it has two million digits."""
    program = b"}\x8b" + struct.pack("<i", 1 << 20) + b"\x7f" * (1 << 20) + b"]s0"
    return with_pickle(folder, program)


def pickle_deep(folder: Path) -> Path:
    return with_pickle(folder, b"]" * PLENTY + b"a" * (PLENTY - 1) + b"0")


def pickle_memo(folder: Path) -> Path:
    return with_pickle(folder, b"".join(b"]\x94" for _ in range(PLENTY)) + b"0" * PLENTY)


def pickle_copies(folder: Path) -> Path:
    """One megabyte of text turned into bytes again and again: ten bytes of file a megabyte of memory."""
    call = b"h\x01h\x02h\x03\x86R"
    return with_pickle(
        folder,
        b"c_codecs\nencode\nq\x010" + text_of("a" * PLENTY) + b"q\x020" + text_of("latin1") + b"q\x030" + call * 5000,
    )


def pickle_build(folder: Path) -> Path:
    """The same large state given to the same object over and over."""
    pairs = b"".join(b"J" + struct.pack("<i", n) + b"N" for n in range(200_000))
    program = b"cx\nY\n)\x81q\x010}(" + pairs + b"uq\x020h\x01" + b"h\x02b" * 200_000 + b"0"
    return with_pickle(folder, program)


def pickle_long_keys(folder: Path) -> Path:
    """A name of ten megabytes in a hundred thousand dicts."""
    return with_pickle(folder, text_of("k" * (10 << 20)) + b"q\x010](" + b"}h\x01]s" * 100_000 + b"e0")


def windows(folder: Path) -> Path:
    """Fifty layers, each another window on the same megabytes."""
    whole = torch.zeros(2048 * 512 + 512)
    named = {
        "encoder.weight": torch.zeros(10, 512),
        "decoder.weight": torch.zeros(10, 512),
        "decoder.bias": torch.zeros(10),
    }
    for layer in range(50):
        named[f"rnn.weight_ih_l{layer}"] = whole[2 * layer :][: 2048 * 512].view(2048, 512)
        named[f"rnn.weight_hh_l{layer}"] = whole[2 * layer + 1 :][: 2048 * 512].view(2048, 512)
    torch.save(named, folder / "m.pt")
    return folder / "m.pt"


ATTACKS: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (
        one_huge_symbol, nested_tokens, long_prefixes, many_symbols, many_symbols_both_ways, own_sparse, own_million,
        own_nested_tokens, own_lists, own_header_of_lists, strangers_marker, safe_lists, safe_names, pickle_long4,
        pickle_digits, pickle_huge_key, pickle_deep, pickle_memo, pickle_copies, pickle_build, pickle_long_keys,
        windows,
    )
}  # fmt: skip
