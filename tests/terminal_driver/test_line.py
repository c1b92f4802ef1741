"""The line to the terminal, while user code has the program's descriptors lead elsewhere."""

from __future__ import annotations

import os
import pty
import select
import threading

from lstm_tui.engine.user_cells.user_code import running
from lstm_tui.terminal_driver.line import Line


def test_a_frame_written_while_user_code_runs_in_another_thread_reaches_the_terminal() -> None:
    master, slave = pty.openpty()
    before = os.dup(2)
    os.dup2(slave, 2)
    inside, written = threading.Event(), threading.Event()

    def user_code() -> None:
        with running():
            inside.set()
            written.wait()

    try:
        with open(2, "w", closefd=False) as stderr:
            line = Line(stderr, lambda *_: None, lambda _: None)
            thread = threading.Thread(target=user_code)
            thread.start()
            inside.wait()
            line.write("a frame")
            line.flush()
            written.set()
            thread.join()
            line.write(" and another")
    finally:
        os.dup2(before, 2)
    read = b""
    while len(read) < len(b"a frame and another"):  # what a lost frame leaves missing is waited for in vain
        assert select.select([master], [], [], 5)[0], read
        read += os.read(master, 100)
    assert read == b"a frame and another"
    for descriptor in (master, slave, before):
        os.close(descriptor)
