"""The loss while a model trains."""

from __future__ import annotations

from lstm_tui.core.step import Progress, loss_words
from lstm_tui.tui.paint import Line, LossData, paint_loss
from lstm_tui.tui.widgets.painted import Painted, shown


class LossCurve(Painted):
    """Stands where equations and history are while a model trains: `width: 1fr; height: 7` or more; 4 is the least."""

    DEFAULT_CSS = "LossCurve { width: 1fr; height: 1fr; }"

    losses: shown[tuple[float, ...]] = shown(())
    """One a finished epoch."""
    beside: shown[tuple[float, ...]] = shown(())
    """Those of a second model that trains at the same time."""
    progress: shown[Progress | None] = shown(None)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        progress = self.progress
        if progress is None:
            latest = loss_words(self.losses[-1]) if self.losses else ""
            return paint_loss(LossData(self.losses, latest=latest, beside=self.beside), width, height, ascii)
        latest = loss_words(progress.loss)
        if self.beside and self.losses:
            latest = f"a {loss_words(self.losses[-1])}, b {loss_words(self.beside[-1])}"
        data = LossData(self.losses, progress.epochs, progress.fraction, progress.seconds_left, latest, self.beside)
        return paint_loss(data, width, height, ascii)
