"""What a host needs of its own process: names for what it hands out, a limit of memory, a training to its end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.user_cell import function_named
from lstm_tui.core.vocabulary import UnknownCharacters

if TYPE_CHECKING:
    from lstm_tui.core.user_cell import CheckRequest
    from lstm_tui.debugger.jobs import Job
    from lstm_tui.debugger.training_job import TrainingJob
    from lstm_tui.engine.judging.trials.against import Reference


class Token:
    """A number for an object: it changes when the object does."""

    _thing: object = None
    _number = 0

    @classmethod
    def of(cls, thing: object) -> int:
        if thing is not cls._thing:
            cls._thing, cls._number = thing, cls._number + 1
        return cls._number


def limit_memory(more: int) -> None:
    """Have whatever asks for so many more bytes be refused."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + more, resource.getrlimit(resource.RLIMIT_AS)[1]))


def same(before: object, now: object) -> bool:
    """Whether it need not be sent again. Steps and the like are the same only as objects."""
    return before is now or (type(now).__eq__ is not object.__eq__ and before == now)


def of_run(run: Job) -> dict[str, object]:
    return {name: getattr(run, name) for name in ("goal", "reached", "stopped", "outcome", "sentence")}


def train_whole(training: TrainingJob) -> None:
    try:
        training.run()
    except BaseException as error:  # an interrupt that came outside the cell's code, or whatever a cell can cause
        training.outcome = "cancelled" if training.cancelled else "failed"
        training.failure = f"{type(error).__name__}: {error}"


def reference(asked: CheckRequest) -> Reference | None:
    """The model of `--against` with a text that it knows; None for a kind."""
    from lstm_tui.debugger.prepare import prepare
    from lstm_tui.engine.judging.trials.against import Reference as Model

    if asked.against is None or function_named(asked.against) is not None:
        return None
    try:
        reading, about = prepare(ModelOptions(model=asked.against, text=asked.text)).read()
    except UnknownCharacters:
        reading, about = prepare(ModelOptions(model=asked.against)).read()
    return Model(about.name, tuple(reading.model.cells), reading.model.inputs(reading.indices[:1000]))
