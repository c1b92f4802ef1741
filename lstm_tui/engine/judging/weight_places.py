"""Which entry of which parameter is which weight of a gate, read off a recorded call.

A pre-activation is a sum of products of an input and a parameter's entry, whatever the source looks like: `nn.Linear`,
matrices of `nn.Parameter`, einsum, one matrix for all gates, submodules. So the weights can be read and written where
they are, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy

from lstm_tui.engine.judging.recording import RecordedCall
from lstm_tui.engine.judging.shadowing import Ids, Recorded
from lstm_tui.engine.user_cells.watching.taps import Tap

_PRODUCTS = frozenset({"mm", "addmm", "mv", "addmv", "bmm", "baddbmm", "dot"})
NONE = -1
"""In the place of a weight: there is none."""


class NotPlain(Exception):
    """A pre-activation that is more than a sum of such products; says what."""


@dataclass(frozen=True, eq=False)
class GatePlaces:
    """One gate's weights, by the numbers' ids: unit by unit."""

    x: Ids
    """(H, D)."""
    h: Ids
    """(H, H)."""
    c: Ids
    """(H, H), of a peephole its diagonal."""
    biases: tuple[Ids, ...]
    """(H,) each."""
    offset: numpy.ndarray[Any, Any]
    """(H,), numbers that the source adds: TensorFlow's forget bias."""


def gate_places(recording: RecordedCall, spots: Mapping[str, Tap]) -> dict[str, GatePlaces]:
    """Every gate's whose pre-activation is at one of `spots`. Raises `NotPlain`."""
    return {name: _Reader(recording).read(_numbers(recording, spot)) for name, spot in spots.items()}


def _numbers(recording: RecordedCall, spot: Tap) -> Ids:
    for record in recording.recorder.records:
        if record.func is spot.func and record.nth == spot.nth and record.output == spot.output:
            if len(record.values) != recording.units * spot.blocks:
                break
            first, stride = spot.positions(recording.units)
            return record.start + first + stride * numpy.arange(recording.units)
    raise NotPlain("it computes by other operations where its sizes are others")


@dataclass(eq=False)
class _Reader:
    recording: RecordedCall
    found: dict[str, Ids] = field(default_factory=dict)
    biases: list[Ids] = field(default_factory=list)

    def read(self, ids: Ids) -> GatePlaces:
        units = self.recording.units
        self.starts = {r.name: r.start for r in self.recording.recorder.records if r.name in ("x", "h", "c")}
        sizes = {"x": len(self.recording.inputs) - units * (len(self.starts) - 1), "h": units, "c": units}
        self.offset = numpy.zeros(units)
        self.found = {name: numpy.full((units, size), NONE, dtype=numpy.int64) for name, size in sizes.items()}
        self._visit(numpy.arange(units), ids)
        return GatePlaces(self.found["x"], self.found["h"], self.found["c"], tuple(self.biases), self.offset)

    def _visit(self, rows: Ids, ids: Ids) -> None:
        """Numbers that are added to the pre-activations of the units `rows`."""
        records = [self.recording.recorder.of(int(one))[0] for one in ids]
        for record in {id(one): one for one in records}.values():
            mine = numpy.array([one is record for one in records])
            self._visit_one(record, rows[mine], ids[mine])

    def _visit_one(self, record: Recorded, rows: Ids, ids: Ids) -> None:
        if record.op == "leaf":
            self._bias(record, rows, ids)
        elif record.op == "constant":
            self.offset[rows] += record.values[ids - record.start]
        elif record.op == "add" and len(record.arguments) < 3 and not record.options:
            for given in record.arguments[:2]:
                if isinstance(given, int | float):
                    self.offset[rows] += given
                    continue
                self._visit(rows, self._entries(given, record, ids))
        elif record.op in _PRODUCTS and not record.options:
            self._product(record, rows, ids)
        elif record.op == "mul":
            a, b = (self._entries(given, record, ids) for given in record.arguments[:2])
            self._pairs(rows, a[:, None], b[:, None])
        else:
            raise NotPlain(f"it holds {record.op}")

    def _entries(self, given: Any, record: Recorded, ids: Ids) -> Ids:
        if not isinstance(given, numpy.ndarray):
            raise NotPlain("a number is added to it or multiplies it")
        return numpy.asarray(numpy.broadcast_to(given, record.shape).reshape(-1)[ids - record.start])

    def _bias(self, record: Recorded, rows: Ids, ids: Ids) -> None:
        if record.name in self.starts or record.name == "?":
            raise NotPlain("what it adds is no parameter")
        for bias in self.biases:
            if (bias[rows] == NONE).all():
                break
        else:
            bias = numpy.full(self.recording.units, NONE, dtype=numpy.int64)
            self.biases.append(bias)
        bias[rows] = ids

    def _product(self, record: Recorded, rows: Ids, ids: Ids) -> None:
        given = record.arguments
        if record.op in ("addmm", "addmv", "baddbmm"):
            self._visit(rows, self._entries(given[0], record, ids))
            given = given[1:]
        a, b = given[:2]
        where = numpy.unravel_index(ids - record.start, record.shape) if record.shape else ()
        if record.op in ("bmm", "baddbmm"):
            self._pairs(rows, a[where[0], where[1]], b[where[0], :, where[2]])
        elif record.op in ("mv", "addmv"):
            self._pairs(rows, a[where[0]], numpy.broadcast_to(b, (len(ids), len(b))))
        elif record.op == "dot":
            self._pairs(rows, a[None], b[None])
        else:
            self._pairs(rows, a[where[0]], b[:, where[1]].T)

    def _pairs(self, rows: Ids, one: Ids, other: Ids) -> None:
        """Products of inputs and weights, (n, K) each, whichever is which."""
        if self._input_of(int(other[0, 0])) is not None:
            one, other = other, one
        if any(self._input_of(int(at)) is None for at in one[0]) or self._input_of(int(other[0, 0])) is not None:
            raise NotPlain("a product in it is not of an input and a weight")
        for name, start in self.starts.items():
            size = self.found[name].shape[1]
            inside = (one >= start) & (one < start + size)
            if not inside.any():
                continue
            at, column = numpy.nonzero(inside)
            places = (rows[at], one[at, column] - start)
            if (self.found[name][places] != NONE).any():
                raise NotPlain(f"it reads {name} twice")
            self.found[name][places] = other[at, column]

    def _input_of(self, at: int) -> str | None:
        for name, start in self.starts.items():
            if start <= at < start + self.found[name].shape[1]:
                return name
        return None
