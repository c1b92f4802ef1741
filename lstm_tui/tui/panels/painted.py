"""A widget made of painted lines, which repaints only the columns that changed: bytes are dear over SSH."""

from __future__ import annotations

from typing import TypeVar

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from lstm_tui.tui.paint.runs import Line, changed_span, width_of
from lstm_tui.tui.theme import DEFAULT_LOOK, Look, Palette, palette

T = TypeVar("T")


class shown(var[T]):
    """A reactive that a `Painted` widget shows: a change makes it paint, and refresh what looks different."""

    def __init__(self, default: T) -> None:
        super().__init__(default)


class Painted(Widget):
    """Subclasses declare what they show as `shown(...)` and turn it into lines in `lines()`.

    The lines are computed once a change, not once a line: several reactives set for one key cost one painting.
    """

    ALLOW_SELECT = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lines: list[Line] = []
        self._strips: list[Strip | None] = []
        self._painted_for: tuple[int, int, Palette, bool] | None = None
        self._asked = False

    def on_mount(self) -> None:
        for base in type(self).__mro__:
            for attribute, value in vars(base).items():
                if isinstance(value, shown):
                    self.watch(self, attribute, self.changed, init=False)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        """What to show: `height` lines of exactly `width` columns."""
        raise NotImplementedError

    @property
    def look(self) -> Look:
        """How the app asked us to draw."""
        return getattr(self.app, "look", DEFAULT_LOOK)

    def changed(self) -> None:
        """Something shown is new: paint before the next frame."""
        if self._asked or self._painted_for is None:
            return  # what was never painted will be painted whole when it is asked for
        self._asked = True
        self.call_next(self._refresh_changed)

    def _refresh_changed(self) -> None:
        self._asked = False
        old, known = self._lines, self._painted_for
        if known is None or not self.is_attached:
            return
        if known != self._situation():
            self._painted_for = None
            self.refresh()
            return
        new = self.lines(known[0], known[1], known[3])
        regions: list[Region] = []
        for y, (before, after) in enumerate(zip(old, new, strict=True)):
            span = changed_span(before, after)
            if span is not None:
                self._strips[y] = None
                regions.append(Region(span[0], y, span[1] - span[0], 1))
        self._lines = new
        if regions:
            self.refresh(*regions)

    def _situation(self) -> tuple[int, int, Palette, bool]:
        look = self.look
        return *self.content_size, palette(self.app.theme, look.depth), look.ascii

    def render_line(self, y: int) -> Strip:
        """The painted line `y`; painting happens here when the size, the theme or the data were never painted."""
        situation = self._situation()
        if self._painted_for != situation:
            width, height, _, ascii = situation
            self._lines = self.lines(width, height, ascii)
            self._strips = [None] * len(self._lines)
            self._painted_for = situation
        if y >= len(self._lines):
            return Strip.blank(situation[0], self.rich_style)
        strip = self._strips[y]
        if strip is None:
            style_of = situation[2].__getitem__
            line = self._lines[y]
            strip = Strip([Segment(text, style_of(name)) for text, name in line], width_of(line))
            self._strips[y] = strip
        return strip
