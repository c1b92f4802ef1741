"""A script as a page: every place that it showed, with the words that stood beneath it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.core.step import Step
from lstm_tui.pages.page import Chapter, Scene, explained_units, page

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.screencast.playable import Words
    from lstm_tui.tui.app import LstmTui

EXPLAINED = 400
"""Units of a small layer whose equations are written at each step."""


class LessonPage:
    """Looks at the app while a script is played, and keeps what changed. Steps are told apart as objects."""

    def __init__(self) -> None:
        self._chapters: list[Chapter] = []
        self._opened: tuple[object, ...] = ()
        self._records: dict[int, tuple[Step, int]] = {}
        """The step itself too, so that no other one takes its number."""
        self._scenes: list[Scene] = []

    def look(self, app: LstmTui, words: Words) -> None:
        """Whatever the script did is done: if another step or unit is shown now, or others words, it is a new scene."""
        screen = app.debugger_screen
        if screen is None or screen.frame.step is None:
            return
        frame, step = screen.frame, screen.workspace.debugger.step
        record = self._record(screen.workspace.debugger, step, (frame.layer, frame.unit))
        shown = words.caption, words.mark, words.question, words.answers
        scene = Scene(record, frame.layer, frame.unit, *shown, frame.guess_hidden, words.paused)
        if self._scenes and replace(self._scenes[-1], paused=scene.paused) == scene:
            self._scenes.pop()
        self._scenes.append(scene)

    def _record(self, debugger: DebuggerDoor, step: Step, selected: tuple[int, int]) -> int:
        """The number of the step's record, which is written the first time it is seen."""
        opened = (debugger.about, debugger.text, debugger.quantities)
        if opened != self._opened:
            self._opened = opened
            self._chapters.append(Chapter(debugger))
        if id(step) not in self._records:
            units = {*explained_units(debugger.about.hidden_sizes, [step], EXPLAINED), selected}
            self._records[id(step)] = step, len(self._records)
            numbers = step.position and step.stage is None
            equations = {at: debugger.equations(*at) for at in sorted(units)} if numbers else {}
            self._chapters[-1].add(step, equations)
        return self._records[id(step)][1]

    def written(self, title: str, version: str) -> Iterator[str]:
        """The page, in pieces."""
        return page(self._chapters, self._scenes, title, version)
