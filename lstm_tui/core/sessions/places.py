"""The sessions on disk: each in a folder of its own, with its weights, held by the program that works in it.

    ~/.local/state/lstm-tui/hello/session.json, weights-….safetensors, owner

Only the user can read them. A lock on `owner`, which ends with its program however that ends, says whose session
it is; another program neither writes into it nor takes it over. Only sessions that have ended, and hold no weights that
exist nowhere else, are ever cleared by another: all but the newest few.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import quoted, reason, write_atomically
from lstm_tui.core.sessions.owner import OWNER, bytes_of, held_by, hold

if TYPE_CHECKING:  # what a session says is imported when one is written or read: the first frame waits for neither
    from lstm_tui.core.sessions.session import Session

KEPT = 10
"""Ended sessions without weights that are left where they are."""
_PRIVATE, _ONLY_USER = 0o600, 0o700
_SESSION = "session.json"
_NAME = re.compile(r"[a-z0-9_-]{1,60}")


def folder() -> Path:
    """`$XDG_STATE_HOME/lstm-tui`; a relative one does not count, as the XDG directory rules say.

    Raises `UserError` where there is neither that nor a home.
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):
        return Path(state) / "lstm-tui"
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise UserError("there is no home folder to keep sessions in: set XDG_STATE_HOME to a folder of yours")
    return Path(home) / ".local" / "state" / "lstm-tui"


def shown(place: Path | None = None) -> str:
    """The folder as a screen that others watch may show it: without the user's name where it is in their home."""
    place = place or folder()
    with contextlib.suppress(ValueError):
        return quoted(Path("~") / place.relative_to(os.path.expanduser("~")))
    return quoted(place)


def never_used() -> bool:
    """Whether nothing was ever kept here: the user has just met the program."""
    try:
        return not folder().exists()
    except UserError:
        return False


def why_unwritable() -> str | None:
    """Why nothing could be kept, as far as that can be known without trying; None where nothing is in the way."""
    try:
        kept = folder()
    except UserError as error:
        return str(error)
    place = next((path for path in (kept, *kept.parents) if os.path.exists(path)), Path("/"))
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return None
    return f"{shown()} cannot be written"


class SessionFolder:
    """A session of this program. Its folder is made when something is first kept, and is its own until it ends."""

    def __init__(self) -> None:
        self.kept: Session | None = None
        """What is in it."""
        self.failure: str | None = None
        """Why the last attempt to write it failed; None where it did not."""
        self.note = ""
        """A note to print, with its place, after the program has ended."""
        self._path: Path | None = None
        self._held = -1

    @property
    def name(self) -> str:
        """What `--resume` calls it; empty where nothing was ever kept."""
        return self._path.name if self._path is not None else ""

    def write(self, session: Session, weights: bytes | None = None) -> Session:
        """Keep `session`, and `weights` under a name made from what they are; as it was kept. All of it or nothing.

        Raises `UserError` where it cannot be written.
        """
        try:
            self.kept = self._written(session, weights)
            self.failure = None
        except OSError as error:
            self.failure = f"{shown()} cannot be written: {reason(error)}; --no-autosave keeps no session"
            raise UserError(self.failure) from None
        except UserError as error:
            self.failure = str(error)
            raise
        return self.kept

    def forget(self) -> None:
        """Keep nothing: neither the session nor its weights."""
        if self._path is not None:
            _remove(self._path)
        self.release()

    def elsewhere(self, weights: bytes) -> None:
        """Where the session cannot be kept, its weights as a model file of its own, for want of any other place.

        `failure` says where, or that they are lost.
        """
        for place in _temporary_folders():
            path = os.path.join(place, f"lstm-tui-{os.urandom(6).hex()}.safetensors")
            with contextlib.suppress(UserError):
                write_atomically(path, weights, mode=_PRIVATE)
                self.failure = f"{self.failure}; its weights are in {quoted(path)}"
                return
        self.failure = f"{self.failure}; its weights are lost"

    def release(self) -> None:
        """Leave it as it is for the next program that resumes it."""
        if self._held >= 0:
            os.close(self._held)
        self._path, self._held = None, -1

    def _written(self, session: Session, weights: bytes | None) -> Session:
        from lstm_tui.core.sessions.session import to_bytes

        if weights is not None:
            import hashlib  # only here: the first frame is painted sooner without it

            session = replace(session, weights=f"weights-{hashlib.sha256(weights).hexdigest()[:16]}.safetensors")
        data = to_bytes(session)
        if self._path is None or not self._path.is_dir():
            self.release()
            self._make(session.name)
        assert self._path is not None
        if weights is not None and session.weights is not None:
            _write(self._path / session.weights, weights)
        _write(self._path / _SESSION, data)
        for old in _weights_in(self._path):
            if old.name != session.weights:
                with contextlib.suppress(OSError):
                    old.unlink()
        return session

    def _make(self, model: str) -> None:
        """A folder with an unused name. Raises OSError."""
        root = folder()
        root.mkdir(mode=_ONLY_USER, parents=True, exist_ok=True)
        base = re.sub(r"[^a-z0-9_]+", "-", model.lower()).strip("-")[:40] or "session"
        number = 1
        while self._path is None:
            path = root / (base if number == 1 else f"{base}-{number}")
            number += 1
            try:
                path.mkdir(mode=_ONLY_USER)
                held = hold(path)
            except (FileExistsError, FileNotFoundError):
                continue
            if held is not None:
                self._path, self._held = path, held
        _clear(root, self._path)

    @classmethod
    def claimed(cls, name: str) -> SessionFolder:
        """The session `name`. Raises `UserError`: there is none, another program has it, it is damaged."""
        path = folder() / name
        if not _NAME.fullmatch(name) or not path.is_dir() or path.is_symlink():
            raise UserError(f"there is no session {quoted(name)}: 'lstm-tui --resume' lists the sessions")
        try:
            held = hold(path)
        except FileNotFoundError:
            raise UserError(f"there is no session {quoted(name)} any more") from None
        if held is None:
            raise UserError(
                f"session {name} is still open in another lstm-tui{held_by(path)}: quit that one first (q), or kill it"
            )
        place = cls()
        place._path, place._held = path, held
        try:
            place.kept = read(path)
        except UserError:
            place.release()
            raise
        return place


def read(path: Path) -> Session:
    """The session in this folder. Raises `UserError`, whatever lies there."""
    from lstm_tui.core.sessions.session import LONGEST, from_bytes

    file = path / _SESSION
    try:
        session = from_bytes(bytes_of(file, LONGEST))
        if session.weights is None:
            return session
        weights = path / session.weights
        if not weights.is_file():
            raise UserError("its weights are missing")
    except OSError as error:
        why = f"its {_SESSION} cannot be read ({reason(error)})"
    except UserError as error:
        why = str(error)
    else:
        return replace(session, options=replace(session.options, model=str(weights), fresh=False))
    raise UserError(f"session {path.name} cannot be resumed: {why}; open the model itself, or delete {shown(path)}")


def _write(file: Path, data: bytes) -> None:
    """Raises OSError or `UserError`. A link does not lead out of the folder: whoever made it, it is replaced."""
    if file.is_symlink():
        file.unlink()
    write_atomically(file, data, force=True, mode=_PRIVATE)


def sessions_in(root: Path) -> Iterator[Path]:
    """The folder of each."""
    with contextlib.suppress(OSError):
        for path in root.iterdir():
            if _NAME.fullmatch(path.name) and not path.is_symlink() and (_weights_in(path) or _begun(path)):
                yield path


def _begun(path: Path) -> bool:
    return any(os.path.lexists(path / name) for name in (_SESSION, OWNER))


def _temporary_folders() -> Iterator[str]:
    import tempfile  # only here, where something has gone wrong

    with contextlib.suppress(OSError):
        yield tempfile.gettempdir()
    with contextlib.suppress(OSError):
        yield os.getcwd()


def _weights_in(path: Path) -> list[Path]:
    from lstm_tui.core.sessions.field_checks import WEIGHTS

    try:
        return [file for file in path.iterdir() if WEIGHTS.fullmatch(file.name)]
    except OSError:
        return []


def changed(path: Path) -> float:
    """When the session in this folder was last written; 0 where unknown."""
    for place in (path / _SESSION, path):
        with contextlib.suppress(OSError):
            return place.lstat().st_mtime
    return 0.0


def _clear(root: Path, own: Path) -> None:
    """Remove ended sessions that hold no weights, all but the newest."""
    others = sorted((path for path in sessions_in(root) if path != own), key=changed, reverse=True)
    for path in [path for path in others if not _weights_in(path) and (path / _SESSION).exists()][KEPT:]:
        with contextlib.suppress(OSError):
            held = hold(path)
            if held is None:
                continue
            if not _weights_in(path):  # nor have any come meanwhile
                _remove(path)
            os.close(held)


def _remove(path: Path) -> None:
    """Our files in it, and the folder; a file that is not ours stays, and the folder with it."""
    with contextlib.suppress(OSError):
        ours = [path / _SESSION, *_weights_in(path), *path.glob(".lstm-tui-*.tmp"), path / OWNER]
        for file in ours:
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
        path.rmdir()
