"""The lessons that ship, in the order in which they are meant to be taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lstm_tui.screencast import script_commands as commands
from lstm_tui.screencast.script import Script, read_script

FOLDER = Path(__file__).parent.parent / "lessons"
WORDS_A_MINUTE, A_PAUSE = 110, 0.15
"""Read while looking at the screen; and the minutes that a pause takes beside the reading."""


@dataclass(frozen=True)
class LessonFile:
    """One of them."""

    name: str
    path: str

    @property
    def script(self) -> Script:
        """What it says."""
        return read_script(self.path)


def lessons() -> tuple[LessonFile, ...]:
    """All of them: their files begin with their numbers."""
    files = sorted(FOLDER.glob("*.keys"))
    return tuple(LessonFile(re.sub(r"^[0-9]+-", "", file.stem), str(file)) for file in files)


def lesson_file(name: str) -> LessonFile | None:
    """The one of that name or number; None where there is none."""
    for number, lesson in enumerate(lessons(), 1):
        if name in (lesson.name, str(number)):
            return lesson
    return None


def minutes(script: Script) -> int:
    """About how long it takes."""
    words, pauses = 0, 0
    for command in script.commands:
        words += len(command.text.split()) if isinstance(command, commands.Caption) else 0
        words += len(command.question.split()) if isinstance(command, commands.Ask) else 0
        pauses += isinstance(command, commands.Pause | commands.Ask)
    return max(1, round(words / WORDS_A_MINUTE + pauses * A_PAUSE))
