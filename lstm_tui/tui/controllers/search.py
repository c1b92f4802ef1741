"""The actions that run along the text: to stops, and to text that is searched for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.jobs import run_in_thread

if TYPE_CHECKING:
    from lstm_tui.debugger.backwards.cause_questions import Alike
    from lstm_tui.debugger.door import JobDoor
    from lstm_tui.debugger.stops import Stop
    from lstm_tui.tui.workspace import Workspace


class SearchController:
    """Owns the steps found alike; the stops are the debugger's."""

    def __init__(self, workspace: Workspace, jump: Callable[[JobDoor], None]) -> None:
        self._workspace, self._jump = workspace, jump
        self._alike: Alike | None = None
        """The steps whose states are most alike, where the latest `M` was pressed."""
        self._seen = 0
        """How many of them were gone to."""

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("run.forward", partial(self.run, True), Requirement.NO_RUN, unless(self._ahead)),
            Action("run.back", partial(self.run, False), Requirement.NO_RUN, unless(self._behind)),
            Action("text.find", self.find, Requirement.NO_RUN),
            Action("stops.edit", self.edit),
            Action("state.alike", self.alike, Requirement.NO_RUN),
        )

    def _ahead(self) -> bool:
        return self._workspace.debugger.position < self._workspace.debugger.length

    def _behind(self) -> bool:
        return self._workspace.debugger.position > 0

    def alike(self) -> None:
        """To the step elsewhere whose states are most like those here; again: to the next."""
        found, here = self._alike, self._workspace.debugger.position
        if found is not None and self._seen and found.steps[self._seen - 1][0] == here:
            return self._go_to_alike(found)
        work, made = self._workspace.debugger.questions.alike(), list["Alike"]()
        self._workspace.show_message("comparing the states …")

        def then() -> None:
            if made:
                self._alike, self._seen = made[0], 0
                self._go_to_alike(made[0])

        run_in_thread(self._workspace.view, lambda: made.append(work()), then, "alike")

    def _go_to_alike(self, found: Alike) -> None:
        first, last = found.compared
        if self._seen == len(found.steps):
            none = f"no other step is alike in steps {first:,} to {last:,}"
            return self._workspace.show_message(none if self._seen else f"{none}: the text is too short")
        position, far = found.steps[self._seen]
        self._seen += 1
        rank = f"{self._seen} of {len(found.steps)} most like {step_name(found.position)}"
        apart = f"{far:.2g} standard deviations away (M: the next, backspace: back)"
        self._jump(self._workspace.debugger.stops.goto(position, f"{rank}: {apart}"))

    def run(self, forward: bool) -> None:
        """Runs to the next step where a stop is met, or to the previous one."""
        run = self._workspace.debugger.stops.run(forward)
        self._workspace.pause()
        self._jump(run)

    async def find(self) -> None:
        """Asks for a text."""
        from lstm_tui.tui.dialogs import AskText

        hint = "goes to the next occurrence; c and C stop there too; leave it empty to end the search"
        await self._workspace.view.ask(
            AskText("find text", hint, self._workspace.debugger.stops.search_text, lines=True), self._find
        )

    def _find(self, text: str) -> None:
        debugger = self._workspace.debugger
        run = debugger.stops.find(text)
        if run is not None:
            self._jump(run)
        elif text:
            where = f"after {step_name(debugger.position)}: C searches backwards"
            self._workspace.show_message(f"'{visible(text)}' is not found {where}")
        else:
            self._workspace.show_message("the text search is off")

    async def edit(self) -> None:
        """Shows the list of stops."""
        from lstm_tui.tui.dialogs.stops import EditStops

        debugger, selection = self._workspace.debugger, self._workspace.selection
        stops, quantity = debugger.stops, debugger.quantities[max(selection.zoomed - 1, 0)]
        suggested = stops.suggested(selection.layer, selection.unit, quantity.name)
        await self._workspace.view.ask(EditStops(stops.listed, suggested, stops.mistake), self._set)

    def _set(self, listed: tuple[Stop, ...]) -> None:
        self._workspace.debugger.stops.set(listed)
        on = sum(stop.on for stop in listed)
        if on:
            places = "c runs to the next one, C back to the previous one"
            self._workspace.show_message(f"{on} stop{'s' if on > 1 else ''} on: {places}")
        else:
            self._workspace.show_message("no stops are on")
