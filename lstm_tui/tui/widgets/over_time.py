"""The views over time: a heat map, plots, or the text coloured by one unit, in place of the panels."""

from __future__ import annotations

from textual import events
from textual.message import Message

from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import coloured_text, losses, over_time, reach_bands, together
from lstm_tui.tui.paint.over_time import OverTimeData
from lstm_tui.tui.paint.runs import Line
from lstm_tui.tui.widgets.painted import Painted, shown

_PAINT = {
    "heat": over_time.paint_heat,
    "lines": over_time.paint_lines,
    "units": together.paint_together,
    "text": coloured_text.paint_text_over_time,
    "loss": losses.paint_losses,
    "loss text": coloured_text.paint_text_over_time,
    "reach": reach_bands.paint_reach,
}
_STEP_AT = {"units": together.together_at, "loss": losses.loss_at}


class OverTime(Painted):
    """As large as the panels it stands for; a click moves the cursor to the step drawn there."""

    DEFAULT_CSS = "OverTime { width: 100%; height: 1fr; }"

    data: shown[OverTimeData | None] = shown(None)
    view: shown[str] = shown("heat")
    """One of `_PAINT`."""

    def take(self, frame: Frame) -> None:
        if frame.over_time is not None:
            self.view, self.data = frame.view, frame.over_time

    class Clicked(Message):
        """A step was clicked, and where a unit's line was hit, that unit."""

        def __init__(self, position: int, unit: int | None) -> None:
            super().__init__()
            self.position = position
            self.unit = unit

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        if self.data is None or not self.data.labels or height < 4:
            return [[(" " * width, "text")] for _ in range(height)]
        return _PAINT[self.view](self.data, width, height, ascii)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.data is None or not self.data.labels:
            return
        place = (self.data, *self.content_size, offset.x, offset.y)
        hit: tuple[int, int | None] | None
        if self.view == "heat":
            hit = over_time.heat_at(*place)
        elif self.view == "lines":
            hit = over_time.line_at(*place)
        else:
            step = _STEP_AT.get(self.view, coloured_text.text_at)(*place)
            hit = None if step is None else (step, None)
        if hit is not None:
            event.stop()
            self.post_message(self.Clicked(*hit))
