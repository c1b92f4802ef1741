"""The verbs that move: through the text, between units and layers, and from six panels to one."""

from __future__ import annotations

from textual.containers import Container

from lstm_tui.core.step import Step
from lstm_tui.tui import goto
from lstm_tui.tui.controllers.reading_up import ReadingUp
from lstm_tui.tui.widgets import QuantityPanel, TextRow

END = "end of text: r again, e another text, o another model"


class Moving(ReadingUp):
    """Every action is obeyed only while a model is open: until then the app keeps the keys."""

    def action_forward(self) -> None:
        if self.debugger and self.near(self._next):
            self.debugger.forward()
            self.present()

    def action_back(self) -> None:
        if self.debugger and self.near(self.debugger.position - 1):
            self.debugger.back()
            self.present()

    def action_into(self) -> None:
        if self.debugger and self.near(self._next):
            self._walked(self.debugger.into())

    def action_into_back(self) -> None:
        if self.debugger and self.near(self.debugger.position - 1):
            self._walked(self.debugger.into_back())

    @property
    def _next(self) -> int:
        """The step that is finished next: one that was begun, or the one after."""
        assert self.debugger is not None
        stage = self.debugger.step.stage
        return self.debugger.position + (stage is None or stage.done)

    def near(self, position: int) -> bool:
        """Whether the debugger can go there at once; else it is on its way there."""
        return True

    def _walked(self, step: Step) -> None:
        """The panels show the layer that is being computed."""
        if step.stage is not None:
            self.selection.layer = step.stage.layer
        self.present()

    def leave_step(self) -> bool:
        """Whether there was a step begun to leave: it is finished, or left at its beginning where it cannot be."""
        if self.debugger is None or self.debugger.step.stage is None:
            return False
        position = self.debugger.position
        if self.debugger.to(position).stage is not None:
            self.debugger.to(position - 1)
        self.present()
        return True

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        if self.debugger:
            self.move_to(self.debugger.length)

    def changing(self) -> bool:
        """Whether the model or its states are about to be others, which says so."""
        return False

    def action_reset(self) -> None:
        if self.debugger and not self.changing():
            self.debugger.reset()
            self.present()

    def action_zero(self) -> None:
        if self.debugger is None or self.changing():
            return
        if self.debugger.position == 0:
            return self.say("h and c are 0 here already")
        self.debugger.zero()
        self.present(f"h and c are 0 after step {self.debugger.position}: → goes on from there, u brings them back")

    def move_to(self, position: int) -> None:
        """To a step of the text."""
        if self.debugger:
            self.debugger.to(position)
            self.present()

    async def action_goto(self) -> None:
        from lstm_tui.tui.dialogs import AskText

        await self.ask(AskText("go to", hint=goto.PLACES, check=self._target), self._go)

    def _target(self, typed: str) -> goto.Target:
        step = self.frame.step
        assert step is not None  # the dialog opens only over a model
        return goto.parse(typed, step.position, step.length, step.layers[self.selection.layer].units)

    def _go(self, typed: str) -> None:
        target = self._target(typed)
        if target.kind == "step":
            self.move_to(target.number)
        else:
            self.select(target.number)

    # Units, layers, panels

    def select(self, unit: int) -> None:
        """Marks a unit of the layer in all panels; at the ends it stays."""
        if self.frame.step is not None:
            units = self.frame.step.layers[self.selection.layer].units
            self.selection.unit = min(max(unit, 0), units - 1)
            self.present()

    def action_unit(self, by: int) -> None:
        self.select(self.selection.unit + by)

    def action_layer(self, by: int) -> None:
        if self.frame.step is None:
            return
        layers = len(self.frame.step.layers)
        if layers == 1:
            return self.say("this model has one layer")
        self.selection.layer = (self.selection.layer + by) % layers
        self.present()

    def action_zoom(self, digit: int) -> None:
        """One panel as large as the area of all six; the same digit again, and 0, bring them back."""
        panels = list(self.query(QuantityPanel))
        self.selection.zoomed = digit if 0 < digit <= len(panels) and digit != self.selection.zoomed else 0
        self.query_one("#panels", Container).set_class(self.selection.zoomed > 0, "-zoomed")
        for number, panel in enumerate(panels, 1):
            panel.set_class(number == self.selection.zoomed, "-alone")
        self.present()

    def on_quantity_panel_unit_selected(self, event: QuantityPanel.UnitSelected) -> None:
        self.select(event.unit)

    def on_text_row_position_clicked(self, event: TextRow.PositionClicked) -> None:
        self.move_to(event.position)

    def say(self, sentence: str) -> None:
        """See `DebuggerView.say`. What takes more columns in ASCII is replaced before the sentence is measured."""
        super().say(sentence.replace("c\u0303", "c~") if self.query_one(TextRow).look.ascii else sentence)

    def standing(self) -> str:
        step = self.frame.step if self.debugger is None else self.debugger.step
        if step is not None and step.stage is not None and step.stage.error is not None:
            stage = step.stage
            number = None if stage.ran is None else stage.source.lines[stage.ran][0]
            line = "" if number is None else f"line {number}: {stage.equation} — "
            return f"step {step.position}, {line}{stage.error}"
        if step is not None and step.problem is not None:
            return step.problem
        if step is None or step.position < step.length or step.stage is not None:
            return super().standing()
        about = self.frame.about
        return END + ": brackets shows memory" if about is not None and about.name == "hello" else END
