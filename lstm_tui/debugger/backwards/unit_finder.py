"""Which units follow a track of the text: what was asked for, checked, and the search for them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_tui.conditions import ConditionError, parse
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import read_text
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.questions.tracks import Track, check_track, track_of_csv, track_of_text
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.engine.finding.unit_search import UnitSearch

SEAM = 1e-5
"""A difference at the seams from which on it is said."""


@dataclass(frozen=True)
class FindRequest:
    """Which units: those of `layer` (None: of all) whose `quantity` (None: c, or h without one) follows `track`."""

    track: str
    quantity: str | None = None
    layer: int | None = None
    top: int = 10
    streams: int | None = None


def finding(debuggee: Debuggee, request: FindRequest) -> UnitSearch:
    """The search, to be iterated over. Raises `UserError` for what the model or the text does not have."""
    from lstm_tui.engine.finding.unit_search import UnitSearch

    rollout, sizes = debuggee.rollout, debuggee.about.hidden_sizes
    names = [quantity.name for quantity in debuggee.cell.quantities]
    quantity = request.quantity or ("c" if "c" in names else "h")
    if quantity not in names:
        raise UserError(f"--quantity {visible(quantity)}: this cell computes {', '.join(names)}")
    if request.layer is not None and request.layer >= len(sizes):
        raise UserError(f"--layer {request.layer}: the model has {len(sizes)}: they count from 0")
    if rollout.timeline.edits or rollout.interventions.clamps:
        raise UserError("states or values are set by hand here: take that back with u before units are compared")
    if rollout.interventions.window is not None:
        raise UserError(
            "the state starts from zero every --window rows, and find reads all of them in one: leave it out"
        )
    if len(rollout) < 4:
        raise UserError(f"the text has {len(rollout)} steps: to follow a track takes at least 4; a long one says more")
    layers = range(len(sizes)) if request.layer is None else (request.layer,)
    track = check_track(_track(debuggee, request.track))
    return UnitSearch(rollout.model, rollout.indices, track, layers, quantity, request.top, request.streams)


def note(found: UnitSearch) -> str:
    """How the text was read, where that is not one long reading; "" where it is."""
    if found.count == 1:
        return ""
    words = f"read as {found.count} stretches side by side, each warmed up over 1,024 steps"
    if found.seam is None or found.seam <= SEAM:
        return words
    return f"{words}; where they meet, states differ by up to {found.seam:.2g}: --streams 1 reads the text in one"


def _track(debuggee: Debuggee, name: str) -> Track:
    kind, colon, rest = name.partition(":")
    if (kind, colon) == ("csv", ":"):
        path, _, column = rest.rpartition("#")
        if not path:
            raise UserError(f"--track {visible(name)}: name the file and one of its columns, as in csv:track.csv#depth")
        return track_of_csv(name, read_text(path).text.splitlines(), column, len(debuggee.rollout))
    if (kind, colon) == ("when", ":"):
        return Track(name, array("f", _holds(debuggee, rest)))
    rows = debuggee.rollout.sequence
    if not isinstance(rows, Rows):
        return track_of_text(name, rows.symbols)
    if name not in rows.raw:
        listed = ", ".join(map(visible, rows.raw))
        raise UserError(f"--track {visible(name)}: rows have the tracks {listed}, when:CONDITION or csv:FILE#COLUMN")
    return Track(name, array("f", rows.raw[name]))


def _holds(debuggee: Debuggee, text: str) -> Iterator[float]:
    """1 where a condition holds, else 0."""
    from lstm_tui.engine.search.search import Hit, Search

    try:
        condition = parse(text, debuggee.name_space)
    except ConditionError as error:
        raise UserError(f"--track when: {error}") from None
    length, reported = len(debuggee.rollout), 0
    for found in Search(debuggee.rollout.timeline.fork(), [condition], True, 1, length):
        if isinstance(found, Hit):
            yield from [0.0] * (found.position - 1 - reported)
            yield 1.0
            reported = found.position
    yield from [0.0] * (length - reported)
