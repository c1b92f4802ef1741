"""The programs that the screen is compared with: `python baseline_apps.py empty` and `… label`."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import Label


class Empty(App[None]):
    """Textual with nothing on it."""


class Counter(App[None]):
    """Textual with one label that changes at every key."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def compose(self) -> ComposeResult:
        yield Label("key 0")

    def on_key(self) -> None:
        self.keys += 1
        self.query_one(Label).update(f"key {self.keys}")


if __name__ == "__main__":
    {"empty": Empty, "label": Counter}[sys.argv[1]]().run()
