"""A class called on its probe and read, or the reason why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import nn

from lstm_tui.core.notebooks import Cells
from lstm_tui.core.user_cell import FORGET_BIAS, CheckReport, Departure, EquationVerdict
from lstm_tui.engine.judging.judge import Judged, cell_of, read, report
from lstm_tui.engine.judging.polynomials import Poly, TooLarge
from lstm_tui.engine.judging.recording import (
    INPUTS,
    UNITS,
    RecordedCall,
    find_form,
    float_like,
    probe,
    record,
    scrambled,
)
from lstm_tui.engine.judging.trials.row_order import constants
from lstm_tui.engine.user_cells.calling import CallForm
from lstm_tui.engine.user_cells.file import UserClass
from lstm_tui.engine.user_cells.spellings import quantity_of


@dataclass(frozen=True, eq=False)
class ClassReading:
    """What was read of a class."""

    form: CallForm
    found: Judged | None
    """None where nothing can be."""
    notes: tuple[str, ...] = ()
    """What is not judged, and why."""
    beside: tuple[Departure, ...] = ()
    """Mistakes that are in no equation."""

    def report(self, name: str, cells: Cells) -> CheckReport:
        """What is to be said of it, as far as one call tells it."""
        told = report(name, self.form, self.found, self.notes)
        if self.found is not None and (added := constants(self.found)):
            told = _with_constants(told, added)
        return replace(told, cells=cells).with_findings(self.beside)


def reading_of(user: UserClass, inner: nn.Module, names: Mapping[str, str], inputs: int = INPUTS) -> ClassReading:
    """The class on its probe. Raises `CellError` where it cannot be called."""
    form = find_form(user, inner, inputs, UNITS)
    generic = scrambled(inner)
    like = float_like(inner)

    def recorded(seed: int, how: CallForm) -> RecordedCall:
        x, both = probe(inputs, UNITS, seed, like)
        return record(user, generic, how, x, both[: how.count])

    try:
        first = recorded(1, form)
        beside = tuple(_beside(first))
        if first.recorder.remade:
            return ClassReading(form, None, ("what a layer with other weights in every call computes",), beside)
        if first.recorder.randoms:
            line = first.recorder.randoms[0]
            why = f"{user.place(line)} draws random numbers, so the same input gives other numbers each time"
            return ClassReading(form, None, (why,), beside)
        form = cell_of(first, names)
        first, second = recorded(1, form), recorded(2, form)
        if not _same_function(first, second):
            return ClassReading(form, None, (_why_not(user, first),), beside)
        notes = (_why_not(user, first),) if first.recorder.read else ()
        return ClassReading(form, read(first, names), notes, beside)
    except (TooLarge, RecursionError):
        return ClassReading(form, None, ("what it computes is too long to be read",))


def _with_constants(told: CheckReport, added: Mapping[str, float]) -> CheckReport:
    """Numbers that the source adds inside of gates are a variant, and change nothing else."""
    equations = tuple(_with_constant(one, added.get(one.quantity, 0.0)) for one in told.equations)
    kind = "forget bias" if told.kind == "lstm" and equations != told.equations else told.kind
    return replace(told, equations=equations, kind=kind)


def _with_constant(one: EquationVerdict, number: float) -> EquationVerdict:
    if not number or one.verdict != "textbook":
        return one
    formula = one.formula.replace("+ b)", f"+ b {'-' if number < 0 else '+'} {abs(number):g})")
    return replace(one, verdict="variant", says=f"{number:+g} is added inside {FORGET_BIAS}", formula=formula)


def _beside(recording: RecordedCall) -> list[Departure]:
    found = []
    for line in dict.fromkeys(recording.recorder.remade):
        says = "a layer is made anew in every call: its weights are other random numbers each time; make it in __init__"
        found.append(Departure("weights", line, says))
    for line in dict.fromkeys(recording.dropped):
        says = "dropout stays on in evaluation: give F.dropout training=self.training, or make nn.Dropout in __init__"
        labels = [label for label in recording.labels.all if label.line == line]
        known = quantity_of(labels[-1].name, recording.form.count == 2) if labels else None
        found.append(Departure(known[0] if known else "h", line, says))
    return found


def _same_function(a: RecordedCall, b: RecordedCall) -> bool:
    """Whether two calls on different numbers are one function: else something was computed outside of torch."""
    if [len(one) for one in a.after] != [len(one) for one in b.after]:
        return False
    for ids, others in zip(a.after, b.after, strict=True):
        for one, other in zip(ids[:2], others[:2], strict=True):
            if not _alike(a, a.lowering.poly(one), b, b.lowering.poly(other), set()):
                return False
    return True


def _alike(a: RecordedCall, p: Poly, b: RecordedCall, q: Poly, seen: set[tuple[int, int]]) -> bool:
    if p.near(q):
        pairs = [(s, s) for s in p.symbols]
    else:  # the atoms may have come in another order
        return sorted(round(v, 3) for v in p.terms.values()) == sorted(round(v, 3) for v in q.terms.values())
    for one, other in pairs:
        mine, theirs = a.lowering.algebra.atom(one), b.lowering.algebra.atom(other)
        if mine is None or theirs is None or (one, other) in seen:
            continue
        seen.add((one, other))
        if mine.act != theirs.act or len(mine.inner) != len(theirs.inner):
            return False
        if not all(_alike(a, x, b, y, seen) for x, y in zip(mine.inner, theirs.inner, strict=True)):
            return False
    return True


def _why_not(user: UserClass, recording: RecordedCall) -> str:
    if recording.recorder.read:
        line = recording.recorder.read[0]
        says = "looks at a number and goes on from what it sees: what it does for other numbers is not known"
        return f"{user.place(line)} {says}"
    return (
        "some of its numbers are computed outside of torch (numpy, or lists of numbers), where they cannot be followed"
    )
