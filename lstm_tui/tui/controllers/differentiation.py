"""The actions that look backwards: what the past has to do with a loss or a logit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.tui.actions import Action
from lstm_tui.tui.sloped.slope_frame import objectives

if TYPE_CHECKING:
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.tui.workspace import Workspace


class DifferentiationController:
    """Owns nothing: what is differentiated is the selection's."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (Action("grad.show", self.turn),)

    def turn(self) -> None:
        """The loss here, the sum of all losses, the logit of the top guess, and values again."""
        workspace, step = self._workspace, self._workspace.debugger.step
        selection = workspace.selection
        if selection.slope is None and step.stage is not None and not step.stage.done:
            return workspace.show_message("this step is not finished yet: → finishes it, then d differentiates")
        if selection.slope is None and step.position == 0:
            return workspace.show_message("nothing to differentiate at step 0: press → to read the first character")
        offered = objectives(step)
        if not offered:
            return workspace.show_message("this model has no output layer: there is no loss and no logit")
        following = (one for one in offered if _rank(one) > _rank(selection.slope))
        selection.slope, selection.walked = next(following, None), 0
        try:
            workspace.present(self._sentence())
        except (UserError, RunFailed):
            selection.slope = None  # a cell of the user's that autograd cannot follow: its values stay
            raise

    def _sentence(self) -> str:
        objective = self._workspace.selection.slope
        if objective is None:
            return "values again"
        what = objective.words(self._workspace.debugger.about.vocabulary)
        return f"∂ {what} (d: the next, s: its equations, escape: values)"

    def leave(self) -> bool:
        """Whether derivatives were shown, or their equations walked through: values are shown again."""
        selection = self._workspace.selection
        was, selection.slope, selection.walked = selection.slope, None, 0
        if was is not None:
            self._workspace.present("")
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
        told = "" if last is None else f"{last.symbols} {last.text.partition(' ')[2]}" if last.symbols else last.text
        workspace.present(f"{selection.walked}/{len(equations)}  {told}{there}" if told else "")
        return True


def _rank(objective: Objective | None) -> int:
    if objective is None:
        return 0
    return 3 if objective.symbol is not None else 2 if objective.t is None else 1
