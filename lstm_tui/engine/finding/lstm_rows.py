"""Many texts read side by side by LSTM layers, a step at a time in as few operations as there can be."""

from __future__ import annotations

import torch
from torch import Tensor

from lstm_tui.engine.cells.gates import with_biases
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.wide import MOST

_ROWS = ("f", "i", "o", "c_tilde")
"""The order that the gates are computed in: those of one activation side by side."""


class LstmRows:
    """`Network.advance` for `count` rows of symbols, for layers that `nn.LSTM` computes too. W x is looked up.

    Sums are added in another order than a cell's own forward adds them: the last bits may differ.
    """

    def __init__(self, network: Network, count: int) -> None:
        self._network = network
        self._layers = [_Layer(network, layer, count) for layer in range(len(network.cells))]

    @staticmethod
    def fits(network: Network) -> bool:
        """Whether all of the network's layers are such, and W x of all symbols has room."""
        kind, cell = network.cell_type.kind, network.cells[0]
        usual = network.cell_type.described and kind.fused == "LSTM" and set(kind.gate_rows) == set(_ROWS)
        return usual and (network.embedding is not None or network.input_size * 4 * cell.hidden_size <= MOST)

    def advance(self, symbols: Tensor, stack: Stack) -> tuple[Stack, list[dict[str, Tensor]]]:
        """One step of every row: symbols (N,) or rows (N, D), and the states before → the states after, and every
        layer's quantities. All of it is overwritten by the next step."""
        x, states, layers = symbols, [], []
        for layer, (h, c) in zip(self._layers, stack, strict=True):
            values = layer.advance(x, h, c)
            x = values["h"]
            states.append((values["h"], values["c"]))
            layers.append(values)
        return tuple(states), layers


class _Layer:
    def __init__(self, network: Network, at: int, count: int) -> None:
        cell = network.cells[at]
        self._size = size = cell.hidden_size
        weights = with_biases(cell.weights())
        rows = torch.cat([torch.arange(size) + cell.kind.gate_rows.index(name) * size for name in _ROWS])
        self._of_x, self._of_h = (
            weights[f"weight_{side}h"][rows].t().contiguous() for side in "ih"
        )  # (D, 4H), (H, 4H)
        self._bias = (weights["bias_ih"] + weights["bias_hh"])[rows]
        first, embedding = at == 0, network.embedding
        self._network, self._first = network, first
        self._table = self._of_x + self._bias if first and embedding is None else None
        self._rows = cell.weights()["weight_hh"].new_empty(count, 4 * size)
        self._h, self._c, self._shown = (self._rows.new_empty(count, size) for _ in range(3))

    def advance(self, x: Tensor, h: Tensor, c: Tensor) -> dict[str, Tensor]:
        """x (N,) or (N, D), h and c (N, H) → f, i, c̃, o, c, h, (N, H) each."""
        rows, size = self._rows, self._size
        if self._first and not x.is_floating_point() and self._table is not None:
            torch.index_select(self._table, 0, x, out=rows)
        else:
            torch.addmm(self._bias, self._network.inputs(x) if self._first else x, self._of_x, out=rows)
        rows.addmm_(h, self._of_h)
        gates, candidate = rows[:, : 3 * size].sigmoid_(), rows[:, 3 * size :].tanh_()
        f, i, o = (gates[:, at * size : (at + 1) * size] for at in range(3))
        torch.mul(c, f, out=self._c).addcmul_(i, candidate)
        torch.mul(torch.tanh(self._c, out=self._shown), o, out=self._h)
        return {"f": f, "i": i, "c_tilde": candidate, "o": o, "c": self._c, "h": self._h}
