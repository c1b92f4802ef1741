"""What the model thinks comes next, and what truly does; and what the untouched run beside a changed one thinks."""

from __future__ import annotations

from rich.cells import cell_len

from lstm_tui.core.questions.comparison import ComparedStep
from lstm_tui.core.step import About, Step
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import GuessData, Line, paint_guess
from lstm_tui.tui.paint.numbers import TargetsData, paint_targets
from lstm_tui.tui.paint.rows import FIXED
from lstm_tui.tui.paint.runs import fit
from lstm_tui.tui.system.characters import narrow
from lstm_tui.tui.widgets.painted import Painted, shown

SOME = 4
"""Guesses shown at most."""


class GuessRow(Painted):
    """One line over the whole width: `height: 1`. More width shows more guesses and longer bars."""

    DEFAULT_CSS = "GuessRow { width: 1fr; height: 1; }"

    step: shown[Step | None] = shown(None)

    about: shown[About | None] = shown(None)
    hidden: shown[bool] = shown(False)
    """Whether it was hidden for a prediction."""

    def take(self, frame: Frame) -> None:
        self.step, self.about, self.hidden = frame.step, frame.about, frame.guess_hidden

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        row = self.step.row if self.step is not None else None
        if row is not None and row.output is not None and self.about is not None:
            true = row.target or (None,) * len(row.output)
            targets = tuple(zip(map(visible, self.about.targets), row.output, true, strict=True))
            line = paint_targets(TargetsData(targets), width, ascii)
            return [line, *([(" " * width, "text")] for _ in range(height - 1))]
        line = paint_guess(self._data(ascii), width, ascii)
        return [line, *([(" " * width, "text")] for _ in range(height - 1))]

    def _data(self, ascii: bool) -> GuessData:
        prediction = self.step.prediction if self.step is not None else None
        stage = self.step.stage if self.step is not None else None
        if prediction is None and stage is not None and not stage.done:
            last = f"hidden until equation {stage.count}/{stage.count}"
            return GuessData((), None, None, last if stage.error is None else "not computed: the cell failed first")
        if prediction is None and self.hidden:
            return GuessData((), None, None, "hidden: what will it be?")
        if prediction is None:
            absent = self.step is not None and self.step.position > 0
            return GuessData((), None, None, "this model has no output layer" if absent else "")
        target, order = prediction.target, prediction.top
        fixed = 0 < len(prediction.logits) <= FIXED
        if fixed:
            order = tuple(sorted(order, key=lambda guess: guess.index))
        true = next((at for at, g in enumerate(order) if target is not None and g.index == target.index), None)
        return GuessData(
            tuple((narrow(guess.symbol, ascii), guess.p) for guess in order),
            true,
            (narrow(target.symbol, ascii), target.p) if target is not None else None,
            fixed=fixed,
            first=order.index(prediction.top[0]) if order else 0,
            unjudged="" if self.about is not None and self.about.classes else GuessData.unjudged,
        )


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
        guesses = "  ".join(f"'{narrow(guess.symbol, ascii)}' {guess.p:.2f}" for guess in prediction.top[:SOME])
        right = "" if true is None else f"   p('{narrow(true.symbol, ascii)}') {true.p:.2f}"
        kl = "" if self.pair.kl is None else f"KL {self.pair.kl:.4f}"
        return f"untouched {guesses}{right}", kl
