"""A screen that looks far back shows the same whether it could wait for that or not."""

from __future__ import annotations

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui import jobs
from lstm_tui.tui.widgets.explained import Explained
from tests.engine import students
from tests.tui.staged import Staged, on_stage

MOVES = (
    ("g", *"1290", "enter"), ("enter",), ("right",), ("left",), ("v",), ("v",), ("left",), ("z",), ("u",), ("v", "v"),
    ("g", *"770", "enter"), ("left", "left", "left"), ("S",), ("right",), ("a",), ("space",),
)  # fmt: skip


def shown(monkeypatch: pytest.MonkeyPatch, soon: float, cell: str) -> tuple[list[list[list[str]]], list[str]]:
    """The screen after each of `MOVES`, and the runs that were made in a thread."""
    seen: list[list[list[str]]] = []
    aside: list[str] = []

    async def act(stage: Staged) -> None:
        run_worker = stage.screen.run_worker

        def counted(*arguments: object, **options: object) -> object:
            aside.append(str(options.get("group")))
            return run_worker(*arguments, **options)  # type: ignore[arg-type]

        stage.screen.run_worker = counted  # type: ignore[method-assign, assignment]
        for move in MOVES:
            for key in move:
                await stage.press(key)
            seen.append(stage.cells())

    monkeypatch.setattr(jobs, "SOON", soon)
    on_stage(prepare(ModelOptions(text="the cat sat on the mat. " * 60, cell=cell, hidden=4)), act)
    return seen, aside


@pytest.mark.parametrize("cell", ["by-hand", pytest.param(f"{students.__file__}:Textbook", id="own")])
def test_what_is_read_aside_is_shown_as_if_it_had_been_there(monkeypatch: pytest.MonkeyPatch, cell: str) -> None:
    at_once, none = shown(monkeypatch, 60.0, cell)
    later, aside = shown(monkeypatch, 0.0, cell)
    assert none == []
    assert {"read", "run"} <= set(aside)
    for move, one, other in zip(MOVES, at_once, later, strict=True):
        rows = [("".join(a), "".join(b)) for a, b in zip(one, other, strict=True) if a != b]
        assert not rows, (move, rows)


def test_until_then_the_step_stands_there_with_its_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[str] = []

    async def act(stage: Staged) -> None:
        screen = stage.screen
        has_read = screen.on_job_ended

        def looked(event: jobs.JobEnded) -> None:
            told = screen.frame.explanation
            met.append(screen.message)
            if told is not None:
                assert told.equations
                assert told.ledger is None
            has_read(event)

        monkeypatch.setattr(type(screen), "on_job_ended", lambda self, event: looked(event))
        for key in ("g", *"1290", "enter", "enter"):
            await stage.press(key)
        shown = screen.query_one(Explained).explanation
        assert shown is not None
        assert shown.ledger is not None
        assert screen.message == ""

    monkeypatch.setattr(jobs, "SOON", 0.0)
    on_stage(prepare(ModelOptions(text="the cat sat on the mat. " * 60, hidden=4)), act)
    assert "reading the steps 266 to 1,290 …" in met
