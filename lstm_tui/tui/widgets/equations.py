"""The selected unit's equations with the numbers that made it."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tui.core.errors import OWN_EQUATIONS
from lstm_tui.core.step import Equation, Step, step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import EquationLine, Line, paint_equations
from lstm_tui.tui.widgets.painted import Painted, shown

MOST_TERMS = 32
GATES = ("f", "i", "o", "r", "z")


class Equations(Painted):
    """A rule and an equation a line: seven lines hold an LSTM's six. `width: 3fr; height: 7` or more."""

    DEFAULT_CSS = "Equations { width: 3fr; height: 1fr; }"

    equations: shown[tuple[Equation, ...]] = shown(())
    unit: shown[int] = shown(0)
    step: shown[Step | None] = shown(None)
    backward: shown[bool] = shown(False)
    """Whether they are those of the backward pass."""
    walked: shown[int] = shown(0)
    """How many of them were walked through; 0 where all are shown."""

    def take(self, frame: Frame) -> None:
        self.step, self.unit, self.equations = frame.step, frame.unit, frame.equations
        self.backward, self.walked = frame.slopes is not None, frame.walked

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        position = self.step.position if self.step is not None else 0
        shown = equation_lines(self.equations)
        words = ""
        if self.step is not None:
            words = OWN_EQUATIONS
        if not self.backward:
            title = f"unit {self.unit} at {step_name(position)}"
            return paint_equations(title, shown, words, width, height, ascii)
        title = f"backwards through step {position}, unit {self.unit}"
        if self.walked:
            title, shown = f"{title}: equation {self.walked}", shown[max(0, len(shown) - height + 1) :]
        words = "no formulas say how this cell goes back" if position else "there is nothing before step 0"
        return paint_equations(title, shown, words, width, height, ascii)


def equation_lines(equations: Sequence[Equation]) -> tuple[EquationLine, ...]:
    """As they are painted; no screen holds more addends than `MOST_TERMS`."""
    return tuple(
        EquationLine(
            visible(equation.text),
            equation.symbols,
            tuple((visible(term.name), term.value, term.factor) for term in equation.sums),
            tuple((visible(term.name), term.value, term.factor) for term in equation.terms[:MOST_TERMS]),
            0 if equation.quantity in GATES else -1 if equation.value < 0 else 1,
            equation.summed,
        )
        for equation in equations
    )
