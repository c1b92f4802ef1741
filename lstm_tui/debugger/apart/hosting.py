"""The process in which a user's own cell runs, with the debugger that steps it. `child` starts it.

It has no terminal: what the cell writes goes nowhere, or to the pane that shows it. It may hang, and is interrupted by
SIGINT; it may die, and nothing is lost but it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import traceback

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.starting import collector
from lstm_tui.debugger.apart.host import QUESTIONS, Host
from lstm_tui.debugger.apart.wire import packed, receive, send

IMPATIENT = 0.5
"""Seconds for a question, once the cell has had to be interrupted: every key asks several."""
LAST = 2.0
"""Seconds that the process has to end, once no more questions come."""
_leaving = threading.Event()


def serve(connection: socket.socket, life: socket.socket) -> None:
    """Answers until the other end closes."""
    from lstm_tui.engine.user_cells.user_code import interrupts

    host, suspicious = Host(), False
    with contextlib.suppress(EOFError, OSError):
        while True:
            name, arguments = receive(connection)
            if name == "close":
                _exit_within(LAST, life)
                return send(connection, None)
            interrupts.begin(IMPATIENT if suspicious and name in QUESTIONS else None)
            try:
                value, error = host.answer(name, arguments), None
            except (UserError, RunFailed) as failed:
                value, error = None, packed(failed)
            except Exception:
                value, error = None, (RuntimeError, (traceback.format_exc(),), {})  # type: ignore[assignment]
            suspicious = interrupts.end() or suspicious
            opened = hasattr(host, "debugger")
            send(connection, (value, error, host.changes() if opened and name not in QUESTIONS else {}))


def main() -> None:
    """`… FD LIFE`: the socket, and one that says by its end that the parent has ended.

    The first message is what `child` wants this process to be like.
    """
    connection, life = (socket.socket(fileno=int(number)) for number in sys.argv[-2:])
    sys.path[:], sys.argv[:] = receive(connection)
    _prefer_for_oom_kill()
    _end_with_parent(life)
    os.register_at_fork(after_in_child=connection.close)
    collector.pause_for_imports()
    import lstm_tui.debugger.debugger
    import lstm_tui.engine.loading.open  # noqa: F401  # torch, which takes a second: told apart from the cell's own time

    collector.freeze_imported_objects()
    send(connection, None)
    serve(connection, life)


def _end_with_parent(life: socket.socket) -> None:
    """Have this process killed as soon as the other end is gone: it may be in a loop that nothing else ends."""
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    else:
        threading.Thread(target=_watch, args=(life,), daemon=True).start()


def _exit_within(seconds: float, life: socket.socket) -> None:
    """End soon, even if threads of the cell or the parent live on."""
    _leaving.set()
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) & ~os.O_ASYNC)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _watch(life: socket.socket) -> None:
    with contextlib.suppress(OSError):
        life.recv(1)
    if not _leaving.is_set():
        os._exit(1)


def _prefer_for_oom_kill() -> None:
    """What goes wrong here ends here: no core file, and the first to go where memory is short."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
