"""One layer's part of a time step: every line of the cell's own forward that makes something, and what it makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Made, Source
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells import Cell, State
from lstm_tui.engine.user_cells.cell import Pasted, made_by
from lstm_tui.engine.user_cells.line_tracer import Lines, Named, Ran, statements, surroundings, tracing
from lstm_tui.engine.user_cells.plan import Place, Run

KEPT = 64
"""Values kept of what a line made: more do not fit beside it."""


@dataclass(eq=False)
class Line:
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
class Layer:
    """One layer's part of a step."""

    source: Source
    lines: list[Line]
    values: Mapping[str, Tensor]
    after: State | None
    """None where it failed."""
    error: str | None = None


def listed(cell: Cell, x: Tensor, state: State) -> Layer:
    if isinstance(cell, Pasted):
        return _pasted(cell, x, state)
    if cell.equations is not None:
        return _equations(cell, cell.equations, x, state)
    return _own(cell, x, state)


def _equations(cell: Cell, equations: Sequence[tuple[str, str]], x: Tensor, state: State) -> Layer:
    """A cell whose code is inside torch: its equations stand for its source, with the numbers of its own forward."""
    after, values = cell.advance(x, state)
    joined = torch.cat([state[0], x], dim=1)
    texts = ["[h', x]", *(text for _, text in equations)]
    source = Source(f"{cell.name}: its code is inside torch; its equations", tuple((None, text) for text in texts))
    lines = [Line(0, 1, "joined input [h', x]", (made_of("[h', x]", None, joined),))]
    for row, (name, text) in enumerate(equations, 1):
        following = row + 1 if row < len(equations) else None
        lines.append(Line(row, following, text, (made_of(name, name, values[name]),), {name: values[name]}))
    return Layer(source, lines, values, after)


def _own(cell: Cell, x: Tensor, state: State) -> Layer:
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
        known = cell.kind.equations.get(next(iter(made), ""))
        return known if known is not None and len(made) == 1 else _statement(texts[one.line - first])

    return Layer(source, _lines(ran, named, first, len(texts), equation), values, after)


def _named_quantities(ran: Ran, quantities: Sequence[Quantity]) -> dict[str, str]:
    names = {quantity.name for quantity in quantities}
    return {named.name: named.name for named in ran.made if named.name in names}


def _pasted(cell: Pasted, x: Tensor, state: State) -> Layer:
    """A student's cell: its class in its file, and the helpers of that file which it calls."""
    run = cell.listed(x, state)
    named = _assigned(cell, run)
    ran = list(run.ran)
    _returned(cell, ran, named, run.state)
    texts = cell.user.source.splitlines() or [""]
    span = surroundings(cell.user.source, [one.line for one in ran])
    numbered = tuple((number, visible(texts[number - 1].expandtabs(4))) for number in span)
    source = Source(cell.user.where, numbered)

    def equation(one: Ran, made: Collection[str]) -> str:
        return _statement(texts[one.line - 1])

    def settle(name: str, value: Tensor) -> Tensor:
        place, row = cell.plan.places.get(name), value.reshape(1, -1)
        return row if place is None or name in cell.states else place.value(name, row)

    lines = _lines(ran, named, span.start, len(span), equation, run.printed, settle)
    if not lines and run.state is not None:  # a class whose forward stands elsewhere, such as a child of nn.LSTMCell
        lines.append(Line(None, None, f"{cell.name}.forward stands in another file"))
        lines[-1].values = dict(zip(cell.states, run.state, strict=True))
    if lines:
        lines[-1].printed = _text(run.printed)  # what follows the last line that makes something belongs to it
    error = None if run.error is None else run.error.what
    if run.error is not None:
        row = None if run.error.line is None else run.error.line - span.start
        text = "" if row is None else _statement(numbered[row][1])
        lines.append(Line(row, None, text, printed=_text(run.printed)))
    values = {name: value for line in lines for name, value in line.values.items()}
    return Layer(source, lines, values, run.state, error)


def _assigned(cell: Pasted, run: Run) -> dict[int, dict[str, str]]:
    """id of each statement → its variables that are quantities from then on, and which."""
    last: dict[Place, int] = {}
    for at, one in enumerate(run.ran):
        for place in cell.plan.places.values():
            if place.code == id(one.code) and any(named.name == place.name for named in one.made):
                last[place] = at  # the last assignment is the quantity; earlier ones were on the way to it
    return {
        id(one): {
            cell.plan.places[name].name: name
            for name, _ in made_by(cell.plan, one)
            if last.get(cell.plan.places[name]) == at
        }
        for at, one in enumerate(run.ran)
    }


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
    printed: bytes = b"",
    settle: Callable[[str, Tensor], Tensor] = lambda _, value: value,
) -> list[Line]:
    """The statements that made something. What stands between two of them is run along with the later one.

    `named`: id of a statement → the variables in it that are quantities, and which.
    """
    making = [one for one in ran if one.made]
    lines: list[Line] = []
    for at, one in enumerate(making):
        found = named[id(one)]
        made = tuple(made_of(each.name, found.get(each.name), each.value) for each in one.made)
        following = making[at + 1].line if at + 1 < len(making) else None
        row = one.line - first
        lines.append(
            Line(
                row if 0 <= row < count else None,
                None if following is None else following - first,
                equation(one, found.values()),
                made,
                {found[each.name]: settle(found[each.name], each.value) for each in one.made if each.name in found},
                _text(printed[: one.printed]),
            )
        )
    return lines


def made_of(name: str, quantity: str | None, value: Tensor) -> Made:
    flat = value.detach().reshape(-1)
    return Made(visible(name), quantity, tuple(flat[:KEPT].tolist()), flat.numel())


def _text(printed: bytes) -> str:
    return printed.decode("utf-8", "replace")


def _statement(text: str) -> str:
    """A line of source as the status row says it: no indentation, no comment."""
    return visible(text.split("  #")[0].strip())


def _dedented(lines: Sequence[tuple[int | None, str]]) -> tuple[tuple[int | None, str], ...]:
    margin = min((len(text) - len(text.lstrip()) for _, text in lines if text.strip()), default=0)
    return tuple((number, text[margin:]) for number, text in lines)
