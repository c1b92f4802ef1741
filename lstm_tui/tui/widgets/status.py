"""The position in the text, what was just done, and the probability of the true character."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len

from lstm_tui.core.step import About, NumberRow, Step
from lstm_tui.core.vocabulary import BLANK_LTR, visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import Line, StatusData, paint_status
from lstm_tui.tui.paint.numbers import row_words
from lstm_tui.tui.paint.runs import plain
from lstm_tui.tui.system.characters import cell, name, narrow
from lstm_tui.tui.widgets.painted import Painted, shown

LOADING = "loading torch …"
PROBABILITY = 16
"""Columns of `p('l') 1.00 ✓` and what keeps it apart."""
SHORTEST = 8
"""A name is cut rather than left out as long as this much of it stays."""


class StatusRow(Painted):
    """One line; at 80 columns it shares one with the text row: at least 54 columns, `width: 54; height: 1`."""

    DEFAULT_CSS = "StatusRow { width: 1fr; height: 1; }"

    step: shown[Step | None] = shown(None)
    about: shown[About | None] = shown(None)
    slopes: shown[str] = shown("")
    """What derivatives are shown of, while they are."""
    message: shown[str] = shown("")
    """A sentence about what just happened. The step keeps its place beside it while there is room."""

    def take(self, frame: Frame) -> None:
        self.step, self.about = frame.step, frame.about
        self.slopes = frame.slopes.words if frame.slopes is not None else ""

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        line = paint_status(self._data(width, ascii), width, ascii)
        return [line, *([(" " * width, "text")] for _ in range(height - 1))]

    def _data(self, width: int, ascii: bool) -> StatusData:
        message = visible(self.message)
        if self.step is None:
            return StatusData(message or (LOADING.replace("…", "...") if ascii else LOADING))
        prediction = self.step.prediction
        target = prediction.target if prediction is not None else None
        if self.step.row is not None and self.step.stage is None:
            loss = prediction.loss if prediction is not None else None
            room = width - PROBABILITY - (cell_len(message) + 2 if message else 0)
            words = where_in_rows(self.step, self.step.row, self.about, room)
            if target is None:
                return StatusData(words, message, loss=loss, known=loss is not None, numbers=True)
            return self._judged(words, message, ascii)
        classifies = self.about is not None and bool(self.about.classes)
        words = where(
            self.step,
            width - PROBABILITY - (cell_len(message) + 2 if message else 0),
            visible(plain(self.slopes) if ascii else self.slopes),
            plain if ascii else str,
            classifies,
        )
        if classifies and target is None:
            return StatusData(words, message)
        return self._judged(words, message, ascii)

    def _judged(self, words: str, message: str, ascii: bool) -> StatusData:
        """With the probability of the truth, where there is one."""
        prediction = self.step.prediction if self.step is not None else None
        target = prediction.target if prediction is not None else None
        return StatusData(
            words,
            message,
            symbol=narrow(target.symbol, ascii) if target is not None else "",
            p=target.p if target is not None else None,
            loss=prediction.loss if prediction is not None else None,
            right=prediction is not None and target is not None and not prediction.wrong,
            known=True,
        )


def where(
    step: Step, room: int = 1 << 16, slopes: str = "", words: Callable[[str], str] = str, classifies: bool = False
) -> str:
    """`step 2/5  reading 'e'  next 'l'`: the row's own words; inside a step, `step 2/5  equation 4/8  c̃ = tanh(…)`.

    While derivatives are shown, `slopes` says of what. A character that is not plain ASCII is named too, as far as
    there is `room`. `words` writes an equation as the terminal can show it. A model that `classifies` has no next
    character, and at most a label at the end.
    """
    parts = [f"step {step.position}/{step.length}"]
    if step.stage is not None:
        stage = step.stage
        layer = f"l{stage.layer}: " if len(step.layers) > 1 and stage.next is not None else ""
        return "  ".join([*parts, f"equation {stage.index}/{stage.count}", layer + words(visible(stage.equation))])
    if slopes:
        return "  ".join([*parts, slopes])
    reading = "zero state" if step.char is None else f"reading '{quoted(step.char)}'"
    rest = ["no target" if step.target is None else f"next '{quoted(step.target)}'"]
    if classifies:
        rest = [] if step.target is None else [f"label '{quoted(step.target)}'"]
    if step.edited:
        rest.append("state set by hand")
    called = name(step.char) if step.char is not None else ""
    if called:
        left = room - cell_len("  ".join([*parts, reading, *rest])) - 1
        if left >= min(len(called), SHORTEST):
            reading += " " + (called if len(called) <= left else called[: left - 1] + "…")
    return "  ".join([*parts, reading, *rest])


def where_in_rows(step: Step, row: NumberRow, about: About | None, room: int = 1 << 16) -> str:
    """`step 2/60  2026-03-01 01:00  temp 13.54 (+0.20)  rain 9.4 (+1.03)`: as many channels as there is room for."""
    parts = [f"step {step.position}/{step.length}"]
    if row.x is None or row.scaled is None or about is None:
        return "  ".join([*parts, "zero state"])
    parts += [] if row.time is None else [visible(row.time)]
    parts += ["state set by hand"] if step.edited else []
    channels = tuple(zip(map(visible, about.channels), row.x, row.scaled, strict=True))
    return "  ".join([*parts, row_words(channels, room - cell_len("  ".join(parts)) - 3)])


def quoted(symbol: str) -> str:
    """A symbol between quotes; one that terminals would reorder keeps what stands around it in its place."""
    return cell(symbol) if cell(symbol).endswith(BLANK_LTR) else visible(symbol)
