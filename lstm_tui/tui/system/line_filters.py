"""The last hand on every line before it goes to the terminal: nothing it would obey, and with `--ascii` only ASCII.

Characters that come from outside are made harmless where they come in (`vocabulary.visible`); this is the net below
that, for what Textual's own widgets draw: a pasted escape sequence in a field, a character someone forgot.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from lstm_tui.core.vocabulary import visible

PLAIN_CSS = """
App:nocolor OptionList > .option-list--option-highlighted { text-style: reverse; }
App:nocolor Input { text-style: underline; }
"""
"""What colour says in Textual's own widgets, said without."""

_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard"}
_SUSPECT = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u00ff\u2013-\u2027\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff]")
"""Everything but ASCII and the signs we draw with ourselves: looked at more closely."""

_SIGNS = {
    **dict.fromkeys("─━═╌┄┈╴╶╸╺▁▔▂▃", "-"),
    **dict.fromkeys("│┃║╎┆┊╵╷╹╻▎▏▕▌▐▍▋▊▉", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝┏┓┗┛▗▖▝▘", "+"),
    **dict.fromkeys("█▄▀▅▆▇■", "#"),
    **dict.fromkeys("·•∙●", "."),
    **dict.fromkeys("→▸▶❯›", ">"),
    **dict.fromkeys("←◂◀‹", "<"),
    **dict.fromkeys("↑▲⭘○", "^"),
    **dict.fromkeys("↓▼", "v"),
    **dict.fromkeys("–—", "-"),
    **dict.fromkeys("✓", "*"),
    **dict.fromkeys("✗×", "x"),
    "…": "~", "±": "~", "σ": "s", "⊙": "*", "🔎": "> ", "’": "'", "“": '"', "”": '"', "−": "-", "²": "2",
}  # fmt: skip
_TABLE = str.maketrans(_SIGNS)
DRAWN = frozenset(_SIGNS)
"""Signs that `--ascii` replaces: a text that holds one of them must not show it as something else."""


class _Lines(LineFilter):
    """Puts the text of every segment through one function, and leaves its style and its width alone."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        change = self._change
        return [
            segment if segment.text.isascii() and segment.text.isprintable() else
            Segment(change(segment.text), segment.style, segment.control)
            for segment in segments
        ]  # fmt: skip


def filters(ascii: bool) -> Iterable[LineFilter]:
    """What every line of the app goes through last."""
    yield _Lines(harmless)
    if ascii:
        yield _Lines(in_ascii)


def harmless(text: str) -> str:
    """`text` without anything a terminal obeys, hides or reorders, of the same width: a `?` for each column of it."""
    return _SUSPECT.sub(_repaired, text)


def _repaired(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\u2800" or visible("a" + character) == "a" + character:
        return character
    return "?" * cell_len(character)


def in_ascii(text: str) -> str:
    """`text` with our signs replaced by ASCII ones of the same width."""
    return text.translate(_TABLE)


@contextlib.contextmanager
def colours_decided(color: str) -> Iterator[None]:
    """While an app is made: Textual decides by `NO_COLOR`, once and then. `color` is the option's value."""
    asked = os.environ.pop("NO_COLOR", None)
    if color == "none" or (color == "auto" and asked):  # the empty value means unset
        os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        os.environ.pop("NO_COLOR", None)
        if asked is not None:
            os.environ["NO_COLOR"] = asked


def console_for(color: str, usual: Console) -> Console:
    """Rich's console for an app asked for so many colours; the `usual` one where it may find out itself."""
    if color not in _SYSTEMS:
        return usual
    return Console(
        color_system=_SYSTEMS[color],  # type: ignore[arg-type]  # one of rich's own names
        file=usual.file,
        markup=True,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
