"""A cell exactly as a student pasted it: run unmodified, its quantities read off its own variables."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.core.user_cell import CellError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.base import Cell, State
from lstm_tui.engine.cells.gates import Weights
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.explain.lstm_equations import lstm_equations
from lstm_tui.engine.explain.unit_step import UnitStep
from lstm_tui.engine.judging.recording import RecordedCall, record
from lstm_tui.engine.judging.weight_places import NotPlain, gate_places
from lstm_tui.engine.stepping.source_trace import TracedLayer
from lstm_tui.engine.user_cells.adapted import Adapted, needs_adapting
from lstm_tui.engine.user_cells.file import UserClass, failed, load_class
from lstm_tui.engine.user_cells.line_tracer import Returns, tracing
from lstm_tui.engine.user_cells.making import make, probe
from lstm_tui.engine.user_cells.plan import Plan, TracedCall, call, find_plan, returned, with_taps
from lstm_tui.engine.user_cells.spellings import ORDER
from lstm_tui.engine.user_cells.taps import Caught, tapped, unfused
from lstm_tui.engine.user_cells.user_code import running
from lstm_tui.engine.user_cells.user_trace import by_line, user_trace, variables
from lstm_tui.engine.user_cells.verdict import Verdict, verdict_of
from lstm_tui.engine.user_cells.weights import LstmWeights, lstm_weights

_Watching = contextlib.AbstractContextManager[None]
_NOBODY: _Watching = contextlib.nullcontext()


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
    arguments: ClassVar[Mapping[str, Any]]
    """For its constructor, besides the sizes."""
    placed: ClassVar[dict[tuple[int, int], LstmWeights]]
    """Where its weights are, by D and H, as far as that was asked for."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)  # which biases there are is the class's own business
        self.inner = _make(self.user, input_size, hidden_size, self.verdict, self.arguments)

    def advance(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """One time step through its own `forward`. Raises `CellError` where that fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if self.by_line:
            run = self.listed(x, state)
            if run.error is not None or run.state is None:
                raise run.error or AssertionError
            return run.state, self._values(run.state, by_line(self.plan, run))
        if self.plan.taps and len(x) > 1:
            return self._row_by_row(x, state)
        after, watched, caught = self._watched(x, state)
        found = {
            name: self.plan.places[name].value(name, value.reshape(len(x), self.hidden_size))
            for name, value in watched.items()
        }
        return after, self._values(after, {**caught, **found})

    def _watched(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor], dict[str, Tensor]]:
        """One time step; the variables that are quantities, as they are; and the quantities that have no variable."""
        codes = frozenset(place.code for place in self.plan.places.values() if place.code is not None)
        tracer = Returns(self.user.path, codes)
        caught = Caught(self.plan.taps, self.hidden_size)
        watching = tapped(self.plan.taps, caught) if self.plan.taps else _NOBODY
        after, extra = self._call(x, state, watching, tracing(tracer) if codes else _NOBODY)
        found: dict[str, Tensor] = {}
        for name, place in self.plan.places.items():
            variables = extra if place.code is None else tracer.held.get(place.code)
            value = variables.get(place.name) if isinstance(variables, dict) else None
            if isinstance(value, Tensor) and value.numel() == self.hidden_size * len(x):
                found[name] = value
        return after, found, caught.values

    def followed(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """See `Cell.followed`. Raises `CellError` where its `forward` fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if not self.by_line:
            after, found, _ = self._watched(x, state)
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

    def _row_by_row(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        rows = [self.advance(x[k : k + 1], tuple(s[k : k + 1] for s in state)) for k in range(len(x))]
        after = tuple(torch.cat(column) for column in zip(*(states for states, _ in rows), strict=True))
        return after, {name: torch.cat([values[name] for _, values in rows]) for name in rows[0][1]}

    def carry(self, x: Tensor, state: State) -> State:
        """One time step without its quantities: the cell's own `forward` and nothing else."""
        return self._call(x, state, unfused() if self.plan.inside else _NOBODY, _NOBODY)[0]

    def listed(self, x: Tensor, state: State) -> TracedCall:
        """One time step under the line tracer."""
        return call(self.user, self.inner, self.plan, x, state)

    def source_trace(self, x: Tensor, state: State, held: Held = FREE) -> TracedLayer:
        """See `Cell.source_trace`."""
        return user_trace(self.user, self.plan, self.listed(x, state))

    def _call(self, x: Tensor, state: State, watching: _Watching, tracer: _Watching) -> tuple[State, object]:
        given = tuple(s.clone() for s in state)  # a cell that works in place must not change what we keep
        try:
            with running(), watching, tracer:
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
        return self._places().read(unwrapped(self.inner))

    def load(self, weights: Weights) -> None:
        """See `Cell.load`. Raises `UserError` as `weights` does."""
        self._places().write(unwrapped(self.inner), weights)

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`: an LSTM's, for its weights are known where they are one's."""
        return lstm_equations(at)

    def load_gates(self, weights: Weights) -> None:
        """`load`, also where it makes something else of its gates. Raises `UserError` where they cannot be found."""
        self._find_places(whatever=True).write(unwrapped(self.inner), weights)

    @property
    def is_lstm(self) -> bool:
        """Whether its function is nn.LSTM's."""
        return self.verdict is not None and self.verdict.not_an_lstm is None

    def _places(self) -> LstmWeights:
        """Where its weights are, found when they are asked for: no other cell has to wait for it."""
        sizes = self.input_size, self.hidden_size
        if sizes not in self.placed:
            self.placed[sizes] = self._find_places()
        return self.placed[sizes]

    def _find_places(self, whatever: bool = False) -> LstmWeights:
        told = self.verdict
        reason = "it cannot be run with other sizes" if told is None else told.not_an_lstm
        if told is not None and (reason is None or whatever):
            try:
                recording = self.recorded(*probe(self.input_size, self.hidden_size, self.zero_state()[0]))
                return lstm_weights(recording, gate_places(recording, told.spots))
            except NotPlain as error:
                reason = str(error)
        raise UserError(f"the weights of {visible(self.name)} cannot be carried over: {reason}")

    def recorded(self, x: Tensor, state: State) -> RecordedCall:
        """One call with everything that it computes: x (1, D), the states (1, H), h first."""
        assert self.verdict is not None
        form = self.verdict.form
        with torch.inference_mode(False):  # there torch hands on whole functions, not what they are made of
            given = tuple(s.clone() for s in state[: form.count])
            return record(self.user, unwrapped(self.inner), form, x.clone(), given[::-1] if form.first_is_c else given)


def unwrapped(inner: nn.Module) -> nn.Module:
    """The user's own module."""
    return inner.inner if isinstance(inner, Adapted) else inner


def pasted(
    spec: str, inputs: int, units: int, seed: int, names: Mapping[str, str], arguments: Mapping[str, Any] = {}
) -> type[Pasted]:
    """The cell for `path/to/file.py:Class`, tried once with D = `inputs`, H = `units`.

    Raises `UserError` where the file, the class, its constructor or its signature cannot be used. A `forward` that
    raises can: it is opened to be looked at.
    """
    user = load_class(spec)
    verdict = verdict_of(user, names, arguments)

    def new() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _make(user, inputs, units, verdict, arguments).eval()

    with torch.random.fork_rng(devices=[]):
        plan = find_plan(user, new, inputs, units, names)
        plan = _with_roles(plan, verdict)
        unnamed = {} if verdict is None else {q: n for q, n in verdict.names.items() if q not in plan.places}
        if unnamed and plan.failure is None:
            with contextlib.suppress(UserError):  # a name that only some of its frames know
                found = find_plan(user, new, inputs, units, {**unnamed, **names})
                plan = _with_roles(replace(found, names=names), verdict)
        plan = _with_unnamed(user, plan, verdict, new(), inputs, units)
    namespace = {
        "name": user.name,
        "user": user,
        "plan": plan,
        "quantities": plan.quantities,
        "states": plan.states,
        "by_line": False,
        "verdict": verdict,
        "arguments": arguments,
        "placed": {},
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
        raw: set[str] = set()
        told = kind.verdict
        if told is not None:
            raw |= {q for q in told.raw if q in kind.plan.places and kind.plan.places[q].name == told.names[q]}
        places = {name: replace(place, raw=name in raw) for name, place in kind.plan.places.items()}
        kind.plan = replace(kind.plan, places=places)


def _with_roles(plan: Plan, verdict: Verdict | None) -> Plan:
    """The plan without variables that only sound like a quantity: `o` may be a sequence of outputs."""
    if verdict is None or verdict.equations.findings:
        return plan
    whole = verdict.equations.kind in ("lstm", "gru", "rnn")
    sound = {
        name: place
        for name, place in plan.places.items()
        if name in plan.names or (place.name in verdict.bound[name] if name in verdict.bound else not whole)
    }
    kept = tuple(q for q in plan.quantities if q.state or q.name in sound)
    return plan if len(sound) == len(plan.places) else replace(plan, places=sound, quantities=kept)


def _with_unnamed(
    user: UserClass, plan: Plan, verdict: Verdict | None, inner: nn.Module, inputs: int, units: int
) -> Plan:
    """The plan with the gates that no variable holds, as far as a step of these sizes makes them as the probe does."""
    if verdict is None or plan.failure is not None:
        return plan
    missing = {q.name for q in ORDER[plan.with_c] if not q.state and q.name not in plan.places} & verdict.roles
    taps = {name: tap for name, tap in verdict.taps.items() if name in missing} if missing else {}
    if not taps:
        return plan
    like = next((p for p in inner.parameters() if p.is_floating_point()), torch.zeros(()))
    x, both = probe(inputs, units, like)
    run = call(user, inner, with_taps(plan, taps), x, both[: len(plan.states)])
    return with_taps(plan, {name: tap for name, tap in taps.items() if name in run.tapped})


def _make(user: UserClass, inputs: int, units: int, verdict: Verdict | None, arguments: Mapping[str, Any]) -> nn.Module:
    inner = make(user, inputs, units, arguments)
    return Adapted(inner, verdict.form) if verdict is not None and needs_adapting(verdict.form) else inner
