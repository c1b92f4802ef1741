"""Asciicast v2 files: a header and one line an event, each line on the disk before the next begins.

Whatever ends the program, what was recorded until then plays; a last line that was torn is dropped. The format has room
for the input, the environment and the command line: none of them is ever written.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.files import check_destination, quoted, reason

ENDING = ".cast"
Event = tuple[float, str, str]
"""(seconds from the beginning, "o" output or "m" marker or "r" resize, data)"""


class Cast:
    """A recording being written. Nothing is in the file before `begin()`."""

    def __init__(self, path: str, force: bool = False, descriptor: int | None = None) -> None:
        """Opens the file. Raises `UserError` where it exists (unless `force`) or cannot be written.

        With `descriptor` it writes to that open file, which its owner publishes at `path`.
        """
        self.path = path
        self.size: tuple[int, int] | None = None
        """Columns and rows; None until it has begun."""
        self._whole = 0  # bytes of complete lines
        self._borrowed = descriptor is not None
        self._file = self._opened(force) if descriptor is None else descriptor

    def _opened(self, force: bool) -> int:
        path = self.path
        check_destination(path, ENDING, force)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        try:
            return os.open(os.path.realpath(path), flags | (os.O_TRUNC if force else os.O_EXCL), 0o666)
        except OSError as error:
            raise UserError(
                f"{quoted(path)} cannot be written: {reason(error)}; choose another name or folder"
            ) from None

    def begin(self, width: int, height: int, **header: Any) -> None:
        """Writes the header: the size, and other facts about the whole recording."""
        self.size = (width, height)
        known = {name: value for name, value in header.items() if value is not None}
        self._write({"version": 2, "width": width, "height": height, "title": "lstm-tui", **known})

    def output(self, at: float, text: str) -> None:
        """The terminal reads `text`, `at` seconds after the beginning."""
        self._write([round(at, 3), "o", text])

    def marker(self, at: float, label: str) -> None:
        """A place that players can go to."""
        self._write([round(at, 3), "m", label])

    def resized(self, at: float, width: int, height: int) -> None:
        """The terminal has another size from here on."""
        self.size = (width, height)
        self._write([round(at, 3), "r", f"{width}x{height}"])

    def close(self) -> None:
        """Closes the file; one that nothing was written to is removed."""
        if self._file < 0 or self._borrowed:
            return
        os.close(self._file)
        self._file = -1
        if self.size is None:
            with contextlib.suppress(OSError):
                os.unlink(os.path.realpath(self.path))

    def _write(self, line: Mapping[str, Any] | list[Any]) -> None:
        """All of one line or nothing of it. Raises `RunFailed`; the file then ends with the line before."""
        data = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")
        try:
            left = data
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._whole)
            further, plays = ("", "") if self._borrowed else (" any further", "; it plays up to there")
            raise RunFailed(f"{quoted(self.path)} could not be written{further}: {reason(error)}{plays}") from None
        self._whole += len(data)
