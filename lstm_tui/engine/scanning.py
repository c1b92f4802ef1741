"""Long stretches of a text at once, as chunks that hold just what conditions ask for.

`nn.LSTM` hands back every h. Given those, gates are one matrix product W x + U h + b of the rows wanted, and c is
a linear recurrence of f and i·c̃. These numbers agree with the stepped ones up to rounding; `stepped` gives those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.condition import Needs
from lstm_tui.engine.chunks import Chunk
from lstm_tui.engine.fast import FastLSTM, FastRows
from lstm_tui.engine.stretches import Stretch
from lstm_tui.engine.timeline import Timeline

_BLOCK_OF = {"i": 0, "f": 1, "c_tilde": 2, "o": 3}  # PyTorch's order of the rows
_MAKES_C = ("f", "i", "c_tilde")

Units = tuple[int, ...] | None
"""Which units of a quantity are wanted: None for all."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """What is wanted of one layer, and the rows of its weights that make it."""

    gates: Mapping[str, Units]
    hidden: Units | bool
    cell: Units | bool
    """The units of c wanted; False for none."""
    recurrent: Mapping[str, Tensor]
    """Gate → U's rows, transposed (H, n)."""
    read: Mapping[str, Tensor]
    """Gate → W's rows, transposed (D, n); for one-hot characters a row is what a symbol adds."""
    bias: Mapping[str, Tensor]  # gate → (n,)


class Scanner:
    """Reads a timeline's text in blocks; every chunk holds what `needs` names.

    Works only for a model with a fused form: see `can_scan`.
    """

    def __init__(self, timeline: Timeline, needs: Needs) -> None:
        self._timeline = timeline
        self._needs = needs
        self._layers = {layer: self._plan(layer) for layer in sorted({layer for layer, _ in needs.quantities})}

    @torch.inference_mode()
    def chunk(self, stretches: list[Stretch]) -> Chunk:
        """The steps of consecutive stretches, in order."""
        start, stop = stretches[0].start, stretches[-1].stop
        values: dict[tuple[int, str], Tensor] = {}
        units: dict[tuple[int, str], tuple[int, ...]] = {}
        for layer, plan in self._layers.items():
            for name, (rows, chosen) in self._read(layer, plan, stretches).items():
                values[layer, name] = rows
                if chosen is not None:
                    units[layer, name] = chosen
        logits = None
        if self._needs.output:
            logits = self._timeline.model.logits(_shown(stretches, -1))
        char, target = characters(self._timeline, start, stop)
        return Chunk(start, char, target, values, units, logits)

    def _plan(self, layer: int) -> _Layer:
        wanted = {name: chosen for (at, name), chosen in self._needs.quantities.items() if at == layer}
        gates = {name: chosen for name, chosen in wanted.items() if name in _BLOCK_OF}
        cell: Units | bool = wanted.get("c", False)
        if not isinstance(cell, bool):
            for name in _MAKES_C:
                mine = gates.get(name, ())
                gates[name] = None if cell is None or mine is None else tuple(sorted({*mine, *cell}))
        weights = self._timeline.model.cells[layer].weights()
        size = self._timeline.model.hidden_sizes[layer]
        recurrent, read, bias = {}, {}, {}
        for name, chosen in gates.items():
            first = _BLOCK_OF[name] * size
            rows = slice(first, first + size) if chosen is None else [first + unit for unit in chosen]
            recurrent[name] = weights.weight_hh[rows].detach().t().contiguous()
            read[name] = weights.weight_ih[rows].detach().t().contiguous()
            bias[name] = weights.bias[rows].detach()
        return _Layer(gates, wanted.get("h", False), cell, recurrent, read, bias)

    def _read(self, layer: int, plan: _Layer, stretches: list[Stretch]) -> dict[str, tuple[Tensor, Units]]:
        found: dict[str, tuple[Tensor, Units]] = {}
        if plan.gates:
            starts = [part for s in stretches for part in (s.before[layer][0], s.hidden[layer][:-1])]
            before = torch.cat(starts)  # (n, H): the h each step started from
            for name, chosen in plan.gates.items():
                z = self._input(layer, plan.read[name], stretches)
                z = torch.addmm(z, before, plan.recurrent[name]).add_(plan.bias[name])
                found[name] = (z.tanh_() if name == "c_tilde" else z.sigmoid_(), chosen)
        if not isinstance(plan.cell, bool):
            found["c"] = (self._cell(layer, plan, found, stretches), plan.cell)
        if not isinstance(plan.hidden, bool):
            h = _shown(stretches, layer)
            found["h"] = (h if plan.hidden is None else h[:, list(plan.hidden)], plan.hidden)
        return found

    def _input(self, layer: int, weights: Tensor, stretches: list[Stretch]) -> Tensor:
        """W x of the rows wanted (n, m)."""
        if layer:
            return torch.cat([s.hidden[layer - 1] for s in stretches]) @ weights
        model = self._timeline.model
        indices = self._timeline.indices[stretches[0].start : stretches[-1].stop]
        return weights[indices] if model.embedding is None else model.inputs(indices) @ weights

    def _cell(
        self, layer: int, plan: _Layer, gates: Mapping[str, tuple[Tensor, Units]], stretches: list[Stretch]
    ) -> Tensor:
        """c of the units wanted (n, m): c = f·c' + i·c̃ from every stretch's own start, all stretches side by side."""
        chosen = plan.cell
        assert not isinstance(chosen, bool)
        f, i, candidate = (_columns(gates[name], chosen) for name in _MAKES_C)
        pick = slice(None) if chosen is None else list(chosen)
        sizes = [s.stop - s.start for s in stretches]
        c = torch.cat([s.before[layer][1] for s in stretches])[:, pick]  # (S, m)
        kept, written = _padded(f, sizes), _padded(i * candidate, sizes)  # (S, longest, m)
        for keep, row in zip(kept.unbind(1), written.unbind(1), strict=True):
            c = row.addcmul_(keep, c)  # what was written becomes what the cell holds
        for part, size, s in zip(written, sizes, stretches, strict=True):
            part[size - 1] = s.after[layer][1][0, pick]  # exact, and what an edit put there
        if len(set(sizes)) == 1:
            return written.flatten(0, 1)
        return torch.cat([part[:size] for part, size in zip(written, sizes, strict=True)])


def can_scan(timeline: Timeline, needs: Needs) -> bool:
    """Whether the model has a fused form that gives the numbers needed: every one of an LSTM, h of others."""
    only_h = all(name == "h" for _, name in needs.quantities)
    return isinstance(timeline.fast, FastLSTM) or (isinstance(timeline.fast, FastRows) and only_h)


def characters(timeline: Timeline, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """The symbols read at t = start..stop-1 and those that come next, -1 after the last."""
    indices = timeline.indices
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
        {key: chosen for key, chosen in needs.quantities.items() if chosen is not None},
        torch.cat(logits) if needs.output and logits else None,
    )


def needs_a_model(needs: Needs) -> bool:
    """False for conditions on time and characters alone, which the text itself answers."""
    return bool(needs.quantities) or needs.output


def _shown(stretches: list[Stretch], layer: int) -> Tensor:
    """Every h (n, H), with those set by hand."""
    return torch.cat([part for s in stretches for part in (s.hidden[layer][:-1], s.after[layer][0])])


def _columns(gate: tuple[Tensor, Units], wanted: Units) -> Tensor:
    rows, known = gate
    if known == wanted or wanted is None:
        return rows
    return rows[:, [unit if known is None else known.index(unit) for unit in wanted]]


def _padded(rows: Tensor, sizes: list[int]) -> Tensor:
    """(n, m) cut into stretches of these sizes, side by side (S, longest, m)."""
    if len(set(sizes)) == 1:
        return rows.view(len(sizes), sizes[0], -1)
    return torch.nn.utils.rnn.pad_sequence(list(torch.split(rows, sizes)), batch_first=True)
