"""A class that is called in another way than the debugger calls cells, behind one that is not."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.engine.user_cells.calling import CallForm

_USUAL = (("x", "first", "second"), ("x", "pair"), ("x", "first"))

_RETURNED = (((0,), (1,)), ((1, 0), (1, 1)), ((),), ((0,),), ((1,),))


def needs_adapting(form: CallForm) -> bool:
    """Whether it is neither `forward(x, h, c)` nor `forward(x, (h, c))` nor `forward(x, h)` on rows."""
    usual = form.slots in _USUAL and form.shape == "row" and not form.kept and form.out in _RETURNED
    usual = usual and form.rows == 1 and not form.by_name and not form.made
    return not usual or form.first_is_c or _hands_c_first(form)


def _hands_c_first(form: CallForm) -> bool:
    """Whether c comes back before h. A tuple is handed on as it comes: a mistake stays one."""
    return form.first_is_c if "pair" in form.slots else form.out_first_is_c


class Adapted(nn.Module):
    """`forward(x, h, c)`, or `forward(x, h)`, over a class that is called in any form there is."""

    def __init__(self, inner: nn.Module, form: CallForm) -> None:
        super().__init__()
        self.inner = inner
        self.form = form

    def forward(self, x: Tensor, *state: Tensor) -> Tensor | tuple[Tensor, ...]:
        """x (B, D), states (B, H) → the new ones, h first; row by row, for a form may know no batch."""
        rows = [self._row(x[k : k + 1], tuple(s[k : k + 1] for s in state)) for k in range(len(x))]
        after = rows[0] if len(rows) == 1 else tuple(torch.cat(column) for column in zip(*rows, strict=True))
        return after if len(after) > 1 else after[0]

    def _row(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        given = tuple(reversed(state)) if self.form.first_is_c else state
        out = self.form.run(self.inner, x, given)
        after = self.form.states(out, self.inner)
        return tuple(reversed(after)) if _hands_c_first(self.form) else after
