"""NumPy's files as columns of numbers: `.npy`, and the `.npz` that holds several. No pickle in one is ever read."""

from __future__ import annotations

import ast
import io
import math
import struct
import zipfile
from array import array
from collections.abc import Iterator

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.csv_table import finite, replaced
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.vocabulary import visible

_MAGIC = b"\x93NUMPY"
_MOST = 1 << 30
_CODES = {
    "f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "u8": "Q", "u4": "I", "u2": "H",
    "u1": "B", "b1": "?",
}  # fmt: skip
"""NumPy's type → struct's."""


def read_arrays(data: bytes, name: str, missing: str | None) -> NumberTable:
    """Rows (T,) or (T, D) of a `.npy` file, `c0` `c1` …, or of the arrays of a `.npz`, side by side under their names.

    NaN is a missing value. Raises `UserError` in one sentence.
    """
    columns: dict[str, array[float]] = {}
    for title, member in _members(data, name):
        values, width = _array(member, f"{name}{f' ({visible(title)})' if title else ''}")
        for at in range(width):
            label = f"{title}{at if width > 1 else ''}" if title else f"c{at}"
            if label in columns:
                raise UserError(f"{name} has two columns '{visible(label)}': give its arrays other names")
            columns[label] = _filled(values[at::width], label, name, missing)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise UserError(f"{name} contains {'no rows' if lengths <= {0} else 'arrays of different lengths'}: "
                        "give arrays with one row a step")  # fmt: skip
    return NumberTable(columns, None)


def _members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(b"PK"):
        yield "", data
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            members = file.infolist()
            if sum(member.file_size for member in members) > _MOST:
                raise UserError(f"{name} unpacks to more than {_MOST:,} bytes: give fewer rows")
            single = len(members) == 1
            for member in members:
                with file.open(member) as opened:
                    yield "" if single else member.filename.removesuffix(".npy"), opened.read(_MOST)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise UserError(f"{name} is a damaged .npz file: save it again") from None


def _array(data: bytes, name: str) -> tuple[array[float], int]:
    """The numbers row by row, and how many columns."""
    if not data.startswith(_MAGIC) or len(data) < 12:
        raise UserError(f"{name} is not a NumPy file: save it with numpy.save")
    size = 2 if data[6] == 1 else 4
    end = 8 + size + int.from_bytes(data[8 : 8 + size], "little")
    try:
        header = ast.literal_eval(data[8 + size : min(end, 70_000)].decode("latin-1").strip())
        kind, by_columns, shape = header["descr"], header["fortran_order"], header["shape"]
        order = "<" if kind[0] in "<|=" else ">"
        code = _CODES.get(kind[1:])
        usable = all(type(length) is int and length >= 0 for length in shape)
    except (ValueError, SyntaxError, KeyError, TypeError, IndexError, MemoryError, RecursionError):
        raise UserError(f"{name} is damaged: save it again with numpy.save") from None
    if kind[1:2] == "O":
        raise UserError(f"{name} holds Python objects, which only running code could read: save plain numbers")
    if code is None:
        raise UserError(f"{name} holds {visible(str(kind)[:20])}, which are not numbers: save float64")
    if not usable or len(shape) not in (1, 2):
        raise UserError(f"{name} has the shape {visible(str(shape)[:60])}: give rows, as (steps, channels)")
    count, width = math.prod(shape), shape[1] if len(shape) == 2 else 1
    if len(data) - end != count * struct.calcsize(order + code):
        raise UserError(f"{name} is cut off or damaged: save it again with numpy.save")
    values = array("d", struct.unpack(f"{order}{count}{code}", data[end:]))
    if by_columns and len(shape) == 2:
        values = array("d", [values[column * shape[0] + row] for row in range(shape[0]) for column in range(width)])
    return values, width


def _filled(values: array[float], column: str, name: str, missing: str | None) -> array[float]:
    found = array("d")
    for at, value in enumerate(values):
        where = f"row {at}, column '{visible(column)}' of {name}"
        found.append(finite(replaced(found, missing, where) if math.isnan(value) else value, where))
    return found
