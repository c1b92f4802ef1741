"""Stops: conditions that end a run, each on or off, and the text searched for, which is a stop too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from lstm_tui.conditions import ConditionError, NameSpace, parse
from lstm_tui.conditions.needs import Condition
from lstm_tui.core.errors import NO_STOP, UserError
from lstm_tui.core.questions.excerpt import WHOLE, Excerpt
from lstm_tui.core.step import Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.door import Stop as Stop
from lstm_tui.debugger.jobs import Job

if TYPE_CHECKING:
    from lstm_tui.debugger.contrasts.pair import Neighbour
    from lstm_tui.debugger.cursor import Cursor
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.debugger.door import StopListDoor
    from lstm_tui.engine.search.search import Hit


class StopList:
    """The stops of one debugger, and the runs that look for them."""

    def __init__(self, debuggee: Callable[[], Debuggee], cursor: Cursor, texts: Sequence[str] = ()) -> None:
        self._debuggee, self._cursor = debuggee, cursor
        self._listed: tuple[Stop, ...] = ()
        self.search_text = ""
        """The text that `find` looks for; empty where there is none."""
        self.beside: Neighbour | None = None
        """The model that stands beside this one, where there is one."""
        self.note = ""
        """A note about `steps` after the last one; usually empty."""
        self.set([Stop(text) for text in texts])

    @property
    def listed(self) -> tuple[Stop, ...]:
        """All of them, in the order in which they are numbered from 1."""
        return self._listed

    def set(self, stops: Sequence[Stop]) -> None:
        """Replace the list. Raises `ConditionError`, with nothing changed, where a stop that is on cannot be read."""
        for stop in stops:
            if stop.on:
                self._parsed(stop.text)
        self._listed = tuple(stops)

    def adopt(self, other: StopListDoor) -> None:
        """Take over the list of another model's debugger; stops that this model cannot use are switched off."""
        self._listed = tuple(Stop(stop.text, stop.on and self.mistake(stop.text) is None) for stop in other.listed)
        self.search_text = other.search_text

    def mistake(self, text: str) -> ConditionError | None:
        """The error in a condition; None where it is valid."""
        try:
            self._parsed(text)
        except ConditionError as error:
            return error
        return None

    def holds(self, text: str) -> bool:
        """Whether a condition holds at the step shown; none does at the zero state. Raises `ConditionError`."""
        from lstm_tui.engine.search.search import Hit, Search

        here, timeline, parsed = self._cursor.position, self._debuggee().rollout.timeline, [self._parsed(text)]
        if self.beside is not None:
            found = self.beside.search(timeline, self.beside.other().rollout.timeline, parsed, True, here, here)
        else:
            found = iter(Search(timeline, parsed, True, here, here))
        return any(isinstance(each, Hit) for each in found)

    def suggested(self, layer: int, unit: int, quantity: str) -> str:
        """A condition that holds here because of the selected value, and not everywhere: `f[3] < 0.04`."""
        of_layer = self._cursor.step.layers[layer]
        side = "" if self.beside is None else f"{'ab'[self.beside.mine]}."
        name = f"{side}l{layer}.{quantity}[{unit}]" if layer else f"{side}{quantity}[{unit}]"
        value = of_layer.values.get(quantity, ())[unit : unit + 1]
        gate = next((q.kind == "gate" for q in self._debuggee().cell.quantities if q.name == quantity), False)
        if not value or not math.isfinite(value[0]):
            return f"{name} < 0.1" if gate else f"{name} > 0.5"
        low = value[0] < (0.5 if gate else 0.0)
        return _beyond(name, value[0], low)

    def find(self, text: str, forward: bool = True) -> Job | None:
        """Look for `text` from here on; it stays a stop until another is looked for (the empty one: none).

        The run to it, or None where it is not found.
        """
        self.search_text = text
        position = self._search_from(self._cursor.position, forward)
        return None if position is None else self.goto(position, f"found '{visible(text)}'")

    def run(self, forward: bool = True) -> Job:
        """A run to the next step where a stop is met, or to the previous one; without one, to that end of the text.

        Raises `UserError` where no stop is on, or one that is on cannot be used with the model open.
        """
        conditions = self._active()
        here, length = self._cursor.position, len(self._debuggee().rollout)
        found = self._search_from(here, forward)
        end = length if forward else 0
        goal = end if found is None else found
        first, last = (here + 1, goal) if forward else (max(goal, 1), here - 1)
        from lstm_tui.engine.search.search import Search

        def describe(hit: Hit | None) -> str:
            note = f" ({search.note})" if search.note else ""
            return self._describe(hit, conditions, found is not None, goal, end) + note

        job = self._along(goal, describe)
        parsed = [condition for _, condition in conditions]
        search = Search(job.timeline, parsed, forward, first, last)
        if parsed and self.beside is not None:
            job.before(self.beside.search(job.timeline, job.also[0], parsed, forward, first, last))
        elif parsed:
            job.before(search)
        return job

    def goto(self, position: int, sentence: str = "") -> Job:
        """A run to a position, even into text that was never scanned."""
        return self._along(position, lambda _: sentence)

    def _along(self, position: int, describe: Callable[[Hit | None], str]) -> Job:
        """A run to a position, of both where another model stands beside this one."""
        from lstm_tui.engine.search.search import scan_to

        mine = self._debuggee().rollout.timeline.fork()
        also = () if self.beside is None else (self.beside.other().rollout.timeline.fork(),)
        traversal = chain(*(scan_to(timeline, position) for timeline in (mine, *also)))
        job = Job(mine, traversal, self._cursor.position, position, describe)
        job.also = also
        return job

    def steps(self, start: int, stop: int) -> Iterator[Step]:
        """The steps of `Debugger.steps` where a stop is met."""
        return map(self._debuggee().rollout.step, self._hits(start, stop))

    def printed(self, start: int, stop: int, excerpt: Excerpt = WHOLE) -> Iterator[Step]:
        """Those of `Debugger.printed` where a stop is met, each as soon as it is found."""
        from lstm_tui.engine.spans.printed import printed_steps

        return printed_steps(self._debuggee().rollout, self._hits(start, stop), excerpt, most=1)

    def _hits(self, start: int, stop: int) -> Iterator[int]:
        """The positions start..stop-1 where a stop is met, in bounded memory."""
        from lstm_tui.engine.search.search import Hit, Search

        self.note = ""
        parsed = [condition for _, condition in self._active()]
        search = Search(self._debuggee().rollout.timeline, parsed, True, start, stop - 1)
        for found in search:
            if isinstance(found, Hit):
                yield found.position
        if search.note:
            self.note = f"{search.note}: {search.one_by_one:,} of {stop - start:,}"

    def _active(self) -> list[tuple[int, Condition]]:
        """The stops that are on, with their numbers."""
        if not self._listed and not self.search_text:
            raise UserError(NO_STOP)
        active = []
        for number, stop in enumerate(self._listed, 1):
            if stop.on:
                try:
                    active.append((number, self._parsed(stop.text)))
                except ConditionError as error:
                    raise UserError(f"stop {number} cannot be used with this model: {error}") from None
        if not active and not self.search_text:
            raise UserError("every stop is off: b turns them on")
        return active

    def _describe(
        self, hit: Hit | None, conditions: list[tuple[int, Condition]], searching: bool, goal: int, end: int
    ) -> str:
        sentences = []
        if hit is not None:
            numbered = [conditions[which] for which in hit.which]
            names = self._symbols, self._names.classes or None
            sentences = [f"stop {number}: {hit.reason(cond, *names)}" for number, cond in numbered]
        if searching and (hit is None or hit.position == goal):
            sentences.append(f"found '{visible(self.search_text)}'")
        if sentences:
            return "; ".join(sentences)
        return "no stop is met before the end" if end else "no stop is met back to the start"

    def _search_from(self, position: int, forward: bool) -> int | None:
        """The step that reads the first character of the searched text, after (before) `position`."""
        if not self.search_text:
            return None
        return self._debuggee().rollout.sequence.find(self.search_text, position, forward)

    def _parsed(self, text: str) -> Condition:
        return parse(text, self._names)

    @property
    def _names(self) -> NameSpace:
        return self._debuggee().name_space if self.beside is None else self.beside.names()

    @property
    def _symbols(self) -> Sequence[str]:
        return self._debuggee().rollout.vocabulary.symbols if self.beside is None else self._names.symbols


def _beyond(name: str, value: float, low: bool) -> str:
    """The comparison with the nearest number of two decimals that the value is beyond."""
    hundredths = round(value * 100)
    level = hundredths / 100
    if low and not value < level:
        level = (hundredths + 1) / 100
    elif not low and not value > level:
        level = (hundredths - 1) / 100
    return f"{name} {'<' if low else '>'} {level:g}"
