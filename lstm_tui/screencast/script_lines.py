"""One line of a script: the words it has, and the command they are."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from lstm_tui.core.vocabulary import visible
from lstm_tui.screencast.keyboard import known_key, similar_key
from lstm_tui.screencast.script_commands import (
    Ask,
    Caption,
    Check,
    Expect,
    Mark,
    Note,
    Open,
    Pause,
    Picture,
    Press,
    ScriptCommand,
    ShowGuess,
    Size,
    Title,
    Type,
    Wait,
)

SMALLEST, LARGEST = (20, 5), (500, 200)
LONGEST_WAIT = 3600.0
MOST_KEYS = 10_000
"""Times one key may be repeated."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_REPEATED = re.compile(r"(.+?)(?:\*([0-9]{1,5}))?")


class LineError(Exception):
    """Why a line cannot be read."""


def command_of(number: int, line: str) -> ScriptCommand | None:
    """What a line says; None where it says nothing."""
    if line.split()[:1] == ["check"]:
        return _check(number, line)
    tokens = _tokens(line)
    if not tokens:
        return None
    word, *rest = tokens
    if word == "open":
        return Open(number, _words(line))
    read = _COMMANDS.get(word)
    if read is None:
        known = ", ".join(("open", "check", *_COMMANDS))
        raise LineError(f"there is no command '{visible(word)}': {known} are the commands")
    return read(number, rest)


def _tokens(line: str) -> list[str]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(line):
        token = match[0]
        if token.startswith("#"):
            break
        if token.startswith('"') and (len(token) == 1 or not token.endswith('"')):
            raise LineError("the closing quote of a string is missing (the key itself is called quotation_mark)")
        tokens.append(token)
    return tokens


def _words(line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line, comments=True)[1:])
    except ValueError:
        raise LineError("a closing quote is missing") from None


def _string(word: str, arguments: list[str], example: str) -> str:
    """The one string a command takes."""
    if len(arguments) != 1 or not arguments[0].startswith('"'):
        raise LineError(f"{word} takes one string in double quotes, as in {word} {example}")
    try:
        text: str = json.loads(arguments[0], strict=False)
        text.encode()
    except ValueError:
        raise LineError('after a \\ write ", \\, n, t or a code such as u0041') from None
    return text


def _press(number: int, arguments: list[str]) -> Press:
    keys: list[str] = []
    for argument in arguments:
        match = _REPEATED.fullmatch(argument)
        if match is None or not 0 < int(match[2] or 1) <= MOST_KEYS:
            raise LineError(f"'{visible(argument)}' is not a key with a count from 1 to {MOST_KEYS}")
        key = known_key(match[1])
        if key is None:
            near = similar_key(match[1])
            hint = f"did you mean {near}?" if near else "use the names in the help (right, enter, ctrl+l, x)"
            raise LineError(f"no key is called '{visible(match[1])}': {hint}")
        keys += [key] * int(match[2] or 1)
    if not keys:
        raise LineError("press takes keys, as in press right*3 enter")
    return Press(number, tuple(keys))


def _check(number: int, line: str) -> Check:
    """The condition is the rest of the line, as it is typed after `b`; what is wrong with it the model says."""
    condition = line.strip()[len("check") :].strip()
    if not condition:
        raise LineError("check takes a condition, as in check c[3] > 2")
    return Check(number, condition)


def _ask(number: int, arguments: list[str]) -> Ask:
    example = 'ask "which unit counts?" = "3" | "three"'
    question, signs, answers = arguments[:1], arguments[1::2], arguments[2::2]
    if signs != ["=", *["|"] * (len(answers) - 1)] or not answers:
        raise LineError(f"ask takes a question and its answers, as in {example}")
    strings = [_string("ask", [string], example) for string in (*question, *answers)]
    if not all(string.strip() for string in strings):
        raise LineError("a question and its answers need at least one character that shows")
    return Ask(number, strings[0], tuple(strings[1:]))


def _guess(word: str, shown: bool) -> Callable[[int, list[str]], ShowGuess]:
    def read(number: int, arguments: list[str]) -> ShowGuess:
        if arguments != ["guess"]:
            raise LineError(f"{word} takes the word guess")
        return ShowGuess(number, shown)

    return read


def _pause(number: int, arguments: list[str]) -> Pause:
    if arguments:
        raise LineError("pause takes nothing: wait takes seconds")
    return Pause(number)


def _wait(number: int, arguments: list[str]) -> Wait:
    try:
        (word,) = arguments
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise LineError(f"wait takes seconds from 0 to {LONGEST_WAIT:g}, as in wait 0.5")
    return Wait(number, seconds)


def _size(number: int, arguments: list[str]) -> Size:
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", " ".join(arguments))
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (SMALLEST[0] <= width <= LARGEST[0] and SMALLEST[1] <= height <= LARGEST[1]):
        smallest, largest = (f"{columns}x{rows}" for columns, rows in (SMALLEST, LARGEST))
        raise LineError(f"size takes columns x rows from {smallest} to {largest}, as in size 120x40")
    return Size(number, width, height)


def _mark(number: int, arguments: list[str]) -> Mark:
    return Mark(number, _string("mark", arguments, '"the first l"') if arguments else f"line {number}")


def _title(number: int, arguments: list[str]) -> Title:
    text = _string("title", arguments, '"Counting brackets"')
    if not text.strip():
        raise LineError("a title needs at least one character that shows")
    return Title(number, text)


def _expect(number: int, arguments: list[str]) -> Expect:
    text = _string("expect", arguments, '"step 3/5"')
    if not text.strip() or "\n" in text:
        raise LineError("expect takes a text within one row of the screen")
    return Expect(number, text)


def _picture(number: int, arguments: list[str]) -> Picture:
    path = _string("picture", arguments, "") if arguments[:1] and arguments[0].startswith('"') else " ".join(arguments)
    if not path.lower().endswith(".svg") or len(arguments) != 1:
        raise LineError("picture takes a file name that ends in .svg, as in picture counting.svg")
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
    "pause": _pause,
    "ask": _ask,
    "hide": _guess("hide", False),
    "show": _guess("show", True),
    "note": lambda number, arguments: Note(number, _string("note", arguments, '"say why"')),
}
