"""Writes the README's pictures from the real program: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from lstm_tui.debugger import prepare
from lstm_tui.options import ModelOptions
from lstm_tui.tui.app import make_app
from lstm_tui.tui.screen_options import ScreenOptions

HERE = Path(__file__).parent

PICTURES = {
    "hello-120x40.svg": ((120, 40), "dark"),
    "hello-120x40-light.svg": ((120, 40), "light"),
    "hello-80x24.svg": ((80, 24), "dark"),
}
"""File name → the terminal's size and the theme."""

KEYS = ("right", "right", "down", "down")
"""To step 2, where the first l is guessed, and to unit 2."""


async def picture(size: tuple[int, int], theme: str) -> str:
    """The debugger on `hello` at step 2 as an SVG that needs nothing from elsewhere."""
    app = make_app(prepare(ModelOptions()), ScreenOptions(theme=theme, color="truecolor"))
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()  # torch is here and the model is open
        await pilot.pause()
        for key in KEYS:
            await pilot.press(key)
        await pilot.pause()
        return without_links(app.export_screenshot(title="lstm-tui"))


def without_links(svg: str) -> str:
    """`svg` without the addresses of its fonts: a reader's browser asks nobody for them, and takes its own."""
    return re.sub(r",\s*url\([^)]*\)\s*format\([^)]*\)", "", svg)


def main() -> None:
    """Writes all of them beside this file."""
    for name, (size, theme) in PICTURES.items():
        (HERE / name).write_text(asyncio.run(picture(size, theme)), encoding="utf-8")
        print(HERE / name)


if __name__ == "__main__":
    main()
