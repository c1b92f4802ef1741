"""Driving the real app over a debugger that is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from textual.pilot import Pilot

from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.app import LstmTui, make_app
from lstm_tui.tui.screen import DebuggerScreen
from tests.tui.fake import FakeDebugger, FakePrepared


def app_over(prepared: FakePrepared) -> LstmTui:
    return make_app(cast(Prepared, prepared))


def screen_of(pilot: Pilot[None]) -> DebuggerScreen:
    screen = cast(LstmTui, pilot.app).debugger_screen
    assert screen is not None
    return screen


async def opened(pilot: Pilot[None]) -> None:
    """Until the model is open and the keys typed so far are obeyed."""
    for group in ("open", "keys"):
        await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == group])
        await pilot.pause()


async def trained(pilot: Pilot[None]) -> None:
    """Until no training runs any more and its outcome is on the screen."""
    await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == "train"])
    await pilot.pause()


@asynccontextmanager
async def over(
    debugger: FakeDebugger, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[None], DebuggerScreen]]:
    """The app with `debugger` open in it, ready for keys."""
    prepared = FakePrepared(debugger)
    prepared.gate.set()
    async with app_over(prepared).run_test(size=size) as pilot:
        await opened(pilot)
        yield pilot, screen_of(pilot)
