"""Training on the screen: asked for in a dialog, run in a thread, watched as a curve, taken over at its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from lstm_tui.core.errors import UserError
from lstm_tui.tui.actions import Action, Requirement
from lstm_tui.tui.jobs import run_in_thread
from lstm_tui.tui.paired.both_trainings import BothTrainings
from lstm_tui.tui.widgets import LossCurve

if TYPE_CHECKING:
    from lstm_tui.core.training_course import EpochFigures
    from lstm_tui.debugger.door import DebuggeeDoor, DebuggerDoor, JobDoor, Progress, TrainingDoor
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
        self._parts: tuple[tuple[DebuggerDoor, TrainingDoor], ...] = ()
        """What is trained, or was last: of two models both."""
        self._adopting: tuple[TrainingDoor, JobDoor] | None = None
        """A training that is over, and the run after which its weights are open."""

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("train.start", self.ask, Requirement.NO_WORK),
            Action("epoch.back", partial(self.travel, -1), Requirement.NO_WORK),
            Action("epoch.forward", partial(self.travel, 1), Requirement.NO_WORK),
        )

    async def ask(self) -> None:
        """Asks for the weights, the epochs and the learning rate."""
        from lstm_tui.tui.dialogs import AskTraining

        debugger = self._workspace.debugger
        usual, sizes = debugger.recipe(), debugger.about.hidden_sizes
        dialog = AskTraining(usual.epochs, usual.lr, sizes[0] if len(set(sizes)) == 1 else None, self._check)
        await self._workspace.view.ask(dialog, self._train)

    def _check(self, request: TrainingRequest) -> None:
        self._workspace.debugger.recipe(request.epochs, request.lr, request.fresh, request.hidden, request.forget_bias)

    def _train(self, request: TrainingRequest) -> None:
        made = [
            each.training(
                request.epochs, request.lr, request.fresh, hidden=request.hidden, forget_bias=request.forget_bias
            )
            for each in self._workspace.all
        ]
        self.start_all(tuple(zip(self._workspace.all, made, strict=True)))

    def start(self, training: TrainingDoor) -> None:
        """That of the selected model, in a thread of its own."""
        self.start_all(((self._workspace.debugger, training),))

    def start_all(self, parts: tuple[tuple[DebuggerDoor, TrainingDoor], ...]) -> None:
        """Those of one model or two, watched in one plot."""
        trainings = [training for _, training in parts]
        training = trainings[0]
        if len(trainings) > 1:
            training = BothTrainings(*trainings)
        self._parts = parts
        self._workspace.jobs.training = training
        self._show(())
        self.show_curve(True)
        self._pictures = self._workspace.view.set_interval(1 / FRAMES, self._picture, name="training")
        run_in_thread(
            self._workspace.view, partial(training.run, lambda _: None), partial(self._ended, training), "train"
        )
        self._workspace.refresh()

    def _picture(self) -> None:
        training = self._workspace.jobs.training
        if training is not None:
            self._show(training.figures, training.progress)

    def _show(self, figures: tuple[EpochFigures, ...], progress: Progress | None = None, at: int | None = None) -> None:
        curve = self._workspace.view.query_one(LossCurve)
        curve.figures, curve.progress, curve.at = figures, progress, at
        curve.beside = tuple(loss for _, training in self._parts[1:] for loss in training.losses)

    def travel(self, by: int) -> None:
        """Opens the weights of an epoch so many of the kept ones on, at this step of the text; 0: of the first."""
        self._workspace.cancel_run()
        self._workspace.start(self._workspace.debugger.travelling(by), self._travelled)

    def _travelled(self, run: JobDoor) -> None:
        self.show_curve(True)  # before the step: with its room
        self._parts = self._parts[:1]
        self._workspace.commit(run)
        self._show_course()

    def _show_course(self) -> None:
        course = self._workspace.debugger.course
        if course is not None:
            self._show(course.figures, at=course.at)

    def _ended(self, training: TrainingDoor) -> None:
        self._picture()
        if self._pictures is not None:
            self._pictures.stop()
        self._workspace.jobs.training = None
        self._adopt(self._parts_of(training), training.sentence)

    def _parts_of(self, training: TrainingDoor) -> tuple[tuple[DebuggerDoor, TrainingDoor], ...]:
        return self._parts or ((self._workspace.all[0], training),)

    def _adopt(self, parts: tuple[tuple[DebuggerDoor, TrainingDoor], ...], sentence: str) -> None:
        """One after the other; `sentence` is what both have come to."""
        for at, (debugger, training) in enumerate(parts):
            run = debugger.adopting(training)
            if run is not None:
                self._workspace.cancel_run()  # through the model that is going to be another one
                self._adopting = training, run
                return self._workspace.start(run, partial(self._adopted, debugger, parts[at + 1 :], sentence))
        self._workspace.refresh(sentence)
        if len(self._parts) == 1:
            self._show_course()

    def _adopted(
        self, debugger: DebuggerDoor, rest: tuple[tuple[DebuggerDoor, TrainingDoor], ...], sentence: str, run: JobDoor
    ) -> None:
        committed = debugger.commit(run)
        self._adopt(rest, sentence if len(self._parts) > 1 else committed)

    def interrupted(self) -> tuple[DebuggeeDoor | None, str | None]:
        """What a training has learned whose weights are not the model's yet, it still runs or the text is being read
        with them; and the sentence about it, where there is another one than before."""
        jobs = self._workspace.jobs
        parts = () if jobs.training is None else self._parts_of(jobs.training)
        training = next((each for debugger, each in parts if debugger is self._workspace.all[0]), None)
        if training is None and self._adopting is not None and self._adopting[1] is jobs.run:
            training = self._adopting[0]
        if training is None:
            return None, None
        try:
            aim = self._workspace.all[0].interrupted(training, PATIENCE)
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
            self.show_curve(False)

    def show_curve(self, shown: bool) -> None:
        """Shows the loss curve in place of the panels at the bottom, or restores them."""
        self._workspace.view.set_class(shown, "-training")
        self._workspace.view.fit()

    def idle(self) -> str:
        """The message while it runs."""
        running = self._workspace.jobs.training is not None
        return "training: escape cancels and keeps the previous weights" if running else ""
