"""Lessons played in the debugger at a person's pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.screencast.script import parse
from lstm_tui.tui.system.lesson_shelf import Lesson, is_right
from tests.tui.staged import Staged, on_stage

BRACKETS = """
open brackets --text ".(())."
caption "First."
press right down
pause
ask "How many brackets are open?" = "0" | "none"
hide guess
press right
pause
show guess
check p('(') < 2
caption "There."
"""


class OneLesson:
    """A shelf with one lesson."""

    def titles(self) -> list[tuple[str, str]]:
        return [("brackets", "Brackets")]

    def take(self, name: str) -> Lesson:
        return Lesson(parse(BRACKETS, f"{name}.keys"), prepare(ModelOptions(model="brackets", text=".(()).")))


def playing(act: Callable[[Staged], Awaitable[None]]) -> None:
    """`act` while the lesson plays that was chosen in the list, over `hello` at step 2 with a state set to zero."""

    async def chosen(stage: Staged) -> None:
        for keys in (("right", "right", "z"), (":",), ("l", "e", "s", "s", "o", "n", "s"), ("enter",), ("enter",)):
            await stage.press(*keys)
            await stage.settle(1)
        await stage.settle(2)
        await act(stage)

    on_stage(prepare(ModelOptions(model="hello")), chosen, shelf=OneLesson())


def text(stage: Staged) -> str:
    return "\n".join("".join(row) for row in stage.cells())


async def until(stage: Staged, words: str) -> str:
    for _ in range(100):
        await stage.settle(0.1)
        if words in text(stage):
            return text(stage)
    raise AssertionError(f"never showed {words!r}:\n{text(stage)}")


def test_space_goes_on_and_comes_back_to_the_lessons_place() -> None:
    async def act(stage: Staged) -> None:
        before = await until(stage, "space: go on")
        assert "First." in before
        assert "step 1/6" in before
        await stage.press("right", "right", "z", "up", "v", "x")
        assert "step 1/6" not in text(stage)
        await stage.press("space")
        await until(stage, "back at the lesson's place")
        await stage.press("left", "right", "up", "down")  # what was said is read
        await stage.press("space")
        assert await until(stage, "a question")

    playing(act)


def test_what_was_done_astray_is_undone_to_the_last_bar() -> None:
    async def act(stage: Staged) -> None:
        before = await until(stage, "space: go on")
        await stage.press("right", "right", "z", "x", "t")
        await stage.press("tab", "1", "enter")
        await stage.settle(5)
        await stage.press("space")
        after = await until(stage, "back at the lesson's place")
        assert after.split("\n")[3:] == before.split("\n")[3:]
        assert stage.screen.workspace.debugger.interventions == ()

    playing(act)


def test_keys_that_come_between_those_of_the_lesson_change_nothing() -> None:
    async def act(stage: Staged) -> None:
        first = await until(stage, "space: go on")
        await stage.press("space")
        await until(stage, "a question")
        await stage.press("escape")
        await until(stage, "It is 0.")
        await stage.press("space", "right", "e", "escape", "t", "down", "enter")  # while it presses right itself
        shown = await until(stage, "hidden: what will it be?")
        assert "step 2/6" in shown
        assert first.split("\n")[0] == shown.split("\n")[0]

    playing(act)


@pytest.mark.parametrize(
    ("typed", "said"), [("none of them", "Right: 0."), ("7", "Not quite: it is 0."), ("", "It is 0.")]
)
def test_answers_are_judged_and_counted(typed: str, said: str) -> None:
    async def act(stage: Staged) -> None:
        await until(stage, "space: go on")
        await stage.press("space")
        await until(stage, "How many brackets are open?")
        await stage.press(*("space" if ch == " " else ch for ch in typed), "enter" if typed else "escape")
        await until(stage, said)
        await stage.press("space")
        hidden = await until(stage, "hidden: what will it be?")
        assert "p –" in hidden
        await stage.press("space")
        shown = await until(stage, "the end")
        assert f"{int(said.startswith('Right'))} of 1 right" in shown
        assert "hidden:" not in shown

    playing(act)


def test_leaving_brings_back_what_was_open_and_what_was_done_to_it() -> None:
    async def act(stage: Staged) -> None:
        await until(stage, "space: go on")
        await stage.press("right", "q")
        shown = await until(stage, "lesson left")
        assert "step 2/5" in shown
        assert "space: go on" not in shown
        debugger = stage.screen.workspace.debugger
        assert (debugger.about.name, debugger.edits) == ("hello", (2,))
        await stage.press("u", "space")  # undo is still known, and space steps
        assert (debugger.edits, debugger.position) == ((), 3)

    playing(act)


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [
        ("f", (" F ", "'f'", "f.", "it is f"), ("i", "", "not f")),
        ("forget gate", ("the forget gate.", "The Forget Gate"), ("forget", "gate f")),
        ("0.51", ("0.5", "0,51", ".52", "about 0.51"), ("0.48", "51", "five")),
        ("-0.29", ("-0.29", "−0.3"), ("0.29",)),
        ("4", ("about 4", "4.0"), ("5", "four")),
        (")", (")", "')'"), ("(", "")),
        ("no", ("no", "No, it cannot"), ("yes",)),
        ("a", ("a", "'a'"), ("b",)),
    ],
)
def test_answers_are_judged_kindly(answer: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    assert [typed for typed in right if not is_right(typed, ("other", answer))] == []
    assert [typed for typed in wrong if is_right(typed, (answer,))] == []
