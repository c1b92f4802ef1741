"""The actions that move: through the text and its steps, between units and layers, and back from a jump."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.step import Step, step_name
from lstm_tui.tui import goto
from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.widgets.status import quoted

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor
    from lstm_tui.tui.workspace import Workspace

END = "end of text (r: restart, e: new text, o: open model)"
NO_JUMP = "no jump to return from"
_UNITS = (("previous", -1), ("next", 1), ("previous_ten", -10), ("next_ten", 10))
_LAYERS = (("next", 1), ("previous", -1))
REMEMBERED = 200
"""Jumps that `backspace` can return from."""


class NavigationController:
    """Owns the jumps."""

    def __init__(self, workspace: Workspace, walk_backwards: Callable[[int], bool]) -> None:
        self._workspace = workspace
        self._walk_backwards = walk_backwards
        """Walks through the backward pass while derivatives are shown; tells whether they are."""
        self._jumps: list[int] = []
        """Where the cursor was before each jump, the latest last."""

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("step.forward", self.forward, refusal=unless(self._unfinished)),
            Action("step.back", self.back, refusal=unless(lambda: self._workspace.debugger.position)),
            Action("step.into", self.into, refusal=unless(lambda: self._derivatives() or self._unfinished())),
            Action("step.into_back", self.into_back),
            Action("step.first", lambda: self.move_to(0)),
            Action("step.last", lambda: self.move_to(self._workspace.debugger.length)),
            Action("step.goto", self.ask_where),
            Action("jump.back", self.jump_back, Requirement.NO_RUN, unless(lambda: self._jumps, NO_JUMP)),
            *(Action(f"unit.{name}", partial(self._by, units), refusal=unless(self._others)) for name, units in _UNITS),
            *(Action(f"layer.{name}", partial(self._layer, by), refusal=self._one_layer) for name, by in _LAYERS),
        )

    # What there is to go to

    def _unfinished(self) -> bool:
        step = self._workspace.debugger.step
        return step.position < step.length or (step.stage is not None and not step.stage.done)

    def _derivatives(self) -> bool:
        return self._workspace.selection.slope is not None

    def _others(self) -> bool:
        return max(layer.units for layer in self._workspace.debugger.step.layers) > 1

    def _one_layer(self) -> str | None:
        return "this model has only one layer" if len(self._workspace.debugger.step.layers) == 1 else None

    # Step by step

    def forward(self) -> None:
        """One character on."""
        if self._workspace.near(self._workspace.next_position):
            self._walk_anew()
            self._workspace.debugger.forward()
            self._workspace.refresh()

    def back(self) -> None:
        """One character back."""
        if self._workspace.near(self._workspace.debugger.position - 1):
            self._walk_anew()
            self._workspace.debugger.back()
            self._workspace.refresh()

    def _walk_anew(self) -> None:
        """The backward pass of another step is walked through from its first equation."""
        selection = self._workspace.selection
        selection.walked = min(selection.walked, 1)

    def into(self) -> None:
        """One equation on."""
        if self._walk_backwards(1):
            return
        if self._workspace.near(self._workspace.next_position):
            self._walked(self._workspace.debugger.into())

    def into_back(self) -> None:
        """One equation back."""
        if self._walk_backwards(-1):
            return
        if self._workspace.near(self._workspace.debugger.position - 1):
            self._walked(self._workspace.debugger.into_back())

    def _walked(self, step: Step) -> None:
        """The panels show the layer that is being computed."""
        if step.stage is not None:
            self._workspace.selection.layer = step.stage.layer
            self._workspace.selection.explaining = False  # the code has its place
        self._workspace.refresh()

    def leave_step(self) -> bool:
        """Whether a step was begun: it is finished, or left at its start where it cannot be."""
        debugger = self._workspace.debugger
        if debugger.step.stage is None:
            return False
        position = debugger.position
        if debugger.to(position).stage is not None:
            debugger.to(position - 1)
        self._workspace.refresh()
        return True

    # Jumps

    def move_to(self, position: int) -> None:
        """To a step of the text, however far."""
        if not self._workspace.refused(Requirement.NO_RUN):
            debugger = self._workspace.debugger
            self.jump(debugger.stops.goto(min(max(position, 0), debugger.length)))

    def jump(self, run: JobDoor) -> None:
        """Starts a run that `backspace` returns from."""
        self._workspace.start(run, self._commit)

    def _commit(self, run: JobDoor) -> None:
        before = self._workspace.debugger.position
        sentence = self._workspace.arrived(run)
        if self._workspace.debugger.position != before:
            self._jumps = [*self._jumps[1 - REMEMBERED :], before]
        self._workspace.refresh(sentence or None)

    def jump_back(self) -> None:
        """To where the latest jump left from."""
        debugger = self._workspace.debugger
        while self._jumps:
            position = self._jumps.pop()
            if position <= debugger.length and position != debugger.position:
                return self._workspace.start(debugger.stops.goto(position))
        self._workspace.show_message(NO_JUMP)

    def forget(self) -> None:
        """Forgets the jumps: another model has other positions."""
        self._jumps.clear()

    async def ask_where(self) -> None:
        """Asks where to."""
        from lstm_tui.tui.dialogs import AskText

        await self._workspace.view.ask(AskText("go to", hint=goto.PLACES, check=self._target), self._go)

    def _target(self, typed: str) -> goto.Target:
        step = self._workspace.shown
        assert step is not None  # the dialog opens only over a model
        return goto.parse(typed, step.position, step.length, step.layers[self._workspace.selection.layer].units)

    def _go(self, typed: str) -> None:
        target = self._target(typed)
        (self.move_to if target.kind == "step" else self._workspace.select)(target.number)

    # Units and layers

    def _by(self, units: int) -> None:
        self._workspace.select(self._workspace.selection.unit + units)

    def _layer(self, by: int) -> None:
        selection = self._workspace.selection
        selection.layer = (selection.layer + by) % len(self._workspace.debugger.step.layers)
        self._workspace.refresh()

    def idle(self) -> str:
        """What is wrong with the step, and that the text has ended."""
        step = self._workspace.debugger.step
        stage = step.stage
        if stage is not None and stage.error is not None:
            number = None if stage.ran is None else stage.source.lines[stage.ran][0]
            line = "" if number is None else f"line {number}: {stage.equation} — "
            return f"{step_name(step.position)}, {line}{stage.error}"
        if step.problem is not None:
            return step.problem
        if step.position == 0 and step.row is not None:
            return "press → and the network reads the first row"
        if step.position == 0 and step.target is not None:
            return f"press → and the network reads '{quoted(step.target)}'"
        if step.position < step.length or stage is not None:
            return ""
        return END + ", try brackets" if self._workspace.debugger.about.name == "hello" else END
