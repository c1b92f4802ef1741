"""The verbs that run along the text: to stops, and to text looked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action, Requirement

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor
    from lstm_tui.debugger.stops import Stop
    from lstm_tui.tui.workspace import Workspace


class SearchController:
    """Owns nothing: the stops are the debugger's."""

    def __init__(self, workspace: Workspace, jump: Callable[[JobDoor], None]) -> None:
        self._workspace, self._jump = workspace, jump

    def actions(self) -> tuple[Action, ...]:
        """Its part of the table."""
        return (
            Action("run.forward", partial(self.run, True), Requirement.NO_RUN),
            Action("run.back", partial(self.run, False), Requirement.NO_RUN),
            Action("text.find", self.find, Requirement.NO_RUN),
            Action("stops.edit", self.edit),
        )

    def run(self, forward: bool) -> None:
        """To the next place where a stop holds, or to the one before."""
        run = self._workspace.debugger.stops.run(forward)
        self._workspace.pause()
        self._jump(run)

    async def find(self) -> None:
        """Asks for a text."""
        from lstm_tui.tui.dialogs import AskText

        hint = "its next place; c and C stop at it too, until enter finds nothing typed"
        await self._workspace.view.ask(
            AskText("find text", hint, self._workspace.debugger.stops.search_text, lines=True), self._find
        )

    def _find(self, text: str) -> None:
        debugger = self._workspace.debugger
        run = debugger.stops.find(text)
        if run is not None:
            self._jump(run)
        elif text:
            where = f"does not stand after step {debugger.position:,}: C looks before it"
            self._workspace.show_message(f"'{visible(text)}' {where}")
        else:
            self._workspace.show_message("no text is looked for any more")

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
            places = "c runs to the next place, C back to the previous one"
            self._workspace.show_message(f"{on} stop{'s' if on > 1 else ''} on: {places}")
        else:
            self._workspace.show_message("no stop is on")
