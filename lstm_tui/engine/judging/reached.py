"""Which numbers of a recorded call went into others: what was made and never used."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy

from lstm_tui.engine.judging.shadowing import Recorded, Recorder

_PRODUCTS = {"mm": 0, "addmm": 1, "mv": 0, "addmv": 1}


def reached(recorder: Recorder, numbers: Iterable[int]) -> set[int]:
    """Every number that these were made from, themselves included."""
    found: set[int] = set()
    waiting = list(numbers)
    while waiting:
        at = waiting.pop()
        if at in found:
            continue
        found.add(at)
        record, position = recorder.of(at)
        waiting += [one for one in _parents(record, position) if one not in found]
    return found


def _parents(record: Recorded, position: int) -> Iterator[int]:
    first = _PRODUCTS.get(record.op)
    if first is not None:
        where = numpy.unravel_index(position, record.shape)
        a, b = record.arguments[first], record.arguments[first + 1]
        yield from a[where[0]].tolist()
        yield from (b[:, where[1]] if b.ndim == 2 else b).tolist()
        if first:
            yield int(numpy.broadcast_to(record.arguments[0], record.shape).reshape(-1)[position])
        return
    for given in (*record.arguments, *record.options.values()):
        yield from _of(given, record, position)


def _of(given: object, record: Recorded, position: int) -> Iterator[int]:
    if isinstance(given, list | tuple):
        for one in given:
            yield from _of(one, record, position)
    elif isinstance(given, numpy.ndarray):
        if record.op not in ("bmm", "native_layer_norm") and _fits(given.shape, record.shape):
            yield int(numpy.broadcast_to(given, record.shape).reshape(-1)[position])
        else:
            yield from given.reshape(-1).tolist()


def _fits(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether the operation may be one number for each: a sum over a row has fewer numbers than what it reads."""
    if math.prod(given) > math.prod(wanted):
        return False
    try:
        return numpy.broadcast_shapes(given, wanted) == wanted
    except ValueError:
        return False
