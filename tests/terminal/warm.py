"""A process that has loaded torch and Textual once, and becomes `lstm-tui` in a terminal as often as it is asked to.

Loading them takes two seconds of every start, and most tests are not about that. What a terminal then runs is the
installed package in a process of its own, by the same `main`; only the interpreter was not started anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TextIO


@dataclass(frozen=True)
class Wanted:
    """A program to become."""

    argv: list[str]
    tty: str
    env: dict[str, str]
    cwd: str


class Warm:
    """The tests' side: starts the process with the first program, and hears how programs end."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        # One thread only may run where it forks; OpenBLAS would start its own on import.
        env = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._lines = ours.makefile("rw", encoding="utf-8")
        self._started: queue.SimpleQueue[tuple[int, Callable[[], int]]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, wanted: Wanted) -> tuple[int, Callable[[], int]]:
        """The process id, and what waits for the end of it and gives its wait status."""
        self._lines.write(json.dumps(asdict(wanted)) + "\n")
        self._lines.flush()
        return self._started.get(timeout=60)

    def _listen(self) -> None:
        ended: dict[int, queue.SimpleQueue[int]] = {}
        for line in self._lines:
            said, pid, status = json.loads(line)
            if said == "started":
                ended[pid] = queue.SimpleQueue()
                self._started.put((pid, ended[pid].get))
            else:
                ended.pop(pid).put(status)


def _serve(connection: socket.socket) -> Wanted:
    """Forks for every program that is asked for, and says when each has ended; returns in the children only."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with selectors.DefaultSelector() as selector, connection, connection.makefile("rw", encoding="utf-8") as lines:
        selector.register(connection, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                os.read(woken, 4096)
                _reap(lines)
            if connection in ready:
                line = lines.readline()
                if not line:
                    sys.exit()
                pid = os.fork()
                if not pid:
                    break
                _say(lines, "started", pid, 0)
    # In the child nothing of this is left open: whatever closes later would close what has got its number meanwhile.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(woken)
    os.close(wake)
    return Wanted(**json.loads(line))


def _say(lines: TextIO, said: str, pid: int, status: int) -> None:
    lines.write(json.dumps((said, pid, status)) + "\n")
    lines.flush()


def _reap(lines: TextIO) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _say(lines, "ended", *ended)


def _become(wanted: Wanted) -> None:
    """A session leader on its terminal, with its arguments and environment."""
    os.setsid()
    terminal = os.open(wanted.tty, os.O_RDWR)  # and with that its controlling terminal
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.close(terminal)
    os.environ.clear()
    os.environ.update(wanted.env)
    os.chdir(wanted.cwd)
    sys.argv = wanted.argv
    # Streams of its own: those there are remember what they were opened on.
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", 1, "utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]


if __name__ == "__main__":
    import torch  # noqa: F401  # loaded, not used

    import lstm_tui.cli.commands
    import lstm_tui.debugger.debugger
    import lstm_tui.debugger.prepare
    import lstm_tui.engine.loading.open  # which imports most of the engine
    import lstm_tui.terminal_driver.driver
    import lstm_tui.tui.app
    import lstm_tui.tui.dialogs
    import lstm_tui.tui.screen
    from lstm_tui.core.starting import collector

    collector.freeze_imported_objects()
    _become(_serve(socket.socket(fileno=int(sys.argv[1]))))
    sys.exit(lstm_tui.cli.commands.main())
