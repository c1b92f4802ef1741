"""After every frame a terminal that read only the differences holds what one holds that read everything."""

from __future__ import annotations

import re
import unicodedata
from random import Random

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.terminal_driver.diff import Shown, difference
from lstm_tui.terminal_driver.screen_copy import ScreenCopy

from . import drawing
from .emulator import Emulator

ALPHABETS: dict[str, str | list[str]] = {
    "plain": drawing.PLAIN,
    "wide": drawing.WIDE,
    "marks": drawing.MARKED,
    "joined": drawing.JOINED,
}
seeds = st.integers(0, 2**32)


class Pair:
    """The same frames for a terminal that gets them whole and for one that gets differences."""

    def __init__(self, width: int, height: int, joined: int = 2) -> None:
        self.copy = ScreenCopy(width, height)
        self.shown = Shown(height)
        self.whole = Emulator(width, height, joined)
        self.thrifty = Emulator(width, height, joined)

    def write(self, data: str) -> None:
        assert list(self.copy.read(data)) == []
        self.whole.feed(data)

    def paint(self) -> str:
        text = difference(self.shown, self.copy)
        self.thrifty.feed(text)
        for y, (wanted, got) in enumerate(zip(self.whole.rows, self.thrifty.rows, strict=True)):
            assert got == wanted, f"row {y}"
        assert (self.thrifty.y, self.thrifty.x) == (self.whole.y, self.whole.x)
        assert (self.thrifty.style, self.thrifty.link) == ({}, "")
        return text

    def forget(self) -> None:
        self.shown.forget(self.copy.height)
        self.copy.drawn.update(range(self.copy.height))
        for row in self.copy.doubtful.values():
            row.forget()


_PIECE = re.compile(r"(?:\x1b\].*?\x1b\\)|\x1b\[(\d*)[;:\d]*([A-Za-z])|(.)", re.DOTALL)


def simply(text: str, rows: list[list[str]], cursor: list[int], eastern: bool = False) -> None:
    """A player that gives every code point a column of its own; an `eastern` one two to signs that are wide there."""
    for found in _PIECE.finditer(text):
        number, letter, character = found.groups()
        count = int(number or 1)
        match letter:
            case "H":
                cursor[:] = count - 1, int((re.findall(r";(\d+)", found[0]) or ["1"])[0]) - 1
            case "G":
                cursor[1] = count - 1
            case "A" | "B":
                cursor[0] += count if letter == "B" else -count
            case "C" | "D":
                cursor[1] += count if letter == "C" else -count
            case "J":
                rows[:] = [[" "] * len(rows[0]) for _ in rows]
            case None if character == "\r":
                cursor[1] = 0
            case None if character == "\b":
                cursor[1] -= 1
            case None if character:
                if cursor[1] < len(rows[0]):
                    rows[cursor[0]][cursor[1]] = character
                cursor[1] += 1
                if eastern and unicodedata.east_asian_width(character) == "A":
                    if cursor[1] < len(rows[0]):
                        rows[cursor[0]][cursor[1]] = ""
                    cursor[1] += 1


@given(seed=seeds)
def test_a_recording_shows_all_but_the_marks_where_every_code_point_takes_a_column(seed: int) -> None:
    random, alphabet, width = Random(seed), [*drawing.PLAIN, "c\u0303", "o\u0308\u0301"], 24
    copy, shown = ScreenCopy(width, 5), Shown(5, anywhere=True)
    rows, cursor = [[" "] * width for _ in range(5)], [0, 0]
    for frame in range(4):
        list(copy.read(drawing.frame(random, width, 5, alphabet, whole=not frame or random.random() < 0.3)))
        simply(difference(shown, copy), rows, cursor)
        for got, wanted in zip(rows, copy.rows, strict=True):
            assert got == [cell.text[0] for cell in wanted]


@given(seed=seeds)
def test_where_bars_take_two_columns_a_recording_stays_in_its_places(seed: int) -> None:
    """Nothing but the cell behind a sign of doubtful width suffers by it, however long a bar is."""
    random, width = Random(seed), 24
    copy, shown = ScreenCopy(width, 5), Shown(5, anywhere=True)
    rows, cursor = [[" "] * width for _ in range(5)], [0, 0]
    for frame in range(4):
        list(copy.read(drawing.frame(random, width, 5, [*"ab cd", "━", "█"], whole=not frame)))
        simply(difference(shown, copy), rows, cursor, eastern=True)
    for got, wanted in zip(rows, copy.rows, strict=True):
        texts = [cell.text for cell in wanted]
        for x, text in enumerate(texts):
            if text not in "━█" and (not x or texts[x - 1] not in "━█") and got[x]:
                assert got[x] == text


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(seed=seeds)
def test_every_frame_of_a_random_script_arrives(alphabet: str, seed: int) -> None:
    random = Random(seed)
    pair = Pair(24, 5)
    for _ in range(8):
        pair.write(drawing.frame(random, 24, 5, ALPHABETS[alphabet], whole=random.random() < 0.3))
        pair.paint()


@given(seed=seeds)
def test_terminals_that_disagree_about_joined_emoji_show_what_they_would_have_shown(seed: int) -> None:
    random = Random(seed)
    pair = Pair(24, 3, joined=4)
    for _ in range(8):
        pair.write(drawing.frame(random, 24, 3, drawing.JOINED, whole=random.random() < 0.3))
        pair.paint()


@given(seed=seeds, alphabet=st.sampled_from(["plain", "wide", "marks"]))
def test_frames_that_were_skipped_leave_no_trace(seed: int, alphabet: str) -> None:
    random = Random(seed)
    pair = Pair(24, 5)
    for _ in range(12):
        pair.write(drawing.frame(random, 24, 5, ALPHABETS[alphabet], whole=random.random() < 0.3))
        if random.random() < 0.4:
            pair.paint()
    pair.paint()


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(seed=seeds)
def test_a_forgotten_screen_is_drawn_whole_over_anything(alphabet: str, seed: int) -> None:
    random = Random(seed)
    pair = Pair(24, 5)
    for _ in range(4):
        pair.write(drawing.frame(random, 24, 5, ALPHABETS[alphabet]))
        pair.paint()
    pair.thrifty.feed("\x1b[1;1H" + "\x1b[41mrubbish\x1b[0m" * 3)
    pair.forget()
    pair.paint()


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(seed=seeds)
def test_a_resize_followed_by_a_layout_arrives(alphabet: str, seed: int) -> None:
    random = Random(seed)
    pair = Pair(24, 5)
    for _ in range(4):
        pair.write(drawing.frame(random, pair.copy.width, pair.copy.height, ALPHABETS[alphabet]))
        pair.paint()
        width, height = random.randint(3, 40), random.randint(1, 9)
        pair.whole.resize(width, height)
        pair.thrifty.resize(width, height)
        pair.copy.resize(width, height)
        pair.forget()
        pair.write(drawing.frame(random, width, height, ALPHABETS[alphabet], whole=True))
        pair.paint()


@given(seed=seeds)
def test_another_emulator_agrees(seed: int) -> None:
    """pyte knows neither hyperlinks nor some attributes, but its opinions are its own."""
    random = Random(seed)
    copy, shown = ScreenCopy(30, 6), Shown(6)
    screens = [pyte.Screen(30, 6) for _ in range(2)]
    streams = [pyte.Stream(screen) for screen in screens]
    for stream in streams:
        stream.feed("\x1b[?7l")
    for _ in range(8):
        data = drawing.frame(random, 30, 6, drawing.MARKED, whole=random.random() < 0.3)
        assert list(copy.read(data)) == []
        streams[0].feed(data)
        streams[1].feed(difference(shown, copy))
        cells = [[[screen.buffer[y][x] for x in range(30)] for y in range(6)] for screen in screens]
        assert cells[1] == cells[0]


def test_an_unchanged_frame_costs_nothing() -> None:
    random = Random(1)
    pair = Pair(24, 5)
    data = drawing.frame(random, 24, 5, drawing.MARKED, whole=True)
    pair.write(data)
    assert pair.paint()
    pair.write(data)
    assert pair.paint() == ""


def test_very_many_styles_do_not_fill_the_memory() -> None:
    pair = Pair(20, 2)
    for red in range(256):
        for blue in range(0, 256, 8):
            pair.write(f"\x1b[1;1H\x1b[38;2;{red};0;{blue}mx\x1b[0m\x1b[1;1H")
        if pair.copy.tidy():
            pair.forget()
        pair.paint()
    assert len(pair.copy.pens) < 5000


def floor(before: Emulator, rows: list[list[tuple[str, tuple[str, ...], str]]]) -> int:
    """The fewest bytes a cell-by-cell redraw could have used: the changed cells and 6 for each run of them."""
    count = 0
    for old, new in zip(before.rows, rows, strict=True):
        running = False
        for one, other in zip(old, new, strict=True):
            if one != other:
                count += len(other[0].encode()) + (0 if running else 6)
            running = one != other
    return count


def panels(step: int, ramp: list[str]) -> str:
    """Six panels of eight bars at 120×40, all values moving a little, drawn whole as a careless widget would."""
    random = Random(step)
    parts = []
    for panel in range(6):
        left, top = panel % 3 * 40, panel // 3 * 12 + 2
        for unit in range(8):
            value = random.random()
            eighths = round(value * 24 * 8)
            bar = ("█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8]).ljust(26, "·")
            parts.append(
                f"\x1b[{top + unit};{left + 1}H\x1b[38;2;200;200;200;48;2;18;18;18m {unit} \x1b[0m"
                f"\x1b[{ramp[round(value * (len(ramp) - 1))]};48;2;18;18;18m{bar}\x1b[0m"
                f"\x1b[38;2;200;200;200;48;2;18;18;18m {value:.2f}     \x1b[0m"
            )
    return "\n".join(parts) + "\x1b[1;1H"


@pytest.mark.parametrize("colours", [1, 2, 33])
def test_a_step_costs_little_more_than_the_cells_that_change(colours: int) -> None:
    ramp = [f"38;2;{40 + 6 * level};{80 + 3 * level};{250 - 6 * level}" for level in range(colours)]
    pair = Pair(120, 40)
    spent = least = 0
    for step in range(12):
        before = Emulator(120, 40)
        before.rows = pair.thrifty.cells()
        pair.write(panels(step, ramp))
        size = len(pair.paint().encode())
        if step:
            spent += size
            least += floor(before, pair.whole.rows)
    assert spent <= 1.5 * least
