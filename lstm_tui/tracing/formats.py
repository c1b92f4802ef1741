"""A trace as jsonl and csv: the numbers of every step, as they are given, so that they read back exactly.

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

from lstm_tui.core.questions.excerpt import WHOLE, Excerpt
from lstm_tui.core.step import About, LayerStep, NumberRow, Step

Json = dict[str, object]


def jsonl(
    about: About,
    length: int,
    steps: Iterable[Step],
    version: str,
    excerpt: Excerpt = WHOLE,
    interventions: Sequence[str] = (),
) -> Iterator[str]:
    """Lines, each with its newline: the header, then an object a step.

    `length` is the whole text's, also where `steps` are some of it; `excerpt` says which numbers they hold, and
    `interventions` what was done to the model.
    """
    yield dumped(header(about, length, version, excerpt, interventions))
    for step in steps:
        predicted = None if about.classes else step.row
        yield dumped(_record(step, excerpt) if predicted is None else _row_record(step, predicted, excerpt))


def csv_lines(about: About, steps: Iterable[Step], excerpt: Excerpt = WHOLE) -> Iterator[str]:
    """Lines, each with its newline: the names of the columns, then a row a step.

    Columns: t, char, target, loss (of numbers t, time, `x[…]`, `target[…]`, loss), then every quantity unit by unit
    (`f[0]`; where there are several layers `l0.f[0]`, `l1.f[0]` …) and the derivatives by them where they were asked
    for (`grad.f[0]`, `l1.grad.f[0]`), then `logits[0]`… (of numbers `output[…]`, raw)
    where the model has an output layer. Characters are JSON strings, numbers as in jsonl, and what is not there (the
    last target, its loss) is an empty field. No lines at all for no steps.
    """
    remaining = iter(steps)
    first = next(remaining, None)
    if first is None:
        return
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    table = (_row(about, step, excerpt) for step in chain([first], remaining))
    rows: Iterator[Sequence[object]] = chain([_columns(about, first, excerpt)], table)
    for row in rows:
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def columns(about: About, layer: int | None, name: str, excerpt: Excerpt = WHOLE) -> list[str]:
    """What the columns of a layer's quantity are called, or of the logits, which are of no layer."""
    if layer is None:
        return [f"{name}[{index}]" for index in range(len(about.outputs))]
    prefix = f"l{layer}." if len(about.hidden_sizes) > 1 else ""
    return [f"{prefix}{name}[{unit}]" for unit in excerpt.units_of(about.hidden_sizes[layer])]


def number(value: float) -> float | str:
    """`value` as JSON can hold it: JSON has no NaN and no infinities, so they become strings."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Inf" if value > 0 else "-Inf"


def header(
    about: About, length: int, version: str, excerpt: Excerpt = WHOLE, interventions: Sequence[str] = ()
) -> Json:
    """The first line: what the steps are of."""
    sizes = about.hidden_sizes
    return {
        "lstm_tui": version,
        "cell": about.cell,
        **_inputs(about),
        "hidden_size": sizes[0] if len(set(sizes)) == 1 else sizes,
        "num_layers": len(sizes),
        "text_length": length,
        **({"logits": "log-probabilities"} if about.log_probabilities else {}),
        **({"clamps": list(interventions)} if interventions else {}),
        **({} if excerpt.layers is None else {"layers": excerpt.layers}),
        **({} if excerpt.units is None else {"units": excerpt.units}),
    }


def _inputs(about: About) -> Json:
    said: Json = {"classes": about.classes} if about.classes else {}
    if about.channels:
        return {"channels": about.channels, **(said or {"targets": about.targets}), "scale": about.scale}
    return {"vocab": about.vocabulary, **({"tokens": "words"} if about.words else {}), **said}


def _row_record(step: Step, row: NumberRow, excerpt: Excerpt) -> Json:
    record: Json = {"t": step.t, **_read(step), "target": row.target}
    if excerpt.quantities:
        record["layers"] = [_layer(layer) for layer in step.layers]
    if excerpt.wants("logits"):
        record["output"] = row.output
    if excerpt.wants("loss"):
        record["loss"] = step.prediction.loss if step.prediction else None
    return record


def _read(step: Step) -> Json:
    """What the step reads: a symbol, or a row, with its name where it has one."""
    if step.row is None:
        return {"char": step.char}
    return {**({} if step.row.time is None else {"time": step.row.time}), "x": step.row.x}


def _record(step: Step, excerpt: Excerpt) -> Json:
    prediction = step.prediction
    record: Json = {"t": step.t, **_read(step), "target": step.target}
    if excerpt.quantities:
        record["layers"] = [_layer(layer) for layer in step.layers]
    if excerpt.wants("logits"):
        record["logits"] = prediction.logits if prediction else None
    if excerpt.wants("loss"):
        record["loss"] = prediction.loss if prediction else None
    return record


def _layer(layer: LayerStep) -> Json:
    return {**layer.values, **({} if layer.grad is None else {"grad": dict(layer.grad)})}


def dumped(record: Json) -> str:
    """A record as a line."""
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


def _columns(about: About, step: Step, excerpt: Excerpt) -> list[str]:
    names = ["t", "char", "target"]
    if step.row is not None:
        times = [] if step.row.time is None else ["time"]
        targets = ["target"] if about.classes else [f"target[{name}]" for name in about.targets]
        names = ["t", *times, *(f"x[{name}]" for name in about.channels), *targets]
    names += ["loss"] if excerpt.wants("loss") else []
    for layer in step.layers:
        for name in layer.values:
            names += columns(about, layer.index, name, excerpt)
        for name in layer.grad or ():
            names += columns(about, layer.index, f"grad.{name}", excerpt)
    if step.row is not None and not about.classes:
        shown = step.row.output is not None and excerpt.wants("logits")
        names += [f"output[{name}]" for name in about.targets if shown]
    elif step.prediction is not None and excerpt.wants("logits"):
        names += columns(about, None, "logits", excerpt)
    return names


def _row(about: About, step: Step, excerpt: Excerpt) -> list[object]:
    prediction, numbers = step.prediction, step.row
    loss = prediction.loss if prediction else None
    row: list[object] = [step.t]
    if numbers is None:
        row.append(json.dumps(step.char))
    else:
        row += [] if numbers.time is None else [json.dumps(numbers.time)]
        row += map(number, numbers.x or ())
    if numbers is None or about.classes:
        row.append("" if step.target is None else json.dumps(step.target))
    else:
        row += [""] * len(about.targets) if numbers.target is None else map(number, numbers.target)
    if excerpt.wants("loss"):
        row.append("" if loss is None else number(loss))
    for layer in step.layers:
        for vector in (*layer.values.values(), *(layer.grad or {}).values()):
            row.extend(map(number, vector))
    if numbers is not None and not about.classes:
        row.extend(map(number, (numbers.output or ()) if excerpt.wants("logits") else ()))
    elif prediction is not None and excerpt.wants("logits"):
        row.extend(map(number, prediction.logits))
    return row
