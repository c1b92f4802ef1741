"""A network run over rows by its cells' own forward, for cells that have no fused form in PyTorch.

The same things that `FusedNetwork` offers: a call over rows, the two ends, and weights written back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.cells import Weights
from lstm_tui.engine.network import Network, Stack


class UnfusedNetwork(nn.Module):
    """`model`'s own cells, one time step after the other. Works on a copy, as `FusedNetwork` does."""

    def __init__(self, model: Network) -> None:
        super().__init__()
        # Where W x is looked up, it is watched whether W changes: that is not told of tensors made for inference.
        with torch.inference_mode(torch.is_inference_mode_enabled() and not model.cell_type.described):
            self.model = model.copy().requires_grad_(True)

    @property
    def output(self) -> nn.Linear | None:
        """The output layer that is trained with it."""
        return self.model.output

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D), or symbols (T, B), from the states (B, H) → the top layer's h at every step (T, B, H) and
        the last states."""
        tops: list[Tensor] = []
        for at, row in enumerate(x.unbind(0), 1):
            try:
                stack = self.model.carry(self._read(row), stack)
            except CellError as error:
                error.position = at  # of these rows: the caller adds the steps before them
                raise
            tops.append(stack[-1][0])
        return torch.stack(tops) if tops else stack[-1][0][None][:0], stack

    def _read(self, row: Tensor) -> Tensor:
        """What the first layer reads of a row (B, D) or of symbols (B,): W x is looked up where one is read alone."""
        if row.is_floating_point():
            return row
        return self.model.inputs(row) if self.training or len(row) > 1 else self.model.read(row)

    def every_layer(self, x: Tensor, stack: Stack) -> tuple[tuple[Tensor, ...], Stack]:
        """No layer's h, and the last states."""
        return (), self(x, stack)[1]

    def on(self, device: torch.device) -> UnfusedNetwork:
        """Itself, where it is: on the CPU, for which a cell of the user's is written."""
        return self

    def piece(self) -> int:
        """Steps that a scan takes in one go: the cells are run one by one."""
        return 16

    def weights(self, layer: int) -> Weights:
        """One layer's tensors, through which nothing is differentiated. Raises what `Cell.weights` raises."""
        return {name: tensor.detach() for name, tensor in self.model.cells[layer].weights().items()}

    def write_back(self, model: Network) -> None:
        """Give `model` the weights as they are here now."""
        model.load_state_dict(self.model.state_dict())
