"""What is held: a value for a unit, and the list of all that is done to the model, to take back."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, OptionList

from lstm_tui.tui.dialogs.base import Check, Dialog
from lstm_tui.tui.dialogs.choices import Choices
from lstm_tui.tui.dialogs.train import Field


class AskClamp(Dialog[str]):
    """What to hold, at which number, from when to when. Dismisses with the clamp as it is written."""

    BINDINGS = [Binding("enter", "clamp", "clamp", priority=True, id="dialog.clamp", show=False)]

    def __init__(self, target: str, value: str, start: int, check: Check[str]) -> None:
        super().__init__(
            "clamp: hold a value, and everything after it follows",
            f"to t: empty is from here on; {start + 1} is this step alone; the end is not included",
            "tab: next field   enter: clamp   escape: go back",
        )
        self._target, self._value, self._start, self._check = target, value, start, check

    def asked(self) -> list[Widget]:
        return [
            Field("hold", self._target, "target"),
            Field("at the value", self._value, "value"),
            Field("from t", str(self._start), "start"),
            Field("to t", "", "stop"),
        ]

    def on_mount(self) -> None:
        self.query_one("#value", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def action_clamp(self) -> None:
        names = ("#target", "#value", "#start", "#stop")
        target, value, start, stop = (self.query_one(name, Input).value.strip() for name in names)
        text = f"{target} = {value} from {start or '0'}" + (f" to {stop}" if stop else "")
        self._check(text)
        self.dismiss(text)


class ReleaseClamps(Dialog[tuple[int, ...]]):
    """Dismisses with the numbers, from 0, of the lines that were taken out; on escape too."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("what is done to this model", "↑↓: choose   enter or delete: take back   escape: close")
        self._lines = tuple(lines)
        self._left = list(range(len(lines)))

    def asked(self) -> list[Widget]:
        return [Choices(self._lines)]

    def on_mount(self) -> None:
        self.query_one(Choices).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        if event.key in ("delete", "backspace"):
            event.stop()
            self._release(self.query_one(Choices).highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._release(event.option_index)

    def _release(self, at: int | None) -> None:
        if at is None:
            return
        del self._left[at]
        if not self._left:
            return self.action_dismiss_unanswered()
        rows = self.query_one(Choices)
        rows.offer(self._lines[number] for number in self._left)
        rows.highlighted = min(at, len(self._left) - 1)

    def action_dismiss_unanswered(self) -> None:
        self.dismiss(tuple(number for number in range(len(self._lines)) if number not in self._left))
