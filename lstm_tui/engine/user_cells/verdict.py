"""What is known of a class that is opened in the debugger: how it is called, which variable has which role."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import FORGET_BIAS, CheckReport
from lstm_tui.engine.judging.judge import Judged
from lstm_tui.engine.judging.reading import reading_of
from lstm_tui.engine.judging.recording import INPUTS, UNITS
from lstm_tui.engine.judging.tap_finder import find_spots, find_taps
from lstm_tui.engine.judging.trials.whole_report import everything
from lstm_tui.engine.user_cells.calling import CallForm
from lstm_tui.engine.user_cells.file import UserClass
from lstm_tui.engine.user_cells.making import make
from lstm_tui.engine.user_cells.watching.taps import Tap

_KINDS = {"gru": "a GRU", "rnn": "an Elman cell"}


@dataclass(frozen=True, eq=False)
class Verdict:
    """Of one class."""

    form: CallForm
    equations: CheckReport
    """What was read of one call."""
    report: CheckReport
    """All of it: several steps, several rows, and what of it can learn."""
    names: Mapping[str, str]
    """Quantity → the variable that holds it."""
    raw: frozenset[str]
    """Those whose variable holds what is squashed only where it is used."""
    found: Judged | None = None
    bound: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Quantity → every variable that holds it, squashed or not."""

    @property
    def not_an_lstm(self) -> str | None:
        """What stands in the way of its being nn.LSTM's function, in words; None where nothing does."""
        told = self.equations
        for one in told.findings:
            return f"{told.at(one.line)}{one.says}"
        for equation in told.equations:
            if equation.verdict != "textbook" and not equation.says.endswith(FORGET_BIAS):
                return f"{told.at(equation.line)}{equation.says or equation.quantity + ' is not checked'}"
        if told.kind in ("lstm", "forget bias"):
            return None
        known = _KINDS.get(told.kind or "", "no LSTM")
        return told.notes[0] if told.notes else f"it is {known}"

    @property
    def roles(self) -> set[str]:
        """The quantities that were found."""
        return set() if self.found is None else set(self.found.units[0].roles)

    @cached_property
    def taps(self) -> Mapping[str, Tap]:
        """Quantity → where it is made, whatever holds it."""
        return {} if self.found is None else find_taps(self.found.recording, self.found.units)

    @cached_property
    def spots(self) -> Mapping[str, Tap]:
        """Quantity → where its pre-activation is made."""
        return {} if self.found is None else find_spots(self.found.recording, self.found.units)

    def notes(self, where: str) -> tuple[str, ...]:
        """The first departure in one line; empty where there is none."""
        found = self.report.findings
        if not found:
            return ()
        line = "" if found[0].line is None else f" {self.equations.place(found[0].line)}"
        more = "" if len(found) == 1 else f" (and {len(found) - 1} more: lstm-tui check lists them)"
        return (f"{where}{line}: {found[0].says}{more}",)


def verdict_of(user: UserClass, names: Mapping[str, str], arguments: Mapping[str, Any]) -> Verdict | None:
    """None where the class cannot be made with other sizes, or be called."""
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            inner = make(user, INPUTS, UNITS, arguments).eval()
            reading = reading_of(user, inner, names)
    except UserError:
        return None
    found, said = reading.found, reading.report(user.name, user.cells)
    whole = said
    with contextlib.suppress(UserError), torch.inference_mode(False):
        whole = everything(user, inner, reading)
    return Verdict(reading.form, said, whole, *_variables(found), found, _bound(found))


def _variables(found: Judged | None) -> tuple[dict[str, str], frozenset[str]]:
    names: dict[str, str] = {}
    raw: set[str] = set()
    if found is None:
        return names, frozenset()
    main = found.units[0]
    for quantity, part in main.roles.items():
        called = main.reader.called(quantity, part)
        if called is None:
            continue
        names[quantity] = called[0]
        if not part.inverse and called[0] not in [name for name, _ in main.reader.bound(part.poly)]:
            raw.add(quantity)
    return names, frozenset(raw)


def _bound(found: Judged | None) -> dict[str, frozenset[str]]:
    if found is None:
        return {}
    main = found.units[0]
    return {
        quantity: frozenset(name for name, _ in main.reader.bound(part.poly, part.argument))
        for quantity, part in main.roles.items()
    }
