"""One layer's part of a time step: every line of the cell's own forward that makes something, and what it makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Assigned, Source
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.user_cells.watching.line_tracer import ExecutedStatement, Lines, statements, tracing

State = tuple[Tensor, ...]
Advance = Callable[[Tensor, State], tuple[State, dict[str, Tensor]]]
"""A cell's step: x and the states before → the states after, and every quantity."""
KEPT = 4096
"""Values of one tensor that are kept, so that any unit can be looked at."""


@dataclass(eq=False)
class TracedLine:
    """One stage of one layer, before the layers are put together."""

    ran: int | None
    next: int | None
    equation: str
    made: tuple[Assigned, ...] = ()
    values: dict[str, Tensor] = field(default_factory=dict)
    """Quantities that are known from here on, (1, H) each."""
    printed: str = ""
    """What the cell had printed at that point."""


@dataclass(frozen=True, eq=False)
class TracedLayer:
    """One layer's part of a step."""

    source: Source
    lines: list[TracedLine]
    values: Mapping[str, Tensor]
    after: State | None
    """None where it failed."""
    error: str | None = None


def trace_equations(
    name: str, equations: Sequence[tuple[str, str]], advance: Advance, x: Tensor, state: State
) -> TracedLayer:
    """A cell whose code is inside torch: its equations stand for its source, with the numbers of its own forward."""
    after, values = advance(x, state)
    joined = torch.cat([state[0], x], dim=1)
    texts = ["[h', x]", *(text for _, text in equations)]
    source = Source(f"{name}: its code is inside torch; its equations", tuple((None, text) for text in texts))
    lines = [TracedLine(0, 1, "joined input [h', x]", (made_of("[h', x]", None, joined),))]
    for row, (quantity, text) in enumerate(equations, 1):
        following = row + 1 if row < len(equations) else None
        value = values[quantity]
        lines.append(TracedLine(row, following, text, (made_of(quantity, quantity, value),), {quantity: value}))
    return TracedLayer(source, lines, values, after)


def trace_forward(
    cell: type[nn.Module], quantities: Sequence[Quantity], equations: Mapping[str, str], advance: Advance,
    x: Tensor, state: State,
) -> TracedLayer:  # fmt: skip
    """A cell of ours: its `forward` as it is in its file; `equations` is said of a line that makes that quantity."""
    forward = cell.forward
    file = inspect.getsourcefile(cell) or ""
    texts, first = inspect.getsourcelines(forward)
    tracer = Lines(forward.__code__.co_filename, statements(Path(file).read_text(encoding="utf-8")))
    with tracing(tracer):
        after, values = advance(x, state)
    # By its place: where values are held, another copy of it has run.
    file_name = forward.__code__.co_filename
    ran = [one for one in tracer.ran if (one.code.co_name, one.code.co_filename) == (forward.__name__, file_name)]
    named = {id(one): _named_quantities(one, quantities) for one in ran}
    numbered = tuple((first + row, text.rstrip("\n")) for row, text in enumerate(texts))
    source = Source(f"{Path(file).name}  {cell.__name__}.forward", _dedented(numbered))

    def equation(one: ExecutedStatement, made: Collection[str]) -> str:
        known = equations.get(next(iter(made), ""))
        return known if known is not None and len(made) == 1 else statement(texts[one.line - first])

    return TracedLayer(source, lines_of(ran, named, first, len(texts), equation), values, after)


def _named_quantities(ran: ExecutedStatement, quantities: Sequence[Quantity]) -> dict[str, str]:
    names = {quantity.name for quantity in quantities}
    return {named.name: named.name for named in ran.made if named.name in names}


def lines_of(
    ran: Sequence[ExecutedStatement],
    named: Mapping[int, Mapping[str, str]],
    first: int,
    count: int,
    equation: Callable[[ExecutedStatement, Collection[str]], str],
    printed: bytes = b"",
    settle: Callable[[str, Tensor], Tensor] = lambda _, value: value,
) -> list[TracedLine]:
    """The statements that made something. What is between two of them is run along with the later one.

    `named`: id of a statement → the variables in it that are quantities, and which.
    """
    making = [one for one in ran if one.made]
    lines: list[TracedLine] = []
    for at, one in enumerate(making):
        found = named[id(one)]
        made = tuple(made_of(each.name, found.get(each.name), each.value) for each in one.made)
        following = making[at + 1].line if at + 1 < len(making) else None
        row = one.line - first
        lines.append(
            TracedLine(
                row if 0 <= row < count else None,
                None if following is None else following - first,
                equation(one, found.values()),
                made,
                {found[each.name]: settle(found[each.name], each.value) for each in one.made if each.name in found},
                shown_text(printed[: one.printed]),
            )
        )
    return lines


def made_of(name: str, quantity: str | None, value: Tensor) -> Assigned:
    flat = value.detach().reshape(-1)
    return Assigned(visible(name), quantity, tuple(flat[:KEPT].tolist()), flat.numel())


def shown_text(printed: bytes) -> str:
    return printed.decode("utf-8", "replace")


def statement(text: str) -> str:
    """A line of source as the status row says it: no indentation, no comment."""
    return visible(text.split("  #")[0].strip())


def _dedented(lines: Sequence[tuple[int | None, str]]) -> tuple[tuple[int | None, str], ...]:
    margin = min((len(text) - len(text.lstrip()) for _, text in lines if text.strip()), default=0)
    return tuple((number, text[margin:]) for number, text in lines)
