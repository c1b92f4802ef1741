"""Three hundred random keys and sizes; five thousand are pressed by `python -m tests.benchmarks monkey`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.monkey import Monkey


@pytest.mark.parametrize("seed", [5, 20])
def test_random_keys_break_nothing_and_every_number_stays_the_engines(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some of the keys write files
    monkey = Monkey()
    monkey.play(seed, 150)
    assert monkey.pressed == 150
    assert monkey.compared > 200
