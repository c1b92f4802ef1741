"""Ways out of the program that nobody asked for, a pause, and what is kept of the session in case of either."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui import session
from lstm_tui.errors import RunFailed, UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstm_tui.session import Session
    from lstm_tui.tui.app import LstmTui

EVERY = 5.0
"""Seconds between two looks whether anything is new: what a power failure can cost."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Keeper:
    """Keeps the session of an app on disk: regularly in a thread, and at once when the program is told to end."""

    def __init__(self, app: LstmTui) -> None:
        self._app = app
        self._kept: Session | None = None
        self._weights_of: object = None
        self._writing = False
        self._failed = False

    def start(self) -> None:
        """Look from time to time."""
        if self._app.options.autosave:
            self._app.set_interval(EVERY, self.look, name="autosave")

    def look(self) -> None:
        """Write what is new, in a thread: a disk may be slow."""
        wanted = None if self._writing else self._wanted()
        if wanted is not None:
            self._writing = True
            self._app.run_worker(partial(self._write_aside, *wanted), thread=True, group="autosave")

    def save(self) -> None:
        """Write what is new, now."""
        wanted = self._wanted()
        if wanted is not None:
            with contextlib.suppress(UserError, RunFailed, OSError):  # nobody is left to be told
                self._write(*wanted)

    def leave(self) -> None:
        """The user leaves: weights not saved although asked are not kept here either."""
        screen = self._app.debugger_screen
        if not self._app.options.autosave or screen is None or screen.debugger is None:
            return
        if screen.debugger.about.unsaved:
            session.forget()
        else:
            self.save()

    def _wanted(self) -> tuple[Session, object, Callable[[], bytes] | None] | None:
        """The session now, what its weights belong to and how to make a file of them; None where nothing is new."""
        app, screen = self._app, self._app.debugger_screen
        if not app.options.autosave or screen is None or screen.debugger is None:
            return None
        debugger = screen.debugger
        now = replace(
            debugger.session(screen.prepared),
            layer=screen.layer_index,
            unit=screen.unit,
            zoomed=screen.zoomed,
            theme=app.theme,
        )
        weights, of = debugger.weights(), debugger.weights_now
        known = self._kept
        if known is None:
            return now, of, weights
        if weights is not None and of is self._weights_of and known.weights is not None:
            now, weights = replace(now, weights=known.weights), None
        same = known == replace(now, options=known.options) and known.options.text == now.options.text
        if same and weights is None:
            return None
        return now, of, weights

    def _write(self, now: Session, of: object, weights: Callable[[], bytes] | None) -> None:
        self._kept = session.write(now, None if weights is None else weights())
        self._weights_of = of

    def _write_aside(self, now: Session, of: object, weights: Callable[[], bytes] | None) -> None:
        try:
            self._write(now, of, weights)
        except (UserError, RunFailed, OSError) as error:
            if not self._failed:  # said once: a full disk will be full again in five seconds
                self._failed = True
                self._app.call_from_thread(self._complain, str(error))
        finally:
            self._writing = False

    def _complain(self, why: str) -> None:
        if self._app.debugger_screen is not None:
            self._app.debugger_screen.say(f"the session is not kept: {why}")


class Signals:
    """While it is entered, the signals that end a program are calls of a function, with the number of the signal."""

    def __init__(self, obey: Callable[[int], None], notice: Callable[[], None] = lambda: None) -> None:
        self._obey = obey
        self._notice = notice
        """Called at once, even while the loop stands still."""
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self) -> None:
        """From the running loop of the main thread; elsewhere nothing happens."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            for number in SIGNALS:
                loop.add_signal_handler(number, self._obey, int(number))
                signal.signal(number, lambda *_: self._notice())  # the loop is woken by a descriptor, whoever handles
            self._loop = loop

    def leave(self) -> None:
        """As it was before."""
        if self._loop is not None:
            for number in SIGNALS:
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
