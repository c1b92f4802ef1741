"""One time step taken apart: every line of the cells' own forward that makes something, layer by layer, then the guess.

A listing is a recording. It is made by running the step once, from the states the timeline has, and then only looked
at: walking forwards and back through it computes nothing again. Its numbers are the finished step's, bit by bit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from lstm_tui.engine.cells import Cell, State
from lstm_tui.engine.cells.pasted import Pasted, made_by
from lstm_tui.engine.cells.plan import Place
from lstm_tui.engine.checking import sentence, step_problem
from lstm_tui.engine.lines import Lines, Named, Ran, statements, tracing
from lstm_tui.engine.reading import Reading
from lstm_tui.quantities import Quantity
from lstm_tui.step import LayerStep, Made, Source, Stage, Step, Vector
from lstm_tui.vocabulary import visible

KEPT = 64
"""Values kept of what a line made: more do not fit beside it."""
_EQUATIONS = {
    "f": "f = σ(…)",
    "i": "i = σ(…)",
    "c_tilde": "c̃ = tanh(…)",
    "o": "o = σ(…)",
    "c": "c = f·c' + i·c̃",
    "h": "h = o·tanh c",
}
_LOGITS = "logits = W·h + b, and the guess"


@dataclass(eq=False)
class _Line:
    """One stage of one layer, before the layers are put together."""

    ran: int | None
    next: int | None
    equation: str
    made: tuple[Made, ...] = ()
    values: dict[str, Tensor] = field(default_factory=dict)
    """Quantities that are known from here on, (1, H) each."""
    printed: str = ""
    """What the cell had printed by then."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """One layer's part of a step."""

    source: Source
    lines: list[_Line]
    values: Mapping[str, Tensor]
    after: State | None
    """None where it failed."""
    error: str | None = None


@torch.no_grad()
def walk(reading: Reading, position: int) -> tuple[Step, ...]:
    """The stages of the step that leads to `position` (1..length), the last one the finished step itself.

    Where a user's cell raises, the listing ends with the line that did, and the step is never finished.
    """
    before = reading.timeline.state(position - 1)
    x = reading.model.inputs(reading.indices[position - 1 : position])
    layers: list[_Layer] = []
    for cell, state in zip(reading.model.cells, before, strict=True):
        layer = _listed(cell, x.clone(), tuple(s.clone() for s in state))
        layers.append(layer)
        if layer.after is None:
            break
        x = layer.after[0]
    return tuple(_steps(reading, position, layers, before))


# One layer


def _listed(cell: Cell, x: Tensor, state: State) -> _Layer:
    if isinstance(cell, Pasted):
        return _pasted(cell, x, state)
    if cell.equations is not None:
        return _equations(cell, cell.equations, x, state)
    return _own(cell, x, state)


def _equations(cell: Cell, equations: Sequence[tuple[str, str]], x: Tensor, state: State) -> _Layer:
    """A cell whose code is inside torch: its equations stand for its source, with the numbers of its own forward."""
    after, values = cell.advance(x, state)
    joined = torch.cat([state[0], x], dim=1)
    texts = ["[h', x]", *(text for _, text in equations)]
    source = Source(f"{cell.name}: its code is inside torch; its equations", tuple((None, text) for text in texts))
    lines = [_Line(0, 1, "joined input [h', x]", (_made("[h', x]", None, joined),))]
    for row, (name, text) in enumerate(equations, 1):
        following = row + 1 if row < len(equations) else None
        lines.append(_Line(row, following, text, (_made(name, name, values[name]),), {name: values[name]}))
    return _Layer(source, lines, values, after)


def _own(cell: Cell, x: Tensor, state: State) -> _Layer:
    """One of our cells: its `forward` as it stands in its file."""
    forward = type(cell).forward
    file = inspect.getsourcefile(type(cell)) or ""
    texts, first = inspect.getsourcelines(forward)
    tracer = Lines(forward.__code__.co_filename, statements(Path(file).read_text(encoding="utf-8")))
    with tracing(tracer):
        after, values = cell.advance(x, state)
    ran = [one for one in tracer.ran if one.code is forward.__code__]
    named = {id(one): _named_quantities(one, cell.quantities) for one in ran}
    numbered = tuple((first + row, text.rstrip("\n")) for row, text in enumerate(texts))
    source = Source(f"{Path(file).name}  {type(cell).__name__}.forward", _dedented(numbered))

    def equation(one: Ran, made: Collection[str]) -> str:
        known = _EQUATIONS.get(next(iter(made), ""))
        return known if known is not None and len(made) == 1 else _statement(texts[one.line - first])

    return _Layer(source, _lines(ran, named, first, len(texts), equation), values, after)


def _named_quantities(ran: Ran, quantities: Sequence[Quantity]) -> dict[str, str]:
    names = {quantity.name for quantity in quantities}
    return {named.name: named.name for named in ran.made if named.name in names}


def _pasted(cell: Pasted, x: Tensor, state: State) -> _Layer:
    """A student's cell: its whole file, so that a helper of its own is walked through too."""
    run = cell.listed(x, state)
    last: dict[Place, int] = {}
    for at, one in enumerate(run.ran):
        for place in cell.plan.places.values():
            if place.code == id(one.code) and any(named.name == place.name for named in one.made):
                last[place] = at  # the last assignment is the quantity; earlier ones were on the way to it
    named = {
        id(one): {
            cell.plan.places[name].name: name
            for name, _ in made_by(cell.plan, one)
            if last.get(cell.plan.places[name]) == at
        }
        for at, one in enumerate(run.ran)
    }
    ran = list(run.ran)
    _returned(cell, ran, named, run.state)
    texts = cell.user.source.splitlines() or [""]
    source = Source(cell.user.where, tuple((row, visible(text.expandtabs(4))) for row, text in enumerate(texts, 1)))

    def equation(one: Ran, made: Collection[str]) -> str:
        return _statement(texts[one.line - 1])

    def settle(name: str, value: Tensor) -> Tensor:
        place, row = cell.plan.places.get(name), value.reshape(1, -1)
        return row if place is None or name in cell.states else place.value(name, row)

    lines = _lines(ran, named, 1, len(texts), equation, run.printed, settle)
    if lines:
        lines[-1].printed = run.printed  # what follows the last line that makes something belongs to it
    error = None if run.error is None else run.error.what
    if run.error is not None:
        row = None if run.error.line is None else run.error.line - 1
        text = "" if row is None else _statement(texts[row])
        lines.append(_Line(row, None, text, printed=run.printed))
    values = {name: value for line in lines for name, value in line.values.items()}
    return _Layer(source, lines, values, run.state, error)


def _returned(cell: Pasted, ran: list[Ran], named: dict[int, dict[str, str]], state: State | None) -> None:
    """h and c are what is returned: found at the line that made that very tensor, or at the return itself."""
    if state is None or not ran:
        return
    for name, tensor in zip(cell.states, state, strict=True):
        makers = [(one, made.name) for one in ran for made in one.made if made.tensor is tensor]
        if makers:
            maker, variable = makers[-1]
            named[id(maker)][variable] = name
            continue
        made = Named(name, tensor, tensor.detach().clone())
        final = replace(ran[-1], made=(*ran[-1].made, made))
        named[id(final)] = {**named[id(ran[-1])], name: name}
        ran[-1] = final


def _lines(
    ran: Sequence[Ran],
    named: Mapping[int, Mapping[str, str]],
    first: int,
    count: int,
    equation: Callable[[Ran, Collection[str]], str],
    printed: str = "",
    settle: Callable[[str, Tensor], Tensor] = lambda _, value: value,
) -> list[_Line]:
    """The statements that made something. What stands between two of them is run along with the later one.

    `named`: id of a statement → the variables in it that are quantities, and which.
    """
    making = [one for one in ran if one.made]
    lines: list[_Line] = []
    for at, one in enumerate(making):
        found = named[id(one)]
        made = tuple(_made(each.name, found.get(each.name), each.value) for each in one.made)
        following = making[at + 1].line if at + 1 < len(making) else None
        row = one.line - first
        lines.append(
            _Line(
                row if 0 <= row < count else None,
                None if following is None else following - first,
                equation(one, found.values()),
                made,
                {found[each.name]: settle(found[each.name], each.value) for each in one.made if each.name in found},
                printed[: one.printed],
            )
        )
    return lines


def _made(name: str, quantity: str | None, value: Tensor) -> Made:
    flat = value.detach().reshape(-1)
    return Made(visible(name), quantity, tuple(flat[:KEPT].tolist()), flat.numel())


def _statement(text: str) -> str:
    """A line of source as the status row says it: no indentation, no comment."""
    return visible(text.split("  #")[0].strip())


def _dedented(lines: Sequence[tuple[int | None, str]]) -> tuple[tuple[int | None, str], ...]:
    margin = min((len(text) - len(text.lstrip()) for _, text in lines if text.strip()), default=0)
    return tuple((number, text[margin:]) for number, text in lines)


# All layers


def _steps(reading: Reading, position: int, layers: Sequence[_Layer], before: Sequence[State]) -> list[Step]:
    model = reading.model
    failed = layers[-1].after is None
    count = sum(len(layer.lines) for layer in layers) + (0 if failed else 1)
    blank = Step(
        position,
        len(reading),
        reading.symbols[position - 1],
        reading.symbols[position] if position < len(reading) else None,
        (),
        None,
    )
    olds = [
        {name: _plain(s) for name, s in zip(cell.states, state, strict=True)}
        for cell, state in zip(model.cells, before, strict=True)
    ]
    known: list[dict[str, Vector]] = [{} for _ in olds]
    steps: list[Step] = []
    for at, layer in enumerate(layers):
        source = layer.source if at + 1 < len(layers) or failed else _with_logits(layer.source)
        made: dict[int, tuple[Made, ...]] = {}
        tensors: dict[str, Tensor] = {}
        for line in layer.lines:
            tensors |= line.values
            known[at] = known[at] | {name: _plain(value) for name, value in line.values.items()}
            if line.ran is not None:
                made = {**made, line.ran: line.made}
            last = line is layer.lines[-1]
            following = line.next if not last or failed or at + 1 < len(layers) else len(source.lines) - 1
            stage = Stage(
                len(steps) + 1, count, at, line.equation, source, line.ran, following, made, line.printed,
                layer.error if last and failed else None,
            )  # fmt: skip
            shown = tuple(
                LayerStep(index, {q.name: known[index][q.name] for q in cell.quantities if q.name in known[index]}, old)
                for index, (cell, old) in enumerate(zip(model.cells, olds, strict=True))
            )
            problem = _problem(reading, position, at, tensors, before, layers)
            steps.append(replace(blank, layers=shown, stage=stage, problem=problem))
    if not failed:
        steps.append(_finished(reading, position, steps[-1].stage, count))
    return steps


def _problem(
    reading: Reading,
    position: int,
    at: int,
    values: Mapping[str, Tensor],
    before: Sequence[State],
    layers: Sequence[_Layer],
) -> str | None:
    cell = reading.model.cells[at]
    if at == 0:
        x = reading.model.inputs(reading.indices[position - 1 : position])
    else:
        below = layers[at - 1].after
        assert below is not None
        x = below[0]
    found = step_problem(cell, values, dict(zip(cell.states, before[at], strict=True)), x)
    return None if found is None else sentence(found, position, at, len(reading.model.cells))


def _with_logits(source: Source) -> Source:
    return Source(source.title, (*source.lines, (None, _LOGITS)))


def _finished(reading: Reading, position: int, last: Stage | None, count: int) -> Step:
    """The step as the timeline has it, the guess included."""
    step = reading.step(position)
    assert last is not None
    row = len(last.source.lines) - 1
    logits = step.prediction.logits if step.prediction is not None else ()
    made = {**last.made, row: (Made("logits", None, logits[:KEPT], len(logits)),)}
    stage = Stage(count, count, last.layer, _LOGITS, last.source, row, None, made, last.printed)
    return replace(step, stage=stage)


def _plain(row: Tensor) -> Vector:
    return tuple(row[0].tolist())
