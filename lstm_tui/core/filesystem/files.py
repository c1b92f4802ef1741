"""Reading texts exactly as they are, and writing files so that a failure never costs the file that was there.

Everything a file system can answer is turned into one sentence (`UserError`); nothing here prints.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.drafts import Draft
from lstm_tui.core.filesystem.reach import Reach
from lstm_tui.core.vocabulary import visible

MODEL_ENDING = ".safetensors"
LONGEST_TEXT = 1 << 30
"""Bytes: a stream without an end must stop with a sentence, not with a full memory."""

_CHUNK = 1 << 20
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ReadText(NamedTuple):
    """What a file held, and a sentence about what was changed on the way in (None: nothing was)."""

    text: str
    note: str | None


def quoted(path: str | os.PathLike[str]) -> str:
    """A file name as sentences show it: quoted, and harmless to a terminal."""
    return f"'{visible(os.fspath(path))}'"


def reason(error: OSError) -> str:
    """Why the system refused, in its own words but lower case: `no space left on device`."""
    words = error.strerror or type(error).__name__
    return visible(words[:1].lower() + words[1:])


def read_text(path: str, encoding: str = "utf-8", most: int | None = None) -> ReadText:
    """The text at `path` (`-`: standard input): newlines as they are, a byte order mark dropped and said.

    Raises `UserError` for a file that is missing, no text, empty, longer than `most` (`LONGEST_TEXT`) bytes or in
    another encoding (with the byte offset).
    """
    name = "standard input" if path == "-" else quoted(path)
    data = _bytes_of(path, name, most or LONGEST_TEXT)
    if not data:
        raise UserError(f"{name} is empty: a text needs at least one character")
    text = _decoded(data, encoding, name)
    if not text.startswith("\ufeff"):
        return ReadText(text, None)
    if len(text) == 1:
        raise UserError(f"{name} contains only a byte order mark: a text needs at least one character")
    return ReadText(text[1:], f"{name} began with a byte order mark, which was removed")


def read_bytes(path: str, most: int) -> bytes:
    """All of a file of at most `most` bytes. Raises `UserError` for one that is missing, longer or cannot be read."""
    return _bytes_of(path, quoted(path), most)


def check_encoding(encoding: str) -> None:
    """Raises `UserError` where `encoding` names no text encoding."""
    try:
        b"a".decode(encoding)
    except UnicodeError:
        return
    except (LookupError, ValueError):
        raise UserError(
            f"--encoding '{visible(encoding)}' is not a text encoding that this Python knows: "
            "name one such as utf-8, latin-1, cp1252 or utf-16"
        ) from None


def check_destination(path: str, ending: str, force: bool, where: Reach | None = None) -> None:
    """Everything about `path` that can be known before there is something to write: see `write_atomically`.

    Raises `UserError` where the name does not end in `ending` too, so that hours of training are not lost to a typo.
    """
    if not path.lower().endswith(ending):
        raise UserError(f"{quoted(path)} does not end in {ending}: this kind of file needs that ending")
    _target(path, force, where or reach.now())


def write_atomically(
    path: str | os.PathLike[str],
    data: bytes | Iterable[bytes],
    force: bool = False,
    mode: int = 0o666,
    where: Reach | None = None,
    rehearsal: bool = False,
) -> None:
    """Writes `data` (whole, or in pieces) to `path`; see `writing` for the rest."""
    with writing(path, force, mode, where, rehearsal) as draft:
        for piece in (data,) if isinstance(data, bytes) else data:
            draft.write(piece)


@contextlib.contextmanager
def writing(
    path: str | os.PathLike[str],
    force: bool = False,
    mode: int = 0o666,
    where: Reach | None = None,
    rehearsal: bool = False,
) -> Iterator[Draft]:
    """What is written inside becomes the file at `path`: all of it or nothing, an older file only with `force`.

    `mode` says who may read it, as far as the umask allows; `where` may reach less than the program does. A `rehearsal`
    does everything but the last: nothing appears at `path`.

    It is written out of sight (see `Draft`), flushed to the disk and named; any failure, an interruption included,
    leaves nothing. A symbolic link stays one: the file it points to is replaced. Raises `UserError`.
    """
    name, where = os.fspath(path), where or reach.now()
    target = _target(name, force, where)
    try:
        with _folder(target, where) as folder, Draft(folder, mode) as draft:
            yield draft
            if rehearsal:
                draft.settle()
            else:
                _target(name, force, where)  # hours may have passed: what is there now may be no file of ours
                draft.publish(os.path.basename(target), force)
    except FileExistsError:
        raise UserError(_exists(name)) from None
    except OSError as error:
        raise UserError(_unwritten(name, target, error)) from None


@contextlib.contextmanager
def _folder(target: str, where: Reach) -> Iterator[int]:
    """A descriptor of the folder `target` is in."""
    folder = where.open_folder(target)
    try:
        yield folder
    finally:
        os.close(folder)


def _target(path: str, force: bool, where: Reach) -> str:
    """The real path to write to. Raises `UserError` where it cannot be a file of ours."""
    if not path or "\0" in path:
        raise UserError(f"{quoted(path)} is not a file name")
    try:
        target = where.target(path, force)
        mode = os.stat(target).st_mode
    except (FileNotFoundError, NotADirectoryError):
        _check_folder(path, where)
        return where.target(path, force)
    except OSError as error:
        raise UserError(f"{quoted(path)} cannot be written: {reason(error)}") from None
    if stat.S_ISDIR(mode):
        raise UserError(f"{quoted(path)} is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        raise UserError(f"{quoted(path)} is a device or a pipe: name a regular file")
    if not force:
        raise UserError(_exists(path))
    _check_folder(path, where)
    return target


def _check_folder(path: str, where: Reach) -> None:
    """Sentences name folders as the user does: their real place is private on a screen that others watch."""
    try:
        folder = os.path.dirname(where.target(path, True))
    except OSError:
        raise UserError(f"{quoted(path)} cannot be written: the current folder no longer exists") from None
    if not os.path.isdir(folder):
        if os.path.islink(where.placed(path)):
            raise UserError(f"{quoted(path)} cannot be written: it is a link into a folder that does not exist")
        named = quoted(os.path.dirname(path) or os.curdir)
        raise UserError(f"{quoted(path)} cannot be written: there is no folder {named}; create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{quoted(path)} cannot be written: no permission to write in its folder")


def _exists(path: str) -> str:
    return f"{quoted(path)} exists: choose another name, or replace it with --force"


def _unwritten(name: str, target: str, error: OSError) -> str:
    kept = "; the old file is unchanged" if os.path.exists(target) else ""
    mend = "free some space, or choose another disk" if error.errno in _NO_ROOM else "choose another name or folder"
    return f"{quoted(name)} could not be written: {reason(error)}{kept}; {mend}"


def _bytes_of(path: str, name: str, most: int) -> bytes:
    try:
        if path == "-":
            if sys.stdin is None:
                raise UserError("standard input is closed: name a file instead of -")
            return _drained(sys.stdin.fileno(), name, most)
        descriptor = reach.now().open(path)  # a named pipe without a writer answers "empty" instead of hanging
        try:
            return _drained(descriptor, name, most)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise UserError(f"there is no file {name}: check the name and the folder ({_here()})") from None
    except IsADirectoryError:
        raise UserError(f"{name} is a folder: name a file in it") from None
    except OSError as error:
        raise UserError(f"{name} cannot be read: {reason(error)}") from None
    except ValueError:
        raise UserError(f"{name} is not a file name") from None


def _here() -> str:
    if reach.now().folder is not None:
        return "looked beside the script"
    try:
        return f"looked in {quoted(Path.cwd())}"
    except OSError:
        return "the current folder no longer exists"


def _drained(descriptor: int, name: str, most: int) -> bytes:
    """All bytes of an open file or pipe."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not os.isatty(descriptor)):
        raise UserError(f"{name} is a device, not a text: name a file or a pipe")
    data = bytearray()
    while chunk := os.read(descriptor, _CHUNK):
        data += chunk
        if len(data) > most:
            raise UserError(f"{name} is longer than {most >> 20} MiB: use part of it")
    return bytes(data)


def _decoded(data: bytes, encoding: str, name: str) -> str:
    from lstm_tui.core.filesystem.wide_text import wide_encoding  # of a text, which the first frame does not wait for

    check_encoding(encoding)
    wide = wide_encoding(data)
    if wide is not None and codecs.lookup(encoding).name in ("utf-8", "ascii"):
        raise UserError(
            f"{name} looks like {wide[:6].upper()} without a byte order mark: name its encoding, --encoding {wide}"
        )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = f"byte {error.start}"
        if error.start < len(data):
            byte += f" (0x{data[error.start]:02x})"
        guess = wide or ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1")
        if guess == encoding.lower():
            guess = "utf-8"
        raise UserError(
            f"{name} is not {visible(encoding)}: {byte} is not valid; name its encoding, for example --encoding {guess}"
        ) from None
    except UnicodeError as error:
        raise UserError(f"{name} is not {visible(encoding)}: {visible(str(error))}; name its --encoding") from None
