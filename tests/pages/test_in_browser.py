"""The page in a browser, as somebody reads it: with keys, with a finger, with a screen reader, on a phone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import lstm_tui
from lstm_tui.cli.commands import main
from lstm_tui.pages.page import Chapter, Scene, page
from tests.pages.browser import CHROMIUM, Browser
from tests.pages.test_records import HOSTILE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

EXACT = """[...document.querySelectorAll('#lines data')].map(each => [each.dataset.quantity, each.value])"""
SHOWN = """[...document.querySelectorAll('#panels section')].map(panel =>
  [...panel.querySelectorAll('data')].map(each => each.value))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "hello.html"
    lstm_tui.trace("hello").to_html(path)
    return path


@pytest.fixture(autouse=True)
def nothing_leaves(browser: Browser) -> Iterator[None]:
    """Whatever is done with a page, it asks for nothing, breaks no policy, and its script does not fail."""
    yield
    assert [url for url in browser.requests if not url.startswith(("file:", "about:"))] == []
    assert len({url.partition("#")[0] for url in browser.requests if url.startswith("file:")}) <= 1
    assert browser.complaints == []


def test_keys_step_and_every_number_is_the_traces(browser: Browser, hello: Path) -> None:
    browser.open(hello)
    assert browser.text("#status").startswith("step\xa00/5   zero state   next \u2068'h'\u2069")
    browser.press("ArrowDown")
    steps = lstm_tui.trace("hello")
    for k, step in enumerate(steps, 1):
        browser.press("ArrowRight")
        assert browser.text("#status").startswith(f"step\xa0{k}/5   reading \u2068'{step.char}'\u2069")
        values = step.layers[0].values
        for panel, vector in zip(browser.value(SHOWN), values.values(), strict=True):
            assert list(map(float, panel)) == list(vector)
        assert [(name, float(x)) for name, x in browser.value(EXACT)] == [(name, v[1]) for name, v in values.items()]
        shown = browser.value("[...document.querySelectorAll('.equation')].map(each => each.textContent)")
        assert shown == [each.text for each in steps._debugger.equations(0, 1, k)]
        assert step.prediction is not None
        guesses = browser.value("[...document.querySelectorAll('#guesses data')].map(each => each.value)")
        assert list(map(float, guesses)) == [guess.p for guess in step.prediction.top[:5]]
    for key, place in (("ArrowRight", 5), ("Home", 0), ("ArrowLeft", 0), ("End", 5), ("ArrowLeft", 4)):
        browser.press(key)
        assert browser.text("#status").startswith(f"step\xa0{place}/5"), key


def test_a_sum_adds_up_as_it_is_printed(browser: Browser, hello: Path) -> None:
    browser.open(hello)
    browser.press("End")
    sums = browser.value("[...document.querySelectorAll('.sum')].map(each => each.textContent)")
    assert len(sums) == 4
    for line in sums:
        total, _, parts = line.partition(" = ")
        assert math.isclose(sum(float(part.split(" ")[-1]) for part in parts.split(", ")), float(total), abs_tol=1e-9)


def test_buttons_slider_units_and_a_swipe_go_there_too(browser: Browser, hello: Path) -> None:
    browser.open(hello, 375, 812)
    assert browser.value("[document.documentElement.scrollWidth, innerWidth]") == [375, 375]
    browser.value("document.getElementById('forward').click()")
    browser.value("const s = document.getElementById('slider'); s.value = 3; s.dispatchEvent(new Event('input'))")
    assert browser.text("#status").startswith("step\xa03/5")
    browser.swipe((300, 600), (60, 600))
    assert browser.text("#status").startswith("step\xa04/5")
    browser.value("document.querySelectorAll('#panels section:nth-child(5) button')[6].click()")
    assert browser.text("#equations-title") == "unit 6: its numbers"
    browser.value("document.querySelectorAll('#text button')[1].click()")
    assert browser.text("#status").startswith("step\xa02/5")
    heights = browser.value("[...document.querySelectorAll('main button, main select')].map(each => each.offsetHeight)")
    assert min(height for height in heights if height) >= 24, "a finger finds every one of them"


def test_it_can_be_heard(browser: Browser, hello: Path) -> None:
    browser.open(hello)
    browser.value("document.getElementById('last').focus()")
    browser.press("End")
    assert browser.value("document.activeElement.id") == "back", "a button that goes dead hands on the focus"
    assert browser.text("#said").startswith("step 5 of 5; reading o; guess ")
    names = browser.names()
    wanted = {
        ("button", "step forward"), ("slider", "step"), ("combobox", "unit"), ("status", ""), ("group", "text"),
        ("region", "1 f forget"), ("region", "6 h hidden"), ("region", "guess"), ("region", "unit 0: its numbers"),
        ("heading", "hello"), ("button", "step 2: e"),
    }  # fmt: skip
    assert wanted <= set(names)
    assert [role for role, name in names if role in ("button", "slider", "combobox", "region") and not name] == []
    value = lstm_tui.trace("hello")[4].layers[0].values["h"][2]
    assert any(name.startswith(f"unit 2: h {value:+.2f}") for role, name in names if role == "button")


@pytest.mark.parametrize("dark", [False, True])
def test_its_words_stand_out_from_the_ground(browser: Browser, hello: Path, dark: bool) -> None:
    browser.open(hello, dark=dark)
    colours = "['--ground', '--text', '--quiet', '--minus', '--plus', '--gate'].map(name => getComputedStyle(document"
    ground, *inks = browser.value(f"{colours}.documentElement).getPropertyValue(name))")
    assert (luminance(ground) < 0.5) == dark
    for ink in inks:
        low, high = sorted((luminance(ground), luminance(ink)))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def luminance(colour: str) -> float:
    digits = colour.strip("# ")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = (int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_hostile_text_is_read_and_does_nothing(browser: Browser, tmp_path: Path) -> None:
    text = "".join(HOSTILE[:-1])
    (tmp_path / "text").write_text(text)
    path = tmp_path / "x'><img src=x onerror=alert(1)>.html"
    assert main(["trace", "--hidden", "1", "--file", str(tmp_path / "text"), "--format", "html", "-o", str(path)]) == 0
    browser.open(path)
    browser.press("End")
    assert browser.text("#status").startswith(f"step\xa0{len(text)}/{len(text)}")
    assert browser.value("document.scripts.length") == 2
    assert browser.value("document.images.length") == 0


def test_a_lesson_steps_from_caption_to_caption(browser: Browser, tmp_path: Path) -> None:
    debugger = lstm_tui.trace("hello")._debugger
    chapter = Chapter(debugger)
    for step in debugger.steps(0, 3):
        chapter.add(step, {})
    hostile = "</script><img src=x onerror=alert(1)>"
    scenes = [Scene(0, 0, 0), Scene(1, 0, 4, hostile, "one"), Scene(1, 0, 4, "again", "one"), Scene(0, 0, 2, "back")]
    (tmp_path / "a.html").write_text("".join(page([chapter], scenes, "A lesson", "1")))
    browser.open(tmp_path / "a.html")
    shown = []
    for _ in scenes:
        shown.append((browser.text("#status")[:8], browser.text("#caption"), browser.text("#equations-title")[:6]))
        browser.press("ArrowRight")
    assert shown == [
        ("step\xa00/5", "", "unit 0"),
        ("step\xa01/5", "one" + hostile, "unit 4"),
        ("step\xa01/5", "oneagain", "unit 4"),
        ("step\xa00/5", "back", "unit 2"),
    ]
    assert browser.text("h1") == "A lesson"


def test_a_hundred_steps_of_eight_units_are_small(tmp_path: Path) -> None:
    path = tmp_path / "hundred.html"
    assert main(["trace", "hello", "--random", "100", "--format", "html", "-o", str(path)]) == 0
    assert path.stat().st_size < 300_000
