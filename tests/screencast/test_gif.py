"""A GIF shows what the recording it is made of shows; without agg one sentence says where it comes from."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.screencast import gif
from lstm_tui.screencast.cast import Cast
from tests.screencast.gifs import Pixels, first_frame

HERE = shutil.which("agg", path=sysconfig.get_path("scripts")) or shutil.which("agg")
WIDTH, HEIGHT = 60, 8
ROWS = (  # a gate, a cursor, a coloured ground
    "hello  by-hand",
    "",
    "\x1b[7m[e]\x1b[m l l o      step 2/5",
    "0.97 ████████····",
    "",
    "",
    "",
    "guess 'l' \x1b[44m  \x1b[m",
)


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    cast = Cast(str(tmp_path / "a.cast"))
    cast.begin(WIDTH, HEIGHT, theme={"fg": "#d6d6dc", "bg": "#16161d", "palette": ":".join(["#0000ee"] * 16)})
    cast.output(0, "\x1b[?25l" + "\r\n".join(ROWS))
    cast.output(1, "")
    yield cast
    cast.close()


def inked(pixels: Pixels) -> list[str]:
    """Where a cell of the picture holds anything but its ground: a margin of a column and half a row is around all."""
    across, down = len(pixels[0]) / (WIDTH + 2), len(pixels) / (HEIGHT + 1)
    ground = pixels[0][0]

    def ink(row: int, column: int) -> bool:
        top, left = int((row + 0.5) * down) + 2, int((column + 1) * across) + 1
        some = (pixels[y][x] for y in range(top, top + int(down) - 3) for x in range(left, left + int(across) - 1))
        return any(max(abs(a - b) for a, b in zip(each, ground, strict=True)) > 40 for each in some)

    return ["".join("#" if ink(row, column) else " " for column in range(WIDTH)).rstrip() for row in range(HEIGHT)]


@pytest.mark.skipif(HERE is None, reason="the extra lstm-tui[gif] is not installed")
def test_a_frame_is_the_screen(cast: Cast, tmp_path: Path) -> None:
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.Stream(screen).feed("\r\n".join(ROWS))
    wanted = []
    for row in range(HEIGHT):
        cells = [screen.buffer[row][column] for column in range(WIDTH)]
        marks = ("#" if each.data.strip() or each.reverse or each.bg != "default" else " " for each in cells)
        wanted.append("".join(marks).rstrip())
    try:
        (tmp_path / "a.gif").write_bytes(gif.gif_of(cast.path, str(tmp_path), "a.gif"))
    except RunFailed as error:
        if "install a monospace font" not in str(error):
            raise
        pytest.skip("there is no font to draw with")
    assert inked(first_frame(tmp_path / "a.gif")) == wanted


def test_without_agg_one_sentence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(UserError, match=r"pip install 'lstm-tui\[gif\]'$"):
        gif.find_agg()


def test_what_agg_says_is_one_harmless_sentence(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = b"1 / 2 [==>]\nError: no faces matching font families \x1b[31m\xff\n\n"
    failed = subprocess.CompletedProcess([], 1, b"", said)
    monkeypatch.setattr(gif, "find_agg", lambda: "agg")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RunFailed) as caught:
        gif.gif_of(cast.path, str(tmp_path), "a.gif")
    sentence = str(caught.value)
    assert sentence.startswith("'a.gif' could not be made: agg said Error: no faces matching font families ␛[31m")
    assert sentence.endswith("install a monospace font, such as DejaVu Sans Mono")
    assert not any(unicodedata.category(each) == "Cc" for each in sentence)
