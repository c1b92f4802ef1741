"""A widget made of painted lines, which repaints only the rows that changed: bytes are dear over SSH."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.reactive import var
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint.runs import Line, Run
from lstm_tui.tui.system.theme import DEFAULT_LOOK, Look, Palette, palette

T = TypeVar("T")
MOST_INKS = 8192
"""Runs of styled text whose final form is remembered."""


class shown(var[T]):
    """A reactive that a `Painted` widget shows: a change makes it paint, and refresh what looks different."""

    def __init__(self, default: T) -> None:
        super().__init__(default)


class Situation(NamedTuple):
    """What a painting depends on besides what it shows."""

    width: int
    height: int
    room: Size
    palette: Palette
    ascii: bool
    filters: tuple[LineFilter, ...]


class Painted(Widget):
    """Subclasses declare what they show as `shown(...)` and turn it into lines in `lines()`.

    The lines are computed once a change, not once a line: several reactives set for one key cost one painting.
    Between a change of the layout and the widget's new size Textual may ask for more than there are lines: a key that
    shows or hides widgets has them arranged anew for anybody who asks where one is. That part is blank then, as it
    is for Textual's own widgets, and the layout that follows has it painted.
    """

    ALLOW_SELECT = False

    side: int | None = None
    """Whose frame it shows where two models stand side by side; None: the selected one's."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lines: list[Line] = []
        self._strips: list[Strip | None] = []
        self._painted_for: Situation | None = None
        self._asked = False
        self._inks: Inks

    def on_mount(self) -> None:
        for base in type(self).__mro__:
            for attribute, value in vars(base).items():
                if isinstance(value, shown):
                    self.watch(self, attribute, self.changed, init=False)

    def take(self, frame: Frame) -> None:
        """Show another frame; what shows nothing of it has nothing to do."""

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        """What to show: `height` lines of exactly `width` columns."""
        raise NotImplementedError

    def room(self, size: Size) -> Size:
        """How much of its `size` a widget draws on: less where it lines up with others that are smaller."""
        return size

    @property
    def look(self) -> Look:
        """How the app asked us to draw."""
        return getattr(self.app, "look", DEFAULT_LOOK)

    def changed(self) -> None:
        """Something shown is new: paint before the next frame."""
        if self._asked or self._painted_for is None:
            return  # what was never painted will be painted whole when it is asked for
        self._asked = True
        waiting = _waiting.setdefault(self.app, [])
        waiting.append(self)
        if len(waiting) == 1:  # one message for all that a key changes, not one a widget
            self.app.call_next(_repaint, waiting)

    def repaint(self) -> list[Region]:
        """Paints what is shown now: the rows that look different, as parts of the screen."""
        self._asked = False
        known = self._painted_for
        if known is None or not self.is_attached:
            return []
        if known != self._situation() or self.styles.gutter:  # Textual keeps lines of its own where it adds a border
            self._painted_for = None
            self.refresh()
            return []
        new = self._made(known)
        # Whole rows: the driver compares them cell by cell with what the terminal shows.
        changed = [y for y, (before, after) in enumerate(zip(self._lines, new, strict=True)) if before != after]
        self._lines = new
        for y in changed:
            self._strips[y] = None
        place = self.content_region if changed else None
        return [Region(place.x, place.y + y, known.width, 1) for y in changed] if place else []

    def _situation(self) -> Situation:
        app = self.app
        look = getattr(app, "look", DEFAULT_LOOK)
        # The size without looking for the widget on the screen, as Textual does: it is asked for in every frame.
        size = self.size if self.styles.gutter else self.outer_size
        filters = tuple(app.get_line_filters())
        return Situation(*size, self.room(size), palette(app.theme, look.depth), look.ascii, filters)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget, ready for the terminal.

        For every frame Textual asks all widgets for all their lines, and its own way of answering filters and copies
        each of them, changed or not. Here a line is ready once it was painted: there is no border or padding to add;
        a widget that is given one by a style sheet goes Textual's way.
        """
        if self.styles.gutter:
            return super().render_lines(crop)
        self._paint()
        strips = [self._strip(y) for y in crop.line_range]
        return [self._part(strip, crop) for strip in strips] if crop.column_span != (0, self._width) else strips

    def render_line(self, y: int) -> Strip:
        """The painted line `y`."""
        self._paint()
        return self._strip(y)

    def _made(self, situation: Situation) -> list[Line]:
        """A widget without a place on the screen has no lines."""
        width, height = situation.width, situation.height
        return self.lines(width, height, situation.ascii) if width and height else []

    def _paint(self) -> None:
        """Where the size, the theme or the data were never painted, it happens here."""
        situation = self._situation()
        if self._painted_for != situation:
            self._lines = self._made(situation)
            self._strips = [None] * len(self._lines)
            self._inks = inks_of(situation.palette, situation.filters, self.background_colors[1])
            self._painted_for = situation

    @property
    def _width(self) -> int:
        assert self._painted_for is not None  # asked for after _paint
        return self._painted_for.width

    def _strip(self, y: int) -> Strip:
        if y >= len(self._strips):
            return self._part(Strip([]), Region(0, 0, self._width, 1))
        strip = self._strips[y]
        if strip is None:
            inks = self._inks
            strip = self._strips[y] = Strip([inks[run] for run in self._lines[y]], self._width)
        return strip

    def _part(self, strip: Strip, crop: Region) -> Strip:
        """The columns of `crop`, blank where the strip has none."""
        return strip.crop(*crop.column_span).adjust_cell_length(crop.width, self._inks[" ", "text"].style)


_waiting: WeakKeyDictionary[App[object], list[Painted]] = WeakKeyDictionary()
"""Widgets that have something new to show, by the app they are in."""


def _repaint(waiting: list[Painted]) -> None:
    """Before the next frame: all that changed since the last is painted.

    The screen is asked to refresh the rows, once: asked for each widget of its own, Textual sends three messages to and
    fro, which took a tenth of the time of a step.
    """
    widgets = waiting[:]
    waiting.clear()
    rows: dict[Screen[object], list[Region]] = {}
    for widget in widgets:
        if changed := widget.repaint():
            rows.setdefault(widget.screen, []).extend(changed)
    for screen, regions in rows.items():
        screen.refresh(*regions)


class Inks(dict[Run, Segment]):
    """What a run of styled text becomes, under one theme and its filters."""

    def __init__(self, palette: Palette, filters: tuple[LineFilter, ...], ground: Color) -> None:
        super().__init__()
        self._palette = palette
        self._filters = filters
        self._ground = ground

    def __missing__(self, run: Run) -> Segment:
        text, style = run
        segments = [Segment(text, self._palette[style])]
        for line_filter in self._filters:
            segments = line_filter.apply(segments, self._ground)
        if len(self) >= MOST_INKS:
            self.clear()
        (self[run],) = segments
        return self[run]


@lru_cache(maxsize=16)
def inks_of(palette: Palette, filters: tuple[LineFilter, ...], ground: Color) -> Inks:
    """All widgets of one look share their inks."""
    return Inks(palette, filters, ground)
