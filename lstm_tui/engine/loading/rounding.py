"""Two float32 computations of one model disagree: is one of them another model, or does the model amplify rounding?

Each step is redone in float64, by both, from the same states. Where every single step agrees the two are one
model, however far apart float32 takes them in the end; and how fast a tiny difference grows is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstm_tui.engine.network import Network, Stack

_CLOSE = 1e-9
"""How far one float64 step may be from another, times 1 + |value|, and times the largest weight over 1."""
_TINY = 1e-7
"""The difference that is watched growing."""
_MUCH = 50.0
"""Growth in all from which on it is growth that parts float32 computations."""


@dataclass(frozen=True)
class Evidence:
    """What the steps in float64 say."""

    same: bool
    """Whether every single step agrees."""
    growth: float | None
    """How many times larger a small difference becomes a step, where it grows; None where it hardly does."""


@torch.inference_mode()
def evidence(
    model: Network,
    symbols: Tensor,
    modules: Sequence[nn.RNNBase],
    rows: Tensor,
    raw: Callable[[Tensor], Tensor | None],
) -> Evidence:
    """`model`, in float64, reading `symbols` (T,), and the fused `modules` that should compute the same, reading `rows`
    (T, D).

    `raw` makes the top h (H,) into raw outputs (V,). Raises `CellError` for a user's cell that works in float32 only.
    """
    modules = [module.double() for module in modules]
    weights = [parameter for module in modules for parameter in module.parameters()]
    close = _CLOSE * max(1.0, *(float(weight.abs().max()) for weight in weights))
    pair = _beside(model.zero_state(), _direction(model.zero_state()))
    same, grown = True, []
    for symbol, row in zip(torch.split(symbols, 1), torch.split(rows.double(), 1), strict=True):
        before = tuple(tuple(state[:1] for state in layer) for layer in pair)
        pair = _fused(modules, row.expand(2, -1), pair)
        after, _ = model.advance(model.read(symbol), before)
        theirs = [(mine, state[:1]) for a, b in zip(after, pair, strict=True) for mine, state in zip(a, b, strict=True)]
        logits, expected = model.logits(after[-1][0]), raw(pair[-1][0][0])
        if logits is not None and expected is not None:
            theirs.append((logits[0], expected))
        same = same and all(_agree(mine, other, close) for mine, other in theirs)
        size, pair = _renewed(pair)
        grown.append(math.log(size / _TINY))
    return Evidence(same, _growth(grown))


def _agree(a: Tensor, b: Tensor, close: float) -> bool:
    neither = (a == b) | (a.isnan() & b.isnan())
    return bool((neither | ((a - b).abs() <= close * (1 + b.abs()))).all())


def _fused(modules: Sequence[nn.RNNBase], x: Tensor, stack: Stack) -> Stack:
    """One step of every module: x (B, D)."""
    states = []
    for module, state in zip(modules, stack, strict=True):
        given = tuple(part[None] for part in state)
        _, after = module(x[None], given if len(given) > 1 else given[0])
        states.append(tuple(part[0] for part in (after if len(given) > 1 else (after,))))
        x = states[-1][0]
    return tuple(states)


def _direction(stack: Stack) -> Tensor:
    """Looks like nothing in particular; no random number of anybody's is drawn for it."""
    size = sum(state.numel() for layer in stack for state in layer)
    drawn = torch.randn(size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return drawn * (_TINY / float(drawn.norm()))


def _beside(stack: Stack, off: Tensor) -> Stack:
    """Two rows: the states (1, H) themselves, and moved by `off`."""
    layers, at = [], 0
    for layer in stack:
        rows = []
        for state in layer:
            rows.append(torch.cat([state, state + off[at : at + state.numel()]]))
            at += state.numel()
        layers.append(tuple(rows))
    return tuple(layers)


def _renewed(pair: Stack) -> tuple[float, Stack]:
    """How far the two rows are apart, and the pair with the second brought back to a tiny distance."""
    first = tuple(tuple(state[:1] for state in layer) for layer in pair)
    off = torch.cat([state[1] - state[0] for layer in pair for state in layer])
    size = float(off.norm())
    if not math.isfinite(size) or size < _TINY * 1e-6:  # all but forgotten: another one is watched
        return _TINY * 1e-6, _beside(first, _direction(first))
    return size, _beside(first, off * (_TINY / size))


def _growth(grown: Sequence[float]) -> float | None:
    """The mean factor a step over the stretch in which a difference grows most."""
    most, steps, total, begun = 0.0, 0, 0.0, 0
    for at, step in enumerate(grown):
        if total <= 0:
            total, begun = 0.0, at
        total += step
        if total > most:
            most, steps = total, at + 1 - begun
    return math.exp(most / steps) if most > math.log(_MUCH) else None
