"""The selected unit explained: what `enter` opens."""

from __future__ import annotations

from lstm_tui.core.errors import OWN_EQUATIONS
from lstm_tui.core.explanation import Explanation
from lstm_tui.core.quantities import LSTM
from lstm_tui.core.step import Step, step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import Line
from lstm_tui.tui.paint.explained import Account, ExplainedData, paint_explained
from lstm_tui.tui.system.characters import narrow
from lstm_tui.tui.widgets.equations import equation_lines as equation_lines
from lstm_tui.tui.widgets.painted import Painted, shown

_SYMBOLS = {q.name: q.symbol for q in LSTM}


class Explained(Painted):
    """Below the panels where there is room, in their place where there is not: `height: 1fr`."""

    DEFAULT_CSS = "Explained { width: 1fr; height: 1fr; }"

    explanation: shown[Explanation | None] = shown(None)
    step: shown[Step | None] = shown(None)
    read: shown[tuple[str, ...]] = shown(())
    """The character of each of the explanation's writes."""

    def take(self, frame: Frame) -> None:
        if frame.explaining:
            self.step, self.explanation, self.read = frame.step, frame.explanation, frame.read

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return paint_explained(self._data(), width, height, ascii)

    def _data(self) -> ExplainedData:
        explanation, step = self.explanation, self.step
        if explanation is None or step is None:
            return ExplainedData("")
        reading = "" if step.char is None else f", reading '{visible(step.char)}'"
        return ExplainedData(
            f"unit {explanation.unit} at {step_name(step.position)}{reading}",
            equation_lines(explanation.equations),
            self._words(step),
            self._account(explanation),
            tuple(
                (_SYMBOLS.get(habit.quantity, habit.quantity), habit.low, habit.high)
                for habit in explanation.saturation
            ),
            explanation.saturation_steps,
            explanation.half_life,
        )

    @staticmethod
    def _words(step: Step) -> str:
        if step.position == 0:
            return "nothing to explain at step 0: → reads the first character"
        if step.stage is not None:
            return "this step is not finished yet: → finishes it"
        return OWN_EQUATIONS

    def _account(self, explanation: Explanation) -> Account | None:
        ledger = explanation.ledger
        if ledger is None:
            return None
        writes = tuple(
            (narrow(symbol), write.position, write.amount)
            for symbol, write in zip(self.read, ledger.writes, strict=True)
        )
        looked_at = 0 if self.step is None else self.step.position - ledger.first + 1
        whole = ledger.first == 1 and len(writes) == looked_at
        return Account(ledger.total, writes, ledger.older, whole, ledger.memory, ledger.keep)
