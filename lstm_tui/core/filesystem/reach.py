"""How far the program reaches into the file system: what may be read and written under names that someone gives it.

The user reaches wherever the system lets them. A script reaches only its own folder and below. Every place that
opens or writes a file under a name from outside asks the reach there is, so that no way in (a line of the script, a
dialog, a paste) needs a rule of its own. There is one for the whole process, as for its rights: a thread or a dialog
made later cannot be forgotten.
"""

from __future__ import annotations

import contextlib
import os
import stat
import weakref
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.drafts import FOLDER
from lstm_tui.core.vocabulary import visible

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO must not make us wait for its writer
_SHIPPED = str(Path(__file__).parents[2] / "models")
_MEND = "add --trust if you trust its author"


class Refused(UserError):
    """A script asks for what it may not have."""


class Reach:
    """Everything that the system lets the user have. Relative names are looked for in `folder` (None: where we are)."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = folder
        self.refusal: Refused | None = None
        """The first thing that was wanted and refused."""

    def placed(self, path: str) -> str:
        """Where `path` is, seen from here. Raises `Refused`."""
        return path if self.folder is None else os.path.join(self.folder, path)

    def open(self, path: str) -> int:
        """A descriptor to read the file from. Raises `OSError`, `ValueError` for what is not a name, and `Refused`."""
        return _waiting(os.open(self.placed(path), _READ))

    def open_beside(self, path: str) -> int:
        """The same for a file that was not named but may lie beside one that was: no link is followed."""
        return os.open(self.placed(path), _READ | os.O_NOFOLLOW)

    def target(self, path: str, force: bool) -> str:
        """The real path that `path` is written to. Raises `OSError` and `Refused`."""
        return os.path.realpath(self.placed(path))

    def open_folder(self, target: str) -> int:
        """A descriptor of the folder that a `target` of ours is in. Raises `OSError`."""
        return os.open(os.path.dirname(target), FOLDER)

    def check_code(self, cell: str) -> None:
        """Raises `Refused` where the code of a user's cell may not be run."""

    def check_device(self) -> None:
        """Raises `Refused` where the device may not be chosen."""

    def whole(self, path: str) -> str:
        """A path that someone typed, `~` understood. Raises `Refused`."""
        return os.path.expanduser(path)


class FolderReach(Reach):
    """The files in `folder` and below, which no name and no link leads out of; no code at all.

    An existing file is replaced only where `replace` says so, whatever is answered in a dialog, and never one that was
    read here: the script itself, its model, its text.
    """

    def __init__(self, folder: str, replace: bool = False) -> None:
        """Raises `UserError` where there is no such folder."""
        try:
            super().__init__(os.path.realpath(folder))
            self._root = os.open(os.path.realpath(folder), FOLDER)
        except OSError as error:
            raise UserError(f"the folder '{visible(folder)}' cannot be opened: {error.strerror}") from None
        weakref.finalize(self, os.close, self._root)
        self._replace = replace
        self._inputs: set[tuple[int, int]] = set()

    def beside(self, folder: str) -> FolderReach:
        """The same of another folder, which the user named: what is read here is not replaced there either."""
        other = FolderReach(folder, self._replace)
        other._inputs = self._inputs
        return other

    def spare(self, file: str | int) -> None:
        """Never replaces this file, a path as the user gives it or a descriptor."""
        with contextlib.suppress(OSError, ValueError):
            about = os.stat(file)
            self._inputs.add((about.st_dev, about.st_ino))

    def placed(self, path: str) -> str:
        if "\0" in path:
            raise UserError(f"'{visible(path)}' is not a file name")
        assert self.folder is not None
        parts = path.split(os.sep)
        if path.startswith("~") or os.path.isabs(path) or os.pardir in parts:
            raise self._refused(f"'{visible(path)}' leaves the script's folder, where a script must stay")
        place = os.path.realpath(os.path.join(self.folder, path))
        if os.path.commonpath((self.folder, place)) != self.folder:
            raise self._refused(f"'{visible(path)}' is a link that leaves the script's folder")
        return place

    def open(self, path: str) -> int:
        if os.path.dirname(path) == _SHIPPED:
            return os.open(path, _READ)
        descriptor = _waiting(self._walk(self.placed(path), _READ))
        self.spare(descriptor)
        return descriptor

    def open_beside(self, path: str) -> int:
        return self._walk(os.path.join(self.placed(os.path.dirname(path)), os.path.basename(path)), _READ)

    def target(self, path: str, force: bool) -> str:
        place = self.placed(path)
        assert self.folder is not None
        if visible(path) != path:
            raise self._refused(f"'{visible(path)}' has invisible characters in its name")
        try:
            there = os.lstat(os.path.join(self.folder, path))
        except (FileNotFoundError, NotADirectoryError):
            return place
        if stat.S_ISLNK(there.st_mode):
            raise self._refused(f"'{visible(path)}' is a link, and a script does not write through links")
        if stat.S_ISREG(there.st_mode) and force:
            if (there.st_dev, there.st_ino) in self._inputs:
                raise self._refused(
                    f"'{visible(path)}' is read by this script, and a script does not replace what it reads"
                )
            if not self._replace:
                raise self._refused(f"'{visible(path)}' exists, and a script replaces files only with --force", None)
        return place

    def open_folder(self, target: str) -> int:
        return self._walk(os.path.dirname(target), FOLDER)

    def check_code(self, cell: str) -> None:
        raise self._refused(f"--cell {visible(cell)} is code, which a script may not run")

    def check_device(self) -> None:
        raise self._refused("a script may not choose the --device")

    def whole(self, path: str) -> str:
        return path

    def _refused(self, what: str, mend: str | None = _MEND) -> Refused:
        refusal = Refused(what if mend is None else f"{what}; {mend}")
        self.refusal = self.refusal or refusal
        return refusal

    def _walk(self, place: str, flags: int) -> int:
        """Opens what `placed` found, step by step: what has become a link since then is an error."""
        assert self.folder is not None
        *above, last = Path(os.path.relpath(place, self.folder)).parts or (".",)
        folder = os.dup(self._root)
        try:
            for name in above:
                below = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = below
            return os.open(last, flags | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)


def _waiting(descriptor: int) -> int:
    """It was opened without waiting, and is read as usual: a pipe that is written to may be slow."""
    os.set_blocking(descriptor, True)
    return descriptor


class NotRegular(OSError):
    """What was opened is a pipe, a device or a socket."""


def regular(descriptor: int) -> BufferedReader:
    """The file that `descriptor` reads: decided on what is open, since a name may come to mean something else.

    Raises `NotRegular` and `IsADirectoryError`, and closes it.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise IsADirectoryError if stat.S_ISDIR(mode) else NotRegular


_now = Reach()


def now() -> Reach:
    """The reach there is."""
    return _now


@contextlib.contextmanager
def within(reach: Reach) -> Iterator[None]:
    """Inside, nothing reaches further, in no thread."""
    global _now
    before, _now = _now, reach
    try:
        yield
    finally:
        _now = before
