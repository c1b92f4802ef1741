"""The three plain questions: a line of text, yes or no, one of several."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.dialogs.base import Check, Dialog
from lstm_tui.tui.dialogs.choices import Choices
from lstm_tui.tui.dialogs.text_field import TextField, text_of

__all__ = ["AskText", "Check", "Confirm", "Pick", "Question"]


class AskText(Dialog[str]):
    """A line of text, or a text of several `lines`. It closes only with an answer that `check` has nothing against."""

    def __init__(
        self, title: str, hint: str, value: str = "", check: Check[str] | None = None, lines: bool = False
    ) -> None:
        super().__init__(title, hint, f"enter: confirm   {'ctrl+j: new line   ' if lines else ''}escape: go back")
        self._value = value
        self._check = check
        self._lines = lines

    def asked(self) -> list[Widget]:
        if self._lines:
            return [TextField(self._value)]
        return [Input(self._value, select_on_focus=bool(self._value))]

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answer = text_of(event.value) if self._lines else event.value
        if self._check is not None:
            self._check(answer)
        self.dismiss(answer)


class Question(Dialog[str]):
    """What a lesson asks; whoever asked judges the answer."""

    def __init__(self, question: str) -> None:
        super().__init__("a question", "enter: answer   escape: tell me")
        self._question = question

    def asked(self) -> list[Widget]:
        return [Static(Content(f"\n{visible(self._question)}")), Input()]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value)


class Confirm(Dialog[bool]):
    """Yes or no. `key` says yes; `n` and escape say no, and so does nothing else."""

    BINDINGS = [Binding("n", "dismiss_unanswered", "no", id="dialog.no", show=False)]

    def __init__(self, title: str, question: str, yes: str, no: str, key: str = "y") -> None:
        super().__init__(title, f"{key}: {yes}   escape: {no}")
        self._question = question
        self._key = key

    def asked(self) -> list[Widget]:
        return [Static(Content(f"\n{visible(self._question)}"))]

    def on_key(self, event: events.Key) -> None:
        if event.key == self._key:
            event.stop()
            self.dismiss(True)


class Pick(Dialog[str]):
    """One of several, by arrow keys."""

    def __init__(self, title: str, options: Sequence[str], current: str | None = None) -> None:
        super().__init__(title, "↑↓: choose   enter: confirm   escape: go back")
        self._options = tuple(options)
        self._current = current

    def asked(self) -> list[Widget]:
        return [Choices(self._options)]

    def on_mount(self) -> None:
        if self._current in self._options:
            self.query_one(OptionList).highlighted = self._options.index(self._current)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._options[event.option_index])
