"""The actions that hold values and let go of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.selection import remembered

if TYPE_CHECKING:
    from lstm_tui.core.explanation import UnitWeight
    from lstm_tui.debugger.door import JobDoor
    from lstm_tui.tui.workspace import Workspace

NOT_CLAMPED = "nothing is clamped: f holds the selected unit at a value"


class ClampingController:
    """Owns nothing: what is held is the debugger's."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("state.clamp", self.clamp, Requirement.NO_WORK),
            Action("state.clamps", self.listed, Requirement.NO_WORK, unless(self._interventions, NOT_CLAMPED)),
            Action("state.patch", self.patch, Requirement.NO_WORK),
            Action("weight.edit", self.weigh, Requirement.NO_WORK),
        )

    async def clamp(self) -> None:
        """Asks at which number to hold the selected unit's zoomed quantity, or its memory."""
        from lstm_tui.tui.dialogs.holding import AskClamp

        debugger, selection = self._workspace.debugger, self._workspace.selection
        quantities = debugger.quantities
        zoomed = 0 < selection.zoomed <= len(quantities)
        quantity = quantities[selection.zoomed - 1] if zoomed else remembered(quantities)
        values = debugger.step.layers[selection.layer].values.get(quantity.name)
        layer = f"l{selection.layer}." if selection.layer else ""
        await self._workspace.view.ask(
            AskClamp(
                f"{layer}{quantity.name}[{selection.unit}]",
                "0" if values is None else f"{values[selection.unit]:.4g}",
                max(debugger.step.t, 0),
                debugger.clamping,
            ),
            lambda text: self._change(debugger.clamping(text)),
        )

    async def listed(self) -> None:
        """Shows what is done to the model, to be taken back."""
        from lstm_tui.tui.dialogs.holding import ReleaseClamps

        await self._workspace.view.ask(ReleaseClamps(self._interventions()), self._release)

    def _interventions(self) -> tuple[str, ...]:
        return self._workspace.debugger.interventions

    # States from elsewhere

    async def patch(self) -> None:
        """Asks which step's states to go on with from here."""
        from lstm_tui.tui.dialogs import AskText

        debugger = self._workspace.debugger
        hint = f"a step from 0 to {debugger.length}: its h and c take the place of those here, u restores them"

        def read(typed: str) -> int:
            if not typed.strip().isdecimal():
                raise UserError(f"'{visible(typed)}' is not a step: give a whole number such as 12")
            return int(typed)

        await self._workspace.view.ask(
            AskText("take the state from step", hint, check=lambda typed: debugger.patching(read(typed))),
            lambda typed: self._change(debugger.patching(read(typed))),
        )

    # Weights

    async def weigh(self) -> None:
        """Asks which weight of the selected unit to type anew."""
        from lstm_tui.tui.dialogs import Pick

        selection = self._workspace.selection
        offered = self._workspace.debugger.weights_at(selection.layer, selection.unit)
        longest = max(len(weight.name) for weight in offered)
        lines = [f"{weight.name:<{longest}}  {weight.value:+.4f}" for weight in offered]
        title = f"weights of unit {selection.unit}, the largest contributions here first"
        await self._workspace.view.ask(Pick(title, lines), lambda line: self._ask_value(offered[lines.index(line)]))

    async def _ask_value(self, weight: UnitWeight) -> None:
        from lstm_tui.tui.dialogs import AskText

        debugger = self._workspace.debugger
        hint = "every step is computed with it; u takes it back, and w writes the model"
        await self._workspace.view.ask(
            AskText(
                f"weight {weight.name}", hint, f"{weight.value:.6g}", lambda typed: debugger.reweighing(weight, typed)
            ),
            lambda typed: self._change(debugger.reweighing(weight, typed)),
        )

    def _release(self, numbers: tuple[int, ...]) -> None:
        if numbers:
            self._change(self._workspace.debugger.releasing(numbers))

    def _change(self, job: JobDoor) -> None:
        self._workspace.cancel_run()
        self._workspace.start(job)
