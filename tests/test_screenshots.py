"""The pictures in the README are what the program draws, and need nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent.parent / "screenshots"


def maker() -> ModuleType:
    """`screenshots/make.py`, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = maker()


@pytest.mark.parametrize("name", make.PICTURES)
async def test_a_picture_shows_what_the_program_shows(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    drawn = await make.picture(*make.PICTURES[name])
    assert words(drawn) == words(committed), "run screenshots/make.py and look at what changed"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_loads_nothing(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    assert not re.search(r"url\((?!#)|<image|<script|xlink:href|@import", svg)


def words(svg: str) -> list[str]:
    """The text on a picture, piece by piece."""
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg)
