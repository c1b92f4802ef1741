"""Run in a pty by test_thrifty.py: an app under the thrifty driver, played by a script, that logs what went in and out.

Each line of the log is a JSON list: ["plain", text] for what Textual wrote and the plain driver would have sent,
["sent", text] for what the thrifty one sent, ["size", width, height], and ["check"] where the two must have led to the
same screen.
"""

from __future__ import annotations

import faulthandler
import fcntl
import json
import math
import os
import struct
import sys
import termios
from typing import Any, ClassVar, TextIO

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.pilot import Pilot
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Footer, Input, Static

from lstm_tui.terminal_driver.driver import ThriftyDriver

LONGEST = 120
"""Seconds after which something was waited for that will never come: the test shall say where."""
TEXT = "漢字 e\u0301\u0302 👩\u200d💻 a\u20dd ☕ ქ ნ ω ש ا " * 4


class Bars(Widget):
    """Bars of every colour that all move with the step, above and below characters of every width."""

    DEFAULT_CSS = "Bars { height: 1fr; width: 1fr; }"
    step = reactive(0)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y % 4 == 3:
            start = (self.step + y) % 7
            return Strip([Segment(TEXT[start:], Style(bold=True, color="green"))]).adjust_cell_length(width)
        value = math.sin(self.step * 1.7 + y)
        bar = ("█" * round(abs(value) * (width - 8))).ljust(width - 8, "·")
        style = Style(color=f"rgb({round(99 + 99 * value)},80,200)", bgcolor="rgb(18,18,18)")
        return Strip([Segment(bar, style), Segment(f" {value:+.3f} ", Style(reverse=value < 0))]).adjust_cell_length(
            width
        )


class Dialog(ModalScreen[None]):
    CSS = "Dialog { align: center middle; } Static, Input { width: 31; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss")]

    def compose(self) -> ComposeResult:
        yield Static("漢字漢字 a dialog [dim]over[/] it all")
        yield Input(placeholder="type")


class Scripted(App[None]):
    CSS = "Grid { grid-size: 3 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step", "step"),
        Binding("d", "dialog", "dialog"),
        Binding("ctrl+l", "redraw", "redraw"),
    ]
    ENABLE_COMMAND_PALETTE = False
    step = reactive(0)

    def compose(self) -> ComposeResult:
        with Grid():
            for _ in range(6):
                yield Bars().data_bind(Scripted.step)
        yield Footer()

    def action_step(self) -> None:
        self.step += 1

    def action_dialog(self) -> None:
        self.push_screen(Dialog())

    def action_redraw(self) -> None:
        ThriftyDriver.redraw(self)


LOG: TextIO


def note(*entry: object) -> None:
    LOG.write(json.dumps(entry) + "\n")


class Logging(ThriftyDriver):
    def write(self, data: str) -> None:
        note("plain", data)
        super().write(data)

    def _send(self, text: str) -> None:
        note("sent", text)
        super()._send(text)

    @property
    def idle(self) -> bool:
        return not self._due


async def play(pilot: Pilot[Any]) -> None:
    """One word after the other: a key, a size like 80x24, "suspend", or "rush".

    That is 60 steps whether they are painted or not, then a sign of life to the file whose descriptor is in RUSHED.
    """
    for word in sys.argv[2:]:
        await pilot.pause()
        if word[0].isdigit() and "x" in word:
            width, height = map(int, word.split("x"))
            note("size", width, height)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            while pilot.app.size != (width, height):
                await pilot.pause(0.01)
        elif word == "rush":
            note("rush")
            for _ in range(60):
                pilot.app.action_step()  # type: ignore[attr-defined]
                await pilot.pause()
            note("rushed")
            os.write(int(os.environ["RUSHED"]), b"!")
        elif word == "suspend":
            pilot.app.action_suspend_process()
        else:
            await pilot.press(word)
        await pilot.wait_for_scheduled_animations()
        driver = pilot.app._driver
        assert isinstance(driver, Logging)
        while not driver.idle:
            await pilot.pause(0.01)
        note("check")
    pilot.app.exit()


if __name__ == "__main__":
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    with open(sys.argv[1], "w", encoding="utf-8") as LOG:
        Scripted(driver_class=Logging).run(auto_pilot=play)
