"""Writes the README's pictures from the real program, and plays the lessons: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from lstm_tui.cli.commands import main as lstm_tui
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.app import make_app

HERE = Path(__file__).parent

PICTURES = {
    "hello-120x40.svg": ((120, 40), "dark"),
    "hello-120x40-light.svg": ((120, 40), "light"),
    "hello-80x24.svg": ((80, 24), "dark"),
}
"""File name → the terminal's size and the theme."""

LESSONS = (
    "hello.keys", "swapped-gate.keys", "counting.keys", "debugging.keys", "input-gates.keys", "no-forgetting.keys",
    "held.keys",
)  # fmt: skip
"""Scripts beside this file; each makes the pictures it names."""

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
        return app.picture()


def play(lesson: str, folder: Path) -> Path:
    """Plays a lesson: its recording in `folder`, with its pictures beside it. Raises `SystemExit` where it fails."""
    cast = folder / Path(lesson).with_suffix(".cast")
    if code := lstm_tui(["record", str(HERE / lesson), "-o", str(cast), "--trust"]):
        raise SystemExit(code)
    return cast


def main() -> None:
    """Writes all of them beside this file."""
    for name, (size, theme) in PICTURES.items():
        (HERE / name).write_text(asyncio.run(picture(size, theme)), encoding="utf-8")
        print(HERE / name)
    with tempfile.TemporaryDirectory() as folder:
        for lesson in LESSONS:
            for path in play(lesson, Path(folder)).parent.glob("*.svg"):
                print(shutil.move(path, HERE / path.name))


if __name__ == "__main__":
    main()
