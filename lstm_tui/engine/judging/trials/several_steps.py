"""A class that takes whole sequences, on three steps at once and on the same one by one; and on several rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstm_tui.core.user_cell import Departure
from lstm_tui.engine.judging.recording import RecordedCall, State, float_like, probe
from lstm_tui.engine.user_cells.calling import CallForm
from lstm_tui.engine.user_cells.copying import copied
from lstm_tui.engine.user_cells.user_code import interrupts, running

_STEPS = 3
_CLOSE = 1e-4


@dataclass(frozen=True)
class Trial:
    """What calls on several steps and several rows showed."""

    found: tuple[Departure, ...] = ()
    facts: tuple[str, ...] = ()


@torch.no_grad()
def tried(inner: nn.Module, recording: RecordedCall, inputs: int) -> Trial:
    """Both, as far as the class can be called so."""
    form = recording.form
    if form.kept or form.rows > 1 or recording.dropped:
        return Trial()
    like = float_like(inner)
    probes = [probe(inputs, recording.units, seed, like) for seed in range(1, _STEPS + 1)]
    rows, state = [x for x, _ in probes], probes[0][1][: form.count]
    found: list[Departure] = []
    facts: list[str] = []
    axis = None
    if form.shape in ("sequence", "layered"):
        axis, says, aside = _sequence(inner, form, rows, state)
        if says is not None:
            found.append(Departure("h", recording.last_line, says))
        if aside is not None:
            facts.append(aside)
    if form.shape in ("row", "stacked") or axis is not None:
        if form.shape == "row" and _rows_are_steps(inner, form, rows, state):
            return Trial()
        others = probes[1][1][: form.count]
        mixed = _mixes_rows(inner, form, rows[:2], (state, others), axis)
        if mixed:
            line = _first_mixing_line(recording)
            says = "what it computes for one row of a batch depends on the other rows"
            found.append(Departure("h", line, f"{says} (a reshape, or a softmax, mean or norm over the batch)"))
    return Trial(tuple(found), tuple(facts))


def _run(inner: nn.Module, call: Callable[[nn.Module], tuple[Tensor, ...]]) -> tuple[Tensor, ...] | None:
    """What comes back; None where the class cannot be called so."""
    try:
        with running():
            return call(copied(inner))
    except BaseException:
        if interrupts.stopped:
            raise
        return None


def _single(inner: nn.Module, form: CallForm, x: Tensor, state: State) -> State:
    def call(own: nn.Module) -> tuple[Tensor, ...]:
        return form.states(form.run(own, x.clone(), tuple(s.clone() for s in state)), own)

    return _run(inner, call) or ()


def _handed_on(form: CallForm, after: State) -> State:
    """The states in the order in which they go in."""
    swapped = form.count == 2 and form.first_is_c != form.out_first_is_c and "pair" not in form.slots
    return after[::-1] if swapped else after


def _chain(
    inner: nn.Module, form: CallForm, rows: Sequence[Tensor], state: State, keep: Sequence[int] = ()
) -> State | None:
    """Step after step; the states `keep` stay as they were at first."""
    now, after = state, state
    for x in rows:
        after = _single(inner, form, x, now)
        if len(after) != form.count:
            return None
        now = tuple(state[k] if k in keep else one for k, one in enumerate(_handed_on(form, after)))
    return after


def _sequence(
    inner: nn.Module, form: CallForm, rows: Sequence[Tensor], state: State
) -> tuple[int | None, str | None, str | None]:
    """The axis of time; what is wrong with how steps follow one another; and what is only unusual."""
    expected = _chain(inner, form, rows, state)
    if expected is None:
        return None, None, None
    whole = torch.cat(list(rows))  # (T, D)
    last: dict[int, State] = {}
    for axis, x in ((1, whole[None]), (0, whole[:, None])):
        after = _several(inner, form, x, state)
        if after is None:
            continue
        if _same(after, expected):
            return axis, None, None
        if all(one.numel() == state[0].numel() for one in after):
            last[axis] = after
    if len(last) != 1:
        return None, None, None
    ((axis, seen),) = last.items()
    back = _chain(inner, form, rows[::-1], state)
    if back is not None and _same(seen, back):
        return axis, None, "it goes through the text backwards: the last step is read first"
    first_is_c = form.first_is_c
    names = ("c", "h") if first_is_c else ("h", "c")
    for says, others, keep in (
        ("every step of a sequence reads the first x", [rows[0]] * _STEPS, ()),
        ("every step of a sequence reads the last x", [rows[-1]] * _STEPS, ()),
        *((f"{names[k]} is not carried on from step to step of a sequence", rows, (k,)) for k in range(form.count)),
        ("no state is carried on from step to step of a sequence", rows, tuple(range(form.count))),
    ):
        other = _chain(inner, form, others, state, keep)
        if other is not None and _same(seen, other):
            return axis, says, None
    return axis, f"a sequence of {_STEPS} steps gives something else than its steps one by one", None


def _rows_are_steps(inner: nn.Module, form: CallForm, rows: Sequence[Tensor], state: State) -> bool:
    """Whether it takes rows for the steps of a sequence without a batch."""
    expected, seen = _chain(inner, form, rows, state), _several(inner, form, torch.cat(list(rows)), state)
    return expected is not None and seen is not None and _same(seen, expected)


def _several(inner: nn.Module, form: CallForm, x: Tensor, state: State) -> State | None:
    def call(own: nn.Module) -> tuple[Tensor, ...]:
        shaped = [(one[None] if form.shape == "layered" else one).clone() for one in state]
        return form.as_returned(form.called(own, x.clone(), shaped), own)

    after = _run(inner, call)
    if after is None:
        return None
    units = state[0].shape[1]
    rows = [one.reshape(-1, units)[-1:] if one.numel() == _STEPS * units and len(after) == 1 else one for one in after]
    return tuple(one.reshape(1, -1) for one in rows)


def _same(one: State, other: State) -> bool:
    return len(one) == len(other) and all(
        a.shape == b.shape and torch.allclose(a, b, atol=_CLOSE, rtol=_CLOSE) for a, b in zip(one, other, strict=True)
    )


def _mixes_rows(
    inner: nn.Module, form: CallForm, rows: Sequence[Tensor], states: Sequence[State], axis: int | None
) -> bool:
    """Whether two rows at once give something else than each alone."""
    both = torch.cat(list(rows))
    x = both if axis is None else both[:, None] if axis else both[None]
    piled = [torch.cat(pair) for pair in zip(*states, strict=True)]
    shaped = [one[None] if form.shape in ("layered", "stacked") else one for one in piled]

    def call(own: nn.Module) -> tuple[Tensor, ...]:
        return form.as_returned(form.called(own, x.clone(), [one.clone() for one in shaped]), own)

    after = _run(inner, call)
    units = states[0][0].shape[1]
    if after is None or any(one.numel() != 2 * units for one in after):
        return False
    for k, (row, state) in enumerate(zip(rows, states, strict=True)):
        alone = _single(inner, form, row, state)
        if len(alone) == len(after) and not _same(tuple(one.reshape(2, units)[k : k + 1] for one in after), alone):
            return True
    return False


_OVER_ROWS = frozenset(
    ("mean", "sum", "_softmax", "_log_softmax", "var", "std", "native_batch_norm", "norm", "linalg_vector_norm")
)


def _first_mixing_line(recording: RecordedCall) -> int | None:
    """The line of the first operation that may put rows together."""
    records = (record for record in recording.recorder.records if record.op in _OVER_ROWS and record.places)
    first = next(records, None)
    return None if first is None else recording.line(first.start)
