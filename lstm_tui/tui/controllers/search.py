"""Running along the text: to stops, to text looked for, to far places, and back from where a jump led."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.controllers.files import Models

if TYPE_CHECKING:
    from lstm_tui.debugger.stops import Stop


class Runs(Models):
    """The verbs that set runs off, and where they led from."""

    def opened(self, prepared: Prepared, debugger: DebuggerDoor) -> None:
        """Another model has other places."""
        self.cancel_run()
        self._jumps.clear()
        super().opened(prepared, debugger)

    def _free(self) -> bool:
        """Whether a model is open and nothing is under way, which says so."""
        if self.under_way is not None:
            self.say("a run is under way: escape cancels it")
        return self.debugger is not None and self.under_way is None

    def move_to(self, position: int) -> None:
        """To a step of the text, however far."""
        if self.debugger is None or not self._free():
            return
        position = min(max(position, 0), self.debugger.length)
        self.set_off(self.debugger.stops.goto(position))

    def action_run(self, forward: bool) -> None:
        if self.debugger is None or not self._free():
            return
        run = self.debugger.stops.run(forward)
        self.stop_playing()
        self.set_off(run)

    def action_return(self) -> None:
        if self.debugger is None or not self._free():
            return
        while self._jumps:
            position = self._jumps.pop()
            if position <= self.debugger.length and position != self.debugger.position:
                return self.set_off(self.debugger.stops.goto(position), remember=False)
        self.say("there is no jump to return from")

    async def action_find(self) -> None:
        if self.debugger is None or not self._free():
            return
        from lstm_tui.tui.dialogs import AskText

        hint = "its next place; c and C stop at it too, until enter finds nothing typed"
        await self.ask(AskText("find text", hint, self.debugger.stops.sought), self._find)

    def _find(self, text: str) -> None:
        if self.debugger is None:
            return
        run = self.debugger.stops.find(text)
        if run is not None:
            self.set_off(run)
        elif text:
            self.say(f"'{visible(text)}' does not stand after step {self.debugger.position:,}: C looks before it")
        else:
            self.say("no text is looked for any more")

    async def action_stops(self) -> None:
        if self.debugger is None:
            return
        from lstm_tui.tui.dialogs.stops import EditStops

        stops = self.debugger.stops
        quantity = self.debugger.quantities[max(self.selection.zoomed - 1, 0)]
        suggested = stops.suggested(self.selection.layer, self.selection.unit, quantity.name)
        await self.ask(EditStops(stops.listed, suggested, stops.mistake), self._set_stops)

    def _set_stops(self, listed: tuple[Stop, ...]) -> None:
        if self.debugger is None:
            return
        self.debugger.stops.set(listed)
        on = sum(stop.on for stop in listed)
        if on:
            self.say(f"{on} stop{'s' if on > 1 else ''} on: c runs to the next place, C back to the previous one")
        else:
            self.say("no stop is on")
