"""Vocabularies of thousands of symbols: W x of a one-hot x is one column of W, and is looked up instead of multiplied.

A product with a row of zeros and a single one adds exact zeros to that column, so both are the same number up to the
order in which a joined matrix over [h, x] is summed. Where W holds infinities or NaN they are not (0 × ∞ is NaN):
such a model is multiplied, a few rows at a time.
"""

from __future__ import annotations

import threading
from functools import partial
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells.base import Cell, State
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.undrawn import undrawn

WIDE = 1024
"""Symbols from which a look-up pays. Below it every number is the product's, bit for bit."""
MOST = 2**24
"""Numbers that one-hot rows made together may be."""


def one_hot(indices: Tensor, symbols: int, like: Tensor) -> Tensor:
    """Indices (…) → rows (…, `symbols`) of the type of `like`, 0 but for a single 1."""
    rows = like.new_zeros(*indices.shape, symbols)
    return rows.scatter_(-1, indices[..., None], 1)


def compact_one_hot(indices: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """One-hot rows over just the symbols that occur in `indices`, and their columns of `weight` (G, V)."""
    symbols, places = torch.unique(indices, return_inverse=True)
    return one_hot(places, len(symbols), weight), weight.index_select(1, symbols)


def columns(weight: Tensor, symbols: Tensor) -> Tensor:
    """The product of `weight` (G, V) with the one-hot rows of `symbols` (n,), looked up: (n, G)."""
    found, not_finite = weight[:, symbols], ~weight.isfinite()
    if bool(not_finite.any()):  # 0 × ∞ is NaN: one such weight spoils the sum for every symbol but its own
        found = found.masked_fill(not_finite.sum(dim=1, keepdim=True) > not_finite[:, symbols], torch.nan)
    return found.t()


def twin_of(cell: Cell) -> Twin | None:
    """A first layer that reads one-hot rows, by look-up; None where it has to be multiplied."""
    if cell.input_size < WIDE or not cell.x_matrices:
        return None
    twin = _twins.get(cell)
    if twin is None or twin.outdated(cell):
        twin = _twins[cell] = Twin(cell)
    return twin if twin.exact else None


class Twin:
    """A cell of ours with the column of one symbol in place of all of W: it runs the same `forward`, on x = 1.

    What is not W it shares with the cell. May be used from several threads.
    """

    @torch.inference_mode(False)
    @torch.no_grad()
    def __init__(self, cell: Cell) -> None:
        self._lock = threading.Lock()
        self._matrices = {name: cell.get_parameter(name) for name in cell.x_matrices}
        self._versions = self._now(cell)
        self.exact = all(bool(weight.isfinite().all()) for weight in self._matrices.values())
        """Whether a look-up gives what the product would."""
        self._cell = undrawn(partial(type(cell), 1, cell.hidden_size, cell.biased), next(cell.parameters()))
        self._columns: list[tuple[Tensor, Tensor]] = []
        """The place for x in each matrix, and W."""
        for name, parameter in cell.named_parameters():
            weight = parameter.detach()
            if name in self._matrices:
                weight = self._narrowed(weight, cell.input_size, cell.x_first)
            owner, _, leaf = name.rpartition(".")
            self._cell.get_submodule(owner).register_parameter(leaf, nn.Parameter(weight, False))
        self._x = next(cell.parameters()).new_ones(1, 1)

    def _narrowed(self, weight: Tensor, width: int, x_first: bool) -> Tensor:
        """`weight` with one column for x, which is remembered."""
        of_h = weight.shape[1] - width
        of_x = weight[:, :width] if x_first else weight[:, of_h:]
        parts = [of_x[:, :1], weight[:, width:] if x_first else weight[:, :of_h]]
        mine = torch.cat(parts if x_first else parts[::-1], dim=1)
        self._columns.append((mine[:, 0 if x_first else -1], of_x))
        return mine

    def outdated(self, cell: Cell) -> bool:
        """Whether the cell's weights have changed since."""
        return self._versions != self._now(cell)

    @staticmethod
    def _now(cell: Cell) -> list[tuple[int, int]]:
        return [(weight.data_ptr(), weight._version) for weight in cell.parameters()]

    def advance(self, symbol: int, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """See `Cell.advance`: the step that reads `symbol`."""
        with self._lock:
            for place, of_x in self._columns:
                place.copy_(of_x[:, symbol])
            return self._cell.advance(self._x, state, held)


_twins: WeakKeyDictionary[Cell, Twin] = WeakKeyDictionary()
