"""One step of a user's cell as its own lines: which made which quantity, and what was returned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from torch import Tensor

from lstm_tui.core.step import Source
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.stepping.source_trace import State, TracedLayer, TracedLine, lines_of, shown_text, statement
from lstm_tui.engine.user_cells.file import UserClass
from lstm_tui.engine.user_cells.plan import Plan, TracedCall, VariableRef
from lstm_tui.engine.user_cells.watching.line_tracer import ExecutedStatement, Named, surroundings


def user_trace(user: UserClass, plan: Plan, run: TracedCall) -> TracedLayer:
    """A run of a user's cell: its class in its file, and the helpers of that file which it calls."""
    named = _assigned(plan, run)
    ran = list(run.ran)
    _returned(plan, ran, named, run.state)
    texts = user.source.splitlines() or [""]
    span = surroundings(user.source, [one.line for one in ran])
    numbered = tuple((number, visible(texts[number - 1].expandtabs(4))) for number in span)
    source = Source(user.where, numbered)

    def equation(one: ExecutedStatement, made: Collection[str]) -> str:
        return statement(texts[one.line - 1])

    def settle(name: str, value: Tensor) -> Tensor:
        place, row = plan.places.get(name), value.reshape(1, -1)
        return row if place is None or name in plan.states else place.value(name, row)

    lines = lines_of(ran, named, span.start, len(span), equation, run.printed, settle)
    if not lines and run.state is not None:  # a class whose forward is elsewhere, such as a child of nn.LSTMCell
        lines.append(TracedLine(None, None, f"{user.name}.forward is in another file"))
        caught = {name: value.reshape(1, -1) for name, value in run.tapped.items()}
        lines[-1].values = {**caught, **dict(zip(plan.states, run.state, strict=True))}
    if lines:
        lines[-1].printed = shown_text(run.printed)  # what follows the last line that makes something belongs to it
    error = None if run.error is None else run.error.what
    if run.error is not None:
        row = None if run.error.line is None else run.error.line - span.start
        text = "" if row is None else statement(numbered[row][1])
        lines.append(TracedLine(row, None, text, printed=shown_text(run.printed)))
    values = {name: value for line in lines for name, value in line.values.items()}
    return TracedLayer(source, lines, values, run.state, error)


def _assigned(plan: Plan, run: TracedCall) -> dict[int, dict[str, str]]:
    """id of each statement → its variables that are quantities from then on, and which."""
    last: dict[VariableRef, int] = {}
    for at, one in enumerate(run.ran):
        for place in plan.places.values():
            if place.code == id(one.code) and any(named.name == place.name for named in one.made):
                last[place] = at  # the last assignment is the quantity; earlier ones were on the way to it
    named = {
        id(one): {plan.places[name].name: name for name, _ in made_by(plan, one) if last.get(plan.places[name]) == at}
        for at, one in enumerate(run.ran)
    }
    for quantity, value in run.tapped.items():
        for one in run.ran:
            named[id(one)] |= {made.name: quantity for made in one.made if made.tensor is value}
    return named


def _returned(plan: Plan, ran: list[ExecutedStatement], named: dict[int, dict[str, str]], state: State | None) -> None:
    """h and c are what is returned: found at the line that made that very tensor, or at the return itself."""
    if state is None or not ran:
        return
    for name, tensor in zip(plan.states, state, strict=True):
        makers = [(one, made.name) for one in ran for made in one.made if made.tensor is tensor]
        if makers:
            maker, variable = makers[-1]
            named[id(maker)][variable] = name
            continue
        made = Named(name, tensor, tensor.detach().clone())
        final = replace(ran[-1], made=(*ran[-1].made, made))
        named[id(final)] = {**named[id(ran[-1])], name: name}
        ran[-1] = final


def made_by(plan: Plan, ran: ExecutedStatement) -> list[tuple[str, Tensor]]:
    """The quantities that a line gave a value, (1, H) each."""
    made = {named.name: named.value for named in ran.made}
    return [
        (quantity, place.value(quantity, made[place.name].reshape(1, -1)))
        for quantity, place in plan.places.items()
        if place.code == id(ran.code) and place.name in made
    ]


def by_line(plan: Plan, run: TracedCall) -> dict[str, Tensor]:
    """Each quantity's value in a listed run: what its place got last, (1, H)."""
    found = {name: value for ran in run.ran for name, value in made_by(plan, ran)} | dict(run.tapped)
    if isinstance(run.extra, dict):
        for name, place in plan.places.items():
            entry = run.extra.get(place.name) if place.code is None else None
            if isinstance(entry, Tensor):
                found[name] = place.value(name, entry.reshape(1, -1))
    return found


def variables(plan: Plan, run: TracedCall) -> dict[str, Tensor]:
    """The variables that are quantities in a listed run: the objects themselves."""
    found: dict[str, Tensor] = {}
    for name, place in plan.places.items():
        made = (
            one.tensor for ran in run.ran if place.code == id(ran.code) for one in ran.made if one.name == place.name
        )
        entry = run.extra.get(place.name) if place.code is None and isinstance(run.extra, dict) else None
        last = [tensor for tensor in (*made, entry) if isinstance(tensor, Tensor)][-1:]
        found |= dict(zip((name,), last, strict=False))
    return found
