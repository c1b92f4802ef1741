"""Units ranked by what they did: in hand-made series the order is plain."""

from __future__ import annotations

import pytest

from lstm_tui.core.quantities import GRU, LSTM
from lstm_tui.core.questions.rankings import RANKINGS, largest_losses
from tests.steps import made_step


@pytest.mark.parametrize(
    ("name", "low", "high", "says"),
    [
        ("largest", (0.5, -1.0, 0.2), (0.1, -7.25, 3.0), "7.25"),
        ("saturated", (0.5, 0.95, 0.5, 0.5), (0.05, 0.95, 0.5, 0.99), "75%"),
        ("dead", (0.0, 0.3, 0.1), (0.5, 0.5004, 0.5), "0.0004"),
    ],
)
def test_more_of_it_is_a_larger_score(name: str, low: tuple[float, ...], high: tuple[float, ...], says: str) -> None:
    ranking = RANKINGS[name](LSTM)
    assert ranking is not None
    scores = [ranking.score([values] * len(ranking.quantities)) for values in (low, high)]
    assert scores[0] < scores[1]
    assert scores[1] > ranking.least
    assert ranking.words(scores[1]) == says


def test_the_least_expected_steps_come_first_and_the_last_has_no_loss() -> None:
    steps = [made_step(t=t, target=None if t == 4 else "e") for t in range(5)]
    for step, loss in zip(steps, (0.5, 3.0, 0.1, 3.0), strict=False):
        assert step.prediction is not None
        object.__setattr__(step.prediction, "loss", loss)
    assert [step.t for step in largest_losses(steps, 3)] == [1, 3, 0]


def test_a_unit_that_moves_is_not_dead_and_every_cell_has_a_state_to_rank() -> None:
    dead = RANKINGS["dead"](LSTM)
    assert dead is not None
    assert dead.score([(0.0, 0.5)]) <= dead.least
    ranked = [RANKINGS["largest"](quantities) for quantities in (LSTM, GRU)]
    assert [ranking.quantities[0].name for ranking in ranked if ranking is not None] == ["c", "h"]
