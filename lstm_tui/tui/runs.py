"""Running along the text: to stops, to text looked for, to far places, and back from where a jump led."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from lstm_tui.debugger import Debugger, Prepared
from lstm_tui.errors import UserError
from lstm_tui.tui.models import Models
from lstm_tui.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger.running import Run
    from lstm_tui.debugger.stops import Stop

SOON = 0.08
"""Seconds a run is waited for: most have arrived by then, and the key that follows finds them there."""
FRAMES = 8
"""Reports a second of one that takes longer."""
REMEMBERED = 200
"""Jumps that `backspace` can take back."""


class Runs(Models):
    """A run that takes longer goes on in a thread: the screen stays where it is, and can be used, until it arrives."""

    class RunEnded(Message):
        """A run has come to its end in its thread."""

        def __init__(self, run: Run, remember: bool) -> None:
            super().__init__()
            self.run = run
            self.remember = remember

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.under_way: Run | None = None
        self._reports: Timer | None = None
        self._jumps: list[int] = []
        """Where the cursor stood before each jump, the latest last."""

    def opened(self, prepared: Prepared, debugger: Debugger) -> None:
        """Another model has other places."""
        self.cancel_run()
        self._jumps.clear()
        super().opened(prepared, debugger)

    # Setting off and arriving

    def set_off(self, run: Run, remember: bool = True) -> None:
        """Goes there: at once where it is near, else in a thread."""
        run.run(SOON)
        if run.outcome != "running":
            return self._arrive(run, remember)
        self.stop_playing()
        self.under_way = run
        self._reports = self.set_interval(1 / FRAMES, self._report, name="run")
        self.run_worker(partial(self._go_on, run, remember), name="run", group="run", thread=True)
        self._report()

    def _go_on(self, run: Run, remember: bool) -> None:
        """In the thread: nothing of the screen may be touched here but its message queue."""
        try:
            run.run()
        finally:
            self.post_message(self.RunEnded(run, remember))

    def on_runs_run_ended(self, event: RunEnded) -> None:
        if self.under_way is event.run:
            self._land()
            self._arrive(event.run, event.remember)

    def _land(self) -> None:
        self.under_way = None
        if self._reports is not None:
            self._reports.stop()

    def _arrive(self, run: Run, remember: bool) -> None:
        if self.debugger is None:
            return
        before = self.debugger.position
        sentence = self.debugger.stops.arrive(run)
        if remember and self.debugger.position != before:
            self._jumps = [*self._jumps[1 - REMEMBERED :], before]
        self.present(sentence or None)

    def cancel_run(self) -> bool:
        """Whether a run was under way. Its thread ends by itself soon after."""
        run = self.under_way
        if run is None:
            return False
        run.cancel()
        self._land()
        self.present(f"cancelled at step {run.reached:,}: still at step {run.start:,}")
        return True

    def _report(self) -> None:
        self.say(self.standing())

    def standing(self) -> str:
        run = self.under_way
        if run is None:
            return super().standing()
        back = " back" if run.goal < run.start else ""
        return f"running{back}: step {run.reached:,}, {run.fraction:.0%} of the way to {run.goal:,} (escape cancels)"

    def on_unmount(self) -> None:
        """A thread that runs on would keep the program alive."""
        super().on_unmount()
        if self.under_way is not None:
            self.under_way.cancel()

    # The verbs

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
        self.set_off(self.debugger.stops.journey(position))

    def action_run(self, forward: bool) -> None:
        if self.debugger is None or not self._free():
            return
        try:
            run = self.debugger.stops.run(forward)
        except UserError as error:
            return self.say(str(error))
        self.stop_playing()
        self.set_off(run)

    def action_return(self) -> None:
        if self.debugger is None or not self._free():
            return
        while self._jumps:
            position = self._jumps.pop()
            if position <= self.debugger.length and position != self.debugger.position:
                return self.set_off(self.debugger.stops.journey(position), remember=False)
        self.say("there is no jump to return from")

    async def action_find(self) -> None:
        if self.debugger is None or not self._free():
            return
        from lstm_tui.tui.dialogs import AskText

        hint = "its next place; c and C stop at it too, until enter finds nothing typed"
        await self.app.push_screen(AskText("find text", hint, self.debugger.stops.sought), self._find)

    def _find(self, text: str | None) -> None:
        if text is None or self.debugger is None:
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
        quantity = self.debugger.quantities[max(self.zoomed - 1, 0)]
        suggested = stops.suggested(self.layer_index, self.unit, quantity.name)
        await self.app.push_screen(EditStops(stops.listed, suggested, stops.mistake), self._set_stops)

    def _set_stops(self, listed: tuple[Stop, ...] | None) -> None:
        if listed is None or self.debugger is None:
            return
        try:
            self.debugger.stops.set(listed)
        except UserError as error:
            return self.say(str(error))
        on = sum(stop.on for stop in listed)
        if on:
            self.say(f"{on} stop{'s' if on > 1 else ''} on: c runs to the next place, C back to the previous one")
        else:
            self.say("no stop is on")
