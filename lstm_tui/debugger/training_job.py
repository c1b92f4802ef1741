"""Training behind the door: started and adopted by the debugger, run in whatever thread the caller likes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from lstm_tui.core.errors import WEIGHTS_KEPT, UserError
from lstm_tui.core.step import loss_words
from lstm_tui.core.training_course import EpochFigures, TrainingCourse
from lstm_tui.debugger.course import Course
from lstm_tui.debugger.door import Progress

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout
    from lstm_tui.engine.training.loop import Recipe
    from lstm_tui.engine.training.snapshots import Snapshots

Outcome = Literal["running", "done", "cancelled", "nan", "failed"]


class TrainingJob:
    """One training of a copy of the model. Nothing the debugger shows changes until `Debugger.adopt`.

    `run` blocks; `cancel` and the attributes may be used from other threads meanwhile.
    """

    def __init__(
        self,
        make: Callable[[], Rollout],
        recipe: Recipe,
        fresh: bool,
        own_text: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self.recipe = recipe
        self.fresh = fresh
        """Whether it starts from untrained weights."""
        self.own_text = own_text
        """Whether it learns another text than the one being read, which is opened with it."""
        self.figures: tuple[EpochFigures, ...] = ()
        """Of every finished epoch."""
        self.snapshots: Snapshots | None = None
        """The weights of its epochs, once it has begun."""
        self.best: float | None = None
        """The loss that belongs to the weights kept."""
        self.progress: Progress | None = None
        self.outcome: Outcome = "running"
        self.where = ""
        """Where the first NaN or infinite number was, if the loss became one."""
        self.failure = ""
        """What went wrong, where the cell is a user's own and failed."""
        self._clock = clock
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._changing = threading.Lock()

    @cached_property
    def reading(self) -> Rollout:
        """What is trained, and the model to continue with. Made where it is first needed: in the thread that trains,
        since a large model is copied for as long as a key may take, and longer.
        """
        return self._make()

    @property
    def epochs(self) -> int:
        """Epochs asked for."""
        return self.recipe.epochs

    @property
    def lr(self) -> float:
        """Adam's learning rate."""
        return self.recipe.lr

    @property
    def losses(self) -> tuple[float, ...]:
        """Mean loss in nats a character of every finished epoch."""
        return tuple(epoch.loss for epoch in self.figures)

    @property
    def course(self) -> Course | None:
        """What can be gone back through once it is over; None where its thread may still run."""
        if self.snapshots is None or not self._ended.is_set():
            return None
        losses, model = self.losses, self.reading.model
        last = losses.index(min(losses)) + 1 if self.recipe.keep_best else len(losses)
        self.snapshots.add(last, lambda other: other.load_state_dict(model.state_dict()), surely=True)
        return Course(self.snapshots, TrainingCourse(self.figures, self.snapshots.kept, last, last))

    @property
    def sentence(self) -> str:
        """How it went, for the status row."""
        done, loss = len(self.figures), "" if self.best is None else f", loss {loss_words(self.best)}"
        match self.outcome:
            case "done":
                return f"trained {_epochs(done)}{loss}"
            case "cancelled":
                return f"training cancelled after {_epochs(done)}: {WEIGHTS_KEPT}"
            case "nan":
                return (
                    f"the loss became NaN in epoch {done + 1}{self.where}: training stopped and the last good weights "
                    f"are kept{loss}; try a learning rate smaller than {self.lr:g}"
                )
            case "failed":
                return f"training failed, {WEIGHTS_KEPT}: {self.failure}"
        return f"training: epoch {done} of {self.epochs}"

    def cancel(self) -> None:
        """Stop soon. Safe from any thread."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def keep(self) -> None:
        """Let a training that was interrupted count as a short one: `adopt` takes what its finished epochs learned."""
        self.outcome = "done"

    def interrupt(self, patience: float) -> bool:
        """End soon, for what was learned to be kept: whether there is anything. Waits `patience` seconds for the end.

        A training that its user has cancelled has nothing to be kept.
        """
        unwanted = self._cancelled.is_set()
        self.cancel()
        self._ended.wait(patience)
        return not unwanted and bool(self.figures) and self.outcome != "failed"

    def learned(self) -> Rollout:
        """What it has learned so far, which stays as it is even where its thread still runs."""
        with self._changing:
            return self.reading.anew(self.reading.model.copy())

    def run(self, report: Callable[[Progress], None] = lambda _: None) -> None:
        """Train to the end, to `cancel`, or to a loss that is not a number; `report` is called in this thread."""
        try:
            self._run(report)
        finally:
            self._ended.set()

    def _run(self, report: Callable[[Progress], None]) -> None:
        from lstm_tui.engine.devices import no_room
        from lstm_tui.engine.explain.not_finite import first_not_finite
        from lstm_tui.engine.training.loop import Diverged, train
        from lstm_tui.engine.training.snapshots import Snapshots

        begin = self._clock()
        try:
            now = self.reading
            self.snapshots = Snapshots(now.model)
            for update in train(now.model, now.indices, self.recipe, self._changing, now.timeline.expected.truth):
                if update.figures is not None:
                    self.figures += (update.figures,)
                    self.snapshots.add(update.epoch, update.write_back)
                    better = self.best is None or update.loss < self.best
                    self.best = update.loss if better or not self.recipe.keep_best else self.best
                finished = update.epoch if update.done else update.epoch + update.part
                fraction = finished / self.recipe.epochs
                seconds = self._clock() - begin
                left = seconds / fraction * (1 - fraction)
                self.progress = Progress(update.epoch, self.recipe.epochs, fraction, update.loss, seconds, left)
                report(self.progress)
                if self._cancelled.is_set():  # asked last, so that not one update more is made
                    self.outcome = "cancelled"
                    return
        except Diverged as diverged:
            found = first_not_finite(self.reading.anew(diverged.model(self.reading.model)))
            self.where, self.outcome = "" if found is None else f" ({found.sentence})", "nan"
            return
        except UserError as error:  # a user's own cell
            self.failure, self.outcome = str(error), "cancelled" if self.cancelled else "failed"
            return
        except RuntimeError as error:  # what torch says of a user's cell through which no gradient can go
            self.failure, self.outcome = no_room(error) or " ".join(str(error).split()), "failed"
            return
        self.outcome = "done"


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"
