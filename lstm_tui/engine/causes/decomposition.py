"""What each character contributed to a logit: contextual decomposition of an LSTM (Murdoch, Liu & Yu 2018).

Every h and c is split into a relevant part β, which chosen characters made, and the rest γ, through the cell's own
equations: β + γ is the value itself at every step. A product of two parts belongs to β where one of its factors comes
from the chosen characters and none from the others; a squashing is shared between its addends by how much each adds,
the bias first and the others averaged over both orders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.engine.cells.gates import Weights, with_biases
from lstm_tui.engine.network import Stack
from lstm_tui.engine.timeline import Timeline

Squash = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Shares:
    """A logit, taken apart."""

    first: int
    """The position whose character is the first of `by_character`."""
    by_character: tuple[float, ...]
    """What each character, chosen alone, contributed to the logit: one a step up to the present one."""
    older: float
    """The same of everything before: the states that were there."""
    rest: float
    """What is left of the logit without its bias: what characters did together, and what biases did."""
    logit: float
    bias: float


@torch.inference_mode()
def shares(timeline: Timeline, position: int, symbol: int, window: int) -> Shares:
    """The logit of symbol number `symbol` after the step `position`, by the `window` characters read last.

    Computed in float64. Raises `UserError` for cells that are not the textbook's LSTM and models without an output
    layer.
    """
    model = timeline.model
    kind = model.cell_type.kind
    if kind.name != "lstm" or not model.cell_type.described:
        raise UserError("a logit is taken apart by the six equations of the LSTM, and this cell has others")
    if model.output is None:
        raise UserError("this model has no output layer: there is no logit to take apart")
    if model.log_softmax:
        raise UserError("this model gives log-probabilities, which mix all logits: no single one can be taken apart")
    first = max(1, position - window + 1)
    count = position - first + 1
    below: list[tuple[Tensor, Tensor]] = []
    for symbol_read in torch.split(timeline.indices[first - 1 : position], 1):
        x = model.inputs(symbol_read).double().expand(count + 1, -1)
        chosen = torch.zeros(count + 1, 1, dtype=torch.float64, device=x.device)
        chosen[len(below)] = 1.0  # row k has chosen the k-th character, the last row what was there before
        below.append((x * chosen, x * (1 - chosen)))
    for layer, state in zip(model.cells, _split(timeline.state(first - 1), count), strict=True):
        weights, parts = layer.weights(), state
        above = []
        for of_x in below:
            parts = _step(weights["weight_ih"], weights["weight_hh"], bias_of(weights), of_x, parts)
            above.append(parts[0])
        below = above
    row = model.output.weight[symbol].double()
    relevant, rest = (part @ row for part in below[-1])  # (count + 1,) each
    bias = 0.0 if model.output.bias is None else float(model.output.bias[symbol])
    whole = float((relevant + rest)[0])
    *by_character, older = relevant.tolist()
    return Shares(first, tuple(by_character), older, whole - sum(by_character) - older, whole + bias, bias)


def bias_of(weights: Weights) -> Tensor:
    """The two biases of a layer, added; zeros where it has none. (4H,)"""
    biases = with_biases(weights)
    return biases["bias_ih"] + biases["bias_hh"]


Parts = tuple[Tensor, Tensor]
"""β and γ of one value, (B, H) each."""


def _split(stack: Stack, count: int) -> list[tuple[Parts, Parts]]:
    """The states before the first character: all of them the last row's own."""
    chosen = torch.zeros(count + 1, 1, dtype=torch.float64)
    chosen[-1] = 1.0
    return [
        tuple((part.double() * chosen, part.double() * (1 - chosen)) for part in state)  # type: ignore[misc]
        for state in stack
    ]


def _step(of_w: Tensor, of_u: Tensor, bias: Tensor, x: Parts, state: tuple[Parts, Parts]) -> tuple[Parts, Parts]:
    """One time step of one layer: h and c in their parts, rows of the weights in the order i, f, g, o."""
    (h, h_rest), (c, c_rest) = state
    w, u, b = of_w.double().t(), of_u.double().t(), bias.double()
    mine, others = (x[0] @ w + h @ u).chunk(4, dim=1), (x[1] @ w + h_rest @ u).chunk(4, dim=1)
    i, f, g = (
        _shared(squash, mine[row], others[row], b.chunk(4)[row])
        for row, squash in enumerate((torch.sigmoid, torch.sigmoid, torch.tanh))
    )
    o = torch.sigmoid(mine[3] + others[3] + b.chunk(4)[3])
    kept, kept_rest = (f[0] + f[2]) * c, (f[0] + f[2]) * c_rest + f[1] * (c + c_rest)
    written = i[0] * (g[0] + g[2]) + i[2] * g[0]
    written_rest = i[1] * (g[0] + g[1] + g[2]) + (i[0] + i[2]) * g[1] + i[2] * g[2]
    new, new_rest = kept + written, kept_rest + written_rest
    shown = (torch.tanh(new) + torch.tanh(new + new_rest) - torch.tanh(new_rest)) / 2
    return (o * shown, o * (torch.tanh(new + new_rest) - shown)), (new, new_rest)


def _shared(squash: Squash, mine: Tensor, others: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """squash(mine + others + bias) as the sum of what each of the three adds."""
    whole, base = squash(mine + others + bias), squash(bias).expand_as(mine)
    alone, theirs = squash(mine + bias) - base, squash(others + bias) - base
    mine_adds = (alone + whole - base - theirs) / 2
    return mine_adds, whole - base - mine_adds, base
