"""A cell exactly as a student pasted it: run unmodified, its quantities read off its own variables."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.base import Cell, State
from lstm_tui.engine.cells.gates import Weights, detached
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.explain.lstm_equations import lstm_equations
from lstm_tui.engine.explain.unit_step import UnitStep
from lstm_tui.engine.judging.recording import RecordedCall, record
from lstm_tui.engine.judging.weight_places import NotPlain, gate_places
from lstm_tui.engine.stepping.source_trace import TracedLayer
from lstm_tui.engine.user_cells.adapted import Adapted, needs_adapting
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.making import make, probe
from lstm_tui.engine.user_cells.plan import Plan, TracedCall, call
from lstm_tui.engine.user_cells.returned_states import returned
from lstm_tui.engine.user_cells.user_code import running
from lstm_tui.engine.user_cells.verdict import Verdict
from lstm_tui.engine.user_cells.watching.kept_locals import KeptLocals
from lstm_tui.engine.user_cells.watching.line_tracer import returns, tracing
from lstm_tui.engine.user_cells.watching.taps import Patches, TappedValues, tapped, unfused
from lstm_tui.engine.user_cells.watching.user_trace import by_line, user_trace, variables
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
    keeper: ClassVar[KeptLocals | None]
    """What keeps its variables without a tracer, where that tells the same."""
    patches: ClassVar[Patches | None]
    """What catches gates without a variable where torch's functions are looked up, where that tells the same."""
    by_weights: ClassVar[tuple[str, ...]]
    """The biases added to W x and to U h, where gates made inside torch are computed beside it, which gives the same
    bits; nothing where they are not."""
    placed: ClassVar[dict[tuple[int, int], LstmWeights]]
    """Where its weights are, by D and H, as far as that was asked for."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)  # which biases there are is the class's own business
        self.inner = made_new(self.user, input_size, hidden_size, self.verdict, self.arguments)
        self._own_parameters = list(self.inner.parameters()) if self.by_weights else []
        self._read: tuple[list[tuple[int, int]], Weights] | None = None

    def advance(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """One time step through its own `forward`. Raises `CellError` where that fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if self.by_line:
            run = self.listed(x, state)
            if run.error is not None or run.state is None:
                raise run.error or AssertionError
            return run.state, self._values(run.state, by_line(self.plan, run))
        if self.by_weights:
            return self._beside_the_kernel(x, state)
        rows = x.shape[0]
        if rows > 1 and self.plan.taps:
            return self._row_by_row(x, state)
        after, watched, caught = self._watched(x, state)
        shape, places = (rows, self.hidden_size), self.plan.places
        for name, value in watched.items():
            place = places[name]
            if place.raw or value.shape != shape:
                watched[name] = place.value(name, value.reshape(shape))
        return after, self._values(after, watched if caught is None else {**caught.values, **watched})

    def _beside_the_kernel(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step of a class around nn.LSTMCell or nn.LSTM, its gates as `Builtin` computes them."""
        after = self.carry(x, state)
        own, (of_x, of_h) = self._fitting_weights(), self.by_weights
        with unfused():
            z = functional.linear(x, own["weight_ih"], own.get(of_x))  # (B, 4H)
            z.add_(functional.linear(state[0], own["weight_hh"], own.get(of_h)))
        i, f, c_tilde, o = z.chunk(4, dim=1)
        gates = {"f": torch.sigmoid(f), "i": torch.sigmoid(i), "c_tilde": torch.tanh(c_tilde), "o": torch.sigmoid(o)}
        return after, self._values(after, gates)

    def _fitting_weights(self) -> Weights:
        """`weights`, read anew where a parameter has changed."""
        marks = [(id(p), p._version) for p in self._own_parameters]
        if self._read is None or self._read[0] != marks:
            with torch.no_grad(), torch.inference_mode(False):
                self._read = marks, detached(self.weights())
        return self._read[1]

    def _watched(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor], TappedValues | None]:
        """One time step; the variables that are quantities, as they are; and the quantities that have no variable."""
        plan, held = self.plan, {}  # type: Plan, dict[int, dict[str, object]]
        caught = TappedValues(plan.tap_table, self.hidden_size) if plan.taps else None
        watching: _Watching = _NOBODY
        if caught is not None:
            watching = self.patches.catching(caught) if self.patches is not None else tapped(plan.taps, caught)
        tracer: contextlib.AbstractContextManager[Any] = _NOBODY
        if self.keeper is not None:
            tracer = self.keeper.keeping(held)
        elif plan.wanted:
            tracer = tracing(returns(plan.wanted, held))
        after, extra = self._call(x, state, watching, tracer)
        found: dict[str, Tensor] = {}
        size = self.hidden_size * x.shape[0]
        for name, code, place in plan.readings:
            variables = extra if code is None else held.get(code)
            value = place.found_in(variables) if isinstance(variables, dict) else None
            if isinstance(value, Tensor) and value.numel() == size:
                found[name] = value
        return after, found, caught

    def followed(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """See `Cell.followed`. Raises `CellError` where its `forward` fails."""
        assert not held, "what follows from a held value is known of our own cells alone"
        if not self.by_line:
            after, found, caught = self._watched(x, state)
            return after, self._values(after, found if caught is None else {**caught.made, **found})
        run = call(self.user, self.inner, self.plan, x, state, followed=True)
        if run.error is not None or run.state is None:
            raise run.error or AssertionError
        return run.state, self._values(run.state, variables(self.plan, run))

    def by_quantity(self, name: str, made: Tensor, slope: Tensor) -> Tensor:
        """See `Cell.by_quantity`: a variable may hold the value before its σ."""
        row, place, tap = slope.reshape(1, -1), self.plan.places.get(name), self.plan.taps.get(name)
        if tap is not None:
            block = tap.value(slope, self.hidden_size)
            return row if block is None else block
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
        given = tuple([s.clone() for s in state])  # a cell that works in place must not change what we keep
        try:
            with running(), watching, tracer:
                # As an attribute it would cost a microsecond.
                out = self.__dict__["_modules"]["inner"](x, *self.plan.arguments(given))
        except BaseException as error:
            raise failed(self.user, error) from None
        try:
            return returned(out, self.plan.with_c, state)
        except ValueError as error:
            raise self.user.error(None, str(error)) from None

    def _values(self, state: State, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        named = {**found, "h": state[0], **({"c": state[1]} if len(state) > 1 else {})}
        return {name: named[name] for name in self.plan.names_in_order if name in named}

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


def made_new(
    user: UserClass, inputs: int, units: int, verdict: Verdict | None, arguments: Mapping[str, Any]
) -> nn.Module:
    inner = make(user, inputs, units, arguments)
    return Adapted(inner, verdict.form) if verdict is not None and needs_adapting(verdict.form) else inner
