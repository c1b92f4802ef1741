"""scikit-learn's scalers as pickle and joblib keep them, read as plain numbers: nothing is imported, nothing is called.

joblib is pickle with the bytes of arrays between its instructions, behind the description of each.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import MOST_SIDECAR_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.opened import load_pickle, new_machine
from lstm_tui.checkpoints.sandbox.pickle_machine import Machine
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle, StandIn

_INLINE = "joblib.numpy_pickle.NumpyArrayWrapper"
_CODES = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "u8": "Q", "u4": "I", "u2": "H",
          "u1": "B", "b1": "?"}  # fmt: skip
"""NumPy's type → struct's."""
_MOST_COLUMNS = 1 << 20
_KINDS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")


def answer_scaler(file: IO[bytes], name: str) -> dict[str, Any]:
    """`kind`, perhaps `columns`, and `mean` and `std` or `min` and `max` of a scaler. Raises `Unreadable`."""
    data = file.read(MOST_SIDECAR_BYTES)
    if name.endswith(".json"):
        try:
            found = bounded_json.loads(data.decode("utf-8"))
        except ValueError:
            raise Unreadable("is not JSON") from None
        if not isinstance(found, dict):
            raise Unreadable('is not a scale: write {"mean": […], "std": […]} or {"min": […], "max": […]}')
        return {"kind": "JSON", **found}
    scalers = list(_scalers(load_pickle(_machine(), io.BytesIO(_unpacked(data)))))
    if len(scalers) != 1:
        held = f"{len(scalers)} scalers" if scalers else f"no scaler that is known ({', '.join(_KINDS)})"
        raise Unreadable(f"holds {held}; write its numbers as JSON: --scaler FILE.json")
    try:
        return _described(scalers[0])
    except (BadPickle, KeyError, IndexError, TypeError, ValueError, struct.error, ZeroDivisionError, OverflowError):
        raise Unreadable("is a damaged scaler, or one of an unknown version") from None


def _machine() -> Machine:
    return new_machine(_no_storage, _inline)


def _no_storage(_: object) -> object:
    raise BadPickle("a scaler has no tensors")


def _unpacked(data: bytes) -> bytes:
    """joblib's files are often compressed."""
    if data[:1] != b"\x78" and data[:2] != b"\x1f\x8b":
        return data
    machine = zlib.decompressobj(wbits=47)  # zlib's or gzip's
    try:
        made = machine.decompress(data, MOST_SIDECAR_BYTES)
    except zlib.error:
        raise Unreadable("is damaged: it cannot be decompressed") from None
    if machine.unconsumed_tail:
        raise Unreadable("unpacks to far more than a scaler")
    return made


def _inline(made: StandIn, file: IO[bytes]) -> None:
    """Takes an array's bytes out of the stream, where joblib has just described it."""
    if made.of != _INLINE:
        return
    code, order = _type(made.state.get("dtype"))
    if code == "O":
        made.state["data"] = load_pickle(_machine(), file)
        return
    if made.state.get("numpy_array_alignment_bytes") is not None:
        file.read(int.from_bytes(file.read(1), "little"))
    count = _count(made.state.get("shape"))
    made.state["data"] = file.read(count * struct.calcsize(order + code))


def _scalers(root: object) -> Iterator[StandIn]:
    """Every scaler in what was pickled, which may be a list or a dict of them."""
    pending, seen = [root], 0
    while pending and seen < 10_000:
        node, seen = pending.pop(), seen + 1
        if isinstance(node, StandIn) and node.of.startswith("sklearn.") and node.of.rpartition(".")[2] in _KINDS:
            yield node
        elif isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list | tuple):
            pending.extend(node)
        elif isinstance(node, StandIn):  # a pipeline's steps
            pending.extend(node.state.values())


def _described(scaler: StandIn) -> dict[str, Any]:
    kind, state = scaler.of.rpartition(".")[2], scaler.state
    about: dict[str, Any] = {"kind": kind}
    names = _entries(state["feature_names_in_"]) if "feature_names_in_" in state else None
    if names and all(isinstance(name, str) for name in names):
        about["columns"] = names
    if kind == "MinMaxScaler" and state.get("feature_range", (0, 1)) in ((0, 1), [0, 1]):
        return about | {"min": _numbers(state["data_min_"]), "max": _numbers(state["data_max_"])}
    if kind == "MinMaxScaler":  # x · scale + min, as (x - mean) / std
        scale, low = _numbers(state["scale_"]), _numbers(state["min_"])
        return about | {"mean": [-b / a for a, b in zip(scale, low, strict=True)], "std": [1 / a for a in scale]}
    centre_of = {"StandardScaler": "mean_", "RobustScaler": "center_"}.get(kind, "")
    centre, scale_of = state.get(centre_of), state.get("scale_")
    if centre is None and scale_of is None:
        raise ValueError
    std = None if scale_of is None else _numbers(scale_of)
    mean = [0.0] * len(std or ()) if centre is None else _numbers(centre)
    return about | {"mean": mean, "std": std or [1.0] * len(mean)}


def _entries(value: Any) -> list[Any]:
    """What a NumPy array of one dimension or a number holds, however it was pickled."""
    if isinstance(value, int | float):
        return [value]
    if not isinstance(value, StandIn):
        raise ValueError
    described: Any = value.state.get("__state__")
    dtype: Any
    data: Any
    shape: Any = (1,)
    if value.of == _INLINE:
        shape, dtype, data = value.state["shape"], value.state["dtype"], value.state["data"]
    elif value.of.endswith("multiarray._reconstruct"):
        _, shape, dtype, _, data = described
    elif value.of.endswith("numeric._frombuffer"):
        data, dtype, shape = value.args[:3]
    elif value.of.endswith("multiarray.scalar"):
        dtype, data = value.args[:2]
    else:
        raise ValueError
    code, order = _type(dtype)
    if code == "O":
        return _entries(data) if isinstance(data, StandIn) else list(data)
    return list(struct.unpack(f"{order}{_count(shape)}{code}", bytes(data)))


def _numbers(value: object) -> list[float]:
    found = [float(one) for one in _entries(value)]
    if not all(map(math.isfinite, found)):
        raise ValueError
    return found


def _type(dtype: object) -> tuple[str, str]:
    """struct's code and byte order of a pickled `numpy.dtype`; `O` for objects."""
    if not isinstance(dtype, StandIn) or dtype.of != "numpy.dtype" or not dtype.args:
        raise BadPickle("an array has no type")
    said, state = str(dtype.args[0]).lstrip("<>|="), dtype.state.get("__state__")
    if said.startswith("O"):
        return "O", "<"
    if said not in _CODES:
        raise BadPickle(f"an array is of the type {said[:20]}")
    big = isinstance(state, tuple) and len(state) > 1 and state[1] == ">"
    return _CODES[said], ">" if big else "<"


def _count(shape: Any) -> int:
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if not all(type(size) is int and 0 <= size <= _MOST_COLUMNS for size in sizes) or math.prod(sizes) > _MOST_COLUMNS:
        raise BadPickle("an array has an impossible shape")
    return math.prod(sizes)
