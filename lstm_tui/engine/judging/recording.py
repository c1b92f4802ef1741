"""A user's cell called once on states that look like nothing in particular, recorded and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.judging.labels import Labels
from lstm_tui.engine.judging.lowering import Lowering
from lstm_tui.engine.judging.reached import reached
from lstm_tui.engine.judging.shadowing import Recorded, Recorder
from lstm_tui.engine.judging.torch_calls import FunctionCalls, Returned
from lstm_tui.engine.user_cells.calling import ONE_BACK, CallForm, find_states, forms, leaves, parameters
from lstm_tui.engine.user_cells.carried_states import Path, kept_states
from lstm_tui.engine.user_cells.copying import copied
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.user_code import interrupts, running
from lstm_tui.engine.user_cells.watching.line_tracer import tracing
from lstm_tui.engine.user_cells.watching.taps import unfused

INPUTS, UNITS = 5, 6
"""D and H of the probe: never the same, so that x and h cannot be taken for each other."""
State = tuple[Tensor, ...]
_NO_MEMORY = re.compile(r"MemoryError|allocate memory")


@dataclass(frozen=True, eq=False)
class RecordedCall:
    """One recorded call."""

    form: CallForm
    recorder: Recorder
    labels: Labels
    lowering: Lowering
    after: tuple[tuple[int, ...], ...]
    """The ids of the new states' numbers, in the order in which they come back."""
    returned: tuple[int, ...]
    """The ids of everything that came back."""
    inputs: tuple[float, ...]
    """The values of the variables."""
    units: int
    last_line: int | None
    parameters: frozenset[str]
    """The names of the class's parameters."""
    calls: tuple[Returned, ...] = ()
    """What the functions of torch gave that the class called."""
    dropped: tuple[int | None, ...] = ()
    """The lines where a dropout is on in evaluation: it was left out."""

    @cached_property
    def alive(self) -> set[int]:
        """The numbers that something which comes back depends on."""
        return reached(self.recorder, self.returned or [one for ids in self.after for one in ids])

    @cached_property
    def lost(self) -> list[str]:
        """The parameters that nothing which comes back depends on."""
        return [
            record.name
            for record in self.recorder.records
            if record.op == "leaf"
            and record.name in self.parameters
            and not any(at in self.alive for at in range(record.start, record.start + len(record.values)))
        ]

    @property
    def not_finite(self) -> tuple[Recorded, int] | None:
        """The first operation that made what is no number, and which of its numbers; None where all are."""
        for record in self.recorder.records:
            if record.op != "leaf" and record.places and not numpy.isfinite(record.values).all():
                return record, int((~numpy.isfinite(record.values)).argmax())
        return None

    @cached_property
    def _frames(self) -> dict[object, set[int]]:
        frames: dict[object, set[int]] = {}
        for one in self.recorder.records:
            for code, _, frame in one.places:
                frames.setdefault(code, set()).add(frame)
        return frames

    def line(self, number: int) -> int | None:
        """The line that made a number: the caller's, for a helper that was called more than once."""
        record, _ = self.recorder.of(number)
        usual = [line for code, line, _ in record.places if len(self._frames[code]) == 1]
        return usual[0] if usual else record.places[-1][1] if record.places else None


def probe(inputs: int, units: int, seed: int, like: Tensor) -> tuple[Tensor, State]:
    """x (1, D), and two states (1, H), drawn from -1 to 1 and never near 0."""
    draw = torch.Generator().manual_seed(1000 + seed)

    def some(size: int) -> Tensor:
        values = 0.15 + 0.8 * torch.rand(1, size, generator=draw)
        signs = torch.randint(0, 2, (1, size), generator=draw) * 2 - 1
        return (values * signs).to(like)

    return some(inputs), (some(units), some(units))


def float_like(inner: nn.Module) -> Tensor:
    """A tensor of the type and on the device of the cell's own."""
    tensors = (p for p in inner.parameters() if p.is_floating_point())
    return next(tensors, torch.zeros(()))


@torch.no_grad()
def scrambled(inner: nn.Module) -> nn.Module:
    """A copy whose parameters are all different numbers: zeros and ones that it begins with would look alike."""
    other = copied(inner)
    draw = torch.Generator().manual_seed(7)
    for parameter in other.parameters():
        if parameter.is_floating_point():
            values = 0.1 + 0.5 * torch.rand(parameter.shape, generator=draw)
            signs = torch.randint(0, 2, parameter.shape, generator=draw) * 2 - 1
            parameter.copy_((values * signs).to(parameter))
    return other


def find_form(user: UserClass, inner: nn.Module, inputs: int, units: int) -> CallForm:
    """The form that works, with where the states come back. Raises `CellError` of the likeliest where none does."""
    x, both = probe(inputs, units, 0, float_like(inner))
    first: CellError | None = None
    likely = [*forms(inner)]
    unusual = [form for form in likely if form.made or form.rows > 1]
    for form in (*(one for one in likely if one not in unusual), *_carried(inner, units), *unusual):
        try:
            return _tried(user, inner, form, x, both, units)
        except CellError as error:
            if interrupts.stopped:
                raise
            if _NO_MEMORY.search(error.what):
                raise UserError(str(error)) from None  # any other form would take as long to fail
            if not form.made or error.what == ONE_BACK:
                first = first or error
    if first is None:
        names, _ = parameters(inner)
        raise UserError(
            f"{user.where}: forward({', '.join(names)}) cannot be called as forward(x, h, c), forward(x, (h, c)) or "
            "forward(x, h): write it in one of these forms"
        )
    raise first


def _carried(inner: nn.Module, units: int) -> Iterator[CallForm]:
    kept = tuple(kept_states(inner, units))
    names, needed = parameters(inner)
    if not kept or needed > 1:
        return
    choices: list[tuple[Path, ...]] = [kept]
    if len(kept) == 1 and len(kept[0]) == 1:  # None so far: it may become a tuple of both
        choices.append(((kept[0][0], 0), (kept[0][0], 1)))
    for places in choices:
        for shape in ("row", "vector", "sequence", "layered"):
            yield CallForm(("x",), shape, tuple(names[:1]), places)


def _tried(user: UserClass, inner: nn.Module, form: CallForm, x: Tensor, both: State, units: int) -> CallForm:
    own = copied(inner)
    try:
        with torch.no_grad(), running():
            out = form.run(own, x.clone(), tuple(s.clone() for s in both[: form.count]))
            if form.kept:
                form.states(out, own)
                return form
            return replace(form, out=find_states(out, form.count, units * form.rows))
    except BaseException as error:
        if isinstance(error, ValueError | LookupError) and not _inside(error, user.path):
            if form.made == 2 and isinstance(error, ValueError):
                raise user.error(None, ONE_BACK) from None
            raise user.error(None, str(error)) from None
        raise failed(user, error) from None


def _inside(error: BaseException, path: str) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            return True
        trace = trace.tb_next
    return False


def record(user: UserClass, inner: nn.Module, form: CallForm, x: Tensor, state: State) -> RecordedCall:
    """One call on x (1, D) and states (1, H) in the form's own order. Raises `CellError` where it fails."""
    own = copied(inner).eval()
    units = state[0].shape[1]
    x, given = x.clone(), tuple(s.clone() for s in state)
    values = tuple(float(v) for one in (x, *given) for v in one.reshape(-1))
    order = ("c", "h") if form.first_is_c else ("h", "c")
    leaves_in = {"x": x, **dict(zip(order, given, strict=False))}
    recorder = Recorder(user.path, {**leaves_in, **dict(own.named_parameters()), **dict(own.named_buffers())})
    labels, calls = Labels(user.path, recorder), FunctionCalls(recorder)
    try:
        with torch.no_grad(), running(), unfused(), tracing(labels), recorder, calls:
            out = form.run(own, x, given)
            after = form.states(out, own)
    except BaseException as error:
        raise failed(user, error) from None
    finally:
        recorder.release()
    sizes = {name: tensor.numel() for name, tensor in leaves_in.items()}
    everything = [int(one) for _, tensor in leaves(out) for one in recorder.ids(tensor).reshape(-1)]
    return RecordedCall(
        form,
        recorder,
        labels,
        Lowering(recorder, sizes),
        tuple(tuple(recorder.ids(one).reshape(-1).tolist()) for one in after),
        tuple(everything),
        values,
        units,
        labels.last_line,
        frozenset(name for name, _ in own.named_parameters()),
        tuple(calls.all),
        tuple(calls.dropped),
    )
