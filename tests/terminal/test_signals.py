"""However the program is told to end: the terminal is as it was, and whoever told it sees that it was obeyed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lstm_tui.tui.system.signals import SIGNALS, Signals, deadly
from tests.terminal.driver import Terminal
from tests.tui.captured import Captured, captured
from tests.tui.fake import FakePrepared
from tests.tui.pilots import app_over

PROGRAM = """
import signal, sys

signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell ignores it for what runs in its background, such as tests
from lstm_tui.__main__ import main
sys.exit(main())
"""
INTERRUPTED = """
import importlib.abc, signal, sys

class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "lstm_tui.cli.arguments":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from lstm_tui.__main__ import main
sys.exit(main())
"""


@pytest.mark.terminal
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGUSR1])
def test_a_deadly_signal_restores_the_terminal_and_is_died_of(number: signal.Signals) -> None:
    with Terminal([sys.executable, "-c", PROGRAM, "--no-autosave"], 80, 24) as terminal:
        terminal.until("loading torch")
        terminal.signal(number)
        assert terminal.exit_code() == -number
        assert terminal.termios_now() == terminal.termios_before
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")


@pytest.fixture
def unheard() -> Iterator[None]:
    """All of them as they are in a shell's foreground."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in deadly()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("unheard")
async def test_every_signal_that_would_end_the_program_is_told_once_and_then_is_as_it_was() -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    signals = Signals(told.put_nowait)
    signals.enter()
    try:
        for number in (*SIGNALS, *deadly()):
            signal.raise_signal(number)
            assert await told.get() == number
        signal.signal(signal.SIGALRM, lambda *_: None)  # a cell of the user's that limits its own time
        signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGTERM)
        assert await told.get() == signal.SIGTERM
    finally:
        signals.leave()
    assert {signal.getsignal(number) for number in deadly()} == {signal.SIG_DFL}


async def test_signals_are_obeyed_before_the_terminal_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[bool] = []

    def start(driver: Captured) -> None:
        handled.extend(signal.getsignal(number) != signal.SIG_DFL for number in (*SIGNALS, *deadly()))
        begin(driver)

    begin = Captured.start_application_mode
    monkeypatch.setattr(Captured, "start_application_mode", start)
    prepared = FakePrepared()
    prepared.gate.set()
    async with captured(app_over(prepared)):
        pass
    assert handled
    assert all(handled)


def test_control_c_while_the_program_is_imported_is_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
