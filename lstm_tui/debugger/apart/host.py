"""What a debugger in a process of its own answers to those who ask it from another (`remote`)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lstm_tui.core.step import Equation, Step
from lstm_tui.debugger.apart.host_parts import Token, limit_memory, of_run, reference, same, train_whole
from lstm_tui.debugger.apart.wire import packed

if TYPE_CHECKING:
    from lstm_tui.core.questions.gradient_reach import GradientSize
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.core.user_cell import CheckReport, CheckRequest
    from lstm_tui.debugger.backwards.cause_questions import Alike
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.debugger.jobs import Job
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.debugger.stops import Stop
    from lstm_tui.debugger.training_job import TrainingJob

VERBS = {"forward", "back", "to", "into", "into_back", "reset", "zero", "read", "bookmark", "to_bookmark"}
"""Methods of the debugger that move it: what they did is told as changes."""
QUESTIONS = {
    "characters",
    "curve",
    "values",
    "losses",
    "equations",
    "explain",
    "cells",
    "near",
    "at_hand",
    "slopes",
    "slope_values",
    "slopes_of_text",
    "backward",
    "pair",
    "verdict",
    "weights_at",
}
"""Methods that move nothing."""
JOBS = {
    "beside",
    "clamping",
    "imagining",
    "patching",
    "reading_up",
    "redoing",
    "releasing",
    "reweighing",
    "switching",
    "travelling",
    "undoing",
}
"""Methods that hand out a job."""
MEMORY = 4 << 30
"""Bytes that a class may take while it is checked, besides what was taken before."""
SLICE = 0.05
"""Seconds of steps sent at once."""
_HANDLES = 16
"""Runs and trainings remembered: a dialog makes some that are never run."""


class Handles:
    """Things that live here and are spoken of by number."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, Any] = OrderedDict()
        self._next = 0

    def add(self, thing: object) -> int:
        """Its number."""
        self._next += 1
        self._held[self._next] = thing
        while len(self._held) > _HANDLES:
            self._held.popitem(last=False)
        return self._next

    def __getitem__(self, number: int) -> Any:
        self._held.move_to_end(number)
        return self._held[number]


class Host:
    """Answers requests: each is the name of a method of the debugger, or of one here, and its arguments."""

    def __init__(self) -> None:
        self._handles = Handles()
        self._sent: dict[str, object] = {}
        self._threads: dict[int, threading.Thread] = {}
        self.debugger: Debugger
        self._prepared: Prepared

    def open(self, prepared: Prepared) -> None:
        """The beginning of everything."""
        self._prepared = prepared
        self.debugger = prepared.open()

    def check(self, asked: CheckRequest) -> CheckReport:
        """What a class of the user's own computes."""
        from lstm_tui.engine.judging.class_check import check

        model = reference(asked)
        limit_memory(MEMORY)
        return check(asked, model)

    def answer(self, name: str, arguments: tuple[Any, ...]) -> object:
        """The answer to a request. Raises `UserError` or `RunFailed` as the debugger does."""
        if name in QUESTIONS:
            return getattr(self.debugger, name)(*arguments)
        if name in JOBS:
            return self._start(getattr(self.debugger, name)(*arguments))
        if name in VERBS:
            getattr(self.debugger, name)(*arguments)
            return None
        return getattr(self, name)(*arguments)

    def changes(self) -> dict[str, object]:
        """What is not as it was when it was told last."""
        now = self._now()
        sent, self._sent = self._sent, now
        return {name: value for name, value in now.items() if name not in sent or not same(sent[name], value)}

    def _now(self) -> dict[str, object]:
        debugger = self.debugger
        return {
            "about": debugger.about,
            "text": debugger.text,
            "symbols": debugger.symbols,
            "step": debugger.step,
            "course": debugger.course,
            "edits": debugger.edits,
            "quantities": debugger.quantities,
            "explained_from": debugger.explained_from,
            "train_first": debugger.train_first,
            "interventions": debugger.interventions,
            "listed": debugger.stops.listed,
            "session": replace(debugger.session(self._prepared), position=0),
            "scales": tuple(map(debugger.scales, range(len(debugger.about.hidden_sizes)))),
            "weightless": debugger.weights() is None,
            "weights_now": Token.of(debugger.weights_now),
        }

    def reach(self, objective: Objective, first: int) -> tuple[GradientSize, ...]:
        return self.debugger.questions.reach(objective, first)

    def alike(self) -> Alike:
        return self.debugger.questions.alike()()

    # Stops and runs

    def set_stops(self, stops: Sequence[Stop]) -> None:
        self.debugger.stops.set(stops)

    def adopt_stops(self, stops: Sequence[Stop], search_text: str) -> None:
        mine = self.debugger.stops
        mine.set([replace(stop, on=stop.on and mine.mistake(stop.text) is None) for stop in stops])
        mine.search_text = search_text

    def mistake(self, text: str) -> object:
        found = self.debugger.stops.mistake(text)
        return None if found is None else packed(found)

    def holds(self, text: str) -> bool:
        return self.debugger.stops.holds(text)

    def suggested(self, layer: int, unit: int, quantity: str) -> str:
        return self.debugger.stops.suggested(layer, unit, quantity)

    def find(self, text: str, forward: bool) -> object:
        return self._start(self.debugger.stops.find(text, forward))

    def run(self, forward: bool) -> object:
        return self._start(self.debugger.stops.run(forward))

    def goto(self, position: int, sentence: str) -> object:
        return self._start(self.debugger.stops.goto(position, sentence))

    def follows(self, number: int) -> bool:
        return self.debugger.follows(self._handles[number])

    def take_over(self, number: int) -> None:
        self.debugger.take_over(self._handles[number])

    def adopting(self, number: int) -> object:
        return self._start(self.debugger.adopting(self._handles[number]))

    def go_on(self, number: int, seconds: float) -> object:
        run: Job = self._handles[number]
        run.run(seconds)
        return of_run(run)

    def commit(self, number: int) -> str:
        return self.debugger.commit(self._handles[number])

    def _start(self, run: Job | None) -> object:
        if run is None:
            return None
        constant = {"verb": run.verb, "changes": run.changes, "heavy": run.heavy, "start": run.start, "kept": run.kept}
        return self._handles.add(run), {**constant, **of_run(run)}

    # Trainings

    def training(self, *arguments: Any) -> object:
        training = self.debugger.training(*arguments)
        return self._handles.add(training), {"epochs": training.epochs, "lr": training.lr}

    def recipe(self, *arguments: Any) -> object:
        """The plain numbers of it: the class is one of the engine's."""
        recipe = self.debugger.recipe(*arguments)
        return recipe.epochs, recipe.lr

    def interrupted(self, number: int, patience: float) -> object:
        """See `Debugger`; with what would be kept then, since it cannot leave this process itself."""
        training: TrainingJob = self._handles[number]
        aim = self.debugger.interrupted(training, patience)
        weights = None if aim is None else self.debugger.weights(aim)
        if aim is None or weights is None:
            return None
        return training.figures, aim.about, self.debugger.session(self._prepared, aim), weights()

    def train(self, number: int) -> None:
        thread = threading.Thread(target=train_whole, args=(self._handles[number],), daemon=True)
        self._threads[number] = thread
        thread.start()

    def trained(self, number: int, known: int) -> object:
        """How far it is; of its figures those after the first `known`."""
        training: TrainingJob = self._handles[number]
        state = {name: getattr(training, name) for name in ("best", "progress", "outcome", "sentence")}
        return training.figures[known:], state

    def cancel_training(self, number: int, hard: bool) -> None:
        from lstm_tui.engine.user_cells.user_code import interrupt_thread

        self._handles[number].cancel()
        if hard:
            interrupt_thread(self._threads[number])

    # Cells, keeping

    def resume(self, session: Session) -> tuple[Session, str]:
        return self.debugger.resume(session, self._prepared)

    def file(self) -> bytes:
        return self.debugger.file()

    def kept_file(self) -> bytes:
        return (self.debugger.weights() or self.debugger.file)()

    def saved(self, path: str) -> None:
        self.debugger.saved(path)

    def fork(self) -> object:
        fork = self.debugger.fork()
        return self._handles.add(fork), fork.about, fork.length

    def equations_of(self, number: int, layer: int, unit: int, position: int) -> tuple[Equation, ...]:
        fork: Debugger = self._handles[number]
        return fork.equations(layer, unit, position)

    def steps(self, number: int, start: int, stop: int, printed: bool) -> list[Step]:
        """The first of the steps asked for, as many as can be made in a moment."""
        made, until = [], time.monotonic() + SLICE
        handle = self._handles[number]
        for step in handle.printed(start, stop) if printed else handle.steps(start, stop):
            made.append(step)
            if time.monotonic() >= until:
                break
        return made
