"""Training on the screen: asked for in a dialog, run in a thread, watched as a curve, taken over at its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from lstm_tui.core.errors import UserError
from lstm_tui.tui.actions import Action, Requirement
from lstm_tui.tui.jobs import run_aside
from lstm_tui.tui.widgets import LossCurve

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggeeDoor, JobDoor, Progress, TrainingDoor
    from lstm_tui.tui.dialogs import TrainingRequest
    from lstm_tui.tui.workspace import Workspace

FRAMES = 8
"""Pictures of the curve a second: a fast training reports thousands of times."""
PATIENCE = 0.3
"""Seconds a training is given to end by itself when the program has to."""


class TrainingController:
    """While a model trains, the one on the screen is the one from before, and can be stepped as ever."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._pictures: Timer | None = None
        self._adopting: tuple[TrainingDoor, JobDoor] | None = None
        """A training that is over, and the run after which its weights are open."""

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (Action("train.start", self.ask, Requirement.NO_WORK),)

    async def ask(self) -> None:
        """Asks for the weights, the epochs and the learning rate."""
        from lstm_tui.tui.dialogs import AskTraining

        debugger = self._workspace.debugger
        usual, sizes = debugger.recipe(), debugger.about.hidden_sizes
        dialog = AskTraining(usual.epochs, usual.lr, sizes[0] if len(set(sizes)) == 1 else None, self._check)
        await self._workspace.view.ask(dialog, self._train)

    def _check(self, wish: TrainingRequest) -> None:
        self._workspace.debugger.recipe(wish.epochs, wish.lr, wish.fresh, wish.hidden, wish.forget_bias)

    def _train(self, wish: TrainingRequest) -> None:
        self.start(
            self._workspace.debugger.training(
                wish.epochs, wish.lr, wish.fresh, hidden=wish.hidden, forget_bias=wish.forget_bias
            )
        )

    def start(self, training: TrainingDoor) -> None:
        """Runs it in a thread of its own."""
        self._workspace.jobs.training = training
        self._show((), None)
        self._show_curve(True)
        self._pictures = self._workspace.view.set_interval(1 / FRAMES, self._picture, name="training")
        run_aside(self._workspace.view, partial(training.run, lambda _: None), partial(self._ended, training), "train")
        self._workspace.present()

    def _picture(self) -> None:
        training = self._workspace.jobs.training
        if training is not None:
            self._show(training.losses, training.progress)

    def _show(self, losses: tuple[float, ...], progress: Progress | None) -> None:
        curve = self._workspace.view.query_one(LossCurve)
        curve.losses, curve.progress = losses, progress

    def _ended(self, training: TrainingDoor) -> None:
        self._picture()
        if self._pictures is not None:
            self._pictures.stop()
        self._workspace.jobs.training = None
        run = self._workspace.debugger.adopting(training)
        if run is None:
            return self._workspace.present(training.sentence)
        self._workspace.cancel_run()  # through the model that is going to be another one
        self._adopting = training, run
        self._workspace.start(run)

    def interrupted(self) -> tuple[DebuggeeDoor | None, str | None]:
        """What a training has learned whose weights are not the model's yet, it still runs or the text is being read
        with them; and the sentence about it, where there is another one than before."""
        jobs, training = self._workspace.jobs, self._workspace.jobs.training
        if training is None and self._adopting is not None and self._adopting[1] is jobs.run:
            training = self._adopting[0]
        if training is None:
            return None, None
        try:
            aim = self._workspace.debugger.interrupted(training, PATIENCE)
        except UserError as error:  # a cell of the user's that does not let go of what it has learned
            return None, str(error)
        done, epochs = len(training.losses), training.epochs
        if aim is None:
            return None, "" if done else "its training had not finished its first epoch"
        return aim, f"its training was stopped after {done} of {epochs} epochs" if done < epochs else None

    def cancel(self) -> bool:
        """Whether there was anything to cancel. The thread ends by itself soon after."""
        training = self._workspace.jobs.training
        if training is None:
            return False
        training.cancel()
        self._workspace.show_message("cancelling the training …")
        return True

    def before_key(self) -> None:
        """The curve of a training that has ended stays until a key."""
        if self._workspace.jobs.training is None and self._workspace.view.has_class("-training"):
            self._show_curve(False)

    def _show_curve(self, shown: bool) -> None:
        """Shows the loss curve in place of the panels at the bottom, or restores them."""
        self._workspace.view.set_class(shown, "-training")
        self._workspace.view.fit()

    def idle(self) -> str:
        """The message while it runs."""
        running = self._workspace.jobs.training is not None
        return "training: escape cancels and keeps the previous weights" if running else ""
