"""From a typed text to a syntax tree, with every text that could hurt refused first.

Python's own parser reads the text, so that precedence and strings are the ones everybody knows; it only builds a
tree. What the tree may hold is decided in `parser`.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings

from lstm_tui.conditions.error import ConditionError
from lstm_tui.core.vocabulary import visible

LONGEST = 1000
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_HINTS = (
    (re.compile(r"(?<![=<>!:])=(?!=)"), "'=' is not a comparison: write =="),
    (re.compile(r"&&?"), "write `and`"),
    (re.compile(r"\|\|?"), "write `or`"),
    (re.compile(r"!(?!=)"), "write `not`"),
)


def syntax(text: str) -> ast.expr:
    """The tree of `text` as Python reads it; columns count from the first character of `text.lstrip()`.

    Raises `ConditionError` for an empty text, one over `LONGEST` characters, control characters, and bad syntax.
    """
    if len(text) > LONGEST:
        raise ConditionError(f"it is longer than {LONGEST} characters: shorten it", text, LONGEST + 1)
    for at, ch in enumerate(text):
        if ch != "\t" and unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp"):
            problem = f"{visible(ch)} is not allowed: a condition is one line of plain text"
            raise ConditionError(problem, text, at + 1)
    body = text.lstrip()
    if not body:
        raise ConditionError("it is empty: write a comparison such as f[3] < 0.1", text, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a doubtful escape in a string is a mistake to show, not to print
            return ast.parse(body, mode="eval").body
    except SyntaxError as error:
        raise _bad_syntax(text, len(text) - len(body), error) from None
    except (RecursionError, MemoryError):
        raise ConditionError("it is nested too deeply: split it", text, 1) from None
    except ValueError:  # a whole number with more digits than Python reads
        raise ConditionError("a number in it is too large", text, 1) from None


def _bad_syntax(text: str, indent: int, error: SyntaxError) -> ConditionError:
    blanked = _STRING.sub(lambda found: " " * len(found.group()), text)
    for pattern, hint in _HINTS:
        if found := pattern.search(blanked):
            return ConditionError(hint, text, found.start() + 1)
    at_end = not error.offset or error.lineno != 1  # Python says "on the line after" where the text just stops
    column = len(text) + 1 if at_end else min(indent + (error.offset or 1), len(text) + 1)
    rest = visible(text[column - 1 :].strip()[:20])
    problem = f"it cannot be understood from {rest!r} on" if rest else "it is incomplete"
    return ConditionError(f"{problem}: write a comparison such as f[3] < 0.1", text, column)
