"""Calls into a user's own code, which may be wrong: what it writes is caught, it can be interrupted, and a copy of the
process that it forks goes no further than the call.

`with running():` stands around every call, inside the `try` that turns what the code raises into a sentence.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

AGAIN = 0.2
"""Seconds that user code gets until the end of a request in which it was interrupted: an error is looked at by running
the step once more."""
MOST_KEPT = 1 << 20
"""Bytes kept of what one call prints."""


class Interrupted(KeyboardInterrupt):
    """Raised inside user code that took too long; its text is the sentence."""


class Interrupts:
    """Whether user code can be interrupted, which only a process can say that runs nothing else (`debugger.host`).

    A signal never raises anything outside user code: our own work is not left half done.
    """

    def __init__(self) -> None:
        self.enabled = False
        self._main = threading.main_thread().ident
        self._inside = False
        self._pending = False
        self._began = 0.0
        self._message: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether user code was interrupted since the request began: it is not to be tried in another way."""
        return self._message is not None

    def enable(self) -> None:
        """From now on SIGINT interrupts. Called in the main thread, again and again: user code may take it away."""
        self.enabled = True
        self._main = threading.main_thread().ident
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGALRM, self._interrupt)

    def begin(self, seconds: float | None = None) -> None:
        """A request begins, in which user code gets so many `seconds` (None: as many as the user lets it have)."""
        self.enable()
        self._pending, self._message, self._began = False, None, time.monotonic()
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def end(self) -> bool:
        """It is over; whether it was interrupted."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        return self._message is not None

    def enter(self) -> None:
        """User code is about to run in this thread."""
        if self.enabled and threading.get_ident() == self._main:
            self._inside = True
            if self._pending:
                self._raise()

    def leave(self) -> None:
        """It has run."""
        if self.enabled and threading.get_ident() == self._main:
            self._inside = False

    def _interrupt(self, number: int, frame: object) -> None:
        if self._message is None:
            self._message = f"interrupted after {time.monotonic() - self._began:.1f} s"
        if self._inside:
            self._raise()
        self._pending = True

    def _raise(self) -> None:
        self._inside = self._pending = False
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise Interrupted(self._message)


interrupts = Interrupts()


def interrupt_thread(thread: threading.Thread) -> None:
    """Raise `Interrupted` in another thread, as soon as it runs Python code."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Interrupted))


class Written:
    """What a call writes, as far as it is kept: nothing (None), or what is in the file of that descriptor."""

    def __init__(self, descriptor: int | None) -> None:
        self.descriptor = descriptor

    def tell(self) -> int:
        """Bytes so far."""
        return 0 if self.descriptor is None else os.fstat(self.descriptor).st_size

    def read(self) -> bytes:
        """The first `MOST_KEPT` bytes, what waited in a buffer included."""
        _flush_all()
        return b"" if self.descriptor is None else os.pread(self.descriptor, MOST_KEPT, 0)

    def write(self, text: str) -> None:
        """What Python's own `print` writes."""
        if self.descriptor is not None and self.tell() < MOST_KEPT:
            os.write(self.descriptor, text.encode("utf-8", "backslashreplace"))


class _Router(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`: what a thread inside user code writes is caught."""

    encoding = "utf-8"

    def __init__(self, behind: TextIO | None) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        captured = _captured.get(threading.get_ident())
        if captured is not None:
            captured.write(text)
        elif self.behind is not None:
            self.behind.write(text)
        return len(text)

    def flush(self) -> None:
        if threading.get_ident() not in _captured and self.behind is not None:
            self.behind.flush()

    def fileno(self) -> int:
        if self.behind is None:
            raise io.UnsupportedOperation("fileno")
        return self.behind.fileno()


_lock = threading.RLock()
_captured: dict[int, Written] = {}
"""Thread → where its prints go."""
_saved: list[tuple[int, int | None]] = []
"""Descriptors 1 and 2 as they were before user code ran, while some runs."""
_streams: list[TextIO | Any] = [None, None]
"""`sys.stdout` and `sys.stderr`, the same: user code may put others in their place."""
_null = -1
_flush = getattr(ctypes.CDLL(None), "fflush", lambda _: None)
"""Empties the buffers of C's own streams."""


class _Unwatched:
    """`running` where nothing else runs: descriptors 1 and 2 lead nowhere from the start. Every step comes here."""

    def __enter__(self) -> Written:
        self._process = os.getpid()
        interrupts.enter()
        return _NOTHING

    def __exit__(self, *_: object) -> None:
        interrupts.leave()
        if os.getpid() != self._process:
            os._exit(0)  # see below


_NOTHING = Written(None)


def running(keep: bool = False) -> contextlib.AbstractContextManager[Written]:
    """User code runs inside. What it writes in this thread, and to descriptors 1 and 2 by whatever way, is `Written`;
    Python's streams in other threads, one of which may train meanwhile, are left alone."""
    return _Unwatched() if interrupts.enabled and not keep else _watched(keep)


@contextlib.contextmanager
def _watched(keep: bool) -> Iterator[Written]:
    process, outer = os.getpid(), _captured.get(threading.get_ident())
    written = _capture(keep)
    try:
        try:
            interrupts.enter()
            yield written
        finally:
            interrupts.leave()
    finally:
        if os.getpid() != process:
            os._exit(0)  # a copy made by the user's `fork`: the program continues once
        _release(written, outer)


def _capture(keep: bool) -> Written:
    written = Written(_file() if keep else None)
    with _lock:
        if not _captured:
            _redirect()
        _captured[threading.get_ident()] = written
        if written.descriptor is not None:
            _point_at(written.descriptor)
    return written


def _release(written: Written, outer: Written | None) -> None:
    """What was caught before is caught again."""
    me = threading.get_ident()
    with _lock:
        _flush_all()
        if outer is not None:
            _captured[me] = outer
        else:
            del _captured[me]
        if not _captured:
            _restore()
        elif written.descriptor is not None:
            _point_at(_null)
        if written.descriptor is not None:
            os.close(written.descriptor)


def _file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("lstm-tui-prints")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _redirect() -> None:
    """Everything printed goes nowhere."""
    global _null
    for stream in (sys.__stdout__, sys.__stderr__, sys.stdout, sys.stderr):
        _flush_stream(stream)  # what was ours to say is said first
    _streams[:] = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_Router, _streams)
    if _null < 0:
        _null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    for number in (1, 2):
        try:
            _saved.append((number, os.dup(number)))
        except OSError:  # the program was started without it
            _saved.append((number, None))
    _point_at(_null)


def _point_at(descriptor: int) -> None:
    for number in (1, 2):
        os.dup2(descriptor, number)


def _flush_all() -> None:
    """Whatever user code has left in a buffer is written where the rest of it went."""
    _flush_stream(sys.__stdout__)
    _flush_stream(sys.__stderr__)
    _flush(None)


def _flush_stream(stream: TextIO | None) -> None:
    if stream is not None and not isinstance(stream, _Router):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def _restore() -> None:
    while _saved:
        number, before = _saved.pop()
        if before is None:
            os.close(number)
        else:
            os.dup2(before, number)
            os.close(before)
    sys.stdout, sys.stderr = _streams
