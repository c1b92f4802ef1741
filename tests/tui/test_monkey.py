"""Three hundred random keys on models of every kind; `python -m tests.benchmarks monkey` presses 20,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.kinds import KINDS
from tests.tui.monkey import Monkey


@pytest.mark.parametrize("kind", KINDS)
def test_random_keys_break_nothing_and_every_number_stays_the_engines(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some of the keys write files
    monkey = Monkey(KINDS[kind])
    monkey.play(list(KINDS).index(kind), 300)
    assert monkey.pressed == 300
    assert monkey.compared > 100
