"""Where the gates that were found are made: which call, which block of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lstm_tui.engine.judging.polynomials import Poly, TooLarge
from lstm_tui.engine.judging.recording import RecordedCall
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.user_cells.watching.taps import Tap

_MOST_BLOCKS = 8


def find_taps(recording: RecordedCall, units: tuple[Judgement, ...]) -> dict[str, Tap]:
    """Quantity → where it is made, for every role that some call of torch makes by itself."""
    one, other = units[0], units[-1]
    found: dict[str, Tap] = {}
    for name, part in one.roles.items():
        twin = other.roles.get(name)
        if twin is None or name in one.states:
            continue
        wanted = {one.reader.unit: part.poly, other.reader.unit: twin.poly}
        tap = _first(recording, wanted, _functions(recording), False)
        tap = tap or _first(recording, wanted, _operations(recording), True)
        if tap is not None:
            found[name] = tap
    return found


def find_spots(recording: RecordedCall, units: tuple[Judgement, ...]) -> dict[str, Tap]:
    """Quantity → where its pre-activation is made, among torch's operations."""
    one, other = units[0], units[-1]
    found: dict[str, Tap] = {}
    for name, part in one.roles.items():
        twin = other.roles.get(name)
        if part.argument is None or twin is None or twin.argument is None:
            continue
        wanted = {one.reader.unit: part.argument, other.reader.unit: twin.argument}
        tap = _first(recording, wanted, _operations(recording), True)
        if tap is not None:
            found[name] = tap
    return found


_Made = Iterator[tuple[Any, int, int, list[int]]]


def _functions(recording: RecordedCall) -> _Made:
    for call in recording.calls:
        yield call.func, call.nth, call.output, call.ids.tolist()


def _operations(recording: RecordedCall) -> _Made:
    for record in recording.recorder.records:
        if record.func is not None:
            numbers = range(record.start, record.start + len(record.values))
            yield record.func, record.nth, record.output, list(numbers)


def _first(recording: RecordedCall, wanted: Mapping[int, Poly], made: _Made, inside: bool) -> Tap | None:
    """The first call that gives these polynomials for these units."""
    units = recording.units
    for func, nth, output, ids in made:
        blocks, left = divmod(len(ids), units)
        if left or not 0 < blocks <= _MOST_BLOCKS:
            continue
        for block in range(blocks):
            for interleaved in (False, True)[: 1 + (blocks > 1)]:
                tap = Tap(func, nth, output, block, blocks, interleaved, inside)
                first, stride = tap.positions(units)
                if all(_is(recording, ids[first + stride * unit], poly) for unit, poly in wanted.items()):
                    return tap
    return None


def _is(recording: RecordedCall, number: int, poly: Poly) -> bool:
    try:
        return recording.lowering.poly(number).near(poly)
    except (TooLarge, RecursionError):
        return False
