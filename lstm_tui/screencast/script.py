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
    picture counting.svg                a picture of the screen, beside the recording
    # a comment, also behind a command

Strings are in double quotes, with \\" and \\\\ and \\n as in JSON.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import quoted, read_text
from lstm_tui.core.vocabulary import visible
from lstm_tui.screencast.keyboard import known_key, similar_key
from lstm_tui.screencast.script_commands import (
    Caption,
    Expect,
    Mark,
    Open,
    Picture,
    Press,
    ScriptCommand,
    Size,
    Title,
    Type,
    Wait,
)

SIZE = (120, 40)
"""Columns and rows where the script says nothing."""
SMALLEST, LARGEST = (20, 5), (500, 200)
LONGEST_WAIT = 3600.0
MOST_KEYS = 10_000
"""Times one key may be repeated."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_REPEATED = re.compile(r"(.+?)(?:\*([0-9]{1,5}))?")


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
        return any(isinstance(command, Caption) for command in self.commands)


class _LineError(Exception):
    """Why a line cannot be read."""


def read_script(path: str) -> Script:
    """The script in a file. Raises `UserError` with the line."""
    data = read_text(path, "latin-1").text.encode("latin-1")  # the bytes: nobody is asked for a script's encoding
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
            command = _command(number, line)
            if isinstance(command, Open):
                if opened is not None or commands:
                    raise _LineError("open comes first, and only once")
                opened = command
            elif isinstance(command, Size) and size is None and not commands:
                size = (command.width, command.height)
            elif isinstance(command, Title):
                if title or commands:
                    raise _LineError("title comes before the first key, and once")
                title = command.text
            elif command is not None:
                commands.append(command)
        except _LineError as mistake:
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


def _command(number: int, line: str) -> ScriptCommand | None:
    """What a line says; None where it says nothing."""
    tokens = _tokens(line)
    if not tokens:
        return None
    word, *rest = tokens
    if word == "open":
        return Open(number, _words(line))
    read = _COMMANDS.get(word)
    if read is None:
        raise _LineError(f"there is no command '{visible(word)}': {', '.join(('open', *_COMMANDS))} are the commands")
    return read(number, rest)


def _tokens(line: str) -> list[str]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(line):
        token = match[0]
        if token.startswith("#"):
            break
        if token.startswith('"') and (len(token) == 1 or not token.endswith('"')):
            raise _LineError("the closing quote of a string is missing (the key itself is called quotation_mark)")
        tokens.append(token)
    return tokens


def _words(line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line, comments=True)[1:])
    except ValueError:
        raise _LineError("a closing quote is missing") from None


def _string(word: str, arguments: list[str], example: str) -> str:
    """The one string a command takes."""
    if len(arguments) != 1 or not arguments[0].startswith('"'):
        raise _LineError(f"{word} takes one string in double quotes, as in {word} {example}")
    try:
        text: str = json.loads(arguments[0], strict=False)
        text.encode()
    except ValueError:
        raise _LineError('after a \\ write ", \\, n, t or a code such as u0041') from None
    return text


def _press(number: int, arguments: list[str]) -> Press:
    keys: list[str] = []
    for argument in arguments:
        match = _REPEATED.fullmatch(argument)
        if match is None or not 0 < int(match[2] or 1) <= MOST_KEYS:
            raise _LineError(f"'{visible(argument)}' is not a key with a count from 1 to {MOST_KEYS}")
        key = known_key(match[1])
        if key is None:
            near = similar_key(match[1])
            hint = f"did you mean {near}?" if near else "use the names in the help (right, enter, ctrl+l, x)"
            raise _LineError(f"no key is called '{visible(match[1])}': {hint}")
        keys += [key] * int(match[2] or 1)
    if not keys:
        raise _LineError("press takes keys, as in press right*3 enter")
    return Press(number, tuple(keys))


def _wait(number: int, arguments: list[str]) -> Wait:
    try:
        (word,) = arguments
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise _LineError(f"wait takes seconds from 0 to {LONGEST_WAIT:g}, as in wait 0.5")
    return Wait(number, seconds)


def _size(number: int, arguments: list[str]) -> Size:
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", " ".join(arguments))
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (SMALLEST[0] <= width <= LARGEST[0] and SMALLEST[1] <= height <= LARGEST[1]):
        smallest, largest = (f"{columns}x{rows}" for columns, rows in (SMALLEST, LARGEST))
        raise _LineError(f"size takes columns x rows from {smallest} to {largest}, as in size 120x40")
    return Size(number, width, height)


def _mark(number: int, arguments: list[str]) -> Mark:
    return Mark(number, _string("mark", arguments, '"the first l"') if arguments else f"line {number}")


def _title(number: int, arguments: list[str]) -> Title:
    text = _string("title", arguments, '"Counting brackets"')
    if not text.strip():
        raise _LineError("a title needs at least one character that shows")
    return Title(number, text)


def _expect(number: int, arguments: list[str]) -> Expect:
    text = _string("expect", arguments, '"step 3/5"')
    if not text.strip() or "\n" in text:
        raise _LineError("expect takes a text within one row of the screen")
    return Expect(number, text)


def _picture(number: int, arguments: list[str]) -> Picture:
    path = _string("picture", arguments, "") if arguments[:1] and arguments[0].startswith('"') else " ".join(arguments)
    if not path.lower().endswith(".svg") or len(arguments) != 1:
        raise _LineError("picture takes a file name that ends in .svg, as in picture counting.svg")
    return Picture(number, path)


_COMMANDS: dict[str, Callable[[int, list[str]], ScriptCommand]] = {
    "size": _size,
    "title": _title,
    "press": _press,
    "type": lambda number, arguments: Type(number, _string("type", arguments, '"hello"')),
    "wait": _wait,
    "caption": lambda number, arguments: Caption(number, _string("caption", arguments, '"what to look at"')),
    "mark": _mark,
    "expect": _expect,
    "picture": _picture,
}
