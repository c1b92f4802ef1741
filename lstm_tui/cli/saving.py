"""The last write of a training, which must not lose it: where the place asked for cannot take the weights, another one.

On a terminal the user names it. Elsewhere there is no one to ask, and the first writable folder gets them.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from lstm_tui.cli.output import print_message
from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.files import MODEL_ENDING, check_destination, quoted
from lstm_tui.core.sessions import places as sessions

if TYPE_CHECKING:
    from lstm_tui.debugger.debugger import Debugger

_GIVE_UP = "give up"


class _Interrupted(Exception):
    """A signal ended the question."""


def saved(debugger: Debugger, path: str, force: bool) -> None:
    """Writes the trained model to `path`. Raises `RunFailed` where it is not there afterwards, and says where it is."""
    with _signals() as signals:
        try:
            debugger.save(path, force)
            return
        except UserError as error:
            why = str(error)
        place = None
        if not signals and _can_ask():
            try:
                signals.asking = True
                place = _asked(debugger, path, force, why)
            except (_Interrupted, OSError):  # OSError: the terminal is gone
                with contextlib.suppress(OSError):
                    print(file=sys.stderr)
        signals.asking = False
        if place == path:
            return
        if place is not None:
            raise RunFailed(f"{quoted(path)} was not written; the weights are in {quoted(place)}")
        raise RunFailed(f"{why}; {_elsewhere(debugger, path)}")


class _Signals(list[int]):
    """The signals received; they end a question that is open."""

    asking = False

    def take(self, number: int, _: FrameType | None) -> None:
        """A signal's handler."""
        self.append(number)
        if self.asking:
            self.asking = False
            raise _Interrupted


@contextlib.contextmanager
def _signals() -> Iterator[_Signals]:
    """Inside, no signal ends the program before the weights are somewhere."""
    signals = _Signals()
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    taken = {number: before for number in caught if (before := signal.getsignal(number)) != signal.SIG_IGN}
    for number in taken:
        signal.signal(number, signals.take)
    try:
        yield signals
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


def _can_ask() -> bool:
    streams = (sys.stdin, sys.stderr)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def _asked(debugger: Debugger, path: str, force: bool, why: str) -> str | None:
    """Where the user had it written; None without an answer. Raises `RunFailed` where they gave it up."""
    while True:
        print_message(f"{why}. The trained weights are in memory")
        print(
            f"where to write them? (enter: try {quoted(path)} again; '{_GIVE_UP}': lose them)  ",
            end="",
            file=sys.stderr,
        )
        sys.stderr.flush()
        line = sys.stdin.buffer.readline()
        if not line.endswith(b"\n"):
            print(file=sys.stderr)
            return None
        answer = os.fsdecode(line.strip())
        if answer == _GIVE_UP:
            raise RunFailed(f"{quoted(path)} was not written: the weights were discarded")
        place = os.path.expanduser(answer) or path
        try:
            check_destination(place, MODEL_ENDING, force and place == path)
            debugger.save(place, force and place == path)
            return place
        except UserError as error:
            why = str(error)


def _elsewhere(debugger: Debugger, path: str) -> str:
    """Writes it to the first folder that takes it; a sentence that says which, or that none did."""
    for folder in _folders():
        with contextlib.suppress(UserError, OSError, RuntimeError):
            place = _unused_path(folder, Path(path).stem)
            debugger.save(place)
            return f"the weights are in {quoted(place)}"
    return "the weights could not be written anywhere else either: they are lost"


def _folders() -> Iterator[Path]:
    with contextlib.suppress(UserError, OSError):  # nobody's home, or one that takes nothing
        trained = sessions.folder() / "trained"
        trained.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield trained
    yield Path(os.environ.get("TMPDIR") or "/tmp")
    yield Path(os.path.abspath(os.curdir))


def _unused_path(folder: Path, stem: str) -> str:
    """A name that nothing there has."""
    numbered = (folder / f"{stem}-{number}{MODEL_ENDING}" for number in itertools.count(2))
    places = itertools.chain((folder / f"{stem}{MODEL_ENDING}",), numbered)
    return str(next(place for place in places if not os.path.lexists(place)))
