"""The script language: what a user would do at the keyboard, one command a line. Pure: text in, commands out.

    open brackets --theme projector     the model and how it is shown, as on the command line; the first command, if any
    size 120x40                         the terminal's size
    title "Counting brackets"           what a player and a page call it, before the first key
    press right*3 down                  keys, as the help names them
    type "hello"                        characters, one by one
    wait 0.5                            seconds
    caption "what to look at"           words in the bar at the bottom; "" takes them away
    mark "a chapter"                    a place that players can go to
    expect "step 3/5"                   what the screen must show now
    check c[3] > 2                      a condition that must hold at this step
    pause                               a person presses space to go on; a recording leaves time to read
    ask "which unit?" = "3" | "three"   a question, and the answers that are right
    hide guess                          until `show guess`: what will it guess?
    note "say why"                      for the presenter alone
    picture counting.svg                a picture of the screen, beside the recording
    # a comment, also behind a command

Strings are in double quotes, with \\" and \\\\ and \\n as in JSON.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import quoted, read_text
from lstm_tui.core.vocabulary import visible
from lstm_tui.screencast.script_commands import Ask, Caption, Mark, Note, Open, Picture, ScriptCommand, Size, Title
from lstm_tui.screencast.script_lines import LineError, command_of

SIZE = (120, 40)
"""Columns and rows where the script says nothing."""


@dataclass(frozen=True)
class Script:
    """A script that was understood. Whatever is set up before the first key is not among its commands."""

    name: str
    """As messages show it."""
    opened: Open | None
    size: tuple[int, int]
    title: str
    """Its own, or the file's name without folders and ending."""
    commands: tuple[ScriptCommand, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures it will make."""
        return tuple(command for command in self.commands if isinstance(command, Picture))

    @property
    def captioned(self) -> bool:
        """Whether room for captions is needed."""
        return any(isinstance(command, Caption | Ask) for command in self.commands)

    @property
    def notes(self) -> tuple[str, ...]:
        """Chapters and the presenter's words, in order."""
        indents = {Mark: "", Note: "  "}
        return tuple(
            f"{indents[type(command)]}{command.label if isinstance(command, Mark) else command.text}"
            for command in self.commands
            if isinstance(command, Mark | Note)
        )


def read_script(path: str) -> Script:
    """The script in a file. Raises `UserError` with the line."""
    data = read_text(path, "latin-1").text.encode("latin-1")  # the bytes: a script's encoding is not asked for
    try:
        return parse(data.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, f"0x{data[error.start]:02x}"
        raise UserError(f"{quoted(path)}, line {line}: byte {byte} is not UTF-8: save the script in UTF-8") from None


def parse(text: str, path: str) -> Script:
    """A script, of whatever lines it has. Raises `UserError` that names the line of the first mistake."""
    opened: Open | None = None
    size: tuple[int, int] | None = None
    title = ""
    commands: list[ScriptCommand] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            command = command_of(number, line)
            if isinstance(command, Open):
                if opened is not None or commands:
                    raise LineError("open comes first, and only once")
                opened = command
            elif isinstance(command, Size) and size is None and not commands:
                size = (command.width, command.height)
            elif isinstance(command, Title):
                if title or commands:
                    raise LineError("title comes before the first key, and once")
                title = command.text
            elif command is not None:
                commands.append(command)
        except LineError as mistake:
            raise UserError(f"{quoted(path)}, line {number}: {mistake}") from None
    if not commands:
        raise UserError(f"{quoted(path)} contains no command: write one per line, such as press right")
    _check_pictures(commands, path)
    named = os.path.splitext(os.path.basename(path))[0]
    return Script(visible(path), opened, size or SIZE, visible(title or named), tuple(commands))


def _check_pictures(commands: list[ScriptCommand], path: str) -> None:
    named: dict[str, int] = {}
    for command in commands:
        if isinstance(command, Picture):
            first = named.setdefault(os.path.normpath(command.path), command.line)
            if first != command.line:
                raise UserError(
                    f"{quoted(path)}, line {command.line}: {quoted(command.path)} is already the picture of line "
                    f"{first}: give it another name"
                )
