"""Colours. Hue means sign and nothing else; everything a colour says, a glyph says too.

A palette turns the style names that painting uses into Rich styles. Ramps run over nine levels: two hues for signed
values (blue below zero, orange above) and one neutral for gates, 27 colours together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rich.style import Style

if TYPE_CHECKING:
    from textual.theme import Theme

Depth = Literal["full", "256", "16", "none"]
MANY: tuple[Depth, ...] = ("full", "256")
"""Where a theme has colours of its own; else it wears the terminal's."""
LEVELS = 8
DEFAULT_THEME = "dark"


@dataclass(frozen=True)
class Colours:
    """A theme as the hexadecimal colours it starts from."""

    dark: bool
    ground: str
    row: str
    """Ground of the selected unit's band."""
    text: str
    bright: str
    quiet: str
    """The dimmest text there is."""
    rule: str
    """The lines beside titles: decoration, which may be dimmer than text; the ground itself where fewer are wanted."""
    track: str
    """The dots of an empty bar, which say that there is a bar: faint, and never gone."""
    gate: tuple[str, str]
    negative: tuple[str, str]
    positive: tuple[str, str]
    """Ramps, from nothing to the full scale."""


COLOURS: dict[str, Colours] = {
    "dark": Colours(
        True, "#16161d", "#2a2a36", "#d6d6dc", "#ffffff", "#9b9ba6", "#565664", "#565664",
        ("#94949f", "#aaaab6"), ("#649cc6", "#66bdff"), ("#b98a52", "#ffb454"),
    ),
    "light": Colours(
        False, "#fbfbf8", "#e9e9e2", "#2b2b30", "#000000", "#5a5a62", "#a9a9ac", "#a9a9ac",
        ("#66666e", "#45454c"), ("#376798", "#00467f"), ("#8c5a28", "#7a3a00"),
    ),
    "contrast": Colours(
        True, "#000000", "#2b2b2b", "#ffffff", "#ffffff", "#c8c8c8", "#808080", "#808080",
        ("#b8b8b8", "#e0e0e0"), ("#7fc4ff", "#5cc8ff"), ("#ffc266", "#ffb000"),
    ),
    "projector": Colours(
        False, "#ffffff", "#e8e8ec", "#0d0d10", "#000000", "#3a3a40", "#ffffff", "#808088",
        ("#4a4a51", "#38383e"), ("#1f4a7a", "#003a8c"), ("#6b2e10", "#7a2400"),
    ),
}  # fmt: skip

_SIXTEEN = {
    True: {"gate": "default", "negative": "bright_cyan", "positive": "bright_yellow"},
    False: {"gate": "default", "negative": "blue", "positive": "red"},
}
"""By whether the theme is dark. The larger half of each ramp is bold: with the zero that makes five steps. Names that
read well on black or on white in the palettes of xterm and of a PC's console alike (plain yellow is brown there)."""
_SOLID = {"shade": "gate", "plus": "positive", "minus": "negative"}
"""Ramps of full cells, which begin at one neutral tone: they are no text."""
_OF_256 = {
    "dark": (("#87afd7", "#5fafff"), ("#d7af87", "#ffaf5f")),
    "light": (("#005faf",), ("#870000",)),
    "contrast": (("#5fafd7", "#87d7ff"), ("#d7af5f", "#ffaf00")),
    "projector": (("#0000af", "#000087"), ("#870000", "#5f0000")),
}
"""The ramps of the negative and the positive where there are 256 colours: of one hue each, which the colours nearest to
those of a ramp are not, in as many steps as can be read."""
_MUTED = {
    "dark": ("#5f87af", "#af875f"),
    "light": ("#5f87af", "#af5f5f"),
    "contrast": ("#0087af", "#af8700"),
    "projector": ("#5f5faf", "#af5f5f"),
}
"""What full cells have below those ramps there: of the same hues, too faint for text."""
_SUFFIXES = {"reverse": Style(reverse=True), "mover": Style(bold=True, underline=True), "wrong": Style(underline=True)}


class Palette:
    """Style names → Rich styles, for one theme at one colour depth. Rich finds the nearest of 256 colours to a grey."""

    def __init__(self, theme: str = DEFAULT_THEME, depth: Depth = "full") -> None:
        self.theme = theme if theme in COLOURS else DEFAULT_THEME
        self.depth: Depth = depth
        self._colours = COLOURS[self.theme]
        self._styles: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self._make(name)
        return style

    def _make(self, name: str) -> Style:
        base, *suffixes = name.split("+")
        kind, _, level = base.partition(".")
        style = self._ramp(kind, int(level)) if level else self._word(kind)
        for suffix in suffixes:
            if suffix == "row":
                style += Style(bgcolor=self._colours.row) if self.depth in MANY else Style()
            else:
                style += _SUFFIXES[suffix]
        return style

    def _ramp(self, kind: str, level: int) -> Style:
        if self.depth == "none":
            return Style()
        if self.depth == "16":
            name = _SIXTEEN[self._colours.dark][_SOLID.get(kind, kind)]
            return Style(color=None if name == "default" else name, bold=level > LEVELS // 2 or None)
        if self.depth == "256" and _SOLID.get(kind, kind) != "gate":
            return self._on_ground(self._step_of_256(kind, level))
        low, high = getattr(self._colours, _SOLID.get(kind, kind))
        if kind in _SOLID:
            low = self._colours.track
        return self._on_ground(_mixed(low, high, level / LEVELS))

    def _step_of_256(self, kind: str, level: int) -> str:
        sign = _SOLID.get(kind, kind) == "positive"
        steps = _OF_256[self.theme][sign]
        if kind not in _SOLID:
            return steps[level * len(steps) // (LEVELS + 1)]
        steps = (_MUTED[self.theme][sign], *steps)
        return steps[(level - 1) * len(steps) // LEVELS] if level else self._colours.track

    def _word(self, word: str) -> Style:
        colours = self._colours
        bold = word in ("title", "mover", "selected", "current", "alarm", "message")
        style = Style(bold=True) if bold else Style()
        if word == "alarm":
            style += Style(reverse=True)
        if self.depth not in MANY:
            # Reverse is left to the current character and alarms, so that both can be found without any colour.
            return style + Style(reverse=True) if word == "current" else style
        tone = {
            "quiet": colours.quiet, "ahead": colours.quiet, "rule": colours.rule, "track": colours.track,
            "axis": colours.quiet, "mover": colours.bright, "selected": colours.bright, "title": colours.bright,
            "tick": colours.text,
        }.get(word, colours.text)  # fmt: skip
        if word == "current":
            return style + Style(color=colours.ground, bgcolor=colours.bright)
        return style + self._on_ground(tone)

    def _on_ground(self, colour: str) -> Style:
        return Style(color=colour, bgcolor=self._colours.ground)


@lru_cache(maxsize=16)
def palette(theme: str = DEFAULT_THEME, depth: Depth = "full") -> Palette:
    """The palette of a theme; unknown themes get the default one."""
    return Palette(theme, depth)


@dataclass(frozen=True)
class Look:
    """How the app draws: set once as `app.look`, read by every widget of ours."""

    depth: Depth = "full"
    ascii: bool = False
    ltr: bool = False
    """Whether words stand from left to right even where they are written from right to left."""


DEFAULT_LOOK = Look()


def textual_themes(depth: Depth = "full") -> tuple[Theme, ...]:
    """Our themes for `App.register_theme`, so that Textual's own widgets wear the same colours.

    Below 256 colours they keep the terminal's own ground and text; without colour nothing else is left of them.
    """
    from textual.theme import Theme

    return tuple(
        Theme(
            name=name, primary=c.negative[1], secondary=c.quiet, accent=c.positive[1], warning=c.positive[1],
            error=c.positive[1], success=c.negative[1], foreground=c.text, background=c.ground, surface=c.row,
            panel=c.row, dark=c.dark,
            variables={
                "footer-background": c.ground, "footer-foreground": c.text, "footer-key-foreground": c.bright,
                "footer-description-foreground": c.quiet, "footer-item-background": c.ground,
                "footer-key-background": c.ground, "footer-description-background": c.ground,
            },
        )
        if depth in MANY
        else _plain_theme(name, c.dark)
        for name, c in COLOURS.items()
    )  # fmt: skip


def _plain_theme(name: str, dark: bool) -> Theme:
    from textual.theme import Theme

    own = "ansi_default"
    cold, warm = ("ansi_bright_cyan", "ansi_bright_yellow") if dark else ("ansi_blue", "ansi_red")
    block = {
        "block-cursor-foreground": "ansi_black" if dark else "ansi_bright_white",
        "block-cursor-background": "ansi_white" if dark else "ansi_blue",
        "input-cursor-foreground": "ansi_black" if dark else "ansi_bright_white",
        "input-cursor-background": "ansi_white" if dark else "ansi_black",
        "input-selection-foreground": "ansi_black" if dark else "ansi_bright_white",
        "input-selection-background": cold,
        "scrollbar": cold, "scrollbar-hover": cold, "scrollbar-active": cold,
        "scrollbar-background": own, "scrollbar-background-hover": own, "scrollbar-background-active": own,
        "scrollbar-corner-color": own, "border-blurred": own, "ansi-background": own, "ansi-foreground": own,
        "border": cold, "screen-selection-foreground": "ansi_black", "screen-selection-background": cold,
    }  # fmt: skip
    return Theme(
        name=name, ansi=True, primary=cold, secondary=own, accent=warm, warning=warm, error=warm, success=cold,
        foreground=own, background=own, surface=own, panel=own, boost=own, dark=dark, variables=block,
    )  # fmt: skip


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(low: str, high: str, share: float) -> str:
    return "#" + "".join(
        f"{round(a + (b - a) * share):02x}" for a, b in zip(_channels(low), _channels(high), strict=True)
    )
