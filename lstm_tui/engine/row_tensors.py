"""Rows of numbers as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.number_rows.row_sequence import Rows


@dataclass(frozen=True, eq=False)
class RowTensors:
    """T rows of D channels, and the K targets in each."""

    x: Tensor
    """As they are in the file, (T, D) in float64."""
    y: Tensor
    """The targets' values in the same row, (T, K) in float64: what the model should output one step earlier."""
    exact: Tensor
    """Those as the model should say them, (T, K) in float64."""
    truth: Tensor
    """The same in the model's own type."""
    shift: Tensor
    divisor: Tensor
    """(K,) in float64: raw = said · divisor + shift."""

    def raw(self, outputs: Tensor) -> Tensor:
        """What the output layer says (…, K) → the numbers it means, in float64."""
        return outputs.double() * self.divisor + self.shift


def row_tensors(rows: Rows, like: Tensor) -> tuple[Tensor, RowTensors]:
    """What enters a model of the type and on the device of `like`, (T, D), and the rest."""
    form, count = rows.form, len(rows)
    codes = torch.frombuffer(rows.codes, dtype=torch.float64).view(count, -1)
    none = torch.zeros(count, 0, dtype=torch.float64)
    truth = torch.frombuffer(rows.truths, dtype=torch.float64).view(count, -1) if form.targets else none
    measures = torch.tensor([form.scaling.measures(name) for name in form.targets], dtype=torch.float64).view(-1, 2)

    def raw(names: tuple[str, ...]) -> Tensor:
        columns = [torch.frombuffer(rows.raw[name], dtype=torch.float64) for name in names]
        return torch.stack(columns, dim=1) if columns else none

    numbers = RowTensors(
        raw(form.channels), raw(form.targets), truth, truth.to(like, copy=True), measures[:, 0], measures[:, 1]
    )
    return codes.to(like, copy=True), numbers
