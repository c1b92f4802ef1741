"""The screen that a terminal would show."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pyte

# A terminal obeys or ignores these without showing anything; the emulator would print a part of them.
_UNSHOWN = re.compile(rb"\x1b\[[<=>][0-?]*[ -/]*[@-~]|\x1b\[[0-?]*[ -/]+[@-~]|\x1bP.*?\x1b\\", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|P(?:(?!\x1b\\).)*)?\Z", re.DOTALL)


class _Screen(pyte.Screen):
    """pyte forgets a mark without a combining class, such as a Devanagari vowel sign, and all that follows it."""

    def draw(self, data: str) -> None:
        piece = ""
        for character in data:
            if unicodedata.category(character) in ("Mn", "Me") and not unicodedata.combining(character):
                super().draw(piece)
                piece = ""
                self._add_to_the_last(character)
            else:
                piece += character
        super().draw(piece)

    def _add_to_the_last(self, mark: str) -> None:
        line, x = self.buffer[self.cursor.y], self.cursor.x - 1
        line[x] = line[x]._replace(data=line[x].data + mark)


class Emulator:
    """The screen a terminal would show for the bytes it was fed, in pieces cut anywhere."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""

    def feed(self, data: bytes) -> None:
        """Shows `data`; the beginning of a sequence waits for its end."""
        data = self._pending + data
        unfinished = _UNFINISHED.search(data)
        cut = unfinished.start() if unfinished else len(data)
        self._pending = data[cut:]
        self._stream.feed(_UNSHOWN.sub(b"", data[:cut]))

    @property
    def lines(self) -> list[str]:
        """The screen's rows from the top."""
        return list(self.screen.display)

    def cells(self) -> list[list[Any]]:
        """The cells, row by row: `.data`, `.fg`, `.bg` (names or rrggbb), `.bold`, `.reverse`, `.underscore`."""
        buffer = self.screen.buffer
        return [[buffer[y][x] for x in range(self.screen.columns)] for y in range(self.screen.lines)]
