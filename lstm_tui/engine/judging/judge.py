"""A class judged: recorded on two states, read unit by unit, its findings put into words and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lstm_tui.core.user_cell import CellError, CheckReport, Departure
from lstm_tui.engine.judging.polynomials import TooLarge
from lstm_tui.engine.judging.recording import RecordedCall
from lstm_tui.engine.judging.rules.gru_rules import GruRules
from lstm_tui.engine.judging.rules.judgement import Judgement, Wrong
from lstm_tui.engine.judging.rules.lstm_rules import LstmRules
from lstm_tui.engine.judging.unit_reader import UnitReader
from lstm_tui.engine.user_cells.calling import CallForm


@dataclass(frozen=True, eq=False)
class Judged:
    """What was read of one call, all units."""

    recording: RecordedCall
    units: tuple[Judgement, ...]
    kind: str | None
    c_at: int | None
    """Which of the states that come back is c; None for a cell with one."""


def read(recording: RecordedCall, names: Mapping[str, str]) -> Judged:
    """Find the roles in a recorded call and judge them. Raises `TooLarge`, `RecursionError`."""
    count = recording.form.count
    judgements: list[Judgement] = []
    kind: str | None = None
    cells = _cells(recording) if count == 2 else (None, None)
    units = list(range(recording.units))
    while units:
        unit = units.pop(0)
        found, kind = _judgement(recording, unit, names, cells)
        judgements.append(found)
        if unit == 0 and not any(one.expected is not None for one in judgements[0].wrong):
            units = units[-1:]  # nobody asks which unit shows it best
    return Judged(recording, tuple(judgements), kind, cells[0])


def read_unit(recording: RecordedCall, unit: int, names: Mapping[str, str]) -> Judgement:
    """The roles of one unit. Raises `TooLarge`, `RecursionError`."""
    return _judgement(recording, unit, names, _cells(recording) if recording.form.count == 2 else (None, None))[0]


def _judgement(
    recording: RecordedCall, unit: int, names: Mapping[str, str], cells: tuple[int | None, int | None]
) -> tuple[Judgement, str | None]:
    two = recording.form.count == 2
    reader = UnitReader(recording, unit, two, names)
    poly = recording.lowering.poly
    if two:
        c_number, h_number = (recording.after[at or 0][unit] for at in cells)
        lines = (_made_at(recording, c_number), _made_at(recording, h_number))
        return LstmRules(reader, poly(c_number), poly(h_number), *lines, c_at=cells[0] or 0).judge(), "lstm"
    number = recording.after[0][unit]
    rules = GruRules(reader, poly(number), _made_at(recording, number))
    return rules.judge(), rules.kind


def _made_at(recording: RecordedCall, number: int) -> int | None:
    """The line that made what comes back; the return itself, where it is what went in."""
    return recording.line(number) or recording.last_line


def _cells(recording: RecordedCall) -> tuple[int, int]:
    """Which of the two states that come back is c, and which is h: the one that is a product with act(the other)."""
    lowering = recording.lowering
    polys = [lowering.poly(ids[0]) for ids in recording.after]
    scores = [0.0, 0.0]
    for at in (0, 1):
        c, h = polys[at], polys[1 - at]
        for s in h.symbols:
            atom = lowering.algebra.atom(s)
            if atom is not None and atom.argument.near(c):
                scores[at] += 2
        for state in ("h", "c"):
            if any(len(m) > 1 and lowering.first[state] in m for m in c.terms):
                scores[at] += 1
    if scores[0] == scores[1]:
        scores[int(not recording.form.first_is_c)] += 0.5
    return (0, 1) if scores[0] > scores[1] else (1, 0)


def cell_of(recording: RecordedCall, names: Mapping[str, str]) -> CallForm:
    """The form with c and h told apart by structure: the state s of an output F·s + rest is c."""
    if recording.form.count != 2:
        return recording.form
    lowering = recording.lowering
    c_out, _ = _cells(recording)
    own = lowering.poly(recording.after[c_out][0])
    kept = {
        state: sum(len(m) > 1 or m == (lowering.first[state],) for m in own.terms if lowering.first[state] in m)
        for state in ("h", "c")
    }
    other = lowering.kinds_of(own)  # a state that nothing reads at all was not meant to be h
    swapped = kept["h"] > 0 and kept["c"] == 0 and "c" in other
    first_is_c = recording.form.first_is_c != swapped
    return replace(recording.form, first_is_c=first_is_c, out_first_is_c=c_out == 0)


def report(name: str, form: CallForm, found: Judged | None, notes: Sequence[str]) -> CheckReport:
    """What is to be said, as far as one call tells it."""
    if found is None:
        return CheckReport(name, form.shown, None, (), (), (), tuple(notes))
    main = next((one for one in found.units if one.wrong), found.units[0])
    equations = tuple(main.equations())
    findings = tuple(_departure(found, wrong) for wrong in main.wrong)
    findings += _returned(found)
    kind = _kind(found, main, bool(findings))
    return CheckReport(name, form.shown, kind, equations, findings, (), tuple(notes))


def _departure(found: Judged, wrong: Wrong) -> Departure:
    """One finding, with the numbers of the unit where they are furthest apart."""
    unit, one = worst(found, wrong.quantity, wrong.says) or (0, wrong)
    if one.has is None or one.expected is None:
        return Departure(wrong.quantity, wrong.line, wrong.says)
    return Departure(wrong.quantity, wrong.line, wrong.says, None, unit, one.has, one.expected)


def worst(found: Judged, quantity: str, says: str) -> tuple[int, Wrong] | None:
    """The unit that shows a finding best; None where this call does not show it."""
    same = [
        (judgement.reader.unit, one)
        for judgement in found.units
        for one in judgement.wrong
        if one.quantity == quantity and one.says == says
    ]
    return max(same, key=lambda pair: pair[1].gap) if same else None


def quoted(first: CheckReport, steps: Iterable[tuple[int, Judged]]) -> CheckReport:
    """The findings with the step and the unit at which they show best; `steps` may fail on the way."""
    if not any(one.expected is not None for one in first.findings):
        return first
    best: dict[int, Departure] = {}
    try:
        for step, found in steps:
            for at, one in enumerate(first.findings):
                shown = worst(found, one.quantity, one.says)
                if shown is None or shown[1].has is None or shown[1].expected is None:
                    continue
                unit, wrong = shown
                known = best.get(at)
                if known is None or wrong.gap > abs((known.has or 0) - (known.expected or 0)):
                    best[at] = replace(one, step=step, unit=unit, has=wrong.has, expected=wrong.expected)
    except (CellError, TooLarge, RecursionError, ValueError, LookupError):
        pass  # what was found on the probe holds; it is told with the numbers of the probe
    return replace(first, findings=tuple(best.get(at, one) for at, one in enumerate(first.findings)))


def _returned(found: Judged) -> tuple[Departure, ...]:
    """States that go in as (h, c) and come back as (c, h)."""
    form = found.recording.form
    if form.count != 2 or form.kept or form.first_is_c == form.out_first_is_c:
        return ()
    paired = "pair" in form.slots
    if not paired:
        return ()
    goes, comes = ("c, h", "h, c") if form.first_is_c else ("h, c", "c, h")
    line = found.recording.last_line
    return (Departure("h", line, f"takes ({goes}) and hands back ({comes}): the next step takes one for the other"),)


def _kind(found: Judged, main: Judgement, departs: bool) -> str | None:
    kinds = {kind for _, kind, _ in main.variants}
    if departs or "own" in kinds:
        return None
    if found.kind == "gru":
        return "gru"
    if found.kind != "lstm":
        return found.kind
    known = kinds - {"lstm"}
    return "lstm" if not known else sorted(known)[0]
