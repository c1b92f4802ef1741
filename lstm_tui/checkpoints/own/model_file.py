"""Our own model file, as far as it can be read without torch: a safetensors header and what its metadata says.

The file is one safetensors container: eight bytes with the header's length, a JSON header that names every tensor with
its type, shape and place, then the numbers. Nothing in it is ever executed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lstm_tui.checkpoints.opening import open_model_file
from lstm_tui.checkpoints.own.header import FORMAT, FORMAT_OTHER, TEXT_KEPT, ModelHeader
from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import MOST_FILE_BYTES, MOST_HEADER_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.safetensors_header import HeaderEntry, check_places, check_size, parse_header
from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS, KINDS
from lstm_tui.core.vocabulary import Vocabulary, visible

if TYPE_CHECKING:
    from lstm_tui.core.number_rows.row_sequence import RowFormat

__all__ = ["FORMAT", "TEXT_KEPT", "ModelHeader", "is_ours", "parse", "read_ours", "short_name"]

_MARK = b'"lstm_tui.format"'


def read_ours(path: str) -> tuple[bytes, ModelHeader] | None:
    """The model file of ours at `path` and what it says; None for a foreign file, of which only the header was read.

    Its numbers are read once its header says that they are all there and what they are. Raises `UserError` for what
    is not a file, cannot be read, or is ours and damaged.
    """
    with open_model_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise UserError(
                f"'{visible(path)}' is empty, probably because writing it was interrupted: save the model again"
            )
        try:
            return _read_ours(file, size, path)
        except OSError as error:
            why = visible(error.strerror or str(error))
            raise UserError(f"'{visible(path)}' cannot be read ({why})") from None


def _read_ours(file: IO[bytes], size: int, path: str) -> tuple[bytes, ModelHeader] | None:
    start = file.read(16)
    if not looks_like_safetensors(start):
        return None
    head = start + file.read(max(0, 8 + min(int.from_bytes(start[:8], "little"), MOST_HEADER_BYTES) - len(start)))
    if not is_ours(head):
        return None
    header = parse(head, path, size)
    return head + file.read(size - len(head)), header


def looks_like_safetensors(data: bytes) -> bool:
    """Whether `data` begins as a safetensors file does: a small header length, then a JSON object."""
    return len(data) > 9 and int.from_bytes(data[:8], "little") <= 2**40 and data[8:9] == b"{"


def is_ours(data: bytes) -> bool:
    """Whether `data` begins as a file this program wrote does, whole or damaged."""
    return looks_like_safetensors(data) and _MARK in data[: MOST_HEADER_BYTES + 8]


def parse(data: bytes, path: str, size: int | None = None) -> ModelHeader:
    """The header of a model file of ours that begins with `data` and has `size` bytes (None: `data` is all of it).

    Raises `UserError` in one sentence for anything that does not fit.
    """
    shown = visible(path)
    try:
        return _parse(data, len(data) if size is None else size, shown)
    except Unreadable as error:
        raise UserError(f"'{shown}' {visible(str(error))}") from None


def _parse(data: bytes, size: int, shown: str) -> ModelHeader:
    tensors, metadata, start = _raw_header(data, shown)
    check_size(tensors, start, size)
    if size > MOST_FILE_BYTES:
        raise UserError(f"'{shown}' has {size:,} bytes, more than the limit of {MOST_FILE_BYTES:,}")
    version = metadata.get("lstm_tui.format")
    if version is None:
        raise UserError(
            f"'{shown}' is a safetensors file from another program (no lstm_tui.format in its metadata): "
            "lstm-tui cannot tell its vocabulary and layout"
        )
    if version not in (FORMAT, FORMAT_OTHER):
        reads = f"this lstm-tui reads format {FORMAT} and {FORMAT_OTHER}"
        raise UserError(f"'{shown}' has format {visible(version[:40])}, {reads}: update lstm-tui")
    rows = _rows(metadata, shown)
    header = ModelHeader(
        cell=metadata.get("cell", "by-hand"),
        vocabulary=_vocabulary(metadata, shown) if rows is None else rows.vocabulary,
        text=metadata.get("text", ""),
        seed=_number(metadata, "seed", int, shown),
        epochs=_number(metadata, "epochs", int, shown),
        loss=_number(metadata, "loss", float, shown),
        shapes={name: entry.shape for name, entry in tensors.items()},
        own_class=metadata.get("class"),
        own_hidden=_own_hidden(metadata, shown),
        tied=metadata.get("tied") == "true",
        max_norm=_number(metadata, "max_norm", float, shown),
        log_softmax=metadata.get("log_softmax") == "true",
        output=metadata.get("output") != "none",
        bias=metadata.get("bias") != "none",
        output_bias=metadata.get("output_bias") != "none",
        rows=rows,
    )
    _check_shapes(header, shown)
    check_places(tensors)
    return header


def _raw_header(data: bytes, shown: str) -> tuple[dict[str, HeaderEntry], dict[str, str], int]:
    """The tensors and metadata of a header, and where the numbers begin."""
    if not looks_like_safetensors(data):
        raise UserError(f"'{shown}' is not a model file of lstm-tui (it does not begin like a safetensors file)")
    length = int.from_bytes(data[:8], "little")
    if length > MOST_HEADER_BYTES or length + 8 > len(data):
        raise UserError(f"'{shown}' is cut off or damaged: its header claims {length:,} bytes; save the model again")
    return *parse_header(data[8 : 8 + length]), 8 + length


def _vocabulary(metadata: Mapping[str, str], shown: str) -> Vocabulary:
    try:
        symbols = bounded_json.loads(metadata["vocab"])
        if not isinstance(symbols, list) or not all(isinstance(s, str) for s in symbols):
            raise ValueError
    except (KeyError, ValueError):
        raise UserError(f"'{shown}' has no vocabulary in its metadata (a JSON list of strings is expected)") from None
    try:
        return Vocabulary(symbols, metadata.get("tokens") == "words")
    except UserError as error:
        raise UserError(f"'{shown}': {error}") from None


def _rows(metadata: Mapping[str, str], shown: str) -> RowFormat | None:
    if "rows" not in metadata:
        return None
    from lstm_tui.core.number_rows.row_sequence import RowFormat  # the first frame is painted sooner without it

    try:
        return RowFormat.from_content(bounded_json.loads(metadata["rows"]), lambda what: UserError(f"'{shown}' {what}"))
    except ValueError:
        raise UserError(f"'{shown}' does not say which numbers it reads: save the model again") from None


def _number(metadata: Mapping[str, str], key: str, kind: type[Any], shown: str) -> Any:
    value = metadata.get(key)
    if value is None:
        return None
    try:
        number = kind(value)
    except ValueError:
        raise UserError(f"'{shown}' says {key} = '{visible(value[:40])}', which is not a number") from None
    if key == "epochs" and number < 0:
        raise UserError(f"'{shown}' says {key} = '{visible(value[:40])}', which is not a number of epochs")
    if key == "max_norm" and not number > 0:
        raise UserError(f"'{shown}' says {key} = '{visible(value[:40])}', which is not a valid row length")
    return number


def _own_hidden(metadata: Mapping[str, str], shown: str) -> tuple[int, ...]:
    if "class" not in metadata:
        return ()
    try:
        sizes = bounded_json.loads(metadata.get("hidden", ""), 1000)
    except ValueError:
        sizes = None
    if not isinstance(sizes, list) or not all(type(size) is int and 0 < size <= 1_000_000 for size in sizes):
        raise UserError(f"'{shown}' is damaged: it does not say how many units its class has; save the model again")
    return tuple(sizes)


def _check_shapes(header: ModelHeader, shown: str) -> None:
    if not header.hidden_sizes:
        looked_for = " nor ".join(
            kind.in_file(kind.measured()[0], 0) for kind in KINDS.values() if kind.fused is not None
        )
        raise UserError(f"'{shown}' holds neither {looked_for}: it has no LSTM")
    if 0 in header.hidden_sizes:
        raise UserError(f"'{shown}' has a layer without units: save the model again")
    if header.user_class is None and IMPLEMENTATIONS[header.cell].kind is not header.kind:
        raise UserError(
            f"'{shown}' contradicts itself: its cell is {visible(header.cell)} and its tensors are "
            f"{header.kind.words}'s"
        )
    expected = header.expected()
    if header.tied and expected.get("embedding.weight") != expected.get("fc.weight", ()):
        raise UserError(f"'{shown}' contradicts itself: its embedding and its output cannot share one tensor")
    for name, shape in expected.items():
        if name not in header.shapes:
            raise UserError(f"'{shown}' lacks the tensor {name}: save the model again")
        if header.shapes[name] != shape:
            raise UserError(
                f"'{shown}' contradicts itself: {name} is {list(header.shapes[name])}, and "
                f"{_ends(header)} with {list(header.hidden_sizes)} units need {list(shape)}"
            )
    extra = sorted(set(header.shapes) - set(expected))
    if extra:
        raise UserError(
            f"'{shown}' contains tensors that nothing uses: {', '.join(visible(name[:80]) for name in extra[:8])}"
        )


def _ends(header: ModelHeader) -> str:
    if header.rows is None:
        return f"{len(header.vocabulary)} symbols"
    return f"{header.reads} channels and {header.says} targets"


def short_name(path: str) -> str:
    """A file's name as the title row shows it: no folders, no ending."""
    return visible(Path(path).stem)
