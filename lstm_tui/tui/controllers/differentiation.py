"""The actions that look backwards: what the past has to do with a loss or a logit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.questions.tracks import FORMS
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action
from lstm_tui.tui.jobs import run_in_thread
from lstm_tui.tui.selection import REACH, ShownTrack
from lstm_tui.tui.sloped.slope_frame import objectives

if TYPE_CHECKING:
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.debugger.backwards.cause_questions import Followers
    from lstm_tui.tui.workspace import Workspace

NO_CAUSE = "a perfect correlation is no cause: f holds this unit, y shows what changes"
NOTHING = "there is no guess here: no loss and no logit to differentiate"


class DifferentiationController:
    """Owns nothing: what is differentiated is the selection's."""

    def __init__(self, workspace: Workspace, show_view: Callable[[str], Awaitable[None]]) -> None:
        self._workspace, self._show_view = workspace, show_view

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("grad.show", self.turn),
            Action("grad.reach", self.reach),
            Action("grad.contributions", self.contributions),
            Action("grad.settle", self.settle),
            Action("units.find", self.ask_track),
        )

    def turn(self) -> None:
        """The loss here, the sum of all losses, the logit of the top guess, and values again."""
        workspace, step = self._workspace, self._workspace.debugger.step
        selection = workspace.selection
        if selection.slope is None and step.stage is not None and not step.stage.done:
            return workspace.show_message("this step is not finished yet: → finishes it, then d differentiates")
        if selection.slope is None and step.position == 0:
            return workspace.show_message("nothing to differentiate at step 0: press → to read the first character")
        offered = objectives(step, bool(workspace.debugger.about.classes))
        if not offered:
            return workspace.show_message(NOTHING)
        following = (one for one in offered if _rank(one) > _rank(selection.slope))
        selection.slope, selection.walked = next(following, None), 0
        try:
            workspace.refresh(self._sentence())
        except (UserError, RunFailed):
            selection.slope = None  # a cell of the user's that autograd cannot follow: its values stay
            raise

    def _sentence(self) -> str:
        objective = self._workspace.selection.slope
        if objective is None:
            return "values again"
        what = objective.words(self._workspace.debugger.about.outputs)
        return f"∂ {what} (d: the next, s: its equations, escape: values)"

    # Questions of the palette

    async def reach(self) -> None:
        """How far the gradient of what is differentiated, or of the loss here, goes back: a view over time."""
        if not objectives(self._workspace.debugger.step, bool(self._workspace.debugger.about.classes)):
            return self._workspace.show_message(NOTHING)
        await self._show_view(REACH)

    def contributions(self) -> None:
        """What each character contributed to the logit of the top guess."""
        prediction = self._workspace.debugger.step.prediction
        if prediction is None:
            return self._workspace.show_message(NOTHING)
        self._workspace.show_message(self._workspace.debugger.questions.contributions(prediction.top[0].index))

    def settle(self) -> None:
        """Where the network goes that reads the present character for ever, found in a thread."""
        work, found = self._workspace.debugger.questions.settling(), list[str]()
        self._workspace.show_message("looking for the fixed point …")
        run_in_thread(
            self._workspace.view, lambda: found.append(work()), lambda: self._workspace.show_message(found[0]), "settle"
        )

    async def ask_track(self) -> None:
        """Asks what units should follow."""
        from lstm_tui.tui.dialogs import AskText

        await self._workspace.view.ask(AskText("find units that follow", hint=FORMS, value="depth"), self._find)

    def _find(self, track: str) -> None:
        work, found = self._workspace.debugger.questions.finding(track), list["Followers"]()
        self._workspace.show_message(f"reading the text for {visible(track)} …")
        run_in_thread(self._workspace.view, lambda: found.append(work()), lambda: self._choose(found), "find")

    def _choose(self, found: list[Followers]) -> None:
        if not found:
            return
        from lstm_tui.tui.dialogs import Pick

        followers = found[0]
        if not followers.units:
            return self._workspace.show_message(f"{followers.title}: none")
        words = [unit.words for unit in followers.units]
        self._workspace.show_message(followers.note)

        async def chosen(line: str) -> None:
            unit, selection = followers.units[words.index(line)], self._workspace.selection
            selection.layer, selection.unit, selection.quantity = unit.layer, unit.unit, followers.quantity
            values = followers.track.values
            selection.track = ShownTrack(followers.track.name, values, min(values), max(values))
            selection.slope = None
            await self._show_view("text")
            self._workspace.show_message(NO_CAUSE)

        self._workspace.view.ask(Pick(followers.title, words), chosen)

    def leave(self) -> bool:
        """Whether derivatives were shown, or their equations walked through: values are shown again."""
        selection = self._workspace.selection
        was, selection.slope, selection.walked = selection.slope, None, 0
        if was is not None:
            self._workspace.refresh("")
        return was is not None

    def into(self, by: int) -> bool:
        """Whether derivatives are shown: then `s` walks through the backward pass, and `S` back."""
        workspace, selection = self._workspace, self._workspace.selection
        if selection.slope is None:
            return False
        equations = workspace.debugger.backward(selection.slope, selection.layer, selection.unit)
        if not equations:
            workspace.show_message("no equations here: step 0, an edit, or a cell that no formulas describe")
            return True
        selection.walked = min(max(selection.walked + by, 0), len(equations))
        last = equations[selection.walked - 1] if selection.walked else None
        there = "" if selection.walked < len(equations) else "  (← goes on to the step before)"
        words = "" if last is None else f"{last.symbols} {last.text.partition(' ')[2]}" if last.symbols else last.text
        workspace.refresh(f"{selection.walked}/{len(equations)}  {words}{there}" if words else "")
        return True


def _rank(objective: Objective | None) -> int:
    if objective is None:
        return 0
    return 3 if objective.symbol is not None else 2 if objective.t is None else 1
