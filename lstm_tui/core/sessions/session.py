"""A user's place in the program, as plain values: what of a debugger comes back, and what a file may say of it.

A session file is data. Whatever wrote it, each of its fields is checked here, once, for its type and its range; what
needs an open model is fitted there. It holds no path to code: it names the class of a user's own cell, not its file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import DEVICES, SCALES, THEMES, ModelOptions
from lstm_tui.core.sessions.field_checks import (
    Check,
    between,
    either,
    file,
    identifier,
    listed,
    one_of,
    or_none,
    pair,
    place,
    plain_name,
    scale,
    table,
    text,
    weights,
    whole,
)
from lstm_tui.core.vocabulary import visible

FORMAT = 2
LONGEST = 1 << 25
"""Bytes of a session file. A text is in it only where no file holds it."""
_SEARCH = "sought"
"""What files call `search_text`."""
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
    beside: str | None = None
    """The model that stood beside this one, as it was asked for; what was trained of it is not kept."""


def to_bytes(session: Session) -> bytes:
    """The file. Raises `UserError`, to follow a colon, where it could not be read again."""
    content = asdict(session)
    content[_SEARCH] = content.pop("search_text")
    data = json.dumps({"lstm_tui_session": FORMAT, **content}, default=list).encode()
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
    found = _checked({"clamps": (), "beside": None} | content, _FIELDS, "")
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


_SAID = text(10_000)
_OURS = one_of(*IMPLEMENTATIONS)
_BUNDLED = one_of("hello", "brackets", "python", "weather", "arabic")
_NEVER = one_of(False)
_OPTIONS: dict[str, Check] = {
    "model": or_none(either(_BUNDLED, file)),
    "text": or_none(text(LONGEST)),
    "file": or_none(file),
    "random": or_none(whole(1, 10_000_000)),
    "encoding": text(40),
    "words": one_of(True, False),
    "rows": or_none(either(table, file)),
    "columns": or_none(_SAID),
    "target": or_none(_SAID),
    "time": or_none(_SAID),
    "scale": or_none(one_of(*SCALES)),
    "scaler": or_none(either(scale, file)),
    "missing": or_none(one_of("previous", "zero")),
    "window": or_none(whole(1, _MANY)),
    "cell": or_none(_OURS),
    "names": or_none(_SAID),
    "args": or_none(_SAID),
    "hidden": or_none(whole(1, 16_384)),
    "layers": or_none(whole(1, 64)),
    "seed": or_none(whole(0, 2**63 - 1)),
    "forget_bias": or_none(between(-3.4028234e38, 3.4028234e38)),
    "fresh": one_of(True, False),
    "train": _NEVER,
    "epochs": or_none(whole(1, _MANY)),
    "lr": or_none(between(1e-300, 3.4028234e37)),
    "vocab": or_none(either(listed(_SAID, 1_000_000), one_of("printable"), file)),
    "vocab_from": or_none(file),
    "unknown": or_none(_SAID),
    "gates": or_none(one_of("sigmoid", "hard")),
    "reset": or_none(one_of("before", "after")),
    "head": or_none(_SAID),
    "classes": or_none(either(listed(_SAID, 100_000), _SAID)),
    "label": or_none(_SAID),
    "part": or_none(_SAID),
    "device": one_of(*DEVICES),
    "stops": listed(_SAID, 0),
    "clamps": listed(_SAID, 0),
}
_ROWS = ("rows", "columns", "target", "time", "scale", "scaler", "missing", "window")
_HEADS = ("gates", "args", "head", "classes", "label", "part", "reset")
_LATER: dict[str, Any] = {"words": False, "clamps": (), **dict.fromkeys((*_HEADS, *_ROWS))}
"""What sessions of earlier versions do not say."""
_FIELDS: dict[str, Check] = {
    "options": lambda options: options,
    "name": plain_name,
    "cell": either(_OURS, identifier),
    "own_class": or_none(identifier),
    "position": whole(0, _MANY),
    "stops": listed(pair(_SAID, one_of(True, False)), 10_000),
    _SEARCH: text(1_000_000),
    "edited": listed(whole(0, _MANY), 1_000_000),
    "layer": whole(0, 63),
    "unit": whole(0, _MANY),
    "zoomed": whole(0, 9),
    "theme": one_of(*THEMES),
    "path": or_none(place),
    "weights": or_none(weights),
    "stamp": or_none(pair(whole(0, 2**63), whole(-(2**63), 2**63))),
    "clamps": listed(_SAID, 10_000),
    "beside": or_none(_SAID),
}
assert [*_OPTIONS] == [field.name for field in fields(ModelOptions)]
assert {*_FIELDS} == {field.name for field in fields(Session)} - {"search_text"} | {_SEARCH}
