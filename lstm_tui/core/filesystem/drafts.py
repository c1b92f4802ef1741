"""A file while it is written: out of sight until it is whole, and gone with its writer, `kill -9` included.

Where the system can (Linux, most file systems) it has no name at all. To replace a file it needs one for an instant,
and elsewhere it has one all the time. Such a name is locked as long as its writer lives; the next writer in the same
folder removes those that no process holds any more. Names carry the machine's, as a lock may not reach another one.

Everything here is done on descriptors of folders, so that no link put in the way later leads anywhere else. Only
`OSError` is raised: `files` knows the sentences.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import zlib
from types import TracebackType

FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
"""To open a folder with, in which something is to be written: that needs no right to list it."""
_START = f".lstm-tui-{zlib.crc32(os.uname().nodename.encode()):08x}-"
_END = ".tmp"
_PIECE = 1 << 20


class Draft:
    """What will be a file in `folder`, a descriptor that must stay open. Leaving it unpublished leaves nothing."""

    def __init__(self, folder: int, mode: int = 0o666) -> None:
        """`mode` says who may read the file, as far as the umask allows."""
        clear(folder)
        self._folder, self._mode = folder, mode
        self._name: str | None = None
        """What is in the folder for it until it is published; None where nothing does."""
        descriptor = _nameless(folder, mode)
        if descriptor is None:
            self._name, descriptor = _named(folder, mode)
        self._file = os.fdopen(descriptor, "wb")

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def write(self, data: bytes) -> None:
        """More of it."""
        self._file.write(data)

    def fileno(self) -> int:
        """To write to without `write`."""
        return self._file.fileno()

    def settle(self) -> None:
        """All of it to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def publish(self, name: str, replace: bool) -> None:
        """Give it its name. Raises `FileExistsError` where something has that name already and not `replace`."""
        self.settle()
        if self._name is None and not replace and self._link(name):
            return
        if self._name is None:
            self._take_name()
        assert self._name is not None
        if not replace and self._link_named(name):
            return
        os.replace(self._name, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._name = None

    def close(self) -> None:
        """No more is written. What was not published is gone."""
        if self._name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name, dir_fd=self._folder)
            self._name = None
        with contextlib.suppress(OSError):  # what matters is on the disk already, or is not wanted
            self._file.close()

    def _link(self, name: str) -> bool:
        """Name the nameless file; False where the system would not."""
        try:
            # With a `dst_dir_fd`, because without one Python links what the kernel shows of the file, not the file.
            os.link(f"/proc/self/fd/{self.fileno()}", name, dst_dir_fd=self._folder, follow_symlinks=True)
        except FileExistsError:
            raise
        except OSError:
            return False
        return True

    def _link_named(self, name: str) -> bool:
        """A second name for the file, unless it is taken; False where the file system knows no second names."""
        assert self._name is not None
        try:
            os.link(self._name, name, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            if _there(name, self._folder) is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            return False
        return True

    def _take_name(self) -> None:
        name = _new_name()
        if self._link(name):
            self._name = name
            return
        self._name, descriptor = _named(self._folder, self._mode)  # a file system that can do one and not the other
        with open(os.dup(self.fileno()), "rb") as nameless:
            nameless.seek(0)
            self._file.close()
            self._file = os.fdopen(descriptor, "wb")
            while piece := nameless.read(_PIECE):
                self._file.write(piece)
        self.settle()


def clear(folder: int) -> None:
    """Removes what writers left in `folder` that are gone."""
    try:
        listed = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    except OSError:  # a folder that cannot be listed keeps what is in it
        return
    try:
        left = [name for name in os.listdir(listed) if name.startswith(_START) and name.endswith(_END)]
        for name in left:
            with contextlib.suppress(OSError):
                _clear(name, folder)
    finally:
        os.close(listed)


def _clear(name: str, folder: int) -> None:
    descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        about = os.fstat(descriptor)
        if stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a living writer holds it
            if _is(descriptor, name, folder):
                os.unlink(name, dir_fd=folder)
    finally:
        os.close(descriptor)


def _nameless(folder: int, mode: int) -> int | None:
    """None where this system, or this file system, has no such files."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        descriptor = os.open(".", flag | os.O_RDWR | os.O_CLOEXEC, mode, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
            return None
        raise
    _lock(descriptor)
    return descriptor


def _named(folder: int, mode: int) -> tuple[str, int]:
    """A new file under a name of ours, locked."""
    while True:
        name = _new_name()
        # Not `tempfile`: its files are 0600, and only the kernel knows the umask without changing it.
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=folder)
        _lock(descriptor)
        if _is(descriptor, name, folder):
            return name, descriptor
        os.close(descriptor)  # cleared before it was locked


def _new_name() -> str:
    return f"{_START}{os.urandom(6).hex()}{_END}"


def _lock(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # where nothing can be locked nothing is cleared either
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _there(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is(descriptor: int, name: str, folder: int) -> bool:
    """Whether `name` is the file that is open."""
    there = _there(name, folder)
    return there is not None and os.path.samestat(there, os.fstat(descriptor))
