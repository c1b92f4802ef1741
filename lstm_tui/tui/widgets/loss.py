"""The loss while a model trains."""

from __future__ import annotations

from dataclasses import astuple, replace

from lstm_tui.core.step import loss_words
from lstm_tui.core.training_course import EpochFigures
from lstm_tui.debugger.door import Progress
from lstm_tui.tui.paint import Line, LossData, paint_loss
from lstm_tui.tui.widgets.painted import Painted, shown


class LossCurve(Painted):
    """Stands where equations and history are while a model trains: `width: 1fr; height: 7` or more; 4 is the least."""

    DEFAULT_CSS = "LossCurve { width: 1fr; height: 1fr; }"

    figures: shown[tuple[EpochFigures, ...]] = shown(())
    """One a finished epoch."""
    at: shown[int | None] = shown(None)
    """The epoch whose weights are open, once the training is over."""
    beside: shown[tuple[float, ...]] = shown(())
    """The losses of a second model that trains at the same time."""
    progress: shown[Progress | None] = shown(None)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        progress, at = self.progress, self.at
        losses, gradients, ratios = zip(*map(astuple, self.figures), strict=True) if self.figures else ((), (), ())
        if progress is None:
            latest = loss_words(losses[-1 if at is None else at - 1]) if losses and at != 0 else ""
            data = LossData(losses, len(losses), latest=latest, at=at, gradients=gradients, ratios=ratios)
        else:
            latest = loss_words(progress.loss)
            if self.beside and losses:
                latest = f"a {loss_words(losses[-1])}, b {loss_words(self.beside[-1])}"
            timing = progress.epochs, progress.fraction, progress.seconds_left, latest
            data = LossData(losses, *timing, gradients=gradients, ratios=ratios)
        data = replace(data, beside=self.beside)
        return paint_loss(data, width, height, ascii)
