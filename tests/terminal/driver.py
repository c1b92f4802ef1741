"""A pseudo-terminal with an emulator behind it: start a program, press keys, wait for what the screen says.

Nothing here sleeps: every wait ends with an output event of the program, its exit, or a deadline that is an error.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.terminal.emulator import Emulator
from tests.terminal.warm import Wanted, Warm

__all__ = ["DEADLINE", "KEYS", "Emulator", "Terminal", "encode", "environment", "program", "spawn"]

DEADLINE = 60.0
"""Seconds after which a wait is a failure: importing torch on a busy machine takes ten."""

KEYS = {
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "enter": "\r",
    "escape": "\x1b",
    "f1": "\x1bOP",
    "home": "\x1b[H",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "right": "\x1b[C",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "tab": "\t",
    "up": "\x1b[A",
}

_QUESTION, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FRAME, _FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"

_FOREIGN = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "COLORFGBG", "TMUX", "TERM_PROGRAM")
"""Variables of the machine that runs the tests which would change what a program draws."""

_STATE = tempfile.TemporaryDirectory(prefix="lstm-tui-tests-")
"""Where programs keep their sessions, unless a test says another place: never where the user's own are."""


def program(*arguments: str) -> list[str]:
    """The command line of the installed `lstm-tui`: the script beside this interpreter, as a user would start it."""
    script = Path(sys.executable).with_name("lstm-tui")
    if not script.exists():
        raise AssertionError(f"{script} is not there: install the package into the environment that runs the tests")
    return [str(script), *arguments]


def encode(key: str) -> bytes:
    """What a terminal sends for a key's name; a text of one character is sent as it is."""
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[5].lower()) & 0x1F])
    if key not in KEYS and len(key) != 1:
        raise ValueError(f"no key is called {key!r}")
    return KEYS.get(key, key).encode()


class Terminal:
    """A program in a pseudo-terminal of `columns` × `rows` cells. Use it as a context manager.

    `warm` is to become the program, instead of a new process. `whole_frames`: this terminal knows synchronized output,
    says so when it is asked, and like one never shows a part of a frame: what `until` returns is then no half of a
    screen, however slowly the program gets on.
    """

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 120,
        rows: int = 40,
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        whole_frames: bool = False,
        warm: Warm | None = None,
    ) -> None:
        self.raw = bytearray()
        """Every byte the program has written so far."""
        self.events: list[tuple[float, int]] = []
        """When output came, on the `perf_counter` clock, and how many bytes there were then."""
        self.emulator = Emulator(columns, rows)
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.termios_before = termios.tcgetattr(slave)
        self.started = time.perf_counter()
        if warm:
            wanted = Wanted(list(argv), os.ttyname(slave), environment(env), os.fspath(cwd or os.getcwd()))
            self.pid, self._ended = warm.start(wanted)
        else:
            self.pid = spawn(argv, os.ttyname(slave), environment(env), cwd)
            self._ended = lambda: os.waitpid(self.pid, 0)[1]
        # The slave stays open here: the settings the program leaves behind can be read after it has gone.
        self._slave = slave
        self._whole_frames, self._answered = whole_frames, 0
        self._nobody: int | None = None
        self._status: int | None = None
        self._exited, self._exit_writer = os.pipe()
        threading.Thread(target=self._wait, daemon=True).start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def descriptor(self) -> int:
        """The side of the pseudo-terminal that a terminal holds, for who carries its bytes himself."""
        return self._master

    # -- what the user does

    def press(self, *keys: str) -> None:
        """Types keys by name (`right`, `ctrl+c`) or as single characters."""
        for key in keys:
            os.write(self._master, encode(key))

    def type(self, text: str) -> None:
        """Types a text as it is."""
        os.write(self._master, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Changes the terminal's size; the program is told with SIGWINCH."""
        self.emulator.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def hang_up(self) -> None:
        """Closes the terminal, as a lost connection does."""
        os.close(self._master)
        self._master, self._nobody = os.pipe()  # nothing more will come

    def signal(self, number: int) -> None:
        """Sends a signal to the program itself."""
        os.kill(self.pid, number)

    # -- what the user sees

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(self.emulator.lines)

    @property
    def lines(self) -> list[str]:
        """The screen's rows from the top."""
        return self.emulator.lines

    def cells(self) -> list[list[Any]]:
        """The screen's cells, row by row: see `Emulator.cells`."""
        return self.emulator.cells()

    def until(self, wanted: str | Callable[[str], bool], deadline: float = DEADLINE) -> str:
        """Reads output until the screen shows `wanted` (or it holds of the screen's text) and the frame is whole.

        Returns the screen's text. Raises AssertionError with the screen when the program ends or time runs out.
        """
        shows = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        end = time.perf_counter() + deadline
        while self._within_a_frame() or not shows(self.text):
            if not self._read(end - time.perf_counter()):
                if shows(self.text):
                    break
                state = "is still running" if self._status is None else f"ended with {self.exit_code()}"
                raise AssertionError(f"the screen never showed {wanted!r}; the program {state}:\n{self.text}")
        self._calm(0.5)
        return self.text

    def settle(self, quiet: float, limit: float = DEADLINE) -> float | None:
        """Reads until no output came for `quiet` seconds, at most `limit` and the rest of a frame that has begun.

        The time of the last byte, None for none.
        """
        last = None
        end = time.perf_counter() + limit
        unshown = bytearray()
        while time.perf_counter() < end or self._within_a_frame():
            data = self._receive(DEADLINE if self._within_a_frame() else quiet)
            if not data:
                break
            last = time.perf_counter()
            unshown += data
        self.emulator.feed(bytes(unshown))  # afterwards: the emulator's own time is not the program's
        return last

    def shown_after(self, wanted: Callable[[Emulator], bool]) -> float:
        """Seconds from the start to the output that first made `wanted` hold: everything is played again to find it."""
        replay = Emulator(self.emulator.screen.columns, self.emulator.screen.lines)
        at = 0
        for moment, total in self.events:
            replay.feed(bytes(self.raw[at:total]))
            at = total
            if wanted(replay):
                return moment - self.started
        raise AssertionError(f"what was looked for never showed:\n{self.text}")

    # -- how it ends

    def exit_code(self, deadline: float = DEADLINE) -> int:
        """Waits for the program to end: its exit code, or minus the signal that ended it."""
        end = time.perf_counter() + deadline
        while self._status is None:
            if not self._read(end - time.perf_counter()) and self._status is None and time.perf_counter() >= end:
                raise AssertionError(f"the program did not end within {deadline} s:\n{self.text}")
        while self._read(0):
            pass
        return os.waitstatus_to_exitcode(self._status)

    @property
    def running(self) -> bool:
        """False once the program has ended."""
        return self._status is None

    def termios_now(self) -> list[Any]:
        """The terminal's settings as they stand, to compare with `termios_before`."""
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        """Ends the program, forcibly if it does not go by itself, and gives the terminal back."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._status is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            with contextlib.suppress(AssertionError):
                self.exit_code(5)
        for descriptor in (self._master, self._slave, self._exited, self._nobody):
            if descriptor is not None:
                os.close(descriptor)

    # -- inside

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _wait(self) -> None:
        self._status = self._ended()
        os.close(self._exit_writer)

    def _receive(self, timeout: float) -> bytes:
        """The next output, or nothing when `timeout` seconds pass or the program has ended and all is read."""
        ready, _, _ = select.select([self._master, self._exited], [], [], max(0.0, timeout))
        if self._master not in ready:
            return b""
        data = os.read(self._master, 1 << 16)
        self.raw += data
        self.events.append((time.perf_counter(), len(self.raw)))
        while self._whole_frames and (at := self.raw.find(_QUESTION, self._answered)) >= 0:
            self._answered = at + len(_QUESTION)
            os.write(self._master, _ANSWER)
        return data

    def _calm(self, limit: float) -> None:
        """Reads what still comes, at most for `limit` seconds: a key may take more than one frame."""
        end = time.perf_counter() + limit
        while (self.settle(0.02, 0.2) is not None or self._at_work()) and time.perf_counter() < end:
            pass

    def _at_work(self) -> bool:
        """Whether a thread of the program runs or waits for a core: on a busy machine silence is no sign of an end."""
        try:
            threads = [stat.read_text() for stat in Path(f"/proc/{self.pid}/task").glob("*/stat")]
        except OSError:  # a thread, or the program, has just ended
            return False
        return any(stat.rpartition(")")[2].split()[:1] == ["R"] for stat in threads)

    def _within_a_frame(self) -> bool:
        return self._whole_frames and self.raw.rfind(_FRAME) > self.raw.rfind(_FRAME_END)

    def _read(self, timeout: float) -> bool:
        data = self._receive(timeout)
        self.emulator.feed(data)
        return bool(data)


def environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """What a program finds in a plain terminal of today, and `extra`."""
    kept = {k: v for k, v in os.environ.items() if k not in _FOREIGN and not k.startswith(("TEXTUAL", "PYTEST"))}
    kept.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8", PYTHONUTF8="1")
    # An installed package is compiled: a program must not compile itself anew at every start of it.
    kept.update(XDG_STATE_HOME=_STATE.name, PYTHONDONTWRITEBYTECODE="")
    return kept | dict(extra or {})


def spawn(argv: Sequence[str], tty: str, env: dict[str, str], cwd: str | os.PathLike[str] | None = None) -> int:
    """Starts `argv` as the leader of its own session, the terminal `tty` its controlling one: its process id.

    A session leader that opens a terminal gets it as its own, so no code has to run between fork and exec, which
    would be unsafe in a process that has torch's threads.
    """
    if cwd is not None:
        argv = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', os.fspath(cwd), *argv]
    path = shutil.which(argv[0])
    if path is None:
        raise AssertionError(f"there is no program {argv[0]}")
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, tty, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    return os.posix_spawn(path, list(argv), env, file_actions=actions, setsid=True)
