"""Key names as scripts write them, and the events that a terminal's keys would be.

What Textual does not promise (how it names the keys of punctuation) is in this module.
"""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.events import Key

_CHARACTERS = {"space": " ", "enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f"}
_ALONE = (
    "right", "left", "up", "down", "home", "end", "pageup", "pagedown", "insert", "delete",
    *(f"f{number}" for number in range(1, 13)), *_CHARACTERS,
)  # fmt: skip
_WITH_SHIFT = ("tab", "right", "left", "up", "down", "home", "end")
_WITH_CTRL = (*"abcdefghijklmnopqrstuvwxyz", "right", "left", "up", "down", "home", "end", "pageup", "pagedown")
NAMED = (*_ALONE, *(f"shift+{key}" for key in _WITH_SHIFT), *(f"ctrl+{key}" for key in _WITH_CTRL))
_OTHER_NAMES = {"number_sign": "#", "quotation_mark": '"', "esc": "escape", "return": "enter"}


def known_key(name: str) -> str | None:
    """The key of that name: one of `NAMED`, or a character itself; None where there is none."""
    name = _OTHER_NAMES.get(name.lower(), name)
    if len(name) == 1:
        return name if name.isprintable() else None
    return name.lower() if name.lower() in NAMED else None


def similar_key(name: str) -> str | None:
    """The name that was probably meant."""
    near = difflib.get_close_matches(name.lower(), NAMED, 1)
    return near[0] if near else None


def event(key: str) -> Key:
    """What a driver hands to the app when `key` is pressed."""
    from textual.events import Key
    from textual.keys import _character_to_key

    if len(key) > 1:
        return Key(key, _CHARACTERS.get(key))
    if key == " ":
        return Key("space", " ")
    return Key(_character_to_key(unicodedata.normalize("NFC", key)) if not key.isalnum() else key, key)
