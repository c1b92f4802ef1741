"""What stands on the screen belongs to the step it stands beside, in every frame."""

from __future__ import annotations

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from tests.tui.shown import numbers
from tests.tui.staged import Staged, on_stage


@pytest.mark.parametrize("key", ["right", "down", "z", "home"])
def test_the_key_that_takes_the_curve_of_a_training_away_brings_no_number_from_before_it(key: str) -> None:
    def forget_gate(stage: Staged) -> list[str]:
        rows = map("".join, stage.cells())
        return [row.partition("b_f)")[2][:20] for row in rows if " f = σ" in row]

    async def act(stage: Staged) -> None:
        await stage.press("right")
        (before,) = forget_gate(stage)
        await stage.press("t", "down", "enter")
        await stage.settle(1)
        assert "trained" in stage.screen.message
        frames: list[list[str]] = []
        stage.watch(lambda: frames.append(forget_gate(stage)))
        await stage.press(key)
        assert frames
        assert [before] not in frames
        (now,) = forget_gate(stage)
        assert ("=" in now) == (key != "home")  # at step 0 there are symbols and no numbers
        found = numbers(stage)
        assert found
        assert [str(number) for number in found if number.wrong] == []

    on_stage(prepare(ModelOptions(text="hello", hidden=5, epochs=5)), act)


def test_a_terminal_made_larger_under_a_dialog_shows_the_equations_of_the_step_there_is() -> None:
    async def act(stage: Staged) -> None:
        await stage.press("right", "right")
        await stage.resize(60, 16)
        await stage.press("left")
        await stage.press("g")
        await stage.resize(120, 40)
        await stage.press("escape")
        found = [number for number in numbers(stage) if "equation" in number.what]
        assert len(found) >= 5
        assert [str(number) for number in found if number.wrong] == []

    on_stage(prepare(ModelOptions(text="hello", hidden=5)), act)
