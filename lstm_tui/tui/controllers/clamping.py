"""The actions that hold values and let go of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.selection import remembered

if TYPE_CHECKING:
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
            Action("run.beside", self.compare, Requirement.NO_RUN),
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

    def compare(self) -> None:
        """Puts the untouched run beside this one, and says how far it is; again: takes it away."""
        workspace = self._workspace
        if workspace.selection.beside:
            workspace.selection.beside = False
            workspace.view.fit()
            return workspace.refresh()
        job = workspace.debugger.beside()
        workspace.selection.beside = True
        workspace.view.fit()
        workspace.start(job)

    def _release(self, numbers: tuple[int, ...]) -> None:
        if numbers:
            self._change(self._workspace.debugger.releasing(numbers))

    def _change(self, job: JobDoor) -> None:
        self._workspace.cancel_run()
        self._workspace.start(job)
