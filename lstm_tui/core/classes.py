"""What a classifier says: one of some classes, whatever it reads. At most the whole of that has a label."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import quoted, read_text
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import Vocabulary, visible

NOTHING_NEXT = "this model is a classifier: it says a class and not what comes next, so it cannot write on"
_ENDINGS = (".json", ".txt", ".csv")


@dataclass(frozen=True, eq=False)
class Classes:
    """The outputs of a classifier, in index order."""

    names: tuple[str, ...]
    label: int | None = None
    """The true class of what is read, which its last step should say; None where nobody says."""
    each: bool = False
    """Whether each class is there or not on its own (sigmoids); else one of them is (a softmax)."""

    def unlabelled(self) -> Classes:
        """The same for another text, whose class nobody has said."""
        return replace(self, label=None)


def asked_classes(options: ModelOptions, count: int, each: bool, name: str) -> Classes | None:
    """The `count` classes as `--classes` names them, else `#0`, `#1` …; and the label of `--label`. None for 0.

    Raises `UserError` where they are not so many different ones, or the label is none of them.
    """
    if not count:
        no_classes(options, name)
        return None
    shown = visible(name)
    names = tuple(f"#{at}" for at in range(count)) if options.classes is None else _named(options.classes, count)
    if len(names) != count:
        raise UserError(f"--classes names {len(names)} classes, and '{shown}' has {count}: name them in index order")
    Vocabulary(names)  # raises where one is empty, or there twice
    if options.label is None:
        return Classes(names, None, each)
    if options.label not in names:
        listed = ", ".join(f"'{visible(one)}'" for one in names[:12])
        raise UserError(f"--label '{visible(options.label)}' is none of the classes: there are {listed}")
    return Classes(names, names.index(options.label), each)


def no_classes(options: ModelOptions, name: str) -> None:
    """Raises `UserError` for classes or a label of a model that has none."""
    option = "--classes" if options.classes is not None else "--label" if options.label is not None else ""
    if option:
        raise UserError(f"'{visible(name)}' is no classifier, and {option} is about classes: leave it out")


def _named(given: str | Sequence[str], count: int) -> tuple[str, ...]:
    """`a,b,c`; or of a file: a JSON list, or one name a line, perhaps under a heading."""
    if not isinstance(given, str):
        return tuple(given)
    if not given.lower().endswith(_ENDINGS) and not os.path.isfile(given):
        return tuple(part.strip() for part in given.split(","))
    text = read_text(given, most=1 << 20).text
    if not given.lower().endswith(".json"):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return tuple(lines[1:] if len(lines) == count + 1 else lines)
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        listed = None
    if isinstance(listed, dict):
        listed = _in_order(listed)
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise UserError(
            f"--classes {quoted(given)} is not a list of names: write a JSON list of strings in index order"
        )
    return tuple(listed)


def _in_order(listed: dict[str, object]) -> list[object] | None:
    """`{"0": "no", "1": "yes"}`, or `{"no": 0, "yes": 1}`."""
    by_index = {int(key): value for key, value in listed.items() if key.isascii() and key.isdigit() and len(key) < 9}
    if len(by_index) < len(listed):
        by_index = {value: key for key, value in listed.items() if type(value) is int}
    return [by_index[at] for at in range(len(listed))] if set(by_index) == set(range(len(listed))) else None
