"""`{` and `}`: the epochs of a training at the present step, by hand and by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from tests.tui.staged import Staged, on_stage


def trained(act: Callable[[Staged, Debugger, Callable[[], str]], Awaitable[None]]) -> None:
    """Does `act` at step 2 after six epochs."""

    async def acting(stage: Staged) -> None:
        debugger = stage.screen.debugger
        assert isinstance(debugger, Debugger)
        await stage.press("right", "right")
        training = debugger.training(epochs=6)
        training.run()
        debugger.adopt(training)
        await act(stage, debugger, lambda: "\n".join("".join(row) for row in stage.cells()))

    on_stage(prepare(ModelOptions(text="hello", hidden=8)), acting)


def test_an_epoch_is_shown_at_this_step_and_marked_until_another_key() -> None:
    async def act(stage: Staged, debugger: Debugger, text: Callable[[], str]) -> None:
        await stage.press("{", "{")
        assert "epoch 4 of 6" in text()
        assert "▲epoch 4" in text()
        assert "log‖g‖ │" in text()
        assert debugger.position == 2
        assert debugger.step.p is not None
        assert f"{debugger.step.p:.2f}" in text()
        await stage.press("}", "right")
        assert debugger.course is not None
        assert debugger.course.at == 5
        assert "log‖g‖" not in text()
        await stage.press("u", "{")
        assert "there is no training to go through: t trains" in text()

    trained(act)


def test_a_training_is_played() -> None:
    async def act(stage: Staged, debugger: Debugger, text: Callable[[], str]) -> None:
        play = stage.screen.action_do
        await play("epoch.play")  # from the first: the last is open
        await stage.settle()
        assert "playing 5 epochs a second" in text()
        assert debugger.course is not None
        assert debugger.course.at == 0
        await stage.settle(0.5)
        await stage.press("space")
        assert debugger.course.at == 2
        assert not stage.screen.autoplay.playing
        await play("epoch.play")  # goes on from there, to the end
        await stage.settle(2.0)
        assert debugger.course.at == 6
        assert not stage.screen.autoplay.playing

    trained(act)
