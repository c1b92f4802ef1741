"""What goes down the wire to terminals of every kind: how many colours, which signs, and nothing a text brings."""

from __future__ import annotations

import re
import unicodedata

import pytest

from lstm_tui.screencast.shipped_lessons import FOLDER
from lstm_tui.tui.system.characters import name, narrow
from tests.terminal.driver import Terminal, program
from tests.terminal.opening import opened
from tests.tui.test_characters import TEXTS

PASTED = FOLDER / "cells" / "swapped_gate.py"

pytestmark = pytest.mark.terminal

SEQUENCE = re.compile(
    r"\x1b\[[0-9;]*[ABCDGHJKm]|[\r\n\b]"  # what draws, and moves
    r"|\x1b\[\?(?:2026|25|1049|1004|2004|7)[hl]|\x1b\[\?(?:2026|2048)\$p"  # modes, and questions
    r"|\x1b\[[<>][0-9]*u|\x1b\[[0-9]* q|\x1b\]22;[a-z]*(?:\x07|\x1b\\)"  # the keyboard, the caret, the pointer
)
"""All that a program without a mouse may send besides text."""
MOUSE = b"\x1b[?1003h"


def depth(raw: bytes | bytearray) -> str:
    """The most colours that styles in `raw` ask for."""
    styles = [f";{style};" for style in re.findall(r"\x1b\[([0-9;]+)m", raw.decode())]
    for found, pattern in (("truecolor", ";[34]8;2;"), ("256", ";[34]8;5;"), ("16", ";(?:3|4|9|10)[0-7];")):
        if any(re.search(pattern, style) for style in styles):
            return found
    return "none"


def test_a_terminal_of_today_gets_all_colours_and_the_mouse(hello: Terminal) -> None:
    assert depth(hello.raw) == "truecolor"
    assert MOUSE in hello.raw


@pytest.mark.parametrize(
    ("env", "options", "colours"),
    [
        ({"NO_COLOR": "", "COLORTERM": ""}, (), "256"),  # an empty value means unset
        ({"NO_COLOR": "1"}, ("--color", "16"), "16"),
        ({"TERM": "linux", "COLORTERM": ""}, ("--color", "truecolor"), "truecolor"),
    ],
)
def test_colours_are_as_many_as_the_terminal_says_or_the_user(
    env: dict[str, str], options: tuple[str, ...], colours: str
) -> None:
    with opened("hello", *options, env=env) as terminal:
        terminal.press("right")
        terminal.until("step 1/5")
        assert depth(terminal.raw) == colours


def test_without_colours_mouse_and_signs_all_can_be_read_and_nothing_else_is_sent() -> None:
    cell = ("--cell", f"{PASTED}:PastedLSTM", "--text", "hello")
    with opened(*cell, "--ascii", "--no-mouse", env={"NO_COLOR": "1"}, columns=120, rows=40) as terminal:
        terminal.until("i and f are exchanged: c = i.c' + f.c~")
        terminal.press("right")
        negative, positive = re.compile(r"#\| +-\d\.\d\d"), re.compile(r"\|#+ +\+\d\.\d\d")
        # To the left of the centre line what is negative. The sentence may come a frame before the panels.
        terminal.until(lambda text: bool(negative.search(text) and positive.search(text)))
        for key, wanted in (("v", "^step 1 (t = 0)  'h'"), ("?", "i, c~, o"), ("end", "Underlined")):
            terminal.press(key)
            terminal.until(wanted)
        assert depth(terminal.raw) == "none"
        text = SEQUENCE.sub("", terminal.raw.decode())
        assert text.isascii()
        assert text.isprintable()
        assert str(PASTED.parent) not in text  # where a file lies is nobody else's business


def test_every_script_steps_one_code_point_a_step_and_none_is_obeyed() -> None:
    text = "".join(TEXTS.values()).replace("\0", "")
    with opened("--text", text, "--hidden", "1", "--no-mouse", columns=120, rows=30) as terminal:
        for number, character in enumerate(text, 1):
            terminal.press("right")
            terminal.until(f"step {number}/{len(text)} ")
            assert narrow(character) in unicodedata.normalize("NFC", terminal.lines[1])
            assert name(character)[:7] in terminal.lines[2]  # the end of the text is said beside it
        sent = SEQUENCE.sub("", terminal.raw.decode())
    wire = {character for character in sent if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    assert not wire
    assert set("ש世न👩") <= set(sent)  # the letters themselves do arrive


@pytest.mark.parametrize(
    "env",
    [{"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_a_terminal_that_cannot_show_it_is_told_what_can(env: dict[str, str]) -> None:
    with Terminal(program(), 300, 10, env=env) as terminal:
        assert terminal.exit_code() == 2
        assert re.match(
            r"lstm-tui: the terminal.*'lstm-tui trace' prints the steps anywhere\r\n$", terminal.raw.decode()
        )
