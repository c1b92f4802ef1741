"""The eigenvalues of each step's Jacobian as lines: how much of a disturbance a step carries on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator

from lstm_tui.core.step import Step
from lstm_tui.core.vocabulary import visible

Eigenvalues = tuple[complex, ...]
_HEAD = ("t", "char", "|λ|max", "half-life")


def eigenvalue_lines(form: str, found: Iterable[tuple[Step, Eigenvalues]], version: str, width: int) -> Iterator[str]:
    """`table`, `jsonl` or `csv`, a step a line: the largest eigenvalue's size, the steps in which what it carries on
    halves, and all eigenvalues, the largest first (in a table as many as fit `width`)."""
    steps = iter(found)
    if form == "jsonl":
        yield json.dumps({"lstm_tui": version, "jacobian": "the states after a step by the states before it"}) + "\n"
        yield from (_json(step, values) for step, values in steps)
    elif form == "csv":
        for number, (step, values) in enumerate(steps):
            if not number:
                names = [f"{part}[{at}]" for at in range(len(values)) for part in ("real", "imag")]
                yield ",".join(["t", "char", *names]) + "\n"
            char = '"' + json.dumps(step.char).replace('"', '""') + '"'
            yield ",".join([str(step.t), char, *(repr(part) for v in values for part in (v.real, v.imag))]) + "\n"
    else:
        yield f"{_HEAD[0]:>6}  {_HEAD[1]:<6}{_HEAD[2]:>8}  {_HEAD[3]:>9}  eigenvalues, the largest first\n"
        yield from (_row(step, values, width) for step, values in steps)


def half_life(size: float) -> float:
    """Steps until half of what is multiplied by `size` at each is left; infinite where it does not shrink."""
    return math.inf if size >= 1 else 0.0 if size == 0 else math.log(0.5) / math.log(size)


def _json(step: Step, values: Eigenvalues) -> str:
    record = {"t": step.t, "char": step.char, "eigenvalues": [[value.real, value.imag] for value in values]}
    return json.dumps(record) + "\n"


def _row(step: Step, values: Eigenvalues, width: int) -> str:
    size = abs(values[0])
    life = half_life(size)
    line = f"{step.t:>6}  {visible(step.char or '')!s:<6}{size:>8.4f}  {'–' if math.isinf(life) else f'{life:.3g}':>9} "
    for value in values:
        if value.imag < 0:  # told with the other half of its pair
            continue
        part = f" {value.real:+.3f}" + (f"±{value.imag:.3f}i" if value.imag else "")
        if len(line) + len(part) + 2 > width:
            return line + " …\n"
        line += part
    return line + "\n"
