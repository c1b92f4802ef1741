"""Ways out of the program that nobody asked for, a pause, and what is kept of the session in case of either."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.sessions.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.door import DebuggeeDoor, DebuggerDoor
    from lstm_tui.tui.app import LstmTui
    from lstm_tui.tui.screen import DebuggerScreen

EVERY = 5.0
"""Seconds between two looks whether anything is new: what a power failure can cost."""
PATIENCE = 0.3
"""Seconds a training is given to end by itself when the program has to."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Those that have an exit code of their own."""
_DEADLY = ("SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU")
_DEADLY_ON_LINUX = ("SIGIO", "SIGPWR", "SIGSTKFLT")


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Something to be kept."""

    turn: int
    session: Session
    of: object
    """What its weights belong to: another one as soon as they are."""
    weights: Callable[[], bytes] | None
    """Makes a file of those that exist nowhere else and are not kept yet."""


class Keeper:
    """Keeps the session of an app on disk: regularly in a thread, and at once when the program is told to end."""

    def __init__(self, app: LstmTui) -> None:
        self._app = app
        self._place = app.options.place or Place()
        self._kept = self._place.kept
        self._weights_of: object = None
        self._alone = threading.Lock()
        self._turn = self._written = 0
        self._failed = False
        self._closed = False

    def start(self) -> None:
        """Look from time to time."""
        if self._app.options.autosave:
            self._app.set_interval(EVERY, self.look, name="autosave")

    def look(self) -> None:
        """Write what is new, in a thread: a disk may be slow."""
        if self._alone.locked():
            return
        wanted = self._wanted()
        if wanted is not None:
            self._app.run_worker(partial(self._write_aside, wanted), thread=True, group="autosave")

    def end(self) -> None:
        """Write what is new, now and for the last time: nobody can be asked. A training is ended, and kept."""
        if self._closed:
            return
        wanted = self._wanted(ending=True)
        self._closed = True
        if wanted is None:
            return
        try:
            self._write(wanted)
        except (UserError, RunFailed, OSError):  # the place remembers why: see `resuming.how_to`
            if wanted.weights is not None:
                self._place.elsewhere(wanted.weights())

    def leave(self) -> None:
        """The user leaves: weights not saved although asked are not kept here either."""
        screen = self._app.debugger_screen
        if not self._app.options.autosave or screen is None or screen.debugger is None:
            return
        if not screen.debugger.about.unsaved:
            wanted = self._wanted()
            if wanted is not None:
                with contextlib.suppress(UserError, RunFailed, OSError):  # nothing is lost but the place in the text
                    self._write(wanted)
        self._closed = True
        if screen.debugger.about.unsaved:
            with self._alone:
                self._written = self._turn + 1  # what a thread has still to write
                self._place.forget()

    def _wanted(self, ending: bool = False) -> _Wanted | None:
        """The session now; None where nothing is new."""
        app, screen = self._app, self._app.debugger_screen
        if self._closed or not app.options.autosave or screen is None or screen.debugger is None:
            return None
        debugger = screen.debugger
        aim = self._learned(screen, debugger) if ending else None
        now = replace(
            debugger.session(screen.prepared, aim),
            layer=screen.selection.layer,
            unit=screen.selection.unit,
            zoomed=screen.selection.zoomed,
            theme=app.theme,
        )
        weights, of = debugger.weights(aim), debugger.weights_now if aim is None else aim
        known = self._kept
        if known is not None and weights is not None and known.weights is not None and of is self._weights_of:
            now, weights = replace(now, weights=known.weights), None
        if known == now and weights is None:
            return None
        self._turn += 1
        return _Wanted(self._turn, now, of, weights)

    def _learned(self, screen: DebuggerScreen, debugger: DebuggerDoor) -> DebuggeeDoor | None:
        """What a training under way has learned so far. The sentence after the end says how far it came."""
        training = screen.unfinished()
        if training is None:
            return None
        try:
            aim = debugger.interrupted(training, PATIENCE)
        except UserError as error:  # a cell of the user's that does not let go of what it has learned
            self._place.note = str(error)
            return None
        done, epochs = len(training.losses), training.epochs
        if aim is None:
            self._place.note = "" if done else "its training had not finished an epoch"
        elif done < epochs:
            self._place.note = f"its training was stopped after {done} of {epochs} epochs"
        return aim

    def _write(self, wanted: _Wanted) -> None:
        """In any thread, one after the other; what is older than what stands there already is dropped."""
        with self._alone:
            if wanted.turn < self._written:
                return
            weights = None if wanted.weights is None else wanted.weights()
            self._kept = self._place.write(wanted.session, weights)
            self._weights_of, self._written, self._failed = wanted.of, wanted.turn, False

    def _write_aside(self, wanted: _Wanted) -> None:
        try:
            self._write(wanted)
        except (UserError, RunFailed, OSError) as error:
            if not self._failed:  # said once: a full disk will be full again in five seconds
                self._failed = True
                self._app.call_from_thread(self._complain, str(error))

    def _complain(self, why: str) -> None:
        if self._app.debugger_screen is not None:
            self._app.debugger_screen.say(f"the session is not kept: {why}")


def deadly() -> list[int]:
    """The other signals that end a program unless it says something else. Not those of a fault in machine code: where
    Python handles them, the faulty instruction is tried for ever.
    """
    linux = sys.platform == "linux"
    numbers = [int(getattr(signal, name)) for name in (*_DEADLY, *(_DEADLY_ON_LINUX if linux else ()))]
    return [*numbers, *(range(signal.SIGRTMIN, signal.SIGRTMAX + 1) if linux else ())]


def die_of(code: int) -> None:
    """Where an exit code stands for a `deadly` signal, the process ends by it, as whoever sent it expects."""
    if code - 128 in deadly():
        os.kill(os.getpid(), code - 128)


class Signals:
    """While it is entered, the signals that end a program are calls of a function, with the number of the signal."""

    def __init__(self, obey: Callable[[int], None], notice: Callable[[], None] = lambda: None) -> None:
        self._obey = obey
        self._notice = notice
        """Called at once, even while the loop stands still."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handlers: dict[int, object] = {}
        """What stands for us where a `deadly` signal is handled: a cell of the user's may put its own there."""

    def enter(self) -> None:
        """From the running loop of the main thread; elsewhere nothing happens."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            for number in SIGNALS:
                loop.add_signal_handler(number, self._obey, int(number))
                signal.signal(number, self._noticed)  # the loop is woken by a descriptor, whoever handles
            for other in deadly():
                if signal.getsignal(other) == signal.SIG_DFL:
                    loop.add_signal_handler(other, self._die, other)
                    signal.signal(other, self._noticed)
                    self._handlers[other] = signal.getsignal(other)
            self._loop = loop

    def _noticed(self, number: int, frame: object) -> None:
        self._notice()

    def _die(self, number: int) -> None:
        if signal.getsignal(number) is self._handlers[number]:
            self._obey(number)

    def leave(self) -> None:
        """As it was before."""
        if self._loop is not None:
            for number in (*SIGNALS, *self._handlers):
                with contextlib.suppress(ValueError, RuntimeError):
                    self._loop.remove_signal_handler(number)
            self._loop = None


def can_come_back() -> bool:
    """Whether a shell with job control would wake the program after a pause.

    Started by tmux or sshd themselves it stands in the group of its session's leader, and nobody would.
    """
    try:
        return os.getpgid(os.getsid(0)) != os.getpgrp()
    except OSError:
        return True
