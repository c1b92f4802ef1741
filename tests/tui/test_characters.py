"""Every character of every script is one cell with a name, and stays in its place."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from rich.cells import cell_len

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.app import make_app
from lstm_tui.tui.system.characters import cell, name, narrow
from lstm_tui.tui.system.line_filters import harmless
from tests.tui.pilots import opened, screen_of

TEXTS = {
    "Arabic": "مرحبا ١٢",
    "Hebrew": "שָׁלוֹם",
    "Chinese": "你好，世界",
    "Devanagari": "नमस्ते",
    "emoji": "👩\u200d💻❤\ufe0f🇩🇪👍🏽",
    "controls": "a\tb\r\n\x1b[31m\x9b\u202e\u200bé\x00",
}
LTR, RTL = ("L",), ("R", "AL", "AN")


def test_every_code_point_is_one_cell_of_two_columns_that_no_terminal_obeys() -> None:
    uniform = (range(0x3400, 0x9FFF), range(0xAC00, 0xD7A0), range(0xE000, 0xF8FF), range(0x17000, 0x1D000))
    for code in range(sys.maxunicode + 1):
        if code % 101 and (code > 0x1FFFF or any(code in block for block in uniform)):
            continue  # one of a hundred is enough where thousands are alike
        character = chr(code)
        shown = cell(character)
        assert cell_len(shown) == (1 if 0x20 <= code < 0x7F else 2), hex(code)
        assert harmless(shown) == shown, hex(code)
    cell.cache_clear()


def test_a_symbol_of_several_characters_is_as_long_as_it_is() -> None:
    assert cell("<eos>") == "<eos>"
    assert name("<eos>") == name("a") == name(" ") == ""


@pytest.mark.parametrize(
    ("character", "shown", "called"),
    [
        ("\n", "␊ ", "LINE FEED"),
        ("\x7f", "␡ ", "DELETE"),
        ("\x9b", "9B", "U+009B"),
        ("\u200d", "ZJ", "ZERO WIDTH JOINER"),
        ("\u0301", "◌\u0301 ", "COMBINING ACUTE ACCENT"),
        ("ש", "ש\u2800", "HEBREW LETTER SHIN"),
        ("中", "中", "CJK UNIFIED IDEOGRAPH-4E2D"),
        ("🇩", "rD", "REGIONAL INDICATOR SYMBOL LETTER D"),
        ("\ue000", "00", "U+E000"),
    ],
)
def test_how_they_look_and_what_they_are_called(character: str, shown: str, called: str) -> None:
    assert (cell(character), name(character)) == (shown, called)
    assert cell_len(narrow(character)) <= 2


@pytest.mark.parametrize("script", TEXTS)
async def test_a_text_steps_one_code_point_at_a_time_and_nothing_is_reordered(script: str) -> None:
    text = TEXTS[script]
    app = make_app(prepare(ModelOptions(text=text, hidden=2)))
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot)
        screen = screen_of(pilot)
        assert screen.debugger is not None
        assert screen.debugger.length == len(text)
        for number, character in enumerate(text, 1):
            await pilot.press("right")
            await pilot.pause()
            rows = ["".join(s.text for s in strip) for strip in screen._compositor.render_strips()]
            assert all(cell_len(row) == 120 for row in rows)
            assert f"[{cell(character)}]" in rows[1]
            assert f"step {number}/{len(text)}" in rows[2]
            assert name(character)[:7] in rows[2]  # the end of the text is said beside it
            for row in rows:
                assert not reordered(row), row


def reordered(row: str) -> bool:
    """Whether two right-to-left characters stand in one run, which a terminal that reorders would turn round."""
    before = ""
    for character in row:
        direction = unicodedata.bidirectional(character)
        if direction in RTL and before in RTL:
            return True
        if direction in LTR or direction in RTL:
            before = direction
    return False
