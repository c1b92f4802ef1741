"""The styles a terminal can hold, and the cheapest way from one to the next. Pure: strings in, strings out.

A `Pen` is what SGR sequences and hyperlinks have set up. Styles and cells are interned by a `Styles` table, so that two
equal cells are one object and whole rows compare by identity, which is what keeps a full screen under the milliseconds
we have.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import get_character_cell_size

RESET = "\x1b[m"

# What switches an attribute off again. 22 ends bold and dim together; what is not here can only be ended by a full
# reset, because terminals read the rarer codes differently (21 is double underline here and "not bold" there).
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_ENDS = {
    "22": {"1", "2"},
    "23": {"3"},
    "24": {"4", "21"},
    "25": {"5", "6"},
    "27": {"7"},
    "28": {"8"},
    "29": {"9"},
    "54": {"51", "52"},
    "55": {"53"},
}
_FOREGROUNDS = {str(code) for code in (*range(30, 38), *range(90, 98))}
_BACKGROUNDS = {str(code) for code in (*range(40, 48), *range(100, 108))}


class Unusual(KeyError):
    """A character that is not simply one column wide."""


class ScreenCell:
    """One column of the screen: its text ("" for the right half of a wide character) and its pen."""

    __slots__ = ("pen", "text")

    def __init__(self, text: str, pen: Pen) -> None:
        self.text = text
        self.pen = pen

    def __repr__(self) -> str:
        return f"ScreenCell({self.text!r}, {self.pen.codes()!r})"


class _Cells(dict[str, ScreenCell]):
    """The cells of one pen by their text. A character that is not plainly one column wide raises `Unusual`."""

    def __init__(self, pen: Pen) -> None:
        super().__init__()
        self._pen = pen

    def __missing__(self, text: str) -> ScreenCell:
        if kind(text) != "narrow":
            raise Unusual(text)
        cell = self[text] = ScreenCell(text, self._pen)
        return cell


class Pen:
    """Colours as the SGR parameters that set them ("38;2;1;2;3", "31", "" for the default), attribute codes, a
    hyperlink."""

    __slots__ = ("attributes", "background", "cells", "foreground", "link", "special")

    def __init__(self, foreground: str, background: str, attributes: frozenset[str], link: str) -> None:
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
        self.link = link
        self.cells = _Cells(self)
        self.special: dict[str, ScreenCell] = {}

    def cell(self, text: str) -> ScreenCell:
        """The one cell of this pen with `text`, for what is not plainly one column wide."""
        found = self.special.get(text)
        if found is None:
            found = self.special[text] = ScreenCell(text, self)
        return found

    def codes(self) -> str:
        """The SGR parameters that make this pen from the default one."""
        return ";".join([*sorted(self.attributes), *filter(None, (self.foreground, self.background))])

    def order(self) -> tuple[str, tuple[str, ...], str, str]:
        """A key that puts pens next to each other which differ in little."""
        return self.background, tuple(sorted(self.attributes)), self.link, self.foreground


class Styles:
    """Every pen seen so far; the table a screen copy and its difference share."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, frozenset[str], str], Pen] = {}
        self._after: dict[tuple[Pen, str], Pen] = {}
        self._between: dict[tuple[Pen, Pen], str] = {}
        self.default = self.pen()

    def __len__(self) -> int:
        return len(self._known)

    def pen(
        self, foreground: str = "", background: str = "", attributes: frozenset[str] = frozenset(), link: str = ""
    ) -> Pen:
        """The one pen with these properties."""
        key = (foreground, background, attributes, link)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Pen(*key)
        return found

    def after(self, pen: Pen, parameters: str) -> Pen:
        """The pen once a terminal that held `pen` has read the SGR sequence with these parameters."""
        key = (pen, parameters)
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self._apply(pen, parameters)
        return found

    def linked(self, pen: Pen, link: str) -> Pen:
        """The same pen with another hyperlink, written as in OSC 8: parameters, a semicolon, the address, if any."""
        return self.pen(pen.foreground, pen.background, pen.attributes, "" if link == ";" else link)

    def same(self, cell: ScreenCell) -> ScreenCell:
        """The cell of this table that equals one of another table."""
        old = cell.pen
        pen = self.pen(old.foreground, old.background, old.attributes, old.link)
        return pen.cells[cell.text] if cell.text in old.cells else pen.cell(cell.text)

    def between(self, old: Pen, new: Pen) -> str:
        """The shortest sequences that turn `old` into `new`."""
        found = self._between.get((old, new))
        if found is None:
            found = self._between[old, new] = _transition(old, new)
        return found

    def _apply(self, pen: Pen, parameters: str) -> Pen:
        foreground, background, attributes = pen.foreground, pen.background, set(pen.attributes)
        for code in _codes(parameters):
            if code in {"0", ""}:
                foreground, background, attributes = "", "", set()
            elif code == "39":
                foreground = ""
            elif code == "49":
                background = ""
            elif code in _FOREGROUNDS or code.startswith("38"):
                foreground = code
            elif code in _BACKGROUNDS or code.startswith("48"):
                background = code
            elif code in _ENDS:
                attributes = {kept for kept in attributes if kept.partition(":")[0] not in _ENDS[code]}
            else:
                attributes.add(code)
        return self.pen(foreground, background, frozenset(attributes), pen.link)


def _codes(parameters: str) -> Iterator[str]:
    """The parameters one by one, a colour with all that belongs to it."""
    numbers = parameters.split(";")
    position = 0
    while position < len(numbers):
        code = numbers[position].lstrip("0") or ("0" if numbers[position] else "")
        taken = 1
        if code in {"38", "48"} and position + 1 < len(numbers):
            taken = {"2": 5, "5": 3}.get(numbers[position + 1], 1)
            code = ";".join([code, *numbers[position + 1 : position + taken]])
        yield code
        position += taken


def _transition(old: Pen, new: Pen) -> str:
    link = "" if old.link == new.link else f"\x1b]8;{new.link or ';'}\x1b\\"
    if (old.foreground, old.background, old.attributes) == (new.foreground, new.background, new.attributes):
        return link
    full = f"\x1b[0;{codes}m" if (codes := new.codes()) else RESET
    removed = old.attributes - new.attributes
    if not removed <= _OFF.keys():
        return full + link
    off = sorted({_OFF[code] for code in removed})
    ended = set().union(*(_ENDS[code] for code in off))
    steps = [*off, *sorted(code for code in new.attributes if code not in old.attributes or code in ended)]
    if new.foreground != old.foreground:
        steps.append(new.foreground or "39")
    if new.background != old.background:
        steps.append(new.background or "49")
    step = f"\x1b[{';'.join(steps)}m"
    return min(step, full, key=len) + link


@lru_cache(maxsize=4096)
def kind(character: str) -> str:
    """How terminals measure a character: "narrow", "wide", "mark" (drawn onto the one before it), "control", or
    "doubtful".

    Doubtful is whatever terminals disagree about, or what changes the width of its neighbours: joiners, variation
    selectors, regional indicators, skin tones, viramas, conjoining Hangul, unassigned characters, direction controls.
    """
    category = unicodedata.category(character)
    if category == "Cc":
        return "control" if character < "\x80" else "doubtful"
    width = get_character_cell_size(character)
    broad = unicodedata.east_asian_width(character) in {"W", "F"}
    if category in {"Cf", "Cs", "Cn", "Mc", "Me"} or 0x1F3FB <= ord(character) <= 0x1F3FF:
        return "doubtful"
    if category == "Mn":
        return "mark" if width == 0 and unicodedata.combining(character) not in {0, 9} else "doubtful"
    if (width, broad) == (1, False):
        return "narrow" if not 0x1F1E6 <= ord(character) <= 0x1F1FF else "doubtful"
    return "wide" if (width, broad) == (2, True) else "doubtful"
