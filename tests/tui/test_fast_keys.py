"""Keys that arrive together, as over a slow line: a second enter or escape reaches what is already closing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.palette import ActionPalette
from tests.tui.staged import Staged, keys, on_stage


@pytest.mark.parametrize(
    "words",
    [
        ("g", "3", "enter", "enter", "enter"), ("g", "escape", "escape"), ("/", "l", "enter", "enter"),
        ("b", "enter", "enter"), ("b", "escape", "escape"), ("e", "hello", "enter", "enter", "enter"),
        ("e", "zyx", "enter", "enter", "enter"), ("w", "a.svg", "enter", "enter"), ("o", "enter", "enter", "enter"),
        ("?", "escape", "escape"), ("?", "q", "q"), ("t", "1", "enter", "enter"), (":", "escape", "escape"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_closed_twice_takes_nothing_along(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(stage: Staged) -> None:
        await stage.press(*(key for word in words for key in keys(word)))
        for _ in range(3):
            await stage.press("escape")
        assert stage.alone
        await stage.press("home", "right")
        assert stage.screen.frame.position == 1

    on_stage(prepare(ModelOptions(epochs=2)), act)


@pytest.mark.parametrize("key", [":", "ctrl+p"])
def test_a_command_chosen_by_two_enters_runs_once(key: str) -> None:
    async def act(stage: Staged) -> None:
        await stage.press(key, *"step one character")
        await stage.press("enter", "enter", "enter", "enter")
        assert stage.alone
        assert stage.screen.frame.position == 1

    on_stage(prepare(ModelOptions()), act)


@pytest.mark.parametrize("key", ["pagedown", "pageup", "up", "down", "enter"])
def test_a_command_list_without_room_has_no_pages(key: str) -> None:
    async def act(stage: Staged) -> None:
        await stage.press(":")
        await stage.resize(1, 1)
        await stage.press(key)
        await stage.resize(80, 24)
        await stage.press("escape")
        await stage.press("escape")
        await stage.press("home", "right")
        assert stage.screen.frame.position == 1

    on_stage(prepare(ModelOptions()), act)


def test_a_palette_may_close_before_it_is_filled() -> None:
    """As escape does that arrives together with the colon, however far the opening has come."""

    async def act(stage: Staged) -> None:
        for turns in range(40):
            palette = ActionPalette()
            stage.app.push_screen(palette)
            for _ in range(turns):
                await asyncio.sleep(0)
            await palette.dismiss(None)
        await stage.press("home", "right")
        assert stage.screen.frame.position == 1

    on_stage(prepare(ModelOptions()), act)
