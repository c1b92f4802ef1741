"""A trace as jsonl and csv: every number of every step, printed so that it reads back exactly.

Both writers are generators that hold one step at a time, so that a trace's memory does not grow with its text. Both
are ASCII: whatever a text holds, no byte of it can reach a terminal as anything but an escape in a JSON string.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from lstm_tui.core.step import About, NumberRow, Step

Json = dict[str, object]


def jsonl(about: About, length: int, steps: Iterable[Step], version: str) -> Iterator[str]:
    """Lines, each with its newline: the header, then an object a step.

    `length` is the whole text's, also where `steps` are a part of it.
    """
    yield _dumped(_header(about, length, version))
    for step in steps:
        yield _dumped(_record(step) if step.row is None else _row_record(step, step.row))


def csv_lines(steps: Iterable[Step], about: About | None = None) -> Iterator[str]:
    """Lines, each with its newline: the names of the columns, then a row a step.

    Columns: t, char, target, loss (of numbers t, time, `x[…]`, `target[…]`, loss), then every quantity unit by unit
    (`f[0]`, in the second layer `l1.f[0]`), then `logits[0]`… (`output[…]`, raw) where the model has an output layer.
    Characters are JSON strings, numbers as in jsonl, and what is not there (the last target, its loss) is an empty
    field. No lines at all for no steps.
    """
    remaining = iter(steps)
    first = next(remaining, None)
    if first is None:
        return
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    rows: Iterator[Sequence[object]] = chain([_columns(first, about)], map(_row, chain([first], remaining)))
    for row in rows:
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def number(value: float) -> float | str:
    """`value` as JSON can hold it: JSON has no NaN and no infinities, so they become strings."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Inf" if value > 0 else "-Inf"


def _header(about: About, length: int, version: str) -> Json:
    sizes = about.hidden_sizes
    return {
        "lstm_tui": version,
        "cell": about.cell,
        **_inputs(about),
        "hidden_size": sizes[0] if len(set(sizes)) == 1 else sizes,
        "num_layers": len(sizes),
        "text_length": length,
        **({"logits": "log-probabilities"} if about.log_probabilities else {}),
    }


def _inputs(about: About) -> Json:
    if about.channels:
        return {"channels": about.channels, "targets": about.targets, "scale": about.scale}
    return {"vocab": about.vocabulary, **({"tokens": "words"} if about.words else {})}


def _row_record(step: Step, row: NumberRow) -> Json:
    return {
        "t": step.t,
        **({} if row.time is None else {"time": row.time}),
        "x": row.x,
        "target": row.target,
        "layers": [dict(layer.values) for layer in step.layers],
        "output": row.output,
        "loss": step.prediction.loss if step.prediction else None,
    }


def _record(step: Step) -> Json:
    prediction = step.prediction
    return {
        "t": step.t,
        "char": step.char,
        "target": step.target,
        "layers": [dict(layer.values) for layer in step.layers],
        "logits": prediction.logits if prediction else None,
        "loss": prediction.loss if prediction else None,
    }


def _dumped(record: Json) -> str:
    try:
        return json.dumps(record, allow_nan=False) + "\n"
    except ValueError:  # rare, so that the many finite steps need no look at each of their numbers
        return json.dumps(_spelled(record), allow_nan=False) + "\n"


def _spelled(value: object) -> object:
    """`value` with every float in it passed through `number`."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(item) for item in value]
    return value


def _columns(step: Step, about: About | None) -> list[str]:
    names = ["t", "char", "target", "loss"]
    channels, targets = (about.channels, about.targets) if about is not None else ((), ())
    if step.row is not None:
        times = [] if step.row.time is None else ["time"]
        names = ["t", *times, *(f"x[{name}]" for name in channels)]
        names += [*(f"target[{name}]" for name in targets), "loss"]
    for layer in step.layers:
        prefix = f"l{layer.index}." if layer.index else ""
        for name, vector in layer.values.items():
            names.extend(f"{prefix}{name}[{unit}]" for unit in range(len(vector)))
    if step.row is not None:
        names.extend(f"output[{name}]" for name in (targets if step.row.output is not None else ()))
    elif step.prediction is not None:
        names.extend(f"logits[{index}]" for index in range(len(step.prediction.logits)))
    return names


def _row(step: Step) -> list[object]:
    prediction, numbers = step.prediction, step.row
    loss = prediction.loss if prediction else None
    row: list[object] = [step.t]
    if numbers is None:
        row += [json.dumps(step.char), "" if step.target is None else json.dumps(step.target)]
    else:
        row += [] if numbers.time is None else [json.dumps(numbers.time)]
        row += map(number, numbers.x or ())
        row += [""] * len(numbers.output or ()) if numbers.target is None else map(number, numbers.target)
    row.append("" if loss is None else number(loss))
    for layer in step.layers:
        for vector in layer.values.values():
            row.extend(map(number, vector))
    if numbers is not None:
        row.extend(map(number, numbers.output or ()))
    elif prediction is not None:
        row.extend(map(number, prediction.logits))
    return row
