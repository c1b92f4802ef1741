"""How a pasted cell is to be called, and which of its variables are which quantity: found by running it once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.user_cell import CellError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.making import probe
from lstm_tui.engine.user_cells.returned_states import State, returned
from lstm_tui.engine.user_cells.spellings import ORDER, quantity_of
from lstm_tui.engine.user_cells.user_code import running
from lstm_tui.engine.user_cells.watching.line_tracer import ExecutedStatement, Lines, Named, tracing
from lstm_tui.engine.user_cells.watching.taps import Tap, TappedValues, TapTable, tapped

Form = Literal["separate", "pair", "single"]
FORMS: dict[Form, str] = {"separate": "forward(x, h, c)", "pair": "forward(x, (h, c))", "single": "forward(x, h)"}
_SHOWN = {"c_tilde": "c̃"}


@dataclass(frozen=True, eq=False)
class VariableRef:
    """Where a quantity is found: a variable of a function, or an entry of the dict that is returned."""

    code: int | None
    """id of the function's code; None for the returned dict."""
    name: str
    raw: bool = False
    """Whether it is the value before its σ or tanh, which is applied where the value is used."""

    def found_in(self, variables: dict[str, object]) -> object:
        """Its value among a function's variables, or its `self`'s."""
        if self.name.startswith("self."):
            return getattr(variables.get("self"), self.name[5:], None)
        return variables.get(self.name)

    def value(self, quantity: str, found: Tensor) -> Tensor:
        """The quantity itself, given what was found here."""
        if not self.raw:
            return found
        return torch.tanh(found) if quantity in ("c_tilde", "n") else torch.sigmoid(found)

    def slope(self, quantity: str, found: Tensor, by_found: Tensor) -> Tensor:
        """The derivative by the quantity, given that by what was found here."""
        if not self.raw:
            return by_found
        value = self.value(quantity, found)
        inner = 1 - value**2 if quantity in ("c_tilde", "n") else value * (1 - value)
        return torch.where(by_found == 0, by_found, by_found / inner)


@dataclass(frozen=True, eq=False)
class Plan:
    """What one run of the cell told."""

    form: Form
    quantities: tuple[Quantity, ...]
    places: Mapping[str, VariableRef]
    notes: tuple[str, ...] = ()
    failure: str | None = None
    """What its first run raised; it is opened all the same, to be looked at."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What `--names` said."""
    taps: Mapping[str, Tap] = field(default_factory=dict)
    """Where quantities are made that no variable holds."""

    @cached_property
    def wanted(self) -> frozenset[int]:
        """The codes (ids) of the functions that have variables that are quantities."""
        return frozenset(place.code for place in self.places.values() if place.code is not None)

    @cached_property
    def tap_table(self) -> TapTable:
        """The taps, made ready once for all steps."""
        return TapTable(self.taps)

    @cached_property
    def readings(self) -> tuple[tuple[str, int | None, VariableRef], ...]:
        """Each quantity, the code (id) of its function, and its variable."""
        return tuple((name, place.code, place) for name, place in self.places.items())

    @cached_property
    def names_in_order(self) -> tuple[str, ...]:
        """Of the quantities."""
        return tuple(q.name for q in self.quantities)

    @property
    def with_c(self) -> bool:
        """Whether the cell carries a c besides its h."""
        return self.form != "single"

    @property
    def inside(self) -> bool:
        """Whether quantities are made by operations of torch's own that a faster kernel would hide."""
        return any(tap.inside for tap in self.taps.values())

    @property
    def states(self) -> tuple[str, ...]:
        """The states by name, as they are passed on."""
        return ("h", "c") if self.with_c else ("h",)

    def arguments(self, state: State) -> tuple[Any, ...]:
        """The states as `forward` wants them after x."""
        return (state,) if self.form == "pair" else state


@dataclass(frozen=True, eq=False)
class TracedCall:
    """One call of a cell under the line tracer."""

    ran: tuple[ExecutedStatement, ...]
    state: State | None
    """None where it failed."""
    extra: object
    error: CellError | None
    printed: bytes = b""
    tapped: Mapping[str, Tensor] = field(default_factory=dict)
    """The quantities that no variable holds."""


def call(cell: UserClass, inner: nn.Module, plan: Plan, x: Tensor, state: State, followed: bool = False) -> TracedCall:
    """Run `inner` once, line by line, on copies of the states: what it does to them in place stays its own business.

    Where it is `followed`, autograd can go back through it.
    """
    given = tuple(s.clone() for s in state)
    tracer = Lines(cell.path, cell.first_lines)
    caught = TappedValues(plan.taps, state[0].shape[1], cell.path)
    caught.count = lambda: len(tracer.ran)
    printed = b""
    try:
        with torch.set_grad_enabled(followed), running(keep=True) as written:
            tracer.printed = written.tell
            try:
                with tapped(plan.taps, caught), tracing(tracer):
                    out = inner(x.clone(), *plan.arguments(given))
            finally:
                printed = written.read()
    except BaseException as error:
        return TracedCall(tuple(_with_tapped(tracer, caught)), None, None, failed(cell, error), printed, caught.values)
    last = tracer.ran[-1].line if tracer.ran else None
    ran = tuple(_with_tapped(tracer, caught))
    try:
        now, extra = returned(out, plan.with_c, state)
    except ValueError as error:
        return TracedCall(ran, None, None, cell.error(last, str(error)), printed, caught.values)
    return TracedCall(ran, now, extra, None, printed, caught.values)


def _with_tapped(tracer: Lines, caught: TappedValues) -> list[ExecutedStatement]:
    """The statements that have run, those in which a tap caught something with that among what they made."""
    ran = list(tracer.ran)
    for name, value in caught.values.items():
        place = caught.places[name]
        for at in range(caught.finished[name], len(ran)):
            if place is None or (ran[at].code is place[0] and ran[at].line == tracer.statement(place[1])):
                ran[at] = replace(ran[at], made=(*ran[at].made, Named(_SHOWN.get(name, name), value, value)))
                break
    return ran


# Finding the plan


def find_plan(
    cell: UserClass, make: Callable[[], nn.Module], inputs: int, units: int, names: Mapping[str, str]
) -> Plan:
    """Run a new cell on a probe in each form that its signature takes; the first that works is its form.

    Raises `UserError` where no form fits the signature, or `--names` names something the cell does not make.
    """
    inner = make()
    like = next((p for p in inner.parameters() if p.is_floating_point()), torch.zeros(()))
    x, both = probe(inputs, units, like)
    tried: list[tuple[Plan, TracedCall]] = []
    for form in FORMS:
        plan = Plan(form, (), {}, names=names)
        state = both if plan.with_c else both[:1]
        if not _takes(inner, x, plan.arguments(state)):
            continue
        run = call(cell, inner, plan, x, state)
        tried.append((plan, run))
        if run.error is None:
            break
    if not tried:
        raise UserError(
            f"{cell.where}: forward{_signature(inner)} cannot be called as {', '.join(FORMS.values())}: "
            "write it in one of these forms"
        )
    plan, run = tried[-1] if tried[-1][1].error is None else max(tried, key=lambda one: len(one[1].ran))
    return _named(cell, plan, run, units)


def _takes(inner: nn.Module, x: Tensor, arguments: tuple[Any, ...]) -> bool:
    try:
        inspect.signature(inner.forward).bind(x, *arguments)
    except TypeError:
        return False
    return True


def _signature(inner: nn.Module) -> str:
    try:
        return visible(str(inspect.signature(inner.forward)))
    except (TypeError, ValueError):
        return "(…)"


def with_taps(plan: Plan, taps: Mapping[str, Tap]) -> Plan:
    """The same with quantities that no variable holds."""
    held = {*plan.places, *taps}
    found = tuple(q for q in ORDER[plan.with_c] if q.name in held or q.state)
    return replace(plan, quantities=found, taps=dict(taps))


def _named(cell: UserClass, plan: Plan, run: TracedCall, units: int) -> Plan:
    places, notes = _places(plan, run, units)
    if run.error is None:
        missing = [(key, name) for key, name in plan.names.items() if key not in places]
        if missing:
            key, name = missing[0]
            made = dict.fromkeys(named.name for ran in run.ran for named in ran.made if named.tensor.numel() == units)
            listed = ", ".join(visible(one) for one in made) or "none"
            raise UserError(
                f"--names {key}={visible(name)}: {cell.where} has no such variable with {units} values; it has {listed}"
            )
    order = ORDER[plan.with_c]
    # What a cell that failed would have made after that line is not known: room for all of it.
    everything = run.error is not None and plan.with_c
    found = order if everything else tuple(q for q in order if q.name in places or q.state)
    return replace(
        plan,
        quantities=found,
        places=places,
        notes=tuple(notes),
        failure=None if run.error is None else str(run.error),
    )


def _places(plan: Plan, run: TracedCall, units: int) -> tuple[dict[str, VariableRef], list[str]]:
    """Where each quantity was assigned last, sure spellings before doubtful ones; and what has the wrong shape."""
    states = run.state or ()
    best: dict[str, tuple[bool, VariableRef]] = {}
    odd: dict[str, str] = {}
    for ran in run.ran:
        for named in ran.made:
            known = asked(plan, named.name)
            if known is None or any(named.tensor is state for state in states):
                continue
            quantity, sure = known
            if named.tensor.numel() != units:
                odd[quantity] = (
                    f"{visible(named.name)} has shape {tuple(named.tensor.shape)} but (1, {units}) is expected"
                )
                continue
            if sure or not best.get(quantity, (False, None))[0]:
                best[quantity] = sure, VariableRef(id(ran.code), named.name)
    if isinstance(run.extra, dict):
        for key, value in run.extra.items():
            known = asked(plan, key) if isinstance(key, str) else None
            if known and known[0] not in best and isinstance(value, Tensor) and value.numel() == units:
                best[known[0]] = True, VariableRef(None, key)
    return (
        {name: place for name, (_, place) in best.items()},
        [sentence for quantity, sentence in odd.items() if quantity not in best],
    )


def asked(plan: Plan, name: str) -> tuple[str, bool] | None:
    """The quantity a variable is, by `--names` first, and whether that is sure."""
    for quantity, variable in plan.names.items():
        if variable == name:
            return quantity, True
    known = quantity_of(name, plan.with_c)
    return None if known is None or known[0] in plan.names else known
