"""Constants inside a gate, and the order of a fused matrix's rows: whether nn.LSTM's weights fit by name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from torch import nn

from lstm_tui.core.user_cell import Departure
from lstm_tui.engine.judging.judge import Judged
from lstm_tui.engine.judging.tap_finder import find_spots
from lstm_tui.engine.judging.unit_reader import shown
from lstm_tui.engine.judging.weight_places import GatePlaces, NotPlain, gate_places

_TORCH = ("i", "f", "c_tilde", "o")
_NAMES = re.compile(r"(^|\.)weight_ih(_l0)?$")
_BUILTIN = (nn.LSTMCell, nn.LSTM)


@dataclass(frozen=True)
class RowOrder:
    """What was found of it."""

    found: tuple[Departure, ...] = ()
    facts: tuple[str, ...] = ()


def row_order(inner: nn.Module, found: Judged) -> RowOrder:
    """Whether rows of a matrix that is called as nn.LSTM calls its own are in another order than there."""
    recording = found.recording
    named = [name for name in recording.parameters if _NAMES.search(name)]
    if not named or found.kind != "lstm" or not set(_TORCH) <= set(found.units[0].roles):
        return RowOrder()
    places = _places(found)
    record = next((r for r in recording.recorder.records if r.name == named[0]), None)
    if record is None or not set(_TORCH) <= places.keys() or len(record.values) % (4 * recording.units):
        return RowOrder()
    first = {q: int(places[q].x.min()) - record.start for q in _TORCH}
    order = sorted(_TORCH, key=lambda q: first[q])
    if order == list(_TORCH) or any(not 0 <= at < len(record.values) for at in first.values()):
        return RowOrder()
    words = ", ".join(map(shown, order))
    owner = inner.get_submodule(named[0].rpartition(".")[0])
    says = f"the rows of {named[0]} are read as {words}; nn.LSTM's are i, f, c̃, o"
    if isinstance(owner, _BUILTIN):
        line = found.units[0].lines.get(order[0])
        return RowOrder((Departure(order[0], line, f"{says}: its weights mean other gates here"),))
    return RowOrder((), (f"{says}: weights copied from it by name would be exchanged",))


def constants(found: Judged) -> dict[str, float]:
    """Quantity → the number that the source adds inside of it, as TensorFlow's forget bias."""
    records = found.recording.recorder.records
    if not any(r.op == "add" and any(isinstance(one, int | float) for one in r.arguments[:2]) for r in records):
        return {}
    offsets = {q: place.offset for q, place in _places(found).items()}
    return {q: float(one[0]) for q, one in offsets.items() if one.any() and (one == one[0]).all()}


def _places(found: Judged) -> dict[str, GatePlaces]:
    try:
        return gate_places(found.recording, find_spots(found.recording, found.units))
    except NotPlain:
        return {}
