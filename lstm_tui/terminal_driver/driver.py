"""The thrifty terminal driver: writes only what changed, and never queues frames behind a slow line.

Textual calls `write()` with whole strips of styled text. The driver reads them into a `ScreenCopy`, and sends the
difference to what the terminal shows, once the line is free. Frames that come meanwhile only change the copy: what was
not painted is skipped.

    app = App(driver_class=ThriftyDriver)      # ctrl+l:  app.driver_class.redraw(app)

All that Textual does not promise (`App._driver`, the driver's `_file` and `_get_terminal_size`, the writing thread's
use of the file) is in this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import termios
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.cells import set_cell_size
from textual import events, messages
from textual.drivers.linux_driver import LinuxDriver

from lstm_tui.terminal_driver.diff import Shown, difference
from lstm_tui.terminal_driver.flow_control import FlowControl
from lstm_tui.terminal_driver.line import Line
from lstm_tui.terminal_driver.resize_watch import Sizes, tell
from lstm_tui.terminal_driver.screen_copy import ScreenCopy

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

SYNC_START = "\x1b[?2026h"
SYNC_END = "\x1b[?2026l"
QUESTION = "\x1b[?2026$p"  # asks for nothing new: the answer shows that everything before it has been read
PAUSED = "lstm-tui is paused: type fg to come back\n"
_LOOK = 1.0  # s between two looks whether the terminal is still there
_STALLED = 1.0  # s that a line may take nothing before what it holds is given up at the end

# Sequences that leave the picture alone: modes, queries, cursor shape, keyboard protocols, window operations,
# strings, the bell.
_HARMLESS = re.compile(r"\x1b\[(?!\?(?:3|5|6|47|1047|1049)[hl])[0-?]*[ -/]*[hlpqnuct]\Z|\x1b[\]PX^_]|\x1b[=>]\Z|\x07\Z")

_ACTS = (events.Key, events.Paste, events.MouseDown, events.MouseScrollUp, events.MouseScrollDown)


class ThriftyDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, writing differences."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._ui = asyncio.get_running_loop()
        self._pace = FlowControl()
        assert self._file is not None  # the command line has refused to start without a terminal
        self._line = Line(self._file, self._pace.drain.wrote, self._on_drained)
        self._file = self._line  # type: ignore[assignment]
        self._reported: tuple[int, int] | None = None  # the size the terminal has told in-band
        # Before Textual asks Rich, which believes COLUMNS and LINES; a resize takes its place.
        width, height = self._size = self._get_terminal_size()
        self._copy = ScreenCopy(width, height)
        self._shown = Shown(height)
        self._forgotten = 0
        self._synchronized = False  # between Textual's begin and end of a frame
        self._wrapped = False  # the next difference goes inside synchronized output
        self._due = False  # the copy holds a frame that was not sent
        self._timer: asyncio.TimerHandle | None = None
        self._drawing = False  # not after the screen was left
        self._watch: asyncio.TimerHandle | None = None
        self._sizes = Sizes(self._ui, self._size_now, self._settled)

    @staticmethod
    def redraw(app: App[Any]) -> None:
        """Have an app draw everything again, whatever the terminal shows."""
        if isinstance(app._driver, ThriftyDriver):
            app._driver.forget()
        app.refresh(layout=True)

    @staticmethod
    def write_over(app: App[Any], row: int, text: str) -> None:
        """Write a row without the app, whose loop may be blocked; `redraw` brings back what was there."""
        driver = app._driver
        if isinstance(driver, ThriftyDriver) and driver._drawing:
            shown = set_cell_size(text, driver._copy.width)
            driver._send(f"\x1b[{row + 1};1H\x1b[0;7m{shown}\x1b[0m")
            driver.forget()

    def forget(self) -> None:
        """Drop what is known of the terminal: the next frame is drawn whole."""
        self._forgotten += 1
        self._shown.forget(self._copy.height)
        self._copy.drawn.update(range(self._copy.height))
        for row in self._copy.doubtful.values():
            row.forget()

    def write(self, data: str) -> None:
        """Take what Textual writes; send what is not a drawing, and the difference once a frame is complete."""
        if data == SYNC_START:
            self._synchronized = self._wrapped = True
            return
        if data == SYNC_END:
            self._synchronized = False
            self._paint()
            return
        self._follow_size()
        for sequence in self._copy.read(data):
            self._forward(sequence)
        if self._copy.touched:
            self._copy.touched = False
            self._due = True
            if not self._synchronized:
                self._paint()

    def process_message(self, message: Message) -> None:
        """Look at what the terminal says before Textual does. Called in the input thread."""
        now = time.monotonic()
        waiting = getattr(self._app, "waiting", None)  # who looks at keys while the loop stands still
        if waiting is not None and isinstance(message, events.Key) and waiting.typed(message.key):
            return
        if isinstance(message, messages.TerminalSupportsSynchronizedOutput):
            first = not self._pace.answers.alive
            if self._pace.answers.answered(now):
                self._call(self._paint)
                if not first:
                    return
        elif isinstance(message, events.Resize):
            self._reported = (message.size.width, message.size.height)
            self._sizes.changed()
        elif isinstance(message, _ACTS):
            self._pace.key(now)
        super().process_message(message)

    def start_application_mode(self) -> None:
        """Enter the screen; nothing is known of it."""
        self._reported = None
        self._drawing = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._sizes.listen()
        self._watch = self._ui.call_later(_LOOK, self._check_alive)

    def stop_application_mode(self) -> None:
        """Leave the screen; a frame that still waits is dropped."""
        self._drawing = self._due = False
        self._sizes.stop()
        for timer in (self._timer, self._watch):
            if timer is not None:
                timer.cancel()
        self._unblock()
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until the end, of the program or of the terminal."""
        try:
            super().run_input_thread()
        except OSError:
            self._line.gone = True

    def _check_alive(self) -> None:
        """A terminal that is gone says so in three ways (an error on either side, a hang-up); the signal that it should
        have been announced by may have been lost or ignored on the way."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        if self._line.gone or poll.poll(0):
            self._line.gone = True
            os.kill(os.getpid(), signal.SIGHUP)
        else:
            self._watch = self._ui.call_later(_LOOK, self._check_alive)

    def _unblock(self) -> None:
        """A line that takes nothing more must not keep the program from ending: what it has not taken is dropped."""
        with contextlib.suppress(OSError, termios.error):
            if not self._line.gone and not select.select([], [self._line], [], _STALLED)[1]:
                termios.tcflush(self._line.fileno(), termios.TCOFLUSH)

    def _sigtstp_application(self, *_: object) -> None:
        """Leave the screen, say how to come back, and stop."""
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
            with contextlib.suppress(OSError):
                os.write(self._line.fileno(), PAUSED.encode())
        os.kill(os.getpid(), signal.SIGSTOP)

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size of the terminal drawn on, whatever COLUMNS and LINES say and wherever standard output goes."""
        for descriptor in (self._line.fileno(), self.fileno):
            with contextlib.suppress(OSError):
                width, height = os.get_terminal_size(descriptor)
                if width and height:  # a pseudo-terminal without a size says 0
                    return width, height
        return 80, 24

    def _size_now(self) -> tuple[int, int]:
        return self._reported or self._get_terminal_size()

    def _settled(self, size: tuple[int, int], as_before: bool) -> None:
        """The terminal keeps this size: every screen has it, and all of it is there."""
        tell(self._app, size)
        if as_before:
            self.redraw(self._app)

    def _follow_size(self) -> None:
        size = self._size_now()
        if size != (self._copy.width, self._copy.height):
            self._copy.resize(*size)
            self.forget()
        if self._copy.tidy():
            self.forget()

    def _forward(self, sequence: str) -> None:
        """Send a sequence that draws nothing; one that changes the picture in its own way only after the frame before
        it."""
        if sequence == QUESTION:
            self._pace.answers.asked(time.monotonic())
        if _HARMLESS.match(sequence):
            self._send(sequence)
            return
        if self._due and self._drawing:
            self._send(self._difference())
        self._send(sequence)
        if sequence == "\x1b[?1049h":
            self._copy.clear()
        self.forget()

    def _paint(self) -> None:
        """Send the difference, if a frame waits and may go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._due or self._synchronized or not self._drawing:
            return
        now = time.monotonic()
        wait = self._pace.wait(now)
        if wait > 0:
            if wait != float("inf"):
                self._timer = self._ui.call_later(wait, self._paint)
            return
        text = self._difference()
        if not text:
            return
        if self._wrapped:
            text = SYNC_START + text + SYNC_END
            self._wrapped = False
        if self._pace.sent(len(text.encode("utf-8", "replace")), now):
            text += QUESTION
        self._send(text)

    def _difference(self) -> str:
        """What the terminal lacks. A signal handler may suspend and resume in the middle of it: then begin again."""
        while True:
            before = self._forgotten
            text = difference(self._shown, self._copy)
            if before == self._forgotten:
                self._due = False
                return text
            self.forget()

    def _send(self, text: str) -> None:
        if text:
            self._pace.queued += 1
            super().write(text)

    def _on_drained(self, writes: int) -> None:
        """Called in the writing thread."""
        self._pace.written = writes
        if self._due:
            self._call(self._paint)

    def _call(self, what: Callable[[], None]) -> None:
        """Have the UI thread do something; it may be gone already."""
        with contextlib.suppress(RuntimeError):
            self._ui.call_soon_threadsafe(what)
