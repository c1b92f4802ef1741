"""One weight of a unit, as its explanation names it, typed anew."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.explanation import UnitWeight
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.debuggee import Debuggee
from lstm_tui.debugger.history import Change
from lstm_tui.debugger.jobs import RescanJob
from lstm_tui.engine.explain.unit_equations import equations

if TYPE_CHECKING:
    from lstm_tui.debugger.changes import Changes

LISTED = 32
"""Weights of a row that are offered: those of the largest contributions, as many as a screen shows."""
_LARGEST = 1e30
_UNIT = re.compile(r"(.*)\[(\d+)\]")


class Reweighing:
    """Owns nothing: the weights are the debuggee's, what can be undone stands in the history."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def weights_at(self, layer: int, unit: int) -> tuple[UnitWeight, ...]:
        """The weights behind the contributions at the cursor, row by row, those of the largest contributions first.

        Raises `UserError` where none are known: at step 0, inside a step, in a cell that has no such equations.
        """
        if self._changes.cursor.inside:
            raise UserError("this step is not finished: → finishes it, then its weights can be changed")
        position, reading = self._changes.cursor.position, self._changes.debuggee.rollout
        if position == 0:
            raise UserError("no contributions at step 0: → reads a character, then its weights can be changed")
        cell = reading.model.cells[layer]
        weights, found = cell.weights(), []
        symbols = {quantity.name: quantity.symbol for quantity in cell.kind.quantities}
        for line in equations(reading, position, layer, unit):
            if line.quantity not in cell.kind.gate_rows:
                continue
            row = cell.kind.gate_rows.index(line.quantity) * cell.hidden_size + unit
            for term in line.terms[:LISTED]:
                place = self._place(layer, line.quantity, term.name)
                if place is None or place[0] not in weights:
                    continue
                tensor, column = place
                along = unit if weights[tensor].shape == (cell.hidden_size,) else row
                at: tuple[int, ...] = (along,) if column is None else (along, column)
                value = float(weights[tensor][at])
                if tensor == "bias_ih":
                    if line.quantity in cell.kind.rows_made:
                        continue  # the two biases are not simply added: neither alone is the one shown
                    value += float(weights["bias_hh"][at])
                found.append(UnitWeight(symbols[line.quantity], term.name, value, layer, tensor, at))
        if not found:
            raise UserError("no weight of this unit is known by a contribution here")
        return tuple(found)

    def _place(self, layer: int, row: str, source: str) -> tuple[str, int | None] | None:
        """The tensor, and the column of it where it is a matrix; None for what is no single weight."""
        reading, position = self._changes.debuggee.rollout, self._changes.cursor.position
        if source == "bias":
            return "bias_ih", None
        if source in ("c", "c'"):
            return f"peephole_{row}", None
        names = reading.sequence.named(position)
        if not layer and source in names:
            if reading.timeline.expected.numbers is not None:
                return "weight_ih", names.index(source)
            return None if reading.model.embedding is not None else ("weight_ih", int(reading.indices[position - 1]))
        unit = _UNIT.fullmatch(source)
        if unit is None:
            return None
        return "weight_ih" if layer and unit[1] == f"l{layer - 1}.h" else "weight_hh", int(unit[2])

    def reweighing(self, weight: UnitWeight, typed: str) -> RescanJob:
        """A job that gives a weight of `weights_at` another value. Raises `UserError` for what is no number."""
        try:
            value = float(typed)
        except ValueError:
            value = math.nan
        if not abs(value) <= _LARGEST:
            raise UserError(f"'{visible(typed)}' is not a finite number such as 0.5 or -1")

        def done(before: Debuggee, after: Debuggee) -> None:
            undone, redone = (partial(Debuggee.with_weights, other=which, whole=False) for which in (before, after))
            kept = sum(weights.numel() for weights in after.network.parameters())
            self._changes.remember(Change(f"weight {weight.name}", undone, redone, parameters=kept))

        summary = f"{weight.name} was {weight.value:.4f} and is {value:g}; u takes it back, w writes the model"
        position = self._changes.cursor.position
        make = partial(_reweighed, weight=weight, value=value)
        return RescanJob(make, self._changes.debuggee, position, None, done, summary, "the weights are as they were")


def _reweighed(now: Debuggee, weight: UnitWeight, value: float) -> Debuggee:
    network = now.network.copy()
    cell = network.cells[weight.layer]
    weights = {name: tensor.detach().clone() for name, tensor in cell.weights().items()}
    weights[weight.tensor][weight.at] = value
    if weight.tensor == "bias_ih":
        weights["bias_hh"][weight.at] = 0.0
    cell.load(weights)
    return replace(now, rollout=now.rollout.anew(network), about=replace(now.about, loss=None, unsaved=True))
