"""A cell exactly as a student pasted it: run unmodified, its quantities read off its own variables."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.core.user_cell import CellError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.base import Cell, State
from lstm_tui.engine.cells.gates import Weights, read_weights, write_weights
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.explain.lstm_equations import lstm_equations
from lstm_tui.engine.explain.unit_step import UnitStep
from lstm_tui.engine.stepping.source_trace import TracedLayer
from lstm_tui.engine.user_cells.adapted import Adapted, needs_adapting
from lstm_tui.engine.user_cells.file import UserClass, failed, load_class
from lstm_tui.engine.user_cells.line_tracer import Returns, tracing
from lstm_tui.engine.user_cells.making import make
from lstm_tui.engine.user_cells.plan import Plan, TracedCall, call, find_plan, probe, returned
from lstm_tui.engine.user_cells.user_code import running
from lstm_tui.engine.user_cells.user_trace import made_by, user_trace
from lstm_tui.engine.user_cells.verdict import Verdict, verdict_of
from lstm_tui.engine.user_cells.weights import Layers, find_layers


class Pasted(Cell):
    """The base of the classes that `pasted` makes, one for each class of a user's file."""

    kind = KINDS["lstm"]
    described = False
    user: ClassVar[UserClass]
    plan: ClassVar[Plan]
    by_line: ClassVar[bool]
    """Whether its quantities can only be found line by line (a variable is deleted, say)."""
    verdict: ClassVar[Verdict | None]
    """What it computes, as far as that can be told."""
    layers: ClassVar[Layers | None]
    """Where its weights are, if it has one layer a gate or one for all."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)  # which biases there are is the class's own business
        self.inner = _make(self.user, input_size, hidden_size, self.verdict)

    def advance(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """One time step through its own `forward`. Raises `CellError` where that fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if self.by_line:
            run = self.listed(x, state)
            if run.error is not None or run.state is None:
                raise run.error or AssertionError
            return run.state, self._values(run.state, by_line(self.plan, run))
        after, watched = self._watched(x, state)
        found = {
            name: self.plan.places[name].value(name, value.reshape(len(x), self.hidden_size))
            for name, value in watched.items()
        }
        return after, self._values(after, found)

    def _watched(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step, and the variables that are quantities, as they are."""
        codes = frozenset(place.code for place in self.plan.places.values() if place.code is not None)
        tracer = Returns(self.user.path, codes)
        with tracing(tracer):
            after, extra = self._call(x, state)
        found: dict[str, Tensor] = {}
        for name, place in self.plan.places.items():
            variables = extra if place.code is None else tracer.held.get(place.code)
            value = variables.get(place.name) if isinstance(variables, dict) else None
            if isinstance(value, Tensor) and value.numel() == self.hidden_size * len(x):
                found[name] = value
        return after, found

    def followed(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """See `Cell.followed`. Raises `CellError` where its `forward` fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if not self.by_line:
            after, found = self._watched(x, state)
            return after, self._values(after, found)
        run = call(self.user, self.inner, self.plan, x, state, followed=True)
        if run.error is not None or run.state is None:
            raise run.error or AssertionError
        return run.state, self._values(run.state, variables(self.plan, run))

    def by_quantity(self, name: str, made: Tensor, slope: Tensor) -> Tensor:
        """See `Cell.by_quantity`: a variable may hold the value before its σ."""
        row, place = slope.reshape(1, -1), self.plan.places.get(name)
        if place is None or name in self.states:
            return row
        return place.slope(name, made.detach().reshape(1, -1), row)

    def carry(self, x: Tensor, state: State) -> State:
        """One time step without its quantities: the cell's own `forward` and nothing else."""
        return self._call(x, state)[0]

    def listed(self, x: Tensor, state: State) -> TracedCall:
        """One time step under the line tracer."""
        return call(self.user, self.inner, self.plan, x, state)

    def source_trace(self, x: Tensor, state: State, held: Held = FREE) -> TracedLayer:
        """See `Cell.source_trace`."""
        return user_trace(self.user, self.plan, self.listed(x, state))

    def _call(self, x: Tensor, state: State) -> tuple[State, object]:
        given = tuple(s.clone() for s in state)  # a cell that works in place must not change what we keep
        try:
            with running():
                out = self.inner(x, *self.plan.arguments(given))
        except BaseException as error:
            raise failed(self.user, error) from None
        try:
            return returned(out, self.plan.with_c, state)
        except ValueError as error:
            raise self.user.error(None, str(error)) from None

    def _values(self, state: State, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        named = {**found, **dict(zip(self.states, state, strict=True))}
        return {q.name: named[q.name] for q in self.quantities if q.name in named}

    def weights(self) -> Weights:
        """See `Cell.weights`. Raises `UserError` where its weights are not an LSTM's, or nobody can tell."""
        return read_weights(self.inner, self._known_layers().gates, self.kind)

    def load(self, weights: Weights) -> None:
        """See `Cell.load`. Raises `UserError` as `weights` does."""
        write_weights(self.inner, self._known_layers().gates, self.kind, weights)

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`: an LSTM's, for its weights are known where they are one's."""
        return lstm_equations(at)

    def _known_layers(self) -> Layers:
        if self.layers is None or not self.layers.verified:
            raise UserError(
                f"the weights of {visible(self.name)} cannot be carried over: its layers could not be identified, "
                "or it computes something other than the six equations"
            )
        return self.layers


def by_line(plan: Plan, run: TracedCall) -> dict[str, Tensor]:
    """Each quantity's value in a listed run: what its place got last, (1, H)."""
    found = {name: value for ran in run.ran for name, value in made_by(plan, ran)}
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


def pasted(spec: str, inputs: int, units: int, seed: int, names: Mapping[str, str]) -> type[Pasted]:
    """The cell for `path/to/file.py:Class`, tried once with D = `inputs`, H = `units`.

    Raises `UserError` where the file, the class, its constructor or its signature cannot be used. A `forward` that
    raises can: it is opened to be looked at.
    """
    user = load_class(spec)
    verdict = verdict_of(user, names)

    def new() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _make(user, inputs, units, verdict).eval()

    with torch.random.fork_rng(devices=[]):
        plan = find_plan(user, new, inputs, units, names)
        unnamed = {} if verdict is None else {q: n for q, n in verdict.names.items() if q not in plan.places}
        if unnamed and plan.failure is None:
            with contextlib.suppress(UserError):  # a name that only some of its frames know
                plan = replace(find_plan(user, new, inputs, units, {**unnamed, **names}), names=names)
    namespace = {
        "name": user.name,
        "user": user,
        "plan": plan,
        "quantities": plan.quantities,
        "states": plan.states,
        "by_line": False,
        "verdict": verdict,
        "layers": None,
    }
    kind = type(user.name, (Pasted,), namespace)
    if plan.failure is None:
        _settle(kind, inputs, units)
    return kind


@torch.no_grad()
def _settle(kind: type[Pasted], inputs: int, units: int) -> None:
    """What has to be known once: whether returning frames tell all that lines tell, and where the weights are."""
    with torch.random.fork_rng(devices=[]):
        cell = kind(inputs, units).eval()
        like = next((p for p in cell.parameters() if p.is_floating_point()), torch.zeros(()))
        x, both = probe(inputs, units, like)
        state = both[: len(kind.states)]
        run = cell.listed(x, state)
        try:
            _, quick = cell.advance(x, state)
        except CellError:
            return
        slow = by_line(kind.plan, run)
        kind.by_line = any(name not in quick or not torch.equal(quick[name], slow[name]) for name in slow)
        if kind.plan.with_c:
            kind.layers = find_layers(cell.inner, inputs, units, x, both, cell.carry(x, state), slow)
        raw: set[str] = set()
        if kind.layers is not None and kind.layers.verified:
            raw = kind.layers.raw(cell.inner, x, both[0], slow)
        told = kind.verdict
        if told is not None:
            raw |= {q for q in told.raw if q in kind.plan.places and kind.plan.places[q].name == told.names[q]}
        places = {name: replace(place, raw=name in raw) for name, place in kind.plan.places.items()}
        kind.plan = replace(kind.plan, places=places)


def _make(user: UserClass, inputs: int, units: int, verdict: Verdict | None) -> nn.Module:
    inner = make(user, inputs, units, {})
    return Adapted(inner, verdict.form) if verdict is not None and needs_adapting(verdict.form) else inner
