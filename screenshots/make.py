"""Writes the README's pictures from the real program, and plays the lessons: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lstm_tui.cli.commands import main as lstm_tui
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.app import make_app

HERE = Path(__file__).parent

KEYS = ("right", "right", "down", "down")
"""To step 2, where the first l is guessed, and to unit 2."""

PICTURES = {
    "hello-120x40.svg": ((120, 40), "dark", "hello", KEYS),
    "hello-120x40-light.svg": ((120, 40), "light", "hello", KEYS),
    "hello-80x24.svg": ((80, 24), "dark", "hello", KEYS),
    "numbers-100x30.svg": ((100, 30), "dark", "weather", ("right",) * 14),
}
"""File name → the terminal's size, the theme, the model, and the keys pressed."""

LESSONS = (
    "hello.keys", "swapped-gate.keys", "counting.keys", "debugging.keys", "input-gates.keys", "no-forgetting.keys",
    "held.keys", "causes.keys", "epochs.keys", "arabic.keys",
)  # fmt: skip
"""Scripts beside this file; each makes the pictures it names."""


async def picture(size: tuple[int, int], theme: str, model: str, keys: Sequence[str]) -> str:
    """The debugger on a bundled model after some keys, as an SVG that needs nothing from elsewhere."""
    app = make_app(prepare(ModelOptions(model=model)), ScreenOptions(theme=theme, color="truecolor"))
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()  # torch is here and the model is open
        await pilot.pause()
        for key in keys:
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
    for name, shown in PICTURES.items():
        (HERE / name).write_text(asyncio.run(picture(*shown)), encoding="utf-8")
        print(HERE / name)
    with tempfile.TemporaryDirectory() as folder:
        for lesson in LESSONS:
            for path in play(lesson, Path(folder)).parent.glob("*.svg"):
                print(shutil.move(path, HERE / path.name))


if __name__ == "__main__":
    main()
