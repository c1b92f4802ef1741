"""The untouched run beside a changed one: what it guesses here, and how far that is from the changed guess."""

from __future__ import annotations

from rich.cells import cell_len

from lstm_tui.core.comparison import ComparedStep
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import Line
from lstm_tui.tui.paint.runs import fit
from lstm_tui.tui.system.characters import cell
from lstm_tui.tui.widgets.painted import Painted, shown

SOME = 4
"""Guesses shown at most."""


class BesideRow(Painted):
    """One line above the guess, there while it is asked for: `height: 1`."""

    DEFAULT_CSS = "BesideRow { width: 1fr; height: 1; display: none; }"

    pair: shown[ComparedStep | None] = shown(None)
    """The untouched run and this one; None where nothing is changed, or it has not been computed yet."""
    altered: shown[bool] = shown(False)

    def take(self, frame: Frame) -> None:
        self.pair, self.altered = frame.beside, bool(frame.clamps or frame.edits)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        words, end = self._said(ascii)
        room = width - cell_len(end) - 2
        line = [*fit([(f" {words}", "quiet")], max(room, 0), "text", ascii), (f"{end} ", "number")]
        return [fit(line, width, "text", ascii), *([(" " * width, "text")] for _ in range(height - 1))]

    def _said(self, ascii: bool) -> tuple[str, str]:
        """What the untouched run guesses; how far apart both are."""
        if not self.altered:
            return "untouched: nothing is changed here (f clamps the selected unit)", ""
        if self.pair is None:
            return "untouched: not computed up to here yet (y, y)", ""
        prediction = self.pair.a.prediction
        if prediction is None:
            return "untouched: no guess at the zero state", ""
        true = prediction.target
        guesses = "  ".join(f"'{cell(guess.symbol, ascii)}' {guess.p:.2f}" for guess in prediction.top[:SOME])
        right = "" if true is None else f"   p('{cell(true.symbol, ascii)}') {true.p:.2f}"
        kl = "" if self.pair.kl is None else f"KL {self.pair.kl:.4f}"
        return f"untouched {guesses}{right}", kl
