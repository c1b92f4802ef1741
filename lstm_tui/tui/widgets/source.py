"""The code of the cell, while a step is walked through line by line."""

from __future__ import annotations

from lstm_tui.core.step import Assigned, Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint.runs import Line
from lstm_tui.tui.paint.source import SourceData, Value, paint_source
from lstm_tui.tui.widgets.painted import Painted, shown
from lstm_tui.tui.widgets.title import layer_name

GATES = ("f", "i", "o", "r", "z")


class SourcePane(Painted):
    """Takes what is left of the screen: `width: 1fr; height: 1fr`, five lines at least."""

    DEFAULT_CSS = "SourcePane { width: 1fr; height: 1fr; }"

    step: shown[Step | None] = shown(None)

    def take(self, frame: Frame) -> None:
        self.step = frame.step

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return paint_source(self._data(), width, height, ascii)

    def _data(self) -> SourceData:
        step = self.step
        stage = step.stage if step is not None else None
        if step is None or stage is None:
            return SourceData("", "", ())
        printed = [line for line in stage.printed.splitlines() if line.strip()]
        return SourceData(
            visible(stage.source.title),
            layer_name(stage.layer, len(step.layers)),
            tuple((number, visible(text)) for number, text in stage.source.lines),
            stage.ran,
            stage.next,
            {row: tuple(map(_value, made)) for row, made in stage.made.items()},
            visible(printed[-1]) if printed else "",
            visible(stage.error) if stage.error is not None else "",
        )


def _value(made: Assigned) -> Value:
    return Value(visible(made.name), made.values, made.size, made.quantity not in GATES)
