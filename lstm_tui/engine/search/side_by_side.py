"""Many stretches of a text run again at once, from the states the scan found at their starts.

`nn.LSTM` reads one character after the other and hands back h alone. From known starts the stretches are independent:
side by side they cost a fraction, and every gate is there to be read. The weights are moved by a unit in their last
place, so that this is one more computation of the same numbers that surely rounds otherwise: how far it comes to lie
from the scan says how much the model amplifies rounding on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from lstm_tui.engine.cells import Cell, State, Weights
from lstm_tui.engine.cells.gates import with_biases
from lstm_tui.engine.undrawn import undrawn
from lstm_tui.engine.wide import one_hot as one_hot_rows

Units = tuple[int, ...] | None
"""Which units of a quantity are wanted: None for all."""
_MOVED = 2.0**-22
"""Times 1 + this or 1 - this: what a few roundings do to each product of a sum."""


def side_by_side(cell: Cell, weights: Weights, one_hot: bool) -> SideBySide:
    """One layer with the weights of `cell`; where characters enter `one_hot`, with the columns of some symbols."""
    return _WRITTEN_OUT.get(cell.kind.fused, SideBySide)(cell, _moved(weights), one_hot)


class SideBySide:
    """One layer of a network, run by its cell's own forward."""

    def __init__(self, cell: Cell, weights: Weights, one_hot: bool) -> None:
        inputs = weights["weight_ih"].shape[1]
        self._cell = undrawn(partial(type(cell), inputs, cell.hidden_size, cell.biased), weights["weight_ih"])
        self._cell.load(weights)
        self.gain = longest(weights["weight_hh"])
        """How much longer a small change of h can become on its way into a gate."""

    def run(self, x: Tensor, state: State, wanted: Mapping[str, Units]) -> dict[str, Tensor]:
        """x (L, S, D), or symbols (L, S) → the states, and the quantities wanted, (L, S, n) each.

        `state` are the states (S, H) before the first step.
        """
        cell, steps = self._cell, []
        units = {**dict.fromkeys(cell.states), **{name: of for name, of in wanted.items() if name not in cell.states}}
        for read in x.unbind(0):
            read = read if read.is_floating_point() else one_hot_rows(read, cell.input_size, state[0])
            state, values = cell.advance(read, state)
            steps.append([values[name] if of is None else values[name][:, list(of)] for name, of in units.items()])
        return {name: torch.stack(rows) for name, rows in zip(units, zip(*steps, strict=True), strict=True)}


class _WrittenOut(SideBySide):
    """One layer, its kind's equations written out once more: with fewer calls, and only as wanted."""

    def __init__(self, cell: Cell, weights: Weights, one_hot: bool) -> None:
        rows = with_biases(weights)
        squash = {quantity.name: quantity.squash for quantity in cell.kind.quantities}
        blocks = torch.arange(len(rows["weight_hh"]), device=rows["weight_hh"].device).chunk(len(cell.kind.gate_rows))
        made = dict(zip(cell.kind.gate_rows, blocks, strict=True))
        # Those that are sigmoids first, so that one call does them all: i, f, o, g and r, z, n.
        order = torch.cat([made[name] for name in sorted(made, key=lambda name: squash[name] != "sigmoid")])
        self._recurrent = rows["weight_hh"][order].t().contiguous()  # (H, GH)
        self._read = rows["weight_ih"][order].t().contiguous()  # (D, GH)
        self._bias_read, self._bias_recurrent = self._biases(rows["bias_ih"][order], rows["bias_hh"][order])
        self._symbols = self._read + self._bias_read if one_hot else None
        """What each symbol adds, (V, GH), where characters enter one-hot."""
        self.gain = longest(rows["weight_hh"])

    def _biases(self, of_x: Tensor, of_h: Tensor) -> tuple[Tensor, Tensor]:
        """What is added to W x, and to U h."""
        return of_x, of_h

    def _enter(self, x: Tensor, z: Tensor) -> None:
        """z = W x + b."""
        if self._symbols is not None:
            torch.index_select(self._symbols, 0, x, out=z)
        else:
            torch.addmm(self._bias_read, x, self._read, out=z)


class _LSTM(_WrittenOut):
    def _biases(self, of_x: Tensor, of_h: Tensor) -> tuple[Tensor, Tensor]:
        return of_x + of_h, of_h  # both at once

    def run(self, x: Tensor, state: State, wanted: Mapping[str, Units]) -> dict[str, Tensor]:
        """See `SideBySide.run`."""
        h, c = state
        (rows, size), steps = h.shape, len(x)
        z = h.new_empty(rows, 4 * size)
        i, f, o, candidate = z.chunk(4, dim=1)
        gates = {"i": i, "f": f, "o": o, "c_tilde": candidate}
        notes = [_Note(gates[name], units, steps) for name, units in wanted.items() if name in gates]
        hidden, cell = h.new_empty(steps, rows, size), h.new_empty(steps, rows, size)
        for at, (read, new_h, new_c) in enumerate(zip(x, hidden.unbind(0), cell.unbind(0), strict=True)):
            self._enter(read, z)
            z.addmm_(h, self._recurrent)
            z[:, : 3 * size].sigmoid_()
            candidate.tanh_()
            torch.mul(f, c, out=new_c)
            new_c.addcmul_(i, candidate)
            torch.tanh(new_c, out=new_h)
            new_h.mul_(o)
            for note in notes:
                note.take(at)
            h, c = new_h, new_c
        return {**_taken(wanted, gates, notes), "h": hidden, "c": cell}


class _GRU(_WrittenOut):
    def run(self, x: Tensor, state: State, wanted: Mapping[str, Units]) -> dict[str, Tensor]:
        """See `SideBySide.run`."""
        (h,) = state
        (rows, size), steps = h.shape, len(x)
        z, of_h = h.new_empty(rows, 3 * size), h.new_empty(rows, 3 * size)
        reset, update, new = z.chunk(3, dim=1)
        gates = {"r": reset, "z": update, "n": new}
        notes = [_Note(gates[name], units, steps) for name, units in wanted.items() if name in gates]
        hidden = h.new_empty(steps, rows, size)
        for at, (read, new_h) in enumerate(zip(x, hidden.unbind(0), strict=True)):
            self._enter(read, z)
            torch.addmm(self._bias_recurrent, h, self._recurrent, out=of_h)
            z[:, : 2 * size].add_(of_h[:, : 2 * size]).sigmoid_()
            new.addcmul_(reset, of_h[:, 2 * size :]).tanh_()
            torch.lerp(new, h, update, out=new_h)  # (1 - z)·n + z·h'
            for note in notes:
                note.take(at)
            h = new_h
        return {**_taken(wanted, gates, notes), "h": hidden}


_WRITTEN_OUT: dict[str | None, type[SideBySide]] = {"LSTM": _LSTM, "GRU": _GRU}
"""By the class of `torch.nn` that computes the same; any other cell is run by its own forward."""


def longest(rows: Tensor) -> float:
    """The length of the longest of the rows that are made of numbers."""
    return float(torch.linalg.vector_norm(rows, dim=1).nan_to_num(0.0, 0.0, 0.0).max())


class _Note:
    """What a gate is at every step, as far as it is wanted."""

    def __init__(self, gate: Tensor, units: Units, steps: int) -> None:
        self._gate, self._index = gate, None
        if units is not None and units[-1] - units[0] == len(units) - 1:
            self._gate = gate[:, units[0] : units[-1] + 1]  # a view costs less than picking
        elif units is not None:
            self._index = torch.tensor(units, device=gate.device)
        self.rows = gate.new_empty(steps, len(gate), gate.shape[1] if units is None else len(units))
        self._places = self.rows.unbind(0)

    def take(self, at: int) -> None:
        """As the gate is now."""
        if self._index is None:
            self._places[at].copy_(self._gate)
        else:
            torch.index_select(self._gate, 1, self._index, out=self._places[at])


def _taken(wanted: Mapping[str, Units], gates: Mapping[str, Tensor], notes: Sequence[_Note]) -> dict[str, Tensor]:
    names = [name for name in wanted if name in gates]
    return {name: note.rows for name, note in zip(names, notes, strict=True)}


def _moved(weights: Weights) -> Weights:
    """The same weights, each larger or smaller by a few roundings: always the same ones."""
    draw = torch.Generator().manual_seed(0)

    def moved(tensor: Tensor) -> Tensor:
        signs = torch.randint(0, 2, tensor.shape, generator=draw, dtype=torch.int8).to(tensor) * 2 - 1
        return tensor.detach() * (1 + _MOVED * signs)

    return {name: moved(tensor) for name, tensor in weights.items()}
