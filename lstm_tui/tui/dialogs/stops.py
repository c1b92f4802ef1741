"""The list of stops: add, change, switch, take out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.stops import Stop
from lstm_tui.tui.dialogs.base import Dialog
from lstm_tui.tui.dialogs.choices import Choices

if TYPE_CHECKING:
    from lstm_tui.conditions import ConditionError

Mistake = Callable[[str], "ConditionError | None"]
"""What is wrong with a condition, and where."""

ROOM = 70
"""Columns of a condition that the field shows without scrolling."""
FIELD = ("enter: add and close   ↑: the list   escape: close",)
LIST = ("space: on or off   enter: edit   delete: remove", "tab: add another   escape: close")


class EditStops(Dialog[tuple[Stop, ...]]):
    """Dismisses with the stops as they are then, on escape too: what is done in the list is done."""

    AUTO_FOCUS = "Input"

    def __init__(self, stops: Sequence[Stop], suggested: str, mistake: Mistake) -> None:
        super().__init__("stops", *FIELD)
        self._stops = list(stops)
        self._suggested = suggested
        self._mistake = mistake
        self._changing: int | None = None
        """Which stop the field's text will replace; None for a new one."""

    def asked(self) -> list[Widget]:
        return [Choices(), Input(self._suggested)]

    def on_mount(self) -> None:
        self._list()

    def _list(self, highlighted: int | None = None) -> None:
        rows = self.query_one(Choices)
        rows.offer(f"[{'x' if stop.on else ' '}] {number}  {stop.text}" for number, stop in enumerate(self._stops, 1))
        rows.display = bool(self._stops)
        if self._stops:
            rows.highlighted = min(highlighted or 0, len(self._stops) - 1)
        else:
            self.query_one(Input).focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        hints = LIST if isinstance(event.widget, OptionList) else FIELD
        self.query_one("#hint", Static).update(Content("\n".join(hints)))

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one(OptionList)
        if self.focused is rows and rows.highlighted is not None:
            at = rows.highlighted
            if event.key == "space":
                self._switch(at)
            elif event.key in ("delete", "backspace"):
                del self._stops[at]
                self._changing = None
                self._list(at)
            else:
                return
        elif event.key == "up" and self._stops:
            rows.highlighted = len(self._stops) - 1
            rows.focus()
        else:
            return
        event.stop()

    def _switch(self, at: int) -> None:
        stop = self._stops[at]
        wrong = None if stop.on else self._mistake(stop.text)
        if wrong is None:
            self._stops[at] = Stop(stop.text, not stop.on)
            self._list(at)
        self.show_error(None if wrong is None else str(wrong))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._changing = event.option_index
        field = self.query_one(Input)
        field.value = self._stops[event.option_index].text
        field.select_on_focus = False  # what is typed changes it
        field.focus()
        field.cursor_position = len(field.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return self.action_dismiss_unanswered()
        wrong = self._mistake(event.value)
        if wrong is not None:
            return self._point(wrong)
        stop = Stop(event.value.strip())
        if self._changing is not None:
            self._stops[self._changing] = stop
        elif stop.text in (texts := [known.text for known in self._stops]):
            self._stops[texts.index(stop.text)] = stop
        else:
            self._stops.append(stop)
        self.dismiss(tuple(self._stops))

    def _point(self, error: ConditionError) -> None:
        """The problem under its column; the cursor is there too."""
        field = self.query_one(Input)
        field.cursor_position = min(error.column - 1, len(field.value))
        if cell_len(error.text) > ROOM:
            return self.show_error(str(error))
        caret = " " * (1 + cell_len(error.text[: error.column - 1])) + "^"
        self.show_error(f"column {error.column}: {error.problem}")
        self.query_one("#wrong", Static).update(Content(f"{caret}\ncolumn {error.column}: {visible(error.problem)}"))

    def action_dismiss_unanswered(self) -> None:
        self.dismiss(tuple(self._stops))
