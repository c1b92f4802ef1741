"""The units that follow a track: chosen on the first half of the text, reported on both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lstm_tui.core.questions.tracks import Track
from lstm_tui.engine.finding.scores import BinnedArea, Correlation, ExactArea, RoughArea, Score
from lstm_tui.engine.finding.streams import Streams
from lstm_tui.engine.network import Network

_CANDIDATES, _FEW = 4, 2
"""Times the units asked for: as many are looked at exactly where bins alone do not decide; of a long text fewer."""
_SAMPLED = 250_000
"""Steps, spread over the text, by which those are chosen."""
_KEPT = 32_000_000
"""Numbers that may be kept to be ranked; more are counted in bins."""


@dataclass(frozen=True, eq=False)
class Follower:
    """A unit and how well it follows the track."""

    layer: int
    unit: int
    quantity: str
    score: str
    """`auc` or `r`."""
    first_half: float
    held_out: float
    rises: bool
    """Whether the unit is larger where the track is."""


@dataclass(eq=False)
class UnitSearch:
    """The units of `layers` of `network` that follow `track` best: iterate to work, a little at a time.

    Gives the share done; `followers` are the `top` best afterwards, best first.
    """

    network: Network
    indices: Tensor
    track: Track
    layers: Sequence[int]
    quantity: str
    top: int
    streams: int | None = None
    followers: tuple[Follower, ...] = ()
    seam: float | None = field(default=None)
    """See `Streams.seam`; the largest of all layers."""
    count: int = 1
    """Streams that the text was read in."""

    def __iter__(self) -> Iterator[float]:
        kind = "auc" if self.track.yes_no else "r"
        found: list[Follower] = []
        passes = len(self.layers) * (2 if kind == "auc" else 1)
        done = 0
        for layer in self.layers:
            rough = _Halves(RoughArea if kind == "auc" else Correlation)
            most = _SAMPLED if kind == "auc" and len(self.indices) > _SAMPLED else None
            yield from self._read(layer, rough, None, done / passes, 1 / passes, most)
            done += 1
            units = self._candidates(rough)
            first, held_out = rough.first.result()[units], rough.second.result()[units]
            if kind == "auc":
                exact = _Halves(ExactArea if len(units) * len(self.indices) <= _KEPT else BinnedArea)
                yield from self._read(layer, exact, units, done / passes, 1 / passes)
                done += 1
                first, held_out = exact.first.result(), exact.second.result()
            found += self._followers(layer, kind, units.tolist(), first.tolist(), held_out.tolist())
        found.sort(key=lambda one: (-abs(one.first_half), one.layer, one.unit))
        self.followers = tuple(found[: self.top])

    def _candidates(self, rough: _Halves) -> Tensor:
        """The units whose first half may be among the best."""
        strength = _strength(rough.first, self.track.yes_no)
        times = _CANDIDATES if len(self.indices) <= _SAMPLED else _FEW
        return strength.argsort(descending=True, stable=True)[: self.top * times]

    def _followers(
        self, layer: int, kind: str, units: list[int], first: list[float], held_out: list[float]
    ) -> Iterator[Follower]:
        for unit, here, there in zip(units, first, held_out, strict=True):
            if math.isnan(here):
                continue
            rises = here >= (0.5 if kind == "auc" else 0.0)
            if kind == "auc" and not rises:
                here, there = 1 - here, 1 - there
            yield Follower(layer, unit, self.quantity, kind, here, there, rises)

    def _read(
        self, layer: int, into: _Halves, units: Tensor | None, done: float, share: float, most: int | None = None
    ) -> Iterator[float]:
        """The text once, or about `most` steps of it: every step's values into the half that it belongs to."""
        track = torch.frombuffer(self.track.values, dtype=torch.float32).to(self.indices.device)
        half, seen = len(self.indices) // 2, 0
        streams = Streams(self.network, self.indices, layer, self.quantity, self.streams, most)
        for piece in streams:
            t, values = piece.rows()
            values = values if units is None else values[:, units]
            early = t < half
            for score, rows in ((into.first, early), (into.second, ~early)):
                if bool(rows.any()):
                    score.add(values[rows], track[t[rows]])
            seen += len(t)
            yield done + share * min(1.0, seen / (most or len(self.indices)))
        self.count = streams.count
        if streams.seam is not None:
            self.seam = max(self.seam or 0.0, streams.seam)


class _Halves:
    """One score over the first half of the text, and the same over the second."""

    def __init__(self, score: Callable[[], Score]) -> None:
        self.first, self.second = score(), score()


def _strength(score: Score, yes_no: bool) -> Tensor:
    """How well each unit may follow, whatever its sign; units that never change come last."""
    result = score.result()
    doubt = score.doubt() if isinstance(score, RoughArea) else torch.zeros_like(result)
    return ((result - 0.5 if yes_no else result).abs() + doubt).nan_to_num(-1.0)
