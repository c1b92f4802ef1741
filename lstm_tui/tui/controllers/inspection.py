"""The actions that inspect: one unit explained, values over time, one panel alone, the unit that moved most.

The widgets for it are made when they are first asked for, and fed only while they are shown.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.questions.rankings import LOSSES_RANKED, RANKED, RANKINGS, STEPS_RANKED, largest_losses
from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.jobs import run_in_thread
from lstm_tui.tui.selection import OF_LOSS, remembered

if TYPE_CHECKING:
    from lstm_tui.core.step import Stage, Step
    from lstm_tui.core.user_cell import Listed
    from lstm_tui.tui.workspace import Workspace

UNFINISHED = "this step is not finished: → finishes it, then enter explains the unit"


class InspectionController:
    """Owns the last mover; the rest is the selection's."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._mover: tuple[int, int, int] | None = None
        """The position, layer and unit that `m` selected last."""

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("unit.explain", self.explain, refusal=unless(self._explains, UNFINISHED)),
            Action("view.next", partial(self.turn, 1)),
            Action("view.previous", partial(self.turn, -1)),
            *(Action(f"view.{view.replace(' ', '_')}", partial(self.show_view, view)) for view in OF_LOSS),
            Action("view.all", partial(self.zoom, 0)),
            *(Action(f"view.zoom{digit}", partial(self.zoom, digit)) for digit in range(1, 9)),
            Action("unit.mover", self.mover),
            *(Action(f"rank.{name}", partial(self.rank, name)) for name in RANKINGS),
            Action("rank.losses", self.rank_losses),
            Action("cell.check", self.check, Requirement.NO_RUN),
        )

    async def check(self) -> None:
        """Lists the equations of the user's own cell."""
        from lstm_tui.tui.dialogs.checked import ListVerdict

        verdict = self._workspace.debugger.verdict()
        if verdict is None:
            return self._workspace.show_message("check is for a cell of your own: lstm-tui --cell my_cell.py:MyCell")
        if not verdict.listed:
            return self._workspace.show_message(verdict.notes[0] if verdict.notes else "nothing of it could be checked")
        count = len(verdict.findings)
        departs = "nothing departs" if not count else "one thing departs" if count == 1 else f"{count} things depart"
        title = f"{verdict.name}: {departs} from the textbook"
        await self._workspace.view.ask(ListVerdict(title, verdict.listed), self._go_to_line)

    def _go_to_line(self, entry: Listed) -> None:
        """To the step, inside it to the line that has just run, and to the unit."""
        debugger, selection = self._workspace.debugger, self._workspace.selection
        debugger.to((entry.step or max(1, debugger.position)) - 1)
        stage = None
        while entry.line is not None and entry.within and (stage is None or not stage.done) and not _at(stage, entry):
            stage = debugger.into().stage
            if stage is None or stage.error is not None:
                break
        if stage is None:
            debugger.to(entry.step or max(1, debugger.position))
        selection.layer, selection.unit = 0, selection.unit if entry.unit is None else entry.unit
        self._workspace.refresh(entry.text)

    def rank_losses(self) -> None:
        """Where the text was least expected, found in a thread with a cursor of its own."""
        fork, here = self._workspace.debugger.fork(), self._workspace.debugger.position
        last = min(fork.length, max(here, LOSSES_RANKED))
        first = max(1, last - LOSSES_RANKED + 1)
        worst: list[Step] = []
        self._workspace.show_message(f"comparing the losses of steps {first:,} to {last:,} …")

        def show() -> None:
            if not worst:
                return self._workspace.show_message("there are no losses: nothing is guessed here")
            listed = "   ".join(f"{step_name(s.position)} '{visible(s.target or '')}' {s.loss:.2f}" for s in worst[:6])
            self._workspace.show_message(f"largest losses in steps {first:,} to {last:,}:   {listed}   (g goes there)")

        run_in_thread(
            self._workspace.view, lambda: worst.extend(largest_losses(fork.printed(first, last + 1))), show, "rank"
        )

    def rank(self, name: str) -> None:
        """The units of the layer, ranked by their steps that can be had at once; the first is selected."""
        debugger, layer = self._workspace.debugger, self._workspace.selection.layer
        last = debugger.position or debugger.length
        first = max(1, last - STEPS_RANKED + 1)
        ranking = RANKINGS[name](debugger.quantities)
        if ranking is None:
            return self._workspace.show_message("this cell has no such quantity to rank units by")
        units = debugger.step.layers[layer].units
        series = {q.name: debugger.values(q.name, layer, range(units), first, last + 1) for q in ranking.quantities}
        scores = [ranking.score([series[q.name][unit] for q in ranking.quantities]) for unit in range(units)]
        found = [unit for unit in sorted(range(units), key=lambda at: -scores[at]) if scores[unit] > ranking.least]
        over = f"in steps {first:,} to {last:,}"
        if not found:
            return self._workspace.show_message(f"no unit is {ranking.title} {over}")
        self._workspace.select(found[0])
        listed = "   ".join(f"{unit}: {ranking.words(scores[unit])}" for unit in found[:RANKED])
        more = f"   and {len(found) - RANKED} more" if len(found) > RANKED else ""
        self._workspace.show_message(f"units {ranking.title} {over}:   {listed}{more}")

    def _explains(self) -> bool:
        """Whether the pane can be opened, or closed."""
        stage = self._workspace.debugger.step.stage
        return stage is None or stage.done or self._workspace.selection.explaining

    async def explain(self) -> None:
        """Opens the pane, or closes it."""
        if self.close_explanation():
            return
        from lstm_tui.tui.widgets.explained import Explained

        if not self._workspace.view.query(Explained):
            await self._workspace.view.query_one("#below").mount(Explained())
        self._workspace.selection.explaining = True
        self._workspace.refresh_layout()

    def close_explanation(self) -> bool:
        """Whether there was one open."""
        selection = self._workspace.selection
        was, selection.explaining = selection.explaining, False
        if was:
            self._workspace.refresh_layout()
        return was

    async def turn(self, by: int) -> None:
        """The next of `VIEWS`, and round again."""
        self._workspace.selection.turn(by)
        await self.show_view(self._workspace.selection.view)

    async def show_view(self, view: str) -> None:
        """One of `VIEWS`."""
        if self._workspace.over_time is None:
            from lstm_tui.tui.over_time_model import OverTimeModel
            from lstm_tui.tui.widgets.over_time import OverTime

            self._workspace.over_time = OverTimeModel()
            await self._workspace.view.mount(OverTime(), after="#panels")
        self._workspace.selection.view = view
        self._workspace.refresh_layout()

    def leave_view(self) -> bool:
        """Whether another view than the bars was left for them."""
        if self._workspace.selection.view == "bars":
            return False
        self._workspace.selection.view, self._workspace.selection.track = "bars", None
        self._workspace.refresh_layout()
        return True

    def zoom(self, digit: int) -> None:
        """One panel as large as the area of all six; the same digit again, and 0, bring them back. In the views over
        time digits choose the quantity, and 0 brings the panels back."""
        quantities, selection = self._workspace.debugger.quantities, self._workspace.selection
        if digit > len(quantities):
            return self._workspace.show_message(f"{digit} shows nothing: this cell has {len(quantities)} quantities")
        if selection.view == "bars":
            self._workspace.view.zoom(digit)
            self._workspace.refresh()
        elif not digit:
            self.leave_view()
        elif selection.view in OF_LOSS:
            self._workspace.show_message(
                f"{digit} shows nothing here: the loss is of all quantities (v: the next view)"
            )
        elif digit <= len(quantities):
            selection.quantity = quantities[digit - 1].name
            self._workspace.refresh()

    def mover(self) -> None:
        """The unit that moved most, again: the next."""
        debugger, selection = self._workspace.debugger, self._workspace.selection
        layer = debugger.step.layers[selection.layer]
        state = remembered(debugger.quantities)
        order = debugger.movers(selection.layer, state.name, layer.units)
        if not order:
            return self._workspace.show_message(f"{state.symbol} did not change at this step in any unit")
        here = (debugger.position, selection.layer, selection.unit)
        again = self._mover == here and selection.unit in order
        rank = (order.index(selection.unit) + 1) % len(order) if again else 0
        unit = order[rank]
        self._workspace.select(unit)
        self._mover = (debugger.position, selection.layer, unit)
        old, new = layer.before[state.name][unit], layer.values[state.name][unit]
        moved = f"{state.symbol}[{unit}] {old:+.2f} → {new:+.2f}"
        self._workspace.show_message(f"mover {rank + 1} of {len(order)}: {moved} (m: the next)")


def _at(stage: Stage | None, entry: Listed) -> bool:
    """Whether the line has just run."""
    return stage is not None and stage.ran is not None and stage.source.lines[stage.ran][0] == entry.line
