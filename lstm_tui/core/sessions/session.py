"""A user's place in the program, as plain values: what of a debugger comes back, and what a file may say of it.

A session file is data. Whatever wrote it, each of its fields is checked here, once, for its type and its range; what
needs an open model is fitted there. It holds no path to code: it names the class of a user's own cell, not its file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import DEVICES, SCALES, THEMES, ModelOptions
from lstm_tui.core.vocabulary import visible

FORMAT = 2
LONGEST = 1 << 25
"""Bytes of a session file. A text is in it only where no file holds it."""
_SEARCH = "sought"
"""What files call `search_text`."""
WEIGHTS = re.compile(r"weights-[0-9a-f]{16}\.safetensors")
_MANY = 1_000_000_000
_MOST_WEIGHTS = 1 << 28
"""Of a fresh model, which a session says to make with a few digits: 1 GiB."""


@dataclass(frozen=True)
class Session:
    """What `--resume` brings back."""

    options: ModelOptions
    """How to open the model again, with its text; its `cell` is one of ours or None."""
    name: str
    """What the title calls the model."""
    cell: str
    own_class: str | None
    """The class of the user's own that the model was opened with; the user names its file again."""
    position: int
    stops: tuple[tuple[str, bool], ...] = ()
    """Each condition, and whether it is on."""
    search_text: str = ""
    """The text looked for."""
    edited: tuple[int, ...] = ()
    """Positions after which h and c were set to zero."""
    layer: int = 0
    unit: int = 0
    zoomed: int = 0
    theme: str = "dark"
    path: str | None = None
    """The model file the unsaved weights came from; None where there is none."""
    weights: str | None = None
    """The name of the file with weights that are saved nowhere else."""
    stamp: tuple[int, int] | None = None
    """Size and time of the model file, to notice another one in its place."""
    clamps: tuple[str, ...] = ()
    """What is held at a number, as it is written."""


def to_bytes(session: Session) -> bytes:
    """The file. Raises `UserError`, to follow a colon, where it could not be read again."""
    content = asdict(session)
    content[_SEARCH] = content.pop("search_text")
    data = json.dumps({"lstm_tui_session": FORMAT, **content}).encode()
    if len(data) > LONGEST:
        raise UserError(f"its text is too long ({len(data) >> 20} MiB): save it as a file and open that with --file")
    from_bytes(data)
    return data


def from_bytes(data: bytes) -> Session:
    """The session in a file. Raises `UserError` with the first thing that is wrong with it, to follow a colon."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise UserError("it is not JSON") from None
    if not isinstance(content, dict) or content.pop("lstm_tui_session", None) != FORMAT:
        raise UserError("another version of lstm-tui wrote it")
    options = content.get("options")
    if not isinstance(options, dict):
        raise UserError("it does not say how to open the model")
    content["options"] = ModelOptions(**_checked(_LATER | options, _OPTIONS, "options."))
    found = _checked({"clamps": ()} | content, _FIELDS, "")
    session = Session(search_text=found.pop(_SEARCH), **found)
    _check_size(session.options)
    return session


def _checked(content: Mapping[str, Any], checks: Mapping[str, Check], where: str) -> dict[str, Any]:
    for name in content:
        if name not in checks:
            raise UserError(f"it says '{visible(name[:40])}', which is not part of a session")
    found = {}
    for name, check in checks.items():
        if name not in content:
            raise UserError(f"it does not say {where}{name}")
        try:
            found[name] = check(content[name])
        except ValueError as error:
            raise UserError(f"its {where}{name} is not {error}") from None
    return found


def _check_size(options: ModelOptions) -> None:
    """A fresh model is made of what a session says: what no memory holds is not a session of ours."""
    hidden = options.hidden or 0
    symbols = len(options.vocab if isinstance(options.vocab, tuple) else set(options.text or ""))
    if 4 * hidden * (hidden + max(hidden, symbols)) * (options.layers or 1) > _MOST_WEIGHTS:
        raise UserError("its model is larger than the limit for sessions")


# What a field may be. Each check returns the value, or raises a ValueError that says what it should be.

Check = Callable[[Any], Any]


def _whole(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def _between(low: float, high: float) -> Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high:  # NaN is nowhere between
            raise ValueError("a number in range")
        return float(value)

    return check


def _text(most: int) -> Check:
    def check(value: Any) -> str:
        if type(value) is not str or len(value) > most:
            raise ValueError(f"a text of at most {most:,} characters")
        return value

    return check


def _one_of(*known: object) -> Check:
    def check(value: Any) -> Any:
        if not any(type(value) is type(one) and value == one for one in known):
            raise ValueError(f"one of {', '.join(str(one).lower() for one in known)}")
        return value

    return check


def _either(*checks: Check) -> Check:
    """What any of the checks takes; the last one says what is wrong."""

    def check(value: Any) -> Any:
        for one in checks[:-1]:
            try:
                return one(value)
            except ValueError:
                continue
        return checks[-1](value)

    return check


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _listed(check: Check, most: int) -> Check:
    def every(value: Any) -> tuple[Any, ...]:
        if type(value) not in (list, tuple) or len(value) > most:
            raise ValueError(f"a list of at most {most:,}")
        return tuple(map(check, value))

    return every


def _pair(first: Check, second: Check) -> Check:
    def check(value: Any) -> tuple[Any, Any]:
        if type(value) not in (list, tuple) or len(value) != 2:
            raise ValueError("a pair")
        return first(value[0]), second(value[1])

    return check


def _place(value: Any) -> str:
    """A file, named so that it is the same one from every folder."""
    if type(value) is not str or len(value) > 4096 or "\0" in value or not os.path.isabs(value):
        raise ValueError("the absolute path of a file")
    return value


def _file(value: Any) -> str:
    """Such a file, which can be read to its end: no pipe, no device, no terminal. One that is gone is said later."""
    path = _place(value)
    try:
        regular = os.path.isfile(path) or not os.path.lexists(path)
    except (OSError, ValueError):
        regular = False
    if not regular:
        raise ValueError("a file")
    return path


def _plain_name(value: Any) -> str:
    """What a title calls a model: it is offered as the name of a file to write, and must not lead elsewhere."""
    if type(value) is not str or not 0 < len(value) <= 4096 or "/" in value or "\0" in value:
        raise ValueError("the name of a model")
    return value


def _identifier(value: Any) -> str:
    if type(value) is not str or len(value) > 255 or not value.isidentifier():
        raise ValueError("the name of a class")
    return value


def _weights(value: Any) -> str:
    if type(value) is not str or not WEIGHTS.fullmatch(value):
        raise ValueError("the name of a file with weights")
    return value


_SAID = _text(10_000)
_OURS = _one_of(*IMPLEMENTATIONS)
_BUNDLED = _one_of("hello", "brackets", "python", "weather", "arabic")
_NEVER = _one_of(False)
_OPTIONS: dict[str, Check] = {
    "model": _or_none(_either(_BUNDLED, _file)),
    "text": _or_none(_text(LONGEST)),
    "file": _or_none(_file),
    "random": _or_none(_whole(1, 10_000_000)),
    "encoding": _text(40),
    "words": _one_of(True, False),
    "rows": _or_none(_file),
    "columns": _or_none(_SAID),
    "target": _or_none(_SAID),
    "time": _or_none(_SAID),
    "scale": _or_none(_one_of(*SCALES)),
    "scaler": _or_none(_file),
    "missing": _or_none(_one_of("previous", "zero")),
    "window": _or_none(_whole(1, _MANY)),
    "cell": _or_none(_OURS),
    "names": _or_none(_SAID),
    "args": _or_none(_SAID),
    "hidden": _or_none(_whole(1, 16_384)),
    "layers": _or_none(_whole(1, 64)),
    "seed": _or_none(_whole(0, 2**63 - 1)),
    "forget_bias": _or_none(_between(-3.4028234e38, 3.4028234e38)),
    "fresh": _one_of(True, False),
    "train": _NEVER,
    "epochs": _or_none(_whole(1, _MANY)),
    "lr": _or_none(_between(1e-300, 3.4028234e37)),
    "vocab": _or_none(_either(_listed(_SAID, 1_000_000), _one_of("printable"), _file)),
    "vocab_from": _or_none(_file),
    "unknown": _or_none(_SAID),
    "gates": _or_none(_one_of("sigmoid", "hard")),
    "head": _or_none(_SAID),
    "device": _one_of(*DEVICES),
    "stops": _listed(_SAID, 0),
    "clamps": _listed(_SAID, 0),
}
_LATER: dict[str, Any] = {
    "words": False,
    "clamps": (),
    **dict.fromkeys(
        ("gates", "args", "head", "rows", "columns", "target", "time", "scale", "scaler", "missing", "window")
    ),
}
"""What sessions of earlier versions do not say."""
_FIELDS: dict[str, Check] = {
    "options": lambda options: options,
    "name": _plain_name,
    "cell": _either(_OURS, _identifier),
    "own_class": _or_none(_identifier),
    "position": _whole(0, _MANY),
    "stops": _listed(_pair(_SAID, _one_of(True, False)), 10_000),
    _SEARCH: _text(1_000_000),
    "edited": _listed(_whole(0, _MANY), 1_000_000),
    "layer": _whole(0, 63),
    "unit": _whole(0, _MANY),
    "zoomed": _whole(0, 9),
    "theme": _one_of(*THEMES),
    "path": _or_none(_place),
    "weights": _or_none(_weights),
    "stamp": _or_none(_pair(_whole(0, 2**63), _whole(-(2**63), 2**63))),
    "clamps": _listed(_SAID, 10_000),
}
assert [*_OPTIONS] == [field.name for field in fields(ModelOptions)]
assert {*_FIELDS} == {field.name for field in fields(Session)} - {"search_text"} | {_SEARCH}
