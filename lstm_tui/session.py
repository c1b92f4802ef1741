"""Where somebody was: written while they work, so that a lost connection costs nothing. Plain Python, one JSON file.

It lies in the user's own state folder (XDG), readable by nobody else. Weights that exist nowhere but in memory lie
beside it as a model file; a text is in it only where no file holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from lstm_tui.errors import UserError
from lstm_tui.files import quoted, reason, write_atomically
from lstm_tui.options import ModelOptions

FORMAT = 1
_PRIVATE = 0o600
_ONLY_USER = 0o700


@dataclass(frozen=True)
class Session:
    """What `--resume` brings back."""

    options: ModelOptions
    """How to open the model again, with its text."""
    name: str
    """What the title calls the model."""
    cell: str
    position: int
    stops: tuple[tuple[str, bool], ...] = ()
    """Each condition, and whether it is on."""
    sought: str = ""
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


def folder() -> Path:
    """`$XDG_STATE_HOME/lstm-tui`; a relative one does not count, as the XDG directory rules say."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state") / "lstm-tui"


def shown() -> str:
    """The folder as a screen that others watch may show it: without the user's name where it lies in their home."""
    place = folder()
    with contextlib.suppress(ValueError, RuntimeError):
        return quoted(Path("~") / place.relative_to(Path.home()))
    return quoted(place)


def trouble() -> str | None:
    """Why nothing could be kept, as far as that can be known without trying; None where nothing is in the way."""
    place = next((path for path in (folder(), *folder().parents) if path.exists()), Path("/"))
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return None
    return f"{shown()} cannot be written"


def stamp(path: str | None) -> tuple[int, int] | None:
    """What tells a file from another that took its place; None where there is none."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def write(session: Session, weights: bytes | None = None) -> Session:
    """Keep `session`, and `weights` under a name made from what they are; as it was kept. All of it or nothing.

    Raises `UserError` where it cannot be written.
    """
    place = folder()
    try:
        place.mkdir(mode=_ONLY_USER, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{shown()} cannot be made: {reason(error)}; --no-autosave does without") from None
    if weights is not None:
        import hashlib  # only here: the first frame is painted sooner without it

        session = replace(session, weights=f"weights-{hashlib.sha256(weights).hexdigest()[:16]}.safetensors")
    if session.weights is not None:
        target = place / session.weights
        session = replace(session, options=replace(session.options, model=str(target)))
        if weights is not None and not target.exists():
            write_atomically(target, weights, mode=_PRIVATE)
    content = {"lstm_tui_session": FORMAT, **asdict(session)}
    write_atomically(_file(), json.dumps(content).encode(), force=True, mode=_PRIVATE)
    _clear(place, session.weights)
    return session


def read() -> Session:
    """The session kept last. Raises `UserError` where there is none, or none that this version can read."""
    path = _file()
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError("there is no session to resume: it is kept while the debugger runs") from None
    except OSError as error:
        raise UserError(f"the session {quoted(path)} cannot be read: {reason(error)}") from None
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(content, dict) or content.pop("lstm_tui_session", None) != FORMAT:
        raise _damaged(path)
    try:
        session = _session(content)
    except (TypeError, ValueError, KeyError):
        raise _damaged(path) from None
    if session.weights is not None and not (folder() / session.weights).exists():
        raise UserError(f"the weights of the session are gone: there is no {quoted(folder() / session.weights)}")
    return session


def forget() -> None:
    """Keep nothing: neither the session nor its weights."""
    with contextlib.suppress(OSError):
        _file().unlink()
    _clear(folder(), None)


def _file() -> Path:
    return folder() / "session.json"


def _clear(place: Path, kept: str | None) -> None:
    """Remove the weights of earlier sessions."""
    with contextlib.suppress(OSError):
        for old in place.glob("weights-*.safetensors"):
            if old.name != kept:
                old.unlink()


def _damaged(path: Path) -> UserError:
    return UserError(f"{quoted(path)} is no session this version can resume: remove it, or open the model itself")


def _session(content: dict[str, Any]) -> Session:
    """Checked as far as a wrong type could hurt later. Raises TypeError, ValueError or KeyError."""
    given: dict[str, Any] = content.pop("options")
    vocab, stops = given.get("vocab"), given.pop("stops", ())
    given["vocab"] = tuple(vocab) if isinstance(vocab, list) else vocab
    options = ModelOptions(**given, stops=tuple(map(str, stops)))
    session = Session(
        **{
            **content,
            "options": options,
            "stops": tuple((str(text), bool(on)) for text, on in content["stops"]),
            "edited": tuple(map(int, content["edited"])),
            "stamp": None if content["stamp"] is None else (int(content["stamp"][0]), int(content["stamp"][1])),
        }
    )
    for field in fields(session):
        value = getattr(session, field.name)
        if field.type in ("int", "str") and type(value).__name__ != field.type:
            raise TypeError(field.name)
    if session.weights is not None and (os.path.basename(session.weights) != session.weights):
        raise ValueError(session.weights)
    return session
