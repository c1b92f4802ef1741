"""One symbol of a text as one cell of the screen, and its name.

Whatever is not plain ASCII takes two columns, so that a text keeps its rhythm: control characters as pictures, marks on
a dotted circle, what draws nothing by two letters. Terminals that reorder right-to-left letters find a left-to-right
sign that draws nothing between any two of them, so that every letter stays in its place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len

from lstm_tui.core.vocabulary import BLANK_LTR, in_place, is_from_right, visible
from lstm_tui.tui.system.line_filters import DRAWN

_SHORT = {
    "\u00a0": "NB", "\u00ad": "SH", "\u034f": "GJ", "\u061c": "AM", "\u200b": "ZS", "\u200c": "ZN", "\u200d": "ZJ",
    "\u200e": "LM", "\u200f": "RM", "\u2028": "LS", "\u2029": "PS", "\u202a": "LE", "\u202b": "RE", "\u202c": "PF",
    "\u202d": "LO", "\u202e": "RO", "\u2060": "WJ", "\u3000": "IS", "\ufe0e": "VT", "\ufe0f": "VE", "\ufeff": "BM",
}  # fmt: skip
_C0 = [
    "NULL",
    "START OF HEADING",
    "START OF TEXT",
    "END OF TEXT",
    "END OF TRANSMISSION",
    "ENQUIRY",
    "ACKNOWLEDGE",
    "ALERT",
    "BACKSPACE",
    "CHARACTER TABULATION",
    "LINE FEED",
    "LINE TABULATION",
    "FORM FEED",
    "CARRIAGE RETURN",
    "SHIFT OUT",
    "SHIFT IN",
    "DATA LINK ESCAPE",
    "DEVICE CONTROL ONE",
    "DEVICE CONTROL TWO",
    "DEVICE CONTROL THREE",
    "DEVICE CONTROL FOUR",
    "NEGATIVE ACKNOWLEDGE",
    "SYNCHRONOUS IDLE",
    "END OF TRANSMISSION BLOCK",
    "CANCEL",
    "END OF MEDIUM",
    "SUBSTITUTE",
    "ESCAPE",
    "INFORMATION SEPARATOR FOUR",
    "INFORMATION SEPARATOR THREE",
    "INFORMATION SEPARATOR TWO",
    "INFORMATION SEPARATOR ONE",
]


def is_plain(symbol: str) -> bool:
    """Whether a symbol needs no explanation: printable ASCII."""
    return symbol.isascii() and symbol.isprintable()


@lru_cache(maxsize=4096)
def cell(symbol: str, ascii: bool = False) -> str:
    """How a symbol looks: plain ASCII as it is, every other character in two columns; longer symbols as they are long.

    With `ascii` a sign that would be drawn with another one is shown by its number.
    """
    if is_plain(symbol):
        return symbol
    if len(symbol) > 1:  # its letters are the terminal's to join and to turn round
        return in_place(symbol)
    shown = visible(symbol)
    code = ord(symbol)
    if 0x1F1E6 <= code <= 0x1F1FF:
        shown = "r" + chr(ord("A") + code - 0x1F1E6)
    elif shown.startswith("U+") or not cell_len(shown) or (ascii and symbol in DRAWN):
        shown = _SHORT.get(symbol, f"{code & 0xFF:02X}")
    pad = BLANK_LTR if is_from_right(symbol) else " "
    return shown + pad * (2 - cell_len(shown))


def runs_from_right(symbols: Sequence[str]) -> bool:
    """Whether a text of words is written from right to left: most of its words are. A text of characters stays as it
    was: each in its place."""
    words = [symbol for symbol in symbols if len(symbol) > 1]
    return sum(map(is_from_right, words)) * 2 > len(words)


def narrow(symbol: str, ascii: bool = False) -> str:
    """A symbol in as few columns as it takes, one or two, for cells that are close together."""
    shown = visible(symbol)
    if cell_len(shown) > 1 or is_from_right(symbol[:1]) or (ascii and symbol in DRAWN):
        return cell(symbol, ascii)
    return shown


@lru_cache(maxsize=4096)
def name(symbol: str) -> str:
    """A character's Unicode name, empty for plain ASCII and for symbols of several characters; its number where it has
    none."""
    if len(symbol) != 1 or is_plain(symbol):
        return ""
    code = ord(symbol)
    if code < len(_C0):
        return _C0[code]
    return "DELETE" if code == 0x7F else unicodedata.name(symbol, f"U+{code:04X}")
