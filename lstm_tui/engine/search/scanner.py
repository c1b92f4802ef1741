"""Long stretches of a text at once, as chunks that hold just what conditions ask for.

The scan made the states at the blocks' starts; from there the blocks are run side by side. These numbers agree with
the stepped ones (`stepped`) up to rounding, as far as the model lets rounding be: how far is measured with each chunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Needs
from lstm_tui.engine.causes.gradient_sizes import grad_norms
from lstm_tui.engine.runners.row_runner import has_fused_form
from lstm_tui.engine.search.chunk import Chunk, row_chunk
from lstm_tui.engine.search.side_by_side import longest, side_by_side
from lstm_tui.engine.segments import ScannedSegment
from lstm_tui.engine.timeline import Timeline
from lstm_tui.engine.wide import WIDE

_MARGIN = 16
"""How many times farther than the scan's the stepped numbers are thought to lie from the chunk's."""


@dataclass(frozen=True, eq=False)
class Scanned:
    """Some stretches' steps, and how well they are known."""

    chunk: Chunk
    doubts: tuple[float, ...]
    """A stretch: how far a stepped number x may be from the chunk's, times 1 + |x|. Infinite where anything may be."""


class Scanner:
    """Reads a timeline's text in blocks; every chunk holds what `needs` names.

    Works only for a model with a fused form: see `can_scan`.
    """

    def __init__(self, timeline: Timeline, needs: Needs) -> None:
        self._timeline = timeline
        self._needs = needs
        model = timeline.model
        top = len(model.cells) if needs.output else max((layer for layer, _ in needs.quantities), default=0) + 1
        self._symbols, weights = timeline.indices, [cell.weights() for cell in model.cells[:top]]  # not the scan's
        one_hot = model.embedding is None and timeline.expected.numbers is None
        if one_hot and model.input_size >= WIDE:  # only the columns of symbols that the text has
            symbols, self._symbols = torch.unique(timeline.indices, return_inverse=True)
            weights[0] = {**weights[0], "weight_ih": weights[0]["weight_ih"][:, symbols]}
        self._layers = [
            side_by_side(cell, layer, one_hot and not at)
            for at, (cell, layer) in enumerate(zip(model.cells, weights, strict=False))
        ]
        self._gain = self._largest_gain()

    def _largest_gain(self) -> float:
        """How much longer a small change of an h becomes in the quantities wanted, at most."""
        through = [self._layers[layer].gain for layer, name in self._needs.quantities if name != "h"]
        output = self._timeline.model.output
        if self._needs.output and output is not None:
            head = self._timeline.model.head
            through.append(longest(output.weight) * (1.0 if head is None else head.gain))
        return max(through, default=0.0)

    @torch.inference_mode()
    def read(self, stretches: list[ScannedSegment]) -> Scanned:
        """The steps of consecutive stretches, in order."""
        sizes = [stretch.stop - stretch.start for stretch in stretches]
        doubts = [0.0] * len(stretches)
        values: dict[tuple[int, str], Tensor] = {}
        rows = self._rows(stretches)
        shown = rows
        for layer, side in enumerate(self._layers):
            wanted = {name: units for (at, name), units in self._needs.quantities.items() if at == layer}
            state = tuple(map(torch.cat, zip(*(stretch.before[layer] for stretch in stretches), strict=True)))
            found = side.run(rows, state, wanted)
            rows = found["h"]
            doubts = [max(pair) for pair in zip(doubts, self._apart(layer, found, stretches), strict=True)]
            self._edit(layer, found, stretches)
            for name, units in wanted.items():
                whole = units is not None and name in self._states(layer)  # of gates there are no others
                rows_wanted = found[name][..., list(units or ())] if whole else found[name]
                values[layer, name] = _in_order(rows_wanted, sizes)
            shown = found["h"]
        model, needs = self._timeline.model, self._needs
        char, target = characters(self._timeline, stretches[0].start, stretches[-1].stop)
        logits = model.logits(_in_order(shown, sizes)) if needs.output else None
        numbers = row_chunk(self._timeline.expected.numbers, stretches[0].start, stretches[-1].stop)
        chunk = Chunk(
            stretches[0].start, char, target, values, _named(needs), logits, numbers, self._timeline.expected.classes
        )
        return Scanned(chunk, tuple(doubts))

    def _rows(self, stretches: list[ScannedSegment]) -> Tensor:
        """What the first layer reads, (L, S, D) or symbols (L, S): stretches side by side, short ones filled up."""
        parts = [self._symbols[stretch.start : stretch.stop] for stretch in stretches]
        indices = torch.nn.utils.rnn.pad_sequence(parts)
        model = self._timeline.model
        if model.embedding is None or indices.is_floating_point():
            return indices
        return model.inputs(indices.flatten()).view(*indices.shape, -1)

    def _apart(self, layer: int, found: dict[str, Tensor], stretches: list[ScannedSegment]) -> list[float]:
        """How far a layer's numbers may be from the stepped ones, a stretch: as far as they are from the scan's."""
        ends = [stretch.stop - stretch.start for stretch in stretches]
        pairs = [
            (found["h"][:end, at], s.hidden[layer]) for at, (end, s) in enumerate(zip(ends, stretches, strict=True))
        ]
        apart = torch.stack([self._far(mine - theirs) for mine, theirs in pairs])
        if not bool(apart.isfinite().all()):  # rare, and slower to look at
            apart = torch.stack([self._far(_difference(mine, theirs)) for mine, theirs in pairs])
        for which, name in enumerate(self._states(layer)[1:], 1):
            computed = torch.stack([found[name][end - 1, at] for at, end in enumerate(ends)])  # (S, H)
            kept = torch.cat([stretch.after[layer][which] for stretch in stretches])
            off = (_difference(computed, kept) / (1 + kept.abs())).abs().amax(dim=1)
            edited = torch.tensor([stretch.stop in self._timeline.edits for stretch in stretches], device=off.device)
            apart = torch.maximum(apart, off.masked_fill(edited, 0.0))
        return [_MARGIN * far if math.isfinite(far) else math.inf for far in apart.tolist()]

    def _far(self, off: Tensor) -> Tensor:
        """How far these differences of h (n, H) may lead."""
        squares = off * off
        spread = squares.sum(dim=1).max() * (self._gain**2 / off.shape[1])
        return torch.maximum(squares.max(), spread).sqrt()

    def _edit(self, layer: int, found: dict[str, Tensor], stretches: list[ScannedSegment]) -> None:
        """Replace computed states by those set by hand, which the layer above has read."""
        edited = [(at, s) for at, s in enumerate(stretches) if s.stop in self._timeline.edits]
        if not edited:
            return
        for which, name in enumerate(self._states(layer)):
            found[name] = found[name].clone()
            for at, stretch in edited:
                found[name][stretch.stop - stretch.start - 1, at] = stretch.after[layer][which][0]

    def _states(self, layer: int) -> tuple[str, ...]:
        return self._timeline.model.cells[layer].states


def can_scan(timeline: Timeline) -> bool:
    """Whether the model has a fused form."""
    return has_fused_form(timeline.model)


def characters(timeline: Timeline, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """The symbols read at t = start..stop-1 and those that come next, -1 after the last."""
    indices = timeline.indices
    none = torch.full((stop - start,), -1, device=indices.device)
    if timeline.expected.classes is not None:
        target = none.clone()
        if timeline.expected.there(stop):
            target[-1:] = timeline.expected.truth[stop]
        return none if timeline.expected.numbers is not None else indices[start:stop], target
    if timeline.expected.numbers is not None:
        return none, none
    target = indices[start + 1 : stop + 1]
    if len(target) < stop - start:
        target = torch.cat([target, target.new_full((1,), -1)])
    return indices[start:stop], target


@torch.inference_mode()
def stepped(timeline: Timeline, needs: Needs, start: int, stop: int) -> Chunk:
    """The steps t = start..stop-1 with the numbers that the screen shows."""
    values: dict[tuple[int, str], list[Tensor]] = {key: [] for key in needs.quantities}
    logits: list[Tensor] = []
    for moment in timeline.moments(start + 1, stop + 1) if needs_a_model(needs) else ():
        for (layer, name), chosen in needs.quantities.items():
            row = moment.layers[layer][name]
            values[layer, name].append(row if chosen is None else row[:, list(chosen)])
        if moment.logits is not None:
            logits.append(moment.logits)
    return Chunk(
        start,
        *characters(timeline, start, stop),
        {key: torch.cat(rows) for key, rows in values.items()},
        _named(needs),
        torch.cat(logits) if needs.output and logits else None,
        row_chunk(timeline.expected.numbers, start, stop),
        timeline.expected.classes,
        grad_norms(timeline, start, stop) if needs.gradient and logits else None,
    )


def needs_a_model(needs: Needs) -> bool:
    """False for conditions on time and characters alone, which the text itself answers."""
    return bool(needs.quantities) or needs.output


def _named(needs: Needs) -> dict[tuple[int, str], tuple[int, ...]]:
    """The units of what is not wanted whole."""
    return {key: chosen for key, chosen in needs.quantities.items() if chosen is not None}


def _difference(a: Tensor, b: Tensor) -> Tensor:
    """a - b; 0 where neither is a number, or both are the same infinity."""
    off = a - b
    if math.isfinite(float(off.sum())):
        return off
    return off.masked_fill((a == b) | (a.isnan() & b.isnan()), 0.0)


def _in_order(rows: Tensor, sizes: list[int]) -> Tensor:
    """Stretches side by side (L, S, n), one by one (T, n)."""
    if len(set(sizes)) == 1:
        return rows.transpose(0, 1).flatten(0, 1)
    return torch.cat([rows[:size, at] for at, size in enumerate(sizes)])
