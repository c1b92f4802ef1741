"""Where we are in the text, what was just done, and how likely the model found the truth."""

from __future__ import annotations

from lstm_tui.step import Step
from lstm_tui.tui.paint import Line, StatusData, paint_status
from lstm_tui.tui.panels.painted import Painted, shown
from lstm_tui.vocabulary import visible

LOADING = "loading torch …"


class StatusRow(Painted):
    """One line; at 80 columns it shares one with the text row: at least 54 columns, `width: 54; height: 1`."""

    DEFAULT_CSS = "StatusRow { width: 1fr; height: 1; }"

    step: shown[Step | None] = shown(None)
    message: shown[str] = shown("")
    """A sentence about what just happened. The step keeps its place beside it while there is room."""

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        line = paint_status(self._data(ascii), width, ascii)
        return [line, *([(" " * width, "text")] for _ in range(height - 1))]

    def _data(self, ascii: bool) -> StatusData:
        message = visible(self.message)
        if self.step is None:
            return StatusData(message or (LOADING.replace("…", "...") if ascii else LOADING))
        prediction = self.step.prediction
        target = prediction.target if prediction is not None else None
        return StatusData(
            where(self.step),
            message,
            p=target.p if target is not None else None,
            right=prediction is not None and target is not None and not prediction.wrong,
            known=True,
        )


def where(step: Step) -> str:
    """`step 2/5  reading 'e'  next 'l'`: the row's own words; inside a step, `step 2/5  equation 4/8  c̃ = tanh(…)`."""
    parts = [f"step {step.position}/{step.length}"]
    if step.stage is not None:
        stage = step.stage
        layer = f"l{stage.layer}: " if len(step.layers) > 1 and stage.next is not None else ""
        return "  ".join([*parts, f"equation {stage.index}/{stage.count}", layer + visible(stage.equation)])
    parts.append("zero state" if step.char is None else f"reading '{visible(step.char)}'")
    parts.append("no target" if step.target is None else f"next '{visible(step.target)}'")
    if step.edited:
        parts.append("state set by hand")
    return "  ".join(parts)
