"""Whose a session is: a lock on the file `owner` in its folder, which ends with its program, however that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from pathlib import Path

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.reach import NotRegular, Reach, regular

OWNER = "owner"
_LONGEST = 20
_TRIES, _PAUSE = 5, 0.02


def bytes_of(file: Path, most: int) -> bytes:
    """A regular file's bytes, whatever took its place. Raises OSError or `UserError`, to follow a colon."""
    try:
        opened = regular(Reach().open_beside(os.fspath(file)))
    except (IsADirectoryError, NotRegular):
        raise UserError(f"its {file.name} is not a regular file") from None
    with opened:
        size = os.fstat(opened.fileno()).st_size
        if size > most:
            raise UserError(f"its {file.name} has {size:,} bytes, over the limit of {most:,}")
        return opened.read(most)


def hold(path: Path) -> int | None:
    """A descriptor that holds the session for this process while it is open; None where another process has it.

    -1 where that is unknown: a folder that cannot be written, a file system without locks. Raises FileNotFoundError
    where the folder has just been removed.
    """
    try:
        descriptor = os.open(path / OWNER, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise
    except OSError:
        return -1
    if not _locked(descriptor, fcntl.LOCK_EX):
        os.close(descriptor)
        return None
    try:
        gone = os.fstat(descriptor).st_ino != os.stat(path / OWNER).st_ino
    except FileNotFoundError:
        gone = True
    if gone:
        os.close(descriptor)
        raise FileNotFoundError(os.fspath(path))
    about = os.fstat(descriptor)
    if stat.S_ISREG(about.st_mode) and about.st_nlink == 1:  # ours alone, with no other name elsewhere
        with contextlib.suppress(OSError):  # a full disk
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    return descriptor


def _locked(descriptor: int, how: int) -> bool:
    """False where another process has it, and keeps it longer than a look at it takes."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < _TRIES - 1:
                time.sleep(_PAUSE)
            continue
        except OSError:  # no locks here
            return True
        return True
    return False


def running(path: Path) -> bool:
    """Whether a program holds the session."""
    try:
        descriptor = Reach().open_beside(os.fspath(path / OWNER))
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def held_by(path: Path) -> str:
    """Which one does, fit to be shown after other words; empty where the file does not say."""
    with contextlib.suppress(OSError, UserError):
        content = bytes_of(path / OWNER, _LONGEST).strip()
        if content.isdigit():
            return f" (process {int(content)})"
    return ""
