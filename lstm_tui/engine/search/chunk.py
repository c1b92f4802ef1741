"""A run of steps as tensors: what a condition reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from lstm_tui.core.classes import Classes
from lstm_tui.engine.expected import log_chances
from lstm_tui.engine.row_tensors import RowTensors


@dataclass(frozen=True, eq=False)
class RowChunk:
    """What is read and what should be said at each of T steps, in float64; NaN where nothing comes next."""

    x: Tensor  # (T, D), raw
    y: Tensor  # (T, K), raw
    truth: Tensor  # (T, K), scaled
    of: RowTensors

    def rows(self, part: slice) -> RowChunk:
        """Some of the steps."""
        return replace(self, x=self.x[part], y=self.y[part], truth=self.truth[part])


def row_chunk(of: RowTensors | None, start: int, stop: int) -> RowChunk | None:
    """The steps t = start..stop-1."""
    if of is None:
        return None
    y, truth = (_next(each, start, stop) for each in (of.y, of.exact))
    return RowChunk(of.x[start:stop], y, truth, of)


def _next(rows: Tensor, start: int, stop: int) -> Tensor:
    found = rows[start + 1 : stop + 1].double()
    missing = stop - start - len(found)
    return torch.cat([found, found.new_full((missing, rows.shape[1]), torch.nan)]) if missing else found


@dataclass(frozen=True, eq=False)
class Chunk:
    """T steps in a row, from time step `t0` on (t counts from 0: the step that reads character number t)."""

    t0: int
    char: Tensor  # (T,) int: the symbol read
    target: Tensor  # (T,) int: the symbol that truly comes next, -1 where there is none
    values: Mapping[tuple[int, str], Tensor]
    """(layer, quantity) → (T, U), or (T, n) where `units` names the n units computed."""
    units: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)
    logits: Tensor | None = None  # (T, V); None for a model without an output layer, or where they are not needed
    numbers: RowChunk | None = None
    """Of a model of numbers, whose `char` and `target` are all -1."""
    classes: Classes | None = None
    """Of a classifier, whose `target` is its label at the last step and -1 before."""
    grad_norm: Tensor | None = None  # (T, 1); None where nobody asks

    def __len__(self) -> int:
        return len(self.char)

    def vector(self, layer: int, quantity: str) -> Tensor:
        """All units (T, U)."""
        if (layer, quantity) in self.units:
            raise ValueError(f"only some units of l{layer}.{quantity} were computed")
        return self.values[layer, quantity]

    def column(self, layer: int, quantity: str, unit: int) -> Tensor:
        """One unit (T, 1)."""
        known = self.units.get((layer, quantity))
        at = unit if known is None else known.index(unit)
        return self.values[layer, quantity][:, at : at + 1]

    def rows(self, start: int, stop: int) -> Chunk:
        """The part from row `start` to row `stop` - 1; its tensors are views."""
        part = slice(start, stop)
        return replace(
            self,
            t0=self.t0 + start,
            char=self.char[part],
            target=self.target[part],
            values={key: rows[part] for key, rows in self.values.items()},
            logits=None if self.logits is None else self.logits[part],
            numbers=None if self.numbers is None else self.numbers.rows(part),
            grad_norm=None if self.grad_norm is None else self.grad_norm[part],
        )

    def last(self, count: int) -> Chunk:
        """The last `count` rows (all, if there are fewer), copied, so that the whole chunk can be let go."""
        part = self.rows(max(0, len(self) - count), len(self))
        return replace(
            part,
            char=part.char.clone(),
            target=part.target.clone(),
            values={key: rows.clone() for key, rows in part.values.items()},
            logits=None if part.logits is None else part.logits.clone(),
        )

    def log_p(self, exact: bool) -> Tensor:
        """ln p of every symbol (T, V): in float64, as the steps shown have it, or as fast as can be."""
        return self._log_p_exact if exact else self._log_p_fast

    @cached_property
    def _log_p_exact(self) -> Tensor:
        assert self.logits is not None
        return log_chances(self.logits.double(), self._each)

    @cached_property
    def _log_p_fast(self) -> Tensor:
        assert self.logits is not None
        return log_chances(self.logits, self._each)

    @property
    def _each(self) -> bool:
        return self.classes is not None and self.classes.each

    @cached_property
    def guess(self) -> Tensor:
        """The likeliest symbol (T,), the first of equals in vocabulary order."""
        assert self.logits is not None
        return self.logits.argmax(dim=1)


def entropy(log_p: Tensor) -> Tensor:
    """-Σ p ln p (T, 1) in nats."""
    per_symbol: Tensor = torch.special.entr(log_p.exp())  # (T, V)
    return per_symbol.sum(dim=1, keepdim=True)
