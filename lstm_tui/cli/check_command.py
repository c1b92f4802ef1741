"""`lstm-tui check FILE.py:CLASS`: what a class of one's own computes, for people and for a class's CI."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator

from lstm_tui.cli.asked_model import check_exists
from lstm_tui.cli.output import write
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import check_destination, write_atomically
from lstm_tui.core.notebooks import split
from lstm_tui.core.user_cell import (
    MARKS,
    CheckReport,
    CheckRequest,
    Departure,
    EquationVerdict,
    function_named,
    is_user_cell,
    parse_names,
    parse_plain,
)
from lstm_tui.core.vocabulary import visible

TEXT = "hello"
_NAMES = {"c_tilde": "c̃"}
_WIDEST = 60
"""Columns of a formula."""
_KINDS = {
    "lstm": "an LSTM, as nn.LSTM computes it",
    "forget bias": "an LSTM, as nn.LSTM computes it, with a constant added inside a gate",
    "gru": "a GRU, as nn.GRU computes it but for where r stands",
    "rnn": "an Elman cell",
}


def check(arguments: Namespace) -> int:
    """The command. Exit code 0: nothing departs; 1: something does; 2: it cannot be run."""
    spec = arguments.own_class
    if arguments.quiz is not None or arguments.answers:
        return _quiz(arguments)
    if spec is None or not is_user_cell(spec):
        raise UserError("check needs a class of your own: lstm-tui check my_cell.py:MyCell")
    text = TEXT if arguments.text is None else arguments.text
    if not text:
        raise UserError("--text is empty: a text needs at least one character")
    from lstm_tui.debugger.apart.checking import checked

    if arguments.against is not None and function_named(arguments.against) is None:
        check_exists(arguments.against, or_command=False)
    names = parse_names(arguments.names)
    report = checked(CheckRequest(spec, text, parse_plain(arguments.args), names, arguments.against))
    if arguments.format == "json":
        write(as_json(report) + "\n")
    else:
        write("".join(f"{visible(line)}\n" for line in lines(report)))
    return 1 if report.departs else 0


def _quiz(arguments: Namespace) -> int:
    """Writes the exercises, or prints their answers."""
    if arguments.quiz is None:
        raise UserError("--answers needs to know which quiz: add --quiz N, and the --seed that it was written with")
    if arguments.own_class is not None:
        raise UserError("--quiz writes cells of its own: leave the class out")
    from lstm_tui.core.questions.quiz import exercises

    made = exercises(arguments.quiz, arguments.seed or 0)
    names = [f"quiz-{number}.py" for number in range(1, len(made) + 1)]
    if arguments.answers:
        write("".join(f"{name}: {one.answer}\n" for name, one in zip(names, made, strict=True)))
        return 0
    paths = [os.path.join(arguments.output or "", name) for name in names]
    for path in paths:
        check_destination(path, ".py", arguments.force)
    for path, one in zip(paths, made, strict=True):
        write_atomically(path, one.source.encode(), arguments.force)
    seed = "" if arguments.seed is None else f" --seed {arguments.seed}"
    write(f"{len(paths)} cells, one equation wrong in each: {paths[0]}{' …' if len(paths) > 1 else ''}\n")
    write(f"lstm-tui check {paths[0]}:Cell finds it; lstm-tui check --quiz {len(paths)}{seed} --answers tells it\n")
    return 0


def as_json(report: CheckReport) -> str:
    """One object, ASCII; see the contract in the README."""
    return json.dumps(
        {
            "class": report.name,
            "form": report.form,
            "is": report.kind,
            "equations": [_equation(report, one) for one in report.equations],
            "findings": [_finding(report, one) for one in report.findings],
            "gradient": list(report.gradient),
            "notes": list(report.notes),
            "facts": list(report.facts),
            **({} if report.same is None else {"against": report.against, "same": report.same}),
        },
        indent=1,
    )


def _line(report: CheckReport, line: int | None) -> dict[str, object]:
    """The line, in its own cell of a notebook."""
    name, own = (None, None) if line is None else split(report.cells, line)
    return {"line": own} if name is None else {"cell": name.removeprefix("cell "), "line": own}


def _equation(report: CheckReport, one: EquationVerdict) -> dict[str, object]:
    return {
        "quantity": one.quantity,
        "label": one.label,
        **_line(report, one.line),
        "formula": one.formula,
        "verdict": one.verdict,
        "says": one.says,
    }


def _finding(report: CheckReport, one: Departure) -> dict[str, object]:
    return {
        "quantity": one.quantity,
        **_line(report, one.line),
        "step": one.step,
        "unit": one.unit,
        "has": one.has,
        "expected": one.expected,
        "says": one.says,
    }


def lines(report: CheckReport) -> Iterator[str]:
    """The same for people: the first departure first."""
    yield f"{report.name}  {report.form}"
    yield _summary(report)
    if report.equations:
        yield ""
    names = [_NAMES.get(one.quantity, one.quantity) for one in report.equations]
    labels = [one.label or "" for one in report.equations]
    places = max((len(report.place(one.line)) for one in report.equations), default=0)
    width = max((len(label) for label in labels), default=0)
    formulas = max((len(one.formula[:_WIDEST]) for one in report.equations), default=0)
    for one, name, label in zip(report.equations, names, labels, strict=True):
        place = report.place(one.line)
        # c̃ is two characters wide to Python and one to the eye
        pad = 1 if name == "c̃" else 2
        line = f" {MARKS[one.verdict]} {name}{' ' * pad if name == 'c̃' else ' '} {label:{width}}  {place:{places}}  "
        formula = one.formula if len(one.formula) <= _WIDEST else f"{one.formula[: _WIDEST - 1]}…"
        says = "your own" if one.says == f"your own: {name} = {one.formula}" else one.says
        tail = f": {says}" if one.verdict in ("variant", "not checked") and says else ""
        yield f"{line}{formula:{formulas}}  {one.verdict}{tail}"
    if report.findings:
        yield ""
    for finding in report.findings:
        yield finding_line(report, finding)
    for fact in report.gradient:
        yield f"gradient: {fact}"
    for fact in report.facts:
        yield f"note: {fact}"
    for note in report.notes:
        yield f"not checked: {note}"
    if report.against is not None:
        yield report.against


def _summary(report: CheckReport) -> str:
    if report.findings:
        count = len(report.findings)
        return "one thing departs from the textbook" if count == 1 else f"{count} things depart from the textbook"
    if not report.equations:
        return "nothing could be checked"
    if report.kind is None:
        return "nothing departs from the textbook; some of it is your own"
    return f"nothing departs: it is {_KINDS.get(report.kind, f'an LSTM, variant: {report.kind}')}"


def finding_line(report: CheckReport, one: Departure) -> str:
    """`line 24: … (step 2, unit 4: the cell has +0.3100, the equation gives +0.1200)`."""
    place = report.at(one.line)
    if one.has is None or one.expected is None:
        return f"{place}{one.says}"
    where = "" if one.step is None else f"step {one.step}, "
    has, expected = told_apart(one.has, one.expected)
    return f"{place}{one.says} ({where}unit {one.unit}: the cell has {has}, the equation gives {expected})"


def told_apart(has: float, expected: float) -> tuple[str, str]:
    """Two numbers with as many decimals as it takes to see the difference, four at least."""
    for decimals in range(4, 10):
        a, b = f"{has:+.{decimals}f}", f"{expected:+.{decimals}f}"
        if a[:-1] != b[:-1] and a != b:
            break
    return a, b
