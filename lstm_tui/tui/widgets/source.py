"""The code of the cell, while a step is walked through line by line."""

from __future__ import annotations

from lstm_tui.core.step import Assigned, Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint.runs import Line, plain
from lstm_tui.tui.paint.source import SourceData, Value, paint_source
from lstm_tui.tui.system.characters import cell
from lstm_tui.tui.widgets.equations import GATES
from lstm_tui.tui.widgets.painted import Painted, shown
from lstm_tui.tui.widgets.title import layer_name


class SourcePane(Painted):
    """Takes what is left of the screen: `width: 1fr; height: 1fr`, five lines at least."""

    DEFAULT_CSS = "SourcePane { width: 1fr; height: 1fr; }"

    step: shown[Step | None] = shown(None)

    unit: shown[int] = shown(0)

    def take(self, frame: Frame) -> None:
        self.step, self.unit = frame.step, frame.unit

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return paint_source(self._data(ascii), width, height, ascii)

    def _data(self, ascii: bool) -> SourceData:
        step = self.step
        stage = step.stage if step is not None else None
        if step is None or stage is None:
            return SourceData("", "", ())
        printed = [line for line in stage.printed.splitlines() if line.strip()]
        return SourceData(
            visible(stage.source.title),
            layer_name(stage.layer, len(step.layers)),
            tuple(  # a line without a number is an equation of ours
                (number, plain(visible(text)) if ascii and number is None else visible(text))
                for number, text in stage.source.lines
            ),
            stage.ran,
            stage.next,
            {row: tuple(self._value(one, ascii) for one in made) for row, made in stage.made.items()},
            visible(printed[-1]) if printed else "",
            visible(stage.error) if stage.error is not None else "",
        )

    def _value(self, made: Assigned, ascii: bool) -> Value:
        """Vectors of the layer begin with the selected unit."""
        assert self.step is not None
        assert self.step.stage is not None
        units = self.step.layers[self.step.stage.layer].units
        first = self.unit if made.size == units and not made.labels and self.unit < len(made.values) else None
        labels = tuple(cell(label, ascii) for label in made.labels)
        return Value(visible(made.name), made.values, made.size, made.quantity not in (*GATES, "p"), first, labels)
