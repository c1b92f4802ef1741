"""Training on the screen: asked for in a dialog, run in a thread, watched as a curve, taken over at its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from lstm_tui.tui.controllers.jobs import Journeys
from lstm_tui.tui.widgets import LossCurve

if TYPE_CHECKING:
    from lstm_tui.core.step import Progress
    from lstm_tui.debugger.door import JobDoor, TrainingDoor
    from lstm_tui.tui.dialogs import TrainingWish

FRAMES = 8
"""Pictures of the curve a second: a fast training reports thousands of times."""


class Trains(Journeys):
    """While a model trains, the one on the screen is the one from before, and can be stepped as ever."""

    class Ended(Message):
        """A training has stopped, for whichever reason it names itself."""

        def __init__(self, training: TrainingDoor) -> None:
            super().__init__()
            self.training = training

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.training: TrainingDoor | None = None
        self._pictures: Timer | None = None
        self._adopting: tuple[TrainingDoor, JobDoor] | None = None
        """A training that is over, and the run after which its weights are open."""

    async def action_train(self) -> None:
        if self.debugger is None or self.busy():
            return
        from lstm_tui.tui.dialogs import AskTraining

        usual = self.debugger.recipe()
        await self.ask(AskTraining(usual.epochs, usual.lr, self._check_wish), self._train_as_wished)

    def _check_wish(self, wish: TrainingWish) -> None:
        assert self.debugger is not None
        self.debugger.recipe(epochs=wish.epochs, lr=wish.lr, fresh=wish.fresh)

    def _train_as_wished(self, wish: TrainingWish) -> None:
        if self.debugger is not None:
            self.start_training(self.debugger.training(epochs=wish.epochs, lr=wish.lr, fresh=wish.fresh))

    def start_training(self, training: TrainingDoor) -> None:
        """Runs it in a thread of its own; `Ended` comes back."""
        self.training = training
        self._curve((), None)
        self.show_curve(True)
        self._pictures = self.set_interval(1 / FRAMES, self._picture, name="training")
        self.run_worker(partial(self._run, training), name="train", group="train", thread=True)
        self.present()

    def _run(self, training: TrainingDoor) -> None:
        """In the thread: nothing of the screen may be touched here but its message queue."""
        try:
            training.run(lambda _: None)
        finally:
            self.post_message(self.Ended(training))

    def _picture(self) -> None:
        if self.training is not None:
            self._curve(self.training.losses, self.training.progress)

    def _curve(self, losses: tuple[float, ...], progress: Progress | None) -> None:
        curve = self.query_one(LossCurve)
        curve.losses, curve.progress = losses, progress

    def on_trains_ended(self, event: Ended) -> None:
        self._picture()
        if self._pictures is not None:
            self._pictures.stop()
        self.training = None
        if self.debugger is None:
            return
        run = self.debugger.adopting(event.training)
        if run is None:
            return self.present(event.training.sentence)
        self.cancel_run()  # through the model that is going to be another one
        self._adopting = event.training, run
        self.set_off(run, remember=False)

    def unfinished(self) -> TrainingDoor | None:
        """A training whose weights are not the model's yet: it still runs, or the text is being read with them."""
        if self.training is None and self._adopting is not None and self._adopting[1] is self.under_way:
            return self._adopting[0]
        return self.training

    def cancel_training(self) -> bool:
        """Whether there was anything to cancel. The thread ends by itself soon after."""
        if self.training is None:
            return False
        self.training.cancel()
        self.say("cancelling the training …")
        return True

    def busy(self) -> bool:
        if self.training is None:
            return super().busy()
        self.say("a training is running: escape cancels it")
        return True

    def before_key(self, key: str) -> None:
        """The curve of a training that has ended stays until a key."""
        if self.training is None and self.has_class("-training"):
            self.show_curve(False)

    def show_curve(self, shown: bool) -> None:
        """Puts the loss curve in the place of what stands at the bottom, or brings that back."""
        self.set_class(shown, "-training")
        self.fit()

    def standing(self) -> str:
        return "training: escape cancels and keeps the weights from before" if self.training else super().standing()

    def on_unmount(self) -> None:
        """A thread that trains on would keep the program alive."""
        super().on_unmount()
        if self.training is not None:
            self.training.cancel()
