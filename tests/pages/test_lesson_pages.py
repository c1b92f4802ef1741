"""Every lesson that ships: it plays to its end, all it claims holds, and its page opens and asks its questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_tui.cli.commands import main
from lstm_tui.screencast import script_commands as commands
from lstm_tui.screencast.shipped_lessons import LessonFile, lessons, minutes
from tests.pages.browser import CHROMIUM, Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser | None]:
    if CHROMIUM is None:
        yield None
        return
    browser = Browser()
    yield browser
    browser.close()


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_plays_and_its_page_opens(
    lesson: LessonFile, browser: Browser | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    page = tmp_path / "lesson.html"
    assert main(["record", lesson.name, "-o", str(page)]) == 0
    said = lesson.script.commands
    questions = [command for command in said if isinstance(command, commands.Ask)]
    pauses = sum(isinstance(command, commands.Pause) for command in said)
    assert questions
    assert any(isinstance(command, commands.Check | commands.Expect) for command in said)
    assert any(isinstance(command, commands.Note) for command in said)
    last = [command.text for command in said if isinstance(command, commands.Caption)][-1]
    assert last.startswith("Try it")
    assert 3 <= minutes(lesson.script) <= 6
    if browser is None:
        return
    browser.open(page)
    assert browser.text("#name") == lesson.script.title
    asked = []
    for _ in range(pauses + len(questions) + 2):
        if not browser.value("document.getElementById('question').hidden"):
            asked.append(browser.text("#asked"))
        browser.press(" ")
    assert asked == [question.question for question in questions]
    assert browser.text("#caption").endswith(last)
    assert browser.complaints == []
