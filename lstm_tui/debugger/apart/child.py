"""The process of its own that a user's cell runs in, seen from the program that has the terminal."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from lstm_tui.core.errors import RunFailed
from lstm_tui.debugger.apart.wire import receive, send

Decision = Literal["wait", "interrupt", "leave"]
Look = Callable[[float], Decision]
"""Asked again and again during a wait, with the seconds it has lasted, what is to be done."""

HARD = 0.7
"""Seconds that a cell has to obey an interrupt."""
LOOK = 0.05
_GRACE = 0.3
_ROOT = str(Path(__file__).resolve().parents[3])
_BOOT = "import sys; sys.path.append(sys.argv[1]); from lstm_tui.debugger.apart.hosting import main; main()"


class ChildDied(Exception):
    """There will be no answer; its text says why, as a predicate."""


class Child:
    """Starts it. No terminal is its own, and nothing that it writes to its standard streams arrives anywhere."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._life, other = socket.socketpair()  # closed by whatever ends us, which ends the child
        if not sys.executable:
            raise RunFailed(
                "this Python does not know its own executable, so it cannot run your own cell in another process"
            )
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, _ROOT, str(theirs.fileno()), str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), other.fileno()),
                start_new_session=True,
            )
        except OSError as error:
            raise RunFailed(f"no process could be started for your own cell: {error.strerror}") from None
        finally:
            theirs.close()
            other.close()
        self._socket = ours

    def greet(self, look: Look) -> None:
        """Wait until it is ready to be asked. Raises `ChildDied`."""
        self._exchange((sys.path, sys.argv), look)

    def ask(self, name: str, arguments: tuple[Any, ...], look: Look) -> Any:
        """Its answer. Raises `ChildDied` where it dies, or has to be ended because it does not obey."""
        return self._exchange((name, arguments), look)

    def _exchange(self, message: object, look: Look) -> Any:
        try:
            send(self._socket, message)
            self._await(look)
            return receive(self._socket)
        except (OSError, EOFError):
            self.kill()
            raise ChildDied(self._how()) from None

    def _await(self, look: Look) -> None:
        began = time.monotonic()
        interrupted_at: float | None = None
        while not select.select([self._socket], [], [], LOOK)[0]:
            now = time.monotonic()
            decision = look(now - began)
            if decision == "leave":
                self.kill()
                raise ChildDied("was ended")
            if decision == "interrupt" and interrupted_at is None:
                interrupted_at = now
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._process.pid, signal.SIGINT)
            if interrupted_at is not None and now - interrupted_at > HARD:
                self.kill()
                raise ChildDied("did not respond to the interrupt and was ended")
            if self._process.poll() is not None and not select.select([self._socket], [], [], 0)[0]:
                raise EOFError  # what it has forked may hold the other end

    def _how(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            name = signal.strsignal(-code) or f"signal {-code}"
            return f"ended its process ({name.lower()})"
        return f"ended its process (exit code {code})"

    def kill(self) -> None:
        """End it and what it has started."""
        if self._process.returncode is None:  # until it is waited for, the number is its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._socket.close()
        self._life.close()

    def close(self) -> None:
        """Let it end as any program ends, its files closed. It answers that it will not take long."""
        with contextlib.suppress(ChildDied):
            self.ask("close", (), lambda seconds: "leave" if seconds > _GRACE else "wait")
        self._socket.close()
        threading.Thread(target=self._reap, daemon=True).start()

    def _reap(self) -> None:
        self._process.wait()
        self._life.close()
