"""Sentences that name options of the command line, said to somebody who called a Python function instead."""

from __future__ import annotations

import re

from lstm_tui.core.kinds import IMPLEMENTATIONS

_SAME = (
    "text", "vocab", "encoding", "unknown", "cell", "names", "force", "words", "rows", "columns", "target", "time",
    "scale", "scaler", "missing", "window", "classes", "label", "part", "gates", "reset", "head",
)  # fmt: skip
_ARGUMENTS = {**{name: name for name in _SAME}, "file": "text", "vocab-from": "vocab_from", "stop": "stops"}
"""Option → the argument that means the same."""
_PHRASES = (
    ("give the text as a file with --file and --encoding", "decode it first, as open(path, encoding=…).read() does"),
    ("put --file in front of it", "give what it holds as text="),
    ("--text or --file", "text="),
    ("with --file", "as text="),
    ("replace it with --force", "replace it with force=True"),
    ("'lstm-tui trace' prints the steps anywhere", "lstm_tui.trace() gives the steps anywhere"),
    ("run it in one", "call it in one"),
)
_PLACEHOLDER = re.compile(
    r"(--[a-z-]+) (?:FILE(?:\.\w+)?|TEXTFILE|COLUMN|a,b,c|T|NAME|SYMBOL|STRING|CONDITION)(?![\w.])"
)
_OPTION = re.compile(
    rf"--({'|'.join(sorted(_ARGUMENTS, key=len, reverse=True))})(?![\w-])"
    rf"(?P<value> '[^']*'| [a-z]=\w+(?:,[a-z]=\w+)*| [^\s,;)]*[./\d][^\s,;:)]*(?::\w+)?"
    rf"| (?:{'|'.join(IMPLEMENTATIONS)}|printable|previous|zero|sigmoid|hard|relu)\b|)"
)
"""With its value: in quotes, or a path, a class, an assignment, an encoding, a name of ours."""


def in_python(sentence: str) -> str:
    """`sentence` with arguments in place of options: `--vocab FILE` is `vocab=`, `--vocab printable` is
    `vocab='printable'`.
    """
    for phrase, instead in _PHRASES:
        sentence = sentence.replace(phrase, instead)
    return _OPTION.sub(_argument, _PLACEHOLDER.sub(r"\1", sentence))


def _argument(match: re.Match[str]) -> str:
    value = match["value"].strip()
    if value and not value.startswith("'"):
        value = repr(value)
    return f"{_ARGUMENTS[match[1]]}={value}"
