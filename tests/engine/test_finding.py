"""Units that follow a track, against numpy on the numbers that stepping shows."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.tracks import Track, track_of_text
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.backwards.unit_finder import FindRequest, finding
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.finding.alike import alike
from lstm_tui.engine.finding.scores import BinnedArea, ExactArea, RoughArea
from lstm_tui.engine.finding.streams import Streams
from lstm_tui.engine.finding.unit_search import UnitSearch
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout

SYMBOLS = 'ab("'


def reading(length: int, cell: str = "fused", hidden: int = 6) -> Rollout:
    text = "".join(random.Random(5).choices(SYMBOLS, k=length))
    return Rollout(fresh(len(SYMBOLS), hidden, 2, ALL[cell], seed=1), Text(Vocabulary(SYMBOLS), text))


def found(read: Rollout, track: Track, quantity: str, streams: int | None = 1) -> UnitSearch:
    search = UnitSearch(read.model, read.indices, track, (0, 1), quantity, 5, streams)
    shares = list(search)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    return search


def auc(values: np.ndarray, holds: np.ndarray) -> float:
    """Pair by pair."""
    larger = np.sign(values[holds][:, None] - values[~holds][None, :])
    return float((larger + 1).mean() / 2)


@pytest.mark.parametrize(
    ("name", "quantity", "cell"), [("quote", "c", "by-hand"), ("upper", "z", "gru"), ("column", "h", "rnn")]
)
def test_scores_are_those_of_the_numbers_that_stepping_shows(name: str, quantity: str, cell: str) -> None:
    read = reading(300, cell)
    track = Track(name, track_of_text("word" if name == "upper" else name, read.text).values)
    values = np.array([[layer.values[quantity] for layer in read.step(at).layers] for at in range(1, 301)])
    truth = np.array(track.values)
    halves = []
    for part in (slice(0, 150), slice(150, 300)):
        if track.yes_no:
            scores = [[auc(values[part, la, u], truth[part] == 1) for u in range(6)] for la in (0, 1)]
        else:
            scores = [[np.corrcoef(values[part, la, u], truth[part])[0, 1] for u in range(6)] for la in (0, 1)]
        halves.append(np.array(scores))
    best = max(abs(halves[0].ravel() - (0.5 if track.yes_no else 0.0)))
    followers = found(read, track, quantity).followers
    assert len(followers) == 5
    strength = [abs(one.first_half - (0.5 if track.yes_no else 0.0)) for one in followers]
    assert strength[0] == pytest.approx(best, abs=1e-6)
    assert strength == sorted(strength, reverse=True)
    for one in followers:
        first, second = (float(half[one.layer, one.unit]) for half in halves)
        if track.yes_no and not one.rises:
            first, second = 1 - first, 1 - second
        assert (one.first_half, one.held_out) == pytest.approx((first, second), abs=1e-6)


def test_bins_hold_the_exact_area_within_their_doubt() -> None:
    torch.manual_seed(0)
    values, track = torch.randn(500, 7).round(decimals=2) * 40, (torch.rand(500) < 0.3).float()
    rough = RoughArea()
    for part in range(0, 500, 100):
        rough.add(values[part : part + 100], track[part : part + 100])
    exact = torch.tensor([auc(column.numpy(), track.numpy() == 1) for column in values.t()])
    assert bool(((rough.result() - exact).abs() <= rough.doubt() + 1e-12).all())
    assert float(rough.doubt().max()) < 0.01


def test_bins_of_equal_mass_come_nearer_than_a_millionth() -> None:
    torch.manual_seed(1)
    values, track = torch.randn(60_000, 3) * torch.tensor([0.01, 1.0, 300.0]), torch.rand(60_000)
    values[:, 1] = values[:, 1].round(decimals=1)  # many of them equal
    holds = (track < 0.2).float()
    values += holds[:, None] * torch.tensor([0.01, 0.3, 0.0])
    binned, exact = BinnedArea(), ExactArea()
    for part in range(0, 60_000, 10_000):
        binned.add(values[part : part + 10_000], holds[part : part + 10_000])
        exact.add(values[part : part + 10_000], holds[part : part + 10_000])
    assert torch.allclose(binned.result(), exact.result(), atol=2e-6)


def test_streams_read_what_one_reading_does() -> None:
    """Every step once, and the same numbers where the past is forgotten on the way."""
    read = reading(3_000, hidden=3)
    one, many = (Streams(read.model, read.indices, 1, "c", count) for count in (1, 4))
    pieces = {}
    for streams in (one, many):
        rows = [tuple(part.clone() for part in piece.rows()) for piece in streams]
        t, values = torch.cat([t for t, _ in rows]), torch.cat([v for _, v in rows])
        assert torch.equal(t.sort().values, torch.arange(3_000))
        pieces[streams.count] = values[t.argsort()]
    assert torch.allclose(pieces[1], pieces[4], atol=1e-5)
    assert many.seam is not None
    assert many.seam < 1e-5
    assert one.seam is None


def test_a_state_that_is_never_forgotten_is_seen_at_the_seam() -> None:
    read = reading(3_000, hidden=3)
    for cell in read.model.cells:
        cell.set_forget_bias(40.0)
    streams = Streams(read.model, read.indices, 1, "c", 2)
    list(streams)
    assert streams.seam is not None
    assert streams.seam > 0.1


def test_brackets_are_counted_by_the_unit_that_counts() -> None:
    debugger = prepare(ModelOptions(model="brackets")).open()
    search = finding(debugger.debuggee, FindRequest("depth", top=2))
    list(search)
    assert search.followers[0].unit == 3
    assert search.followers[0].held_out > 0.99


@pytest.mark.parametrize(
    "request_",
    [
        FindRequest("depth", quantity="x"),
        FindRequest("depth", layer=1),
        FindRequest("quote"),
        FindRequest("when:c[9] > 1"),
        FindRequest("csv:nowhere.csv#a"),
        FindRequest("csv:#a"),
    ],
)
def test_what_cannot_be_found_is_refused_in_a_sentence(request_: FindRequest) -> None:
    debugger = prepare(ModelOptions(model="brackets")).open()
    with pytest.raises(UserError):
        finding(debugger.debuggee, request_)


@pytest.mark.parametrize("cell", ["fused", "gru", "slstm"])  # scanned; scanned without c; stepped
def test_the_most_alike_are_the_nearest_of_all_steps(cell: str) -> None:
    read, here = reading(700, cell, hidden=3), 301
    states = np.array(
        [
            [v for layer, own in zip(read.step(at).layers, read.model.cells, strict=True) for s in own.states
             for v in layer.values[s]]
            for at in range(1, 701)
        ]
    )  # fmt: skip
    far = np.sqrt((((states - states[here - 1]) / states.std(axis=0, ddof=1)) ** 2).mean(axis=1))
    lowest = [
        at for at in range(1, 701)
        if at != here and far[at - 1] <= min(far[max(at - 2, 0)], far[min(at, 699)])
    ]  # fmt: skip
    wanted = sorted(lowest, key=lambda at: far[at - 1])[:5]
    found = alike(read.timeline.fork(), here, 5)
    assert [at for at, _ in found] == wanted
    assert [distance for _, distance in found] == pytest.approx([far[at - 1] for at in wanted], abs=1e-4)
