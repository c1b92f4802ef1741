"""Which model to open: the bundled ones first, or a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

from textual import events
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, OptionList

from lstm_tui.tui.dialogs.base import Dialog
from lstm_tui.tui.dialogs.choices import Choices

T = TypeVar("T")
SOON = 0.08
"""Seconds to wait for a check: our own files are read by then, and the next key finds the dialog closed."""


class AskModel(Dialog[T]):
    """Asks for a bundled model's name or a path, and dismisses with what `check` makes of it.

    A foreign file takes up to seconds to read. That is done in a thread, in which `check` must be fit to run;
    meanwhile the dialog says so and knows no key but escape.
    """

    class Checked(Message):
        """A check has come to its end."""

        def __init__(self, checked: Future[Any]) -> None:
            super().__init__()
            self.checked = checked

    def __init__(
        self,
        offered: Sequence[tuple[str, str]],
        check: Callable[[str], T],
        title: str = "open",
        placeholder: str = "path to a checkpoint: .safetensors, .pt, .ckpt …",
    ) -> None:
        super().__init__(title, "↑↓: choose a model, or type the path of a file", "enter: open   escape: go back")
        self._bundled = tuple(offered)
        self._placeholder = placeholder
        self._check = check
        self._checking = False

    def asked(self) -> list[Widget]:
        longest = max(len(name) for name, _ in self._bundled)
        models = Choices(f"{name:<{longest}} {about}" for name, about in self._bundled)
        models.can_focus = False  # one focus: what is typed is a path, and the arrows choose
        return [models, Input(placeholder=self._placeholder)]

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        models = self.query_one(OptionList)
        if self._checking or event.key not in ("up", "down"):
            return
        if event.key == "down":
            models.action_cursor_down()
        else:
            models.action_cursor_up()
        event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted or 0
        self._try(event.value.strip() or self._bundled[highlighted][0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._try(self._bundled[event.option_index][0])

    def _try(self, model: str) -> None:
        if self._checking:
            return
        thread = ThreadPoolExecutor(1)
        checked = thread.submit(self._check, model)
        thread.shutdown(wait=False)
        if wait([checked], SOON).done:
            return self._answer(checked)
        self._wait(True)
        self.show_error(f"reading {model} …: escape goes back")
        self.run_worker(partial(self._follow, checked), name="check", group="check", thread=True)

    def _follow(self, checked: Future[T]) -> None:
        """In the thread: nothing of the screen may be touched here but its message queue."""
        wait([checked])
        self.post_message(self.Checked(checked))

    def on_ask_model_checked(self, event: Checked) -> None:
        event.stop()
        self._wait(False)
        self._answer(event.checked)

    def _wait(self, checking: bool) -> None:
        self._checking = checking
        path = self.query_one(Input)
        path.disabled = checking
        if not checking:
            path.focus()

    def _answer(self, checked: Future[T]) -> None:
        self.dismiss(checked.result())  # or raises what the check has raised
