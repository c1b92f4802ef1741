"""How well units follow a track, added up over pieces of a text in bounded memory.

Numbers are scored by Pearson's correlation, yes/no tracks by the area under the ROC curve: the chance that a step where
the track holds has a larger value than one where it does not, ties counting half (Mann & Whitney 1947).
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

_BINS = 4096


class Score(Protocol):
    """Adds up (n, U) values beside (n,) numbers of a track, and scores each unit."""

    def add(self, values: Tensor, track: Tensor) -> None:
        """More steps."""

    def result(self) -> Tensor:
        """Each unit's score (U,) in float64; NaN for a unit, or a track, that never changes."""


class Correlation:
    """Pearson's r of every unit with the track. Each piece is summed up about the first piece's means, by products of
    matrices in the values' own precision; the sums of pieces are added in float64."""

    def __init__(self) -> None:
        self._origin: tuple[Tensor, Tensor] | None = None
        self._sums: Tensor | None = None  # (6, U): of 1, v, v·v, t, t·t, v·t

    def add(self, values: Tensor, track: Tensor) -> None:
        """See `Score.add`."""
        if self._origin is None:
            self._origin = values.mean(dim=0), track.mean()
        v, t = values - self._origin[0], track - self._origin[1]
        ones = torch.ones_like(t)
        of_v, of_t = torch.stack([ones, t]) @ v, torch.stack([ones, t]) @ torch.stack([ones, t], dim=1)
        n, ts, tts = (of_t[at].double().expand(v.shape[1]) for at in ((0, 0), (0, 1), (1, 1)))
        sums = torch.stack([n, of_v[0].double(), v.square().sum(dim=0).double(), ts, tts, of_v[1].double()])
        self._sums = sums if self._sums is None else self._sums + sums

    def result(self) -> Tensor:
        """See `Score.result`."""
        assert self._sums is not None, "a text has steps"
        n, v, vv, t, tt, vt = self._sums
        of_v, of_t = vv - v * v / n, tt - t * t / n
        moved = (of_v > 1e-12 * vv.clamp_min(1e-30)) & (of_t > 0)
        return torch.where(moved, (vt - v * t / n) / (of_v * of_t).sqrt(), torch.nan)


class RoughArea:
    """The area under the ROC curve to within what shares a bin: to choose the units that are then looked at exactly."""

    def __init__(self) -> None:
        self._counts: Tensor | None = None  # (2, U, bins)

    def add(self, values: Tensor, track: Tensor) -> None:
        """See `Score.add`."""
        units = values.shape[1]
        if self._counts is None:
            self._counts = torch.zeros(2, units * _BINS, dtype=torch.int64, device=values.device)
        squeezed = values / (1 + values.abs())  # any value lies between -1 and 1, in its order
        bins = ((squeezed + 1) * (_BINS / 2)).nan_to_num(0.0).long().clamp_(0, _BINS - 1)
        bins += torch.arange(units, device=values.device) * _BINS
        for holds in (0, 1):
            found = bins[track == holds].flatten()
            self._counts[holds] += torch.bincount(found, minlength=units * _BINS)

    def result(self) -> Tensor:
        """See `Score.result`."""
        return self._area()[0]

    def doubt(self) -> Tensor:
        """How far each unit's exact area may lie from `result`, (U,)."""
        return self._area()[1]

    def _area(self) -> tuple[Tensor, Tensor]:
        assert self._counts is not None, "a text has steps"
        no, yes = self._counts.view(2, -1, _BINS).double()
        below = no.cumsum(dim=1) - no
        pairs = no.sum(dim=1) * yes.sum(dim=1)
        tied = (no * yes).sum(dim=1) / 2
        return ((below * yes).sum(dim=1) + tied) / pairs, tied / pairs


class ExactArea:
    """The area under the ROC curve of a few units, whose values are kept."""

    def __init__(self) -> None:
        self._values: list[Tensor] = []
        self._track: list[Tensor] = []

    def add(self, values: Tensor, track: Tensor) -> None:
        """See `Score.add`."""
        self._values.append(values.float().clone())
        self._track.append(track.float())

    def result(self) -> Tensor:
        """See `Score.result`."""
        track = torch.cat(self._track) == 1
        columns = zip(*(piece.t().unbind() for piece in self._values), strict=True)
        return torch.stack([area(torch.cat(column), track) for column in columns])


class BinnedArea:
    """The area under the ROC curve in bounded memory: in bins that hold as many of the first piece's values each. What
    shares a bin counts as tied; over a long text this is nearer than 1e-6 to the exact area."""

    def __init__(self) -> None:
        self._edges: Tensor | None = None  # (U, bins - 1)
        self._counts = torch.zeros(0, dtype=torch.int64)  # no and yes, by unit and bin

    def add(self, values: Tensor, track: Tensor) -> None:
        """See `Score.add`."""
        units, columns = values.shape[1], values.t().contiguous()
        if self._edges is None:
            shares = torch.linspace(0, 1, _BINS + 1, device=values.device)[1:-1]
            ranked = columns.sort(dim=1).values
            self._edges = ranked[:, (shares * (ranked.shape[1] - 1)).long()].contiguous()
            self._counts = torch.zeros(2 * units * _BINS, dtype=torch.int64, device=values.device)
        bins = torch.searchsorted(self._edges, columns)
        bins += torch.arange(units, device=values.device)[:, None] * _BINS + track.long() * (units * _BINS)
        self._counts += torch.bincount(bins.flatten(), minlength=2 * units * _BINS)

    def result(self) -> Tensor:
        """See `Score.result`."""
        no, yes = self._counts.view(2, -1, _BINS).double()
        below = no.cumsum(dim=1) - no
        found: Tensor = ((below + no / 2) * yes).sum(dim=1) / (no.sum(dim=1) * yes.sum(dim=1))
        return found


def area(values: Tensor, holds: Tensor) -> Tensor:
    """The area under the ROC curve of `values` (n,), exact: `holds` (n,): where the track does. NaN without both."""
    ranked, kinds = torch.unique(values, return_inverse=True)
    yes = torch.bincount(kinds[holds], minlength=len(ranked)).double()
    no = torch.bincount(kinds[~holds], minlength=len(ranked)).double()
    below = no.cumsum(dim=0) - no
    return ((below + no / 2) * yes).sum() / (yes.sum() * no.sum())
