"""The debugger: a cursor over a text, and the verbs that move it. Frozen, plain steps come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About, Step, Switched
from lstm_tui.debugger.changing import Changing
from lstm_tui.debugger.cursor import Walking
from lstm_tui.debugger.history import Change, History
from lstm_tui.debugger.imagining import Imagining
from lstm_tui.debugger.inspector import Looking
from lstm_tui.debugger.jobs import SwitchJob
from lstm_tui.debugger.session_state import Keeping
from lstm_tui.debugger.stops import StopList
from lstm_tui.debugger.training_job import TrainingJob

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout
    from lstm_tui.engine.training.loop import Recipe


class Debugger(Looking, Imagining, Changing, Walking, Keeping):
    """A model reading a text, and where we are in it: position 0 is the zero state, position k the state after k.

    Verbs move and return the `Step` now shown. They run at once (a step costs microseconds to milliseconds); training
    is handed out as a `TrainingJob` to be run elsewhere.
    """

    def __init__(self, reading: Rollout, about: About, options: ModelOptions | None = None) -> None:
        self._reading = reading
        self._about = about
        self._options = options or ModelOptions()
        self._history = History()
        self._largest: dict[int, float] = {}
        self._opened = reading.model.cell_type
        """What `cells` lists besides ours: the class of a user's file."""
        self._step = self._show(0)
        self.stops = StopList(self, lambda: self._reading, self._options.stops)

    # What is open

    @property
    def about(self) -> About:
        """Which model, in words and sizes."""
        return self._about

    @property
    def text(self) -> str:
        """The text being read."""
        return self._reading.text

    @property
    def symbols(self) -> Sequence[str]:
        """The text as the model's symbols, one a step."""
        return self._reading.symbols

    @property
    def length(self) -> int:
        """Symbols in the text: the last position."""
        return len(self._reading)

    @property
    def position(self) -> int:
        """Where the cursor stands, 0..length."""
        return self._step.position

    @property
    def step(self) -> Step:
        """The step at the cursor."""
        return self._step

    @property
    def train_first(self) -> bool:
        """Whether `--train` asked for training before anything is shown."""
        return self._options.train

    # Moving

    def forward(self, count: int = 1) -> Step:
        """`count` characters on; stays at the end. To finish a step that was begun counts as one."""
        return self.to(self.position + count - self._inside)

    def back(self, count: int = 1) -> Step:
        """`count` characters back; stays at the zero state."""
        return self.to(self.position - count)

    def to(self, position: int) -> Step:
        """To a position; outside the text, to its nearest end."""
        position = max(0, min(position, self.length))
        if position != self.position or self._step.stage is not None:
            self._show(position)
        return self._step

    def reset(self) -> Step:
        """Start over: step 0, h = c = 0, states set by hand forgotten."""
        edits = dict(self._reading.timeline.edits)
        if edits:
            self._history.record(Change("reset", partial(self._with_edits, edits), partial(self._with_edits, {})))
            self._reading = self._reading.with_edits({})
        return self._show(0)

    def zero(self) -> Step:
        """Set h and c of every layer to zero after this step; earlier steps stay, later ones go on from there."""
        position = self.position
        if self._step.stage is not None and self._show(position).stage is not None:
            return self._step  # a user's cell raises here: there is no state to replace
        states = [layer.values[q.name] for layer in self._step.layers for q in self.quantities if q.state]
        if not any(map(any, states)):
            return self._step  # the zero state already: at step 0, or where it was set before
        before = dict(self._reading.timeline.edits)
        after = {**before, position: self._reading.zero_stack()}
        undone, redone = partial(self._with_edits, before), partial(self._with_edits, after)
        self._history.record(Change(f"zero at step {position}", undone, redone))
        self._take(redone())
        return self._step

    # Looking around

    def steps(self, start: int, stop: int, ranked: bool = True) -> Iterator[Step]:
        """The steps at positions start..stop-1 without moving the cursor, in bounded memory.

        Not `ranked`, their predictions have no `top` and no entropy, which are not free.
        """
        return self._reading.steps(start, stop, ranked)

    # Changing the text, the cell, the weights

    def read(self, text: str) -> Step:
        """Read another text from its start. Raises `UserError` where it is empty or holds unknown characters."""
        from lstm_tui.engine.rollout import Rollout

        if not text:
            raise UserError("the text is empty: type at least one character")
        self._reading = Rollout(self._reading.model, self._reading.vocabulary, text, self._reading.unknown)
        self._largest.clear()
        self._history.forget_text()
        return self._show(0)

    def cells(self) -> tuple[str, ...]:
        """The implementations that the model's weights fit into; a user's own cell is one more."""
        from lstm_tui.engine.cells import alike

        return tuple({**alike(self._opened), self._opened.name: self._opened})

    def switch_cell(self, name: str | None = None) -> Switched:
        """The same weights in another cell (None: the next one); the largest difference over the first characters.

        Raises `UserError` for an unknown name, and where a user's cell does not say which of its weights is which.
        """
        job = self.switching(name)
        self._at_once(job)
        return job.switched

    def switching(self, name: str | None = None) -> SwitchJob:
        """`switch_cell` as a job, to be done in any thread and then committed. Raises `UserError` as that does."""
        from lstm_tui.engine.cells import cell_named

        names = self.cells()
        if name is None:
            name = names[(names.index(self._about.cell) + 1) % len(names)]
        kind = self._opened if name == self._opened.name else cell_named(name)
        return SwitchJob(self._reading, name, kind, self._switched_to)

    def _switched_to(self, reading: Rollout, name: str) -> None:
        self._reading = reading
        self._about = replace(self._about, cell=name)
        self._show(self.position)

    def training(
        self,
        epochs: int | None = None,
        lr: float | None = None,
        fresh: bool = False,
        text: str | None = None,
        hidden: int | None = None,
    ) -> TrainingJob:
        """A training of a copy of the model, to be run in any thread and then adopted.

        `fresh` starts from the seed's untrained weights instead of the present ones; `text` learns another text with
        its own vocabulary and `hidden` units from scratch. Raises `UserError` for numbers that cannot be used.
        """
        from lstm_tui.engine.training.setup import prepare_training

        make, recipe = prepare_training(self._reading, self._options, epochs, lr, fresh, text, hidden)
        return TrainingJob(make, recipe, fresh or text is not None, text is not None)

    def recipe(self, epochs: int | None = None, lr: float | None = None, fresh: bool = False) -> Recipe:
        """How a training would go. Nothing is copied for it. Raises what `training` raises."""
        from lstm_tui.engine.training.setup import recipe

        return recipe(self._reading, self._options, epochs, lr, fresh, None, None)

    # Keeping

    def save(self, path: str, force: bool = False) -> str:
        """Write the model (.safetensors), atomically. Raises `UserError` where the file exists and not `force`."""
        from lstm_tui.core.filesystem.files import write_atomically

        write_atomically(path, self.file(), force)
        self.saved(path)
        return path

    def rehearse_saving(self, path: str, force: bool = False) -> None:
        """All that `save` does but the file's appearing. Raises `UserError` for what would be in its way."""
        from lstm_tui.core.filesystem.files import write_atomically

        write_atomically(path, self.file(), force, rehearsal=True)

    def file(self) -> bytes:
        """The model as `save` writes it."""
        from lstm_tui.engine.loading.save import model_bytes

        return model_bytes(self._reading, self._about, self._options)

    def saved(self, path: str) -> None:
        """What `file` made has been written there."""
        self._about = replace(self._about, path=path, unsaved=False)

    def close(self) -> None:
        """Nothing more will be asked. One in a process of its own ends that."""

    def fork(self) -> Debugger:
        """The same model, text and edits with a cursor of its own and no stops: to be read from another thread."""
        return Debugger(self._reading.with_model(self._reading.model), self._about, replace(self._options, stops=()))
