"""What everyone who looks shares: how a loss is written."""

from __future__ import annotations

import pytest

from lstm_tui.core.step import loss_words


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (1.27314, "1.2731"),
        (0.0001, "0.0001"),
        (0.00004, "< 0.0001"),
        (1e-30, "< 0.0001"),
        (0.0, "< 0.0001"),
        (float("nan"), "NaN"),
        (float("inf"), "Inf"),
    ],
)
def test_a_loss_that_is_not_zero_is_not_called_zero(loss: float, words: str) -> None:
    assert loss_words(loss) == words
