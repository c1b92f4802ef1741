"""What is kept of the session on disk, in case the program is killed or crashes."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.sessions.places import SessionFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from lstm_tui.core.sessions.session import Session

EVERY = 5.0
"""Seconds between two looks whether anything is new: what a power failure can cost."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The session as it is now."""

    session: Session
    of: object
    """What its weights belong to: replaced whenever they change."""
    weights: Callable[[], bytes] | None
    """Makes a file of those that exist nowhere else."""
    unsaved: bool
    """Whether the user has been asked to save them."""
    note: str | None
    """The sentence about a training that was stopped for it, where that is news."""


@dataclass(frozen=True, eq=False)
class _PendingWrite:
    """Something to be kept."""

    turn: int
    session: Session
    of: object
    weights: Callable[[], bytes] | None
    """None where they are kept already."""


class Autosave:
    """Saves `snapshot` of an app: regularly in a thread, and at once when the program is told to end."""

    def __init__(
        self,
        app: App[None],
        place: SessionFolder | None,
        snapshot: Callable[[bool], Snapshot | None],
        report_failure: Callable[[str], None],
    ) -> None:
        """`snapshot` gives None where nothing is to be kept; its argument is whether the program is ending."""
        self._app = app
        self._place = place or SessionFolder()
        self._snapshot = snapshot
        self._report_failure = report_failure
        self._kept = self._place.kept
        self._weights_of: object = None
        self._write_lock = threading.Lock()
        self._turn = self._written = 0
        self._failed = False
        self._closed = False

    def start(self) -> None:
        """Look from time to time."""
        self._app.set_interval(EVERY, self.look, name="autosave")

    def look(self) -> None:
        """Write what is new, in a thread: a disk may be slow."""
        if self._write_lock.locked():
            return
        pending = self._pending(self._now())
        if pending is not None:
            self._app.run_worker(partial(self._write_in_thread, pending), thread=True, group="autosave")

    def end(self) -> None:
        """Write what is new, now and for the last time, without asking. A training is ended, and kept."""
        if self._closed:
            return
        pending = self._pending(self._now(ending=True))
        self._closed = True
        if pending is None:
            return
        try:
            self._write(pending)
        except (UserError, RunFailed, OSError):  # the place remembers why: see `resume_hint`
            if pending.weights is not None:
                self._place.elsewhere(pending.weights())

    def leave(self) -> None:
        """The user leaves: weights not saved although asked are not kept here either."""
        now = self._now()
        if now is None:
            return
        self._closed = True
        if now.unsaved:
            with self._write_lock:
                self._written = self._turn + 1  # what a thread has still to write
                self._place.forget()
            return
        pending = self._pending(now)
        if pending is not None:
            with contextlib.suppress(UserError, RunFailed, OSError):  # nothing is lost but the place in the text
                self._write(pending)

    def _now(self, ending: bool = False) -> Snapshot | None:
        now = None if self._closed else self._snapshot(ending)
        if now is not None and now.note is not None:
            self._place.note = now.note
        return now

    def _pending(self, now: Snapshot | None) -> _PendingWrite | None:
        """What of it is new; None where nothing is."""
        if now is None:
            return None
        known, session, weights = self._kept, now.session, now.weights
        if known is not None and weights is not None and known.weights is not None and now.of is self._weights_of:
            session, weights = replace(session, weights=known.weights), None
        if known == session and weights is None:
            return None
        self._turn += 1
        return _PendingWrite(self._turn, session, now.of, weights)

    def _write(self, pending: _PendingWrite) -> None:
        """In any thread, one by one; what is older than what is there already is dropped."""
        with self._write_lock:
            if pending.turn < self._written:
                return
            weights = None if pending.weights is None else pending.weights()
            self._kept = self._place.write(pending.session, weights)
            self._weights_of, self._written, self._failed = pending.of, pending.turn, False

    def _write_in_thread(self, pending: _PendingWrite) -> None:
        try:
            self._write(pending)
        except (UserError, RunFailed, OSError) as error:
            if not self._failed:  # said once: a full disk will be full again in five seconds
                self._failed = True
                self._app.call_from_thread(self._report_failure, f"the session is not kept: {error}")
