"""A lesson, played at a person's pace: its keys are pressed, its words stand in the bar below, and space goes on.

Between two pauses the person may press whatever they like; space brings back the lesson's place first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from lstm_tui.core.vocabulary import visible
from lstm_tui.screencast import script_commands as commands
from lstm_tui.screencast.keyboard import event
from lstm_tui.tui.actions import Action, Requirement
from lstm_tui.tui.messages import OpenRequested
from lstm_tui.tui.system.lesson_shelf import Lesson, Place, Shelf, is_right
from lstm_tui.tui.widgets.caption import CaptionBar

if TYPE_CHECKING:
    from textual.events import Key

    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.workspace import Workspace

BETWEEN_KEYS = 0.15
"""Seconds after every key, so that eyes can follow."""
TURNS = 40
"""Turns of the event loop after a key: a dialog's answer needs about a dozen."""
WATCH = 0.03
"""Seconds between two looks at whether what a key began is done."""


class LessonController:
    """Owns the lesson being played, its place, the score, and what was open before it."""

    def __init__(self, workspace: Workspace, shelf: Shelf, begins: Lesson | None) -> None:
        self._workspace = workspace
        self._shelf = shelf
        self._lesson = begins
        self._begun = self._over = False
        self._before: Place | None = None
        """What was open when a lesson was chosen on the screen; None where the program began with it."""
        self._place: Place | None = None
        """While it waits."""
        self._go_on = asyncio.Event()
        self._asked = self._right = 0
        self._acting = False
        """Whether it presses keys, or waits for what they began."""
        self._own_key: Key | None = None

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (Action("lesson.choose", self.choose, Requirement.NO_WORK),)

    # Beginning and leaving

    async def choose(self) -> None:
        """Asks for one of those that ship."""
        from lstm_tui.tui.dialogs import Pick

        titles = self._shelf.titles()
        if not titles:
            return self._workspace.show_message("lessons are played by 'lstm-tui lesson'")
        named = {f"{number:2}  {title}": name for number, (name, title) in enumerate(titles, 1)}
        await self._workspace.view.ask(
            Pick("a lesson: space goes on, q leaves it", tuple(named)), lambda chosen: self.begin(named[chosen])
        )

    def begin(self, name: str) -> None:
        """Plays one of the shelf; what is open now comes back when it is left."""
        lesson = self._shelf.take(name)
        before = self._before or self._here()
        self._stop()
        self._lesson, self._before = lesson, before
        before.debugger.bookmark()
        self._workspace.show_message(f"opening lesson {visible(name)} …")
        self._workspace.view.post_message(OpenRequested(lesson.prepared))

    def opened(self, prepared: Prepared) -> None:
        """A model is open: the lesson's own, which then begins, or another one."""
        if self._lesson is not None and prepared is self._lesson.prepared and not self._begun:
            self._begun, self._asked, self._right = True, 0, 0
            self._workspace.view.run_worker(self._play(self._lesson), name="lesson", group="lesson", exclusive=True)

    def keeps(self, debugger: DebuggerDoor) -> bool:
        """Whether it will be looked at again, though another model is open by then."""
        return any(place is not None and place.debugger is debugger for place in (self._before, self._place))

    @property
    def playing(self) -> bool:
        """Whether a lesson is open: nothing of it is kept."""
        return self._lesson is not None

    @property
    def alone(self) -> bool:
        """Whether the program began with a lesson, and ends with it: nothing of it has to be saved."""
        return self._lesson is not None and self._before is None

    def leave(self) -> bool:
        """Leaves the lesson for what was open before; False where nothing was."""
        before, lesson = self._before, self._lesson
        if lesson is None or before is None:
            return False
        left = self._workspace.debugger
        self._stop()
        self._return_to(before)
        if left is not before.debugger:
            left.close()
        self._workspace.refresh(f"lesson left: {visible(before.debugger.about.name)} is as it was")
        return True

    def _stop(self) -> None:
        self._workspace.view.workers.cancel_group(self._workspace.view, "lesson")
        self._lesson = self._before = self._place = None
        self._begun = self._over = self._acting = False
        self._workspace.selection.guess_hidden = False
        self._caption("", "")
        self._workspace.view.query_one(CaptionBar).display = False

    # Going on

    def space(self) -> bool:
        """Goes on, or back to the lesson's place; False where no lesson plays."""
        if self._lesson is None or self._over:
            return False
        place = self._place
        if place is not None and self._strayed(place):
            self._return_to(place)
            self._workspace.refresh("back at the lesson's place: space goes on")
        else:
            self._go_on.set()
        return True

    def holds_back(self, key: Key) -> bool:
        """Whether a key comes between those that the lesson presses: then only what leaves means anything, and space,
        which ends a wait."""
        at_home = self._workspace.view.app.screen is self._workspace.view
        covered = self._place is not None and self._place.covered and not at_home  # by a list that the lesson opened
        if key is self._own_key or not (self._acting or covered):
            return False
        if key.key == "space":
            self._go_on.set()
            return True
        if covered:
            return False
        return not (key.key in ("ctrl+c", "ctrl+q", "ctrl+z") or (key.key == "q" and at_home))

    def _here(self) -> Place:
        debugger = self._workspace.debugger
        selection = copy(self._workspace.selection)
        covered = self._workspace.view.app.screen is not self._workspace.view
        state = debugger.weights_now, debugger.about.cell, debugger.text, debugger.interventions
        step, stops = (debugger.position, debugger.step.stage), debugger.stops.listed
        return Place(self._workspace.view.prepared, debugger, step, selection, stops, state, covered)

    def _strayed(self, place: Place) -> bool:
        jobs = self._workspace.jobs
        return jobs.run is not None or jobs.training is not None or place.is_left(self._here())

    def _return_to(self, place: Place) -> None:
        workspace = self._workspace
        workspace.cancel_run()
        workspace.pause()
        if workspace.jobs.training is not None:
            workspace.jobs.training.cancel()
        if workspace.debugger is not place.debugger:
            workspace.put_back(place.prepared, place.debugger)
        place.debugger.to_bookmark()
        place.debugger.stops.set(place.stops)
        vars(workspace.selection).update(vars(place.selection))
        workspace.view.zoom_again()
        workspace.view.fit()
        workspace.refresh()

    # Playing

    async def _play(self, lesson: Lesson) -> None:
        self._acting = True
        await self._settled()
        width, height = lesson.script.size
        size = self._workspace.view.size
        if size.width < width or size.height < height:
            self._workspace.show_message(f"this lesson was made for {width}×{height}: some of it has no room here")
        self._caption("", "")
        for command in lesson.script.commands:
            await self._execute(command)
        score = f"   {self._right} of {self._asked} right" if self._asked else ""
        self._bar.hint = f"the end{score}   q: leave"
        self._over, self._acting = True, False

    async def _execute(self, command: commands.ScriptCommand) -> None:
        match command:
            case commands.Press():
                for key in command.keys:
                    await self._press(key)
            case commands.Type():
                for character in command.text:
                    await self._press({"\n": "enter", "\t": "tab"}.get(character, character))
            case commands.Wait():
                await self._wait(command.seconds)
            case commands.Caption():
                self._caption(command.text, "")
            case commands.Pause():
                await self._pause()
            case commands.Ask():
                self._acting = False
                await self.ask(command.question, command.answers)
                await self._pause()
            case commands.Check():
                self._check(command.condition)
            case commands.ShowGuess():
                self.show_guess(command.shown)

    async def _press(self, key: str) -> None:
        self._own_key = event(key)
        self._workspace.view.app.post_message(self._own_key)
        await self._settled()
        await asyncio.sleep(BETWEEN_KEYS)

    async def _settled(self) -> None:
        """What a key began is done, trainings too."""
        view, jobs = self._workspace.view, self._workspace.jobs
        for _ in range(TURNS):
            await asyncio.sleep(0)
        while (
            jobs.run is not None
            or jobs.training is not None
            or any(
                worker.is_running and worker.group in ("open", "write", "train", "run") for worker in view.app.workers
            )
        ):
            await asyncio.sleep(WATCH)

    async def _wait(self, seconds: float) -> None:
        self._go_on.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._go_on.wait(), seconds)

    async def _pause(self) -> None:
        self._workspace.debugger.bookmark()
        self._place = self._here()
        self._bar.hint = "space: go on"
        self._go_on.clear()
        self._acting = False
        await self._go_on.wait()
        self._acting = True
        self._place = None
        self._bar.hint = ""

    def _check(self, condition: str) -> None:
        if not self.holds(condition):
            self._workspace.show_message(f"not so this time: {visible(condition)} does not hold here")

    # What a recording asks for too

    def holds(self, condition: str) -> bool:
        """Whether a condition holds at the step shown. Raises `UserError` for one that cannot be read."""
        return self._workspace.debugger.stops.holds(condition)

    def show_guess(self, shown: bool) -> None:
        """Shows what the model guesses, or hides it until it is asked for again."""
        self._workspace.selection.guess_hidden = not shown
        self._workspace.refresh(self._workspace.view.message or None)

    async def ask(self, question: str, answers: Sequence[str]) -> None:
        """Asks, and says whether the answer is right; returns when that is said."""
        from lstm_tui.tui.dialogs import Question

        answered = asyncio.Event()

        def judged(typed: str | None) -> None:
            self._asked += 1
            right = typed is not None and is_right(typed, answers)
            self._right += right
            told = visible(answers[0])
            words = f"Right: {told}." if right else f"It is {told}." if typed is None else f"Not quite: it is {told}."
            self._caption(words, "")
            answered.set()

        await self._workspace.view.ask(Question(question), judged, lambda: judged(None))
        await answered.wait()

    @property
    def _bar(self) -> CaptionBar:
        return self._workspace.view.query_one(CaptionBar)

    def _caption(self, text: str, hint: str) -> None:
        bar = self._bar
        bar.text, bar.hint = text, hint
        if not bar.display:
            bar.display = True
            self._workspace.view.fit()
