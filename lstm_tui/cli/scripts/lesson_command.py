"""Lessons: listed, and played on the terminal at a person's pace."""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.cli.arguments import screen_options
from lstm_tui.cli.asked_model import prepared_model
from lstm_tui.cli.output import write
from lstm_tui.cli.scripts.record import naming_line, opened, over
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import quoted
from lstm_tui.core.filesystem.reach import FolderReach, Reach
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.screencast.script import Script, read_script
from lstm_tui.screencast.shipped_lessons import FOLDER, lesson_file, lessons, minutes
from lstm_tui.terminal_driver.tty import check_terminal, set_colors

if TYPE_CHECKING:
    from lstm_tui.tui.system.lesson_shelf import Lesson

ENDING = ".keys"


class LessonShelf:
    """Those that ship, for the list on the screen."""

    def titles(self) -> Sequence[tuple[str, str]]:
        """See `tui.system.lesson_shelf.Shelf`."""
        return [(lesson.name, lesson.script.title) for lesson in lessons()]

    def take(self, name: str) -> Lesson:
        """See `tui.system.lesson_shelf.Shelf`."""
        return _made(_script(name), Reach(str(FOLDER)))[0]


def listed() -> None:
    """`lstm-tui lessons`: a line for each."""
    for number, lesson in enumerate(lessons(), 1):
        script = lesson.script
        write(f"{number:2}  {lesson.name:18} {minutes(script):2} min   {script.title}\n")
    write("\n'lstm-tui lesson NAME' plays one: space goes on. Add --notes for the presenter's words.\n")


def lesson(arguments: Namespace) -> int:
    """`lstm-tui lesson [NAME | FILE.keys]`: plays it, and waits for the person."""
    script = _script(arguments.lesson or lessons()[0].name)
    if arguments.notes:
        write("".join(f"{line}\n" for line in script.notes) or "this lesson has no notes\n")
        return 0
    check_terminal()
    with reach.within(_reach(arguments)) if _is_file(arguments.lesson) else contextlib.nullcontext():
        taken, screen = _made(script, reach.now() if _is_file(arguments.lesson) else Reach(str(FOLDER)))
        screen = replace(over(screen, screen_options(arguments)), autosave=False)
        set_colors(screen.color)
        from lstm_tui.terminal_driver.driver import ThriftyDriver
        from lstm_tui.tui.app import run

        return run(taken.prepared, screen, ThriftyDriver, LessonShelf(), taken)


def _is_file(name: str | None) -> bool:
    return name is not None and (name.endswith(ENDING) or os.sep in name)


def _reach(arguments: Namespace) -> Reach:
    """What a lesson from elsewhere may read and write: its own folder, as a script that is recorded."""
    folder = os.path.dirname(arguments.lesson) or os.curdir
    if arguments.trust:
        return Reach(folder)
    here = FolderReach(folder)
    here.spare(arguments.lesson)
    return here


def _script(name: str) -> Script:
    """The script of that name, or in that file. Raises `UserError`."""
    if _is_file(name):
        return read_script(name)
    found = lesson_file(name)
    if found is None:
        known = ", ".join(lesson.name for lesson in lessons())
        raise UserError(f"there is no lesson {quoted(name)}: {known}; or give a script, such as ./mine.keys")
    return found.script


def _made(script: Script, here: Reach) -> tuple[Lesson, ScreenOptions]:
    """The lesson with its model, and how it wants to be shown."""
    from lstm_tui.tui.system.lesson_shelf import Lesson

    options, screen = ModelOptions(), ScreenOptions()
    if script.opened is not None:
        with naming_line(script, script.opened.line):
            options, screen = opened(script.opened.words, here)
    with _within(here), naming_line(script, script.opened.line if script.opened else 1):
        return Lesson(script, prepared_model(options)), screen


@contextlib.contextmanager
def _within(here: Reach) -> Iterator[None]:
    with reach.within(here) if reach.now() is not here else contextlib.nullcontext():
        yield
