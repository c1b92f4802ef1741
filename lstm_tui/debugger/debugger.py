"""The debugger: a cursor over a text, and the verbs that move it or change what is read. Plain steps come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.filesystem.files import write_atomically
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import About, Step
from lstm_tui.core.training_course import TrainingCourse
from lstm_tui.debugger.backwards.cause_questions import Questions
from lstm_tui.debugger.changes import Changes
from lstm_tui.debugger.contrasts.reweighing import Reweighing
from lstm_tui.debugger.contrasts.what_if import WhatIf
from lstm_tui.debugger.debuggee import Debuggee
from lstm_tui.debugger.inspector import Inspector
from lstm_tui.debugger.jobs import Switched, SwitchJob, WorkJob
from lstm_tui.debugger.session_state import Origin, file_of, resumed, session_of
from lstm_tui.debugger.stops import StopList
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.cells import alike, cell_named
from lstm_tui.engine.loading.save import model_bytes
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.training import setup

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.door import DebuggeeDoor
    from lstm_tui.engine.training.loop import Recipe


class Debugger:
    """A model reading a text, and where we are in it: position 0 is the zero state, position k the state after k.

    Verbs move and return the `Step` now shown. They run at once (a step costs microseconds to milliseconds); what takes
    long is handed out as a job to be run elsewhere. Nothing changes before the job is committed; then everything does.
    """

    def __init__(self, rollout: Rollout, about: About, options: ModelOptions | None = None) -> None:
        self._changes = changes = Changes(Debuggee(rollout, about))
        self._cursor = cursor = changes.cursor
        self._options = options or ModelOptions()
        self._opened = self.debuggee.cell  # `cells` lists it besides ours: the class of a user's file
        self.stops = StopList(lambda: changes.debuggee, cursor, self._options.stops)
        self.into, self.into_back, self.to = cursor.into, cursor.into_back, cursor.to
        self.adopt, self.adopting, self.interrupted = changes.adopt, changes.adopting, changes.interrupted
        self.undo, self.undoing, self.redo, self.redoing = changes.undo, changes.undoing, changes.redo, changes.redoing
        self.commit, self.read, self.follow = changes.commit, changes.read, changes.follow
        self.travelling = changes.travelling
        self.bookmark, self.to_bookmark = changes.bookmark, changes.to_bookmark
        self._what_if = what_if = WhatIf(changes)
        self.apply, self.beside, self.pair = what_if.apply, what_if.beside, what_if.pair
        self.reset, self.zero, self.clamping, self.releasing = (
            what_if.reset, what_if.zero, what_if.clamping, what_if.releasing
        )  # fmt: skip
        self.weights_at, self.reweighing = (weigh := Reweighing(changes)).weights_at, weigh.reweighing
        self.patching = what_if.patching
        look = Inspector(lambda: changes.debuggee.rollout, cursor)
        self.near, self.at_hand, self.reading_up = look.near, look.at_hand, look.reading_up
        self.characters, self.series, self.curve, self.values = look.characters, look.series, look.curve, look.values
        self.equations, self.explain, self.movers = look.equations, look.explain, look.movers
        self.verdict = look.verdict
        self.follows, self.take_over, self.arrays = look.follows, look.take_over, look.arrays
        self.steps, self.printed, self.scales, self.losses = look.steps, look.printed, look.scales, look.losses
        self._inspector = look
        self.questions = ask = Questions(lambda: changes.debuggee, cursor)
        self.slopes, self.slope_values, self.slopes_of_text, self.backward = ask.back.verbs

    # What is open

    @property
    def debuggee(self) -> Debuggee:
        """The network, the text it reads and the states set by hand."""
        return self._changes.debuggee

    @property
    def undoable(self) -> str | None:
        """The change that `undo` would undo; None where there is none."""
        return self._changes.undoable

    @property
    def redoable(self) -> str | None:
        """What `redo` would do again; None where there is nothing."""
        return self._changes.redoable

    @property
    def about(self) -> About:
        """Which model, in words and sizes."""
        return self.debuggee.about

    @property
    def text(self) -> str:
        """The text being read."""
        return self.debuggee.rollout.text

    @property
    def symbols(self) -> Sequence[str]:
        """The text as the model's symbols, one a step."""
        return self.debuggee.rollout.symbols

    @property
    def length(self) -> int:
        """Symbols in the text: the last position."""
        return len(self.debuggee.rollout)

    @property
    def position(self) -> int:
        """Where the cursor is, 0..length."""
        return self._cursor.position

    @property
    def step(self) -> Step:
        """The step at the cursor."""
        return self._cursor.step

    @property
    def edits(self) -> tuple[int, ...]:
        """The positions after which the state was set by hand."""
        return tuple(sorted(self.debuggee.rollout.timeline.edits))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What the cell computes, in panel order."""
        return self.debuggee.cell.quantities

    @property
    def interventions(self) -> tuple[str, ...]:
        """What is done to the model while it reads, a line each."""
        return self._what_if.listed

    @property
    def explained_from(self) -> int:
        """The first step that an explanation looks back to."""
        return self._inspector.explained_from

    @property
    def course(self) -> TrainingCourse | None:
        """The training that the weights come from, and where in it they are; None where none was made here."""
        return None if self.debuggee.course is None else self.debuggee.course.numbers

    @property
    def train_first(self) -> bool:
        """Whether `--train` asked for training before anything is shown."""
        return self._options.train

    # Moving

    def forward(self, count: int = 1) -> Step:
        """`count` characters on; stays at the end. To finish a step that was begun counts as one."""
        return self.to(self.position + count - self._cursor.inside)

    def back(self, count: int = 1) -> Step:
        """`count` characters back; stays at the zero state."""
        return self.to(self.position - count)

    # Changing what is read, at once

    def imagine(self, count: int, temperature: float = 1.0, seed: int | None = None) -> Step:
        """Replace what follows the cursor by `count` characters the model writes; the cursor stays before them.

        Drawn from the seed (the one the model was opened with unless another is given), so the same place writes the
        same text; at temperature 0 always the top guess. Raises `UserError` at step 0 and for impossible numbers.
        """
        self._changes.do(self.imagining(count, temperature, seed))
        return self.step

    def imagining(self, count: int, temperature: float = 1.0, seed: int | None = None) -> WorkJob:
        """`imagine` as a job. Raises `UserError` as that does."""
        return self._changes.imagining(count, temperature, (self._options.seed or 0) if seed is None else seed)

    def cells(self) -> tuple[str, ...]:
        """The implementations that the model's weights fit into; a user's own cell is one more."""
        return tuple({**alike(self._opened), self._opened.name: self._opened})

    def switch_cell(self, name: str | None = None) -> Switched:
        """The same weights in another cell (None: the next one); the largest difference over the first characters.

        Raises `UserError` for an unknown name, and where a user's cell does not say which of its weights is which.
        """
        job = self.switching(name)
        self._changes.do(job)
        return job.switched

    def switching(self, name: str | None = None) -> SwitchJob:
        """`switch_cell` as a job. Raises `UserError` as that does."""
        names = self.cells()
        if name is None:
            name = names[(names.index(self.about.cell) + 1) % len(names)]
        return self._changes.switching(name, self._opened if name == self._opened.name else cell_named(name))

    # Training

    def training(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        text: str | None = None,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> TrainingJob:
        """A training of a copy of the model, to be run in any thread and then adopted.

        `fresh` starts from the seed's untrained weights, of `hidden` units and with that `forget_bias` where they are
        given; `text` learns another text from scratch. Raises `UserError` for numbers that cannot be used.
        """
        shape = (hidden, forget_bias)
        make, how = setup.prepare_training(self.debuggee.rollout, self._options, epochs, lr, fresh, text, *shape)
        return TrainingJob(make, how, fresh or text is not None, text is not None or hidden is not None)

    def recipe(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        hidden: int | None = None,
        forget_bias: float | None = None,
    ) -> Recipe:
        """How a training would go. Nothing is copied for it. Raises what `training` raises."""
        return setup.recipe(self.debuggee.rollout, self._options, epochs, lr, fresh, None, hidden, forget_bias)

    # Keeping

    @property
    def weights_now(self) -> object:
        """An object that is replaced whenever the weights change; a look at other epochs of a training changes none."""
        course = self.debuggee.course
        return self.debuggee.network if course is None else course.snapshots

    def weights(self, aim: DebuggeeDoor | None = None) -> Callable[[], bytes] | None:
        """Makes a file of weights that exist nowhere else, in any thread; None where a file or a seed has them.

        With `aim` those of what would be open then. Of a training those that it ended with.
        """
        then = self._aimed(aim)
        return partial(file_of, then, self._options) if then.ended_about.unsaved else None

    def session(self, prepared: Origin, aim: DebuggeeDoor | None = None) -> Session:
        """Where we are, of the model that was opened from `prepared`; the screen adds what it knows.

        With `aim` where we would be then.
        """
        then = self._aimed(aim)
        return session_of(then, self.debuggee.furthest(self.position, then), self.stops, prepared)

    def _aimed(self, aim: DebuggeeDoor | None) -> Debuggee:
        assert aim is None or isinstance(aim, Debuggee), "what is kept was handed out here"
        return aim or self.debuggee

    def resume(self, session: Session, prepared: Origin) -> tuple[Session, str]:
        """Go where the session was: it as it fits this model, and a sentence about what could not be brought back."""
        return resumed(self, self._changes, session)

    def save(self, path: str, force: bool = False) -> str:
        """Write the model (.safetensors), atomically. Raises `UserError` where the file exists and not `force`."""
        write_atomically(path, self.file(), force)
        self.saved(path)
        return path

    def rehearse_saving(self, path: str, force: bool = False) -> None:
        """All that `save` does but the file's appearing. Raises `UserError` for what would be in its way."""
        write_atomically(path, self.file(), force, rehearsal=True)

    def file(self) -> bytes:
        """The model as `save` writes it."""
        return model_bytes(self.debuggee.rollout, self.about, self._options)

    def saved(self, path: str) -> None:
        """What `file` made has been written there."""
        self._changes.debuggee = replace(self.debuggee, about=replace(self.about, path=path, unsaved=False))

    def close(self) -> None:
        """Nothing more will be asked. One in a process of its own ends that."""

    def fork(self) -> Debugger:
        """The same model, text and edits with a cursor of its own and no stops: to be read from another thread."""
        apart = self.debuggee.apart()
        return Debugger(apart.rollout, apart.about, replace(self._options, stops=()))
