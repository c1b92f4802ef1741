"""A page: the records of its steps between the lines of a template, in which nothing but they can change.

What runs in it and how it looks are named by their digests in the page's own policy: a browser runs no other script,
whatever a text may hold, and loads nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Protocol

from lstm_tui.core.errors import UserError
from lstm_tui.core.facts import facts
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import About, Equation, Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.pages.records import Records, Units, dumped

MOST_NUMBERS = 1_000_000
"""About 10 MB: more than that no browser shows at ease."""
MOST_EXPLAINED = 10_000
"""Units times steps whose equations are written, of small layers: each takes a millisecond, of wide ones more."""
_SMALL = 16
_AROUND = 40
"""Characters of the text before the first step and after the last."""


class PageSource(Protocol):
    """What is asked of the debugger, or of a fork of it."""

    @property
    def about(self) -> About: ...
    @property
    def symbols(self) -> Sequence[str]: ...
    @property
    def quantities(self) -> tuple[Quantity, ...]: ...
    @property
    def interventions(self) -> tuple[str, ...]: ...
    def equations(self, layer: int, unit: int, position: int) -> tuple[Equation, ...]: ...


@dataclass(frozen=True)
class Scene:
    """One place of a lesson: a step as it was shown, what was selected, and the words beneath it."""

    record: int
    layer: int
    unit: int
    caption: str = ""
    mark: str = ""
    """The last one passed: what a part of the lesson is called."""
    question: str = ""
    answers: tuple[str, ...] = ()
    guess_hidden: bool = False
    paused: bool = False
    """Whether the reader goes on from here: the places between are what happens meanwhile."""

    def written(self) -> list[object]:
        """As the page reads it; what is usual at its end is left out."""
        words = "\n".join(map(visible, self.caption.split("\n"))), visible(self.mark)
        asked = visible(self.question), [visible(answer) for answer in self.answers]
        fields = [self.record, self.layer, self.unit, *words, int(self.paused), int(self.guess_hidden), *asked]
        return fields if self.question else fields[:7] if self.paused or self.guess_hidden else fields[:5]


class Chapter:
    """The steps of one model along one text."""

    def __init__(self, source: PageSource) -> None:
        self._about, self._symbols, self._quantities = source.about, source.symbols, source.quantities
        self._done = source.interventions
        self._records = Records(self._quantities)
        self._first, self._last = len(self._symbols), 0
        self.written: list[str] = []

    def add(self, step: Step, equations: Units) -> None:
        """One more step."""
        self._first, self._last = min(self._first, step.position), max(self._last, step.position)
        self.written.append(self._records.record(step, equations))

    def described(self) -> dict[str, object]:
        """All that is not the steps'."""
        first = max(0, self._first - _AROUND)
        return {
            "name": visible(self._about.name),
            "facts": facts(self._about),
            "notes": [visible(note) for note in (*self._about.notes, *(f"clamped: {one}" for one in self._done))],
            "length": len(self._symbols),
            "from": first + 1,
            "text": [visible(symbol) for symbol in self._symbols[first : self._last + _AROUND]],
            "units": list(self._about.hidden_sizes),
            "quantities": [_described(quantity) for quantity in self._quantities],
            **self._records.shared(),
        }


def trace_page(
    source: PageSource, steps: Iterable[Step], version: str, explained: int = MOST_EXPLAINED
) -> Iterator[str]:
    """The page of `steps`, in pieces. Raises `UserError` where they are too many for one, before the first piece."""
    taken: list[Step] = []
    numbers = sum(source.about.hidden_sizes) * len(source.quantities)
    for step in steps:
        taken.append(step)
        if len(taken) * numbers > MOST_NUMBERS:
            raise UserError(
                f"a page of more than {MOST_NUMBERS // numbers} steps of this model is too large for a browser: "
                "choose fewer steps (lstm-tui trace --steps A:B --format html)"
            )
    if not taken:
        raise UserError("a page needs at least one step: no step is one of those asked for")
    chapter, units = Chapter(source), explained_units(source.about.hidden_sizes, taken, explained)
    for step in taken:
        chapter.add(step, {at: source.equations(*at, step.position) for at in units} if step.position else {})
    return page([chapter], (), visible(source.about.name), version)


def page(chapters: Sequence[Chapter], scenes: Sequence[Scene], title: str, version: str) -> Iterator[str]:
    """A page of several texts or models, in pieces; without `scenes` each step is shown once, in order."""
    head, tail = _around(title)
    yield head
    yield '{"lstm_tui":' + dumped(version) + ',"title":' + dumped(title) + ',"chapters":['
    for at, chapter in enumerate(chapters):
        yield ("," if at else "") + dumped(chapter.described())[:-1] + ',"steps":[\n'
        yield ",\n".join(chapter.written)
        yield "]}"
    yield '],"scenes":' + dumped([scene.written() for scene in scenes]) + "}"
    yield tail


def framed(whole: str, height: int = 640) -> str:
    """A page as an element of another one, which it can neither reach nor be restyled by."""
    return (
        f'<iframe sandbox="allow-scripts" title="lstm-tui" width="100%" height="{height}" '
        f'style="border:0" srcdoc="{html.escape(whole)}"></iframe>'
    )


def explained_units(sizes: Sequence[int], steps: Sequence[Step], room: int) -> list[tuple[int, int]]:
    """The units whose equations there is room for: all of them, or those whose state moved most over the steps."""
    units = [(layer, unit) for layer, size in enumerate(sizes) for unit in range(size)]
    most = max(1, room * _SMALL // max(_SMALL, *sizes) // len(steps))
    if len(units) <= most:
        return units

    def moved(at: tuple[int, int]) -> float:
        layer, unit = at
        values = [step.layers[layer].values["h"][unit] for step in steps if "h" in step.layers[layer].values]
        return max(values, default=0.0) - min(values, default=0.0)

    return sorted(sorted(units, key=moved, reverse=True)[:most])


def _described(quantity: Quantity) -> dict[str, object]:
    names = ("name", "symbol", "word", "kind", "sentence", "low", "high")
    words: dict[str, object] = {name: visible(getattr(quantity, name)) for name in names}
    return {**words, "grows": quantity.grows, "state": quantity.state}


@cache
def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _around(title: str) -> tuple[str, str]:
    """What stands before the data and after them."""
    style, script = _part("page.css"), _part("page.js")
    filled = Template(_part("page.html")).substitute(
        title=html.escape(title),
        style=style,
        script=script,
        style_digest=_digest(style),
        script_digest=_digest(script),
        data="\0",
    )
    head, _, tail = filled.partition("\0")
    return head, tail


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
