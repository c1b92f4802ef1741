"""What one backward pass through a cell shows: what cannot learn, and where the way back in time is cut."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError, Departure
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.judging.recording import RecordedCall, State
from lstm_tui.engine.user_cells.calling import CallForm, leaves
from lstm_tui.engine.user_cells.copying import copied
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.user_code import interrupts, running


@dataclass(frozen=True)
class Gradients:
    """Facts, and those among them that are mistakes."""

    facts: tuple[str, ...]
    cut: tuple[Departure, ...]


def gradients(user: UserClass, inner: nn.Module, recording: RecordedCall, x: Tensor, state: State) -> Gradients:
    """One step of `inner` backwards; `recording` says what it is made from, whether a gradient flows there or not."""
    lost = recording.lost
    facts = [f"nothing depends on {visible(name)}" for name in lost]
    facts += _twice(inner, recording)
    own = copied(inner)
    parameters = {name: p for name, p in own.named_parameters() if p.is_floating_point()}
    cut: list[Departure] = []
    if not parameters:
        return Gradients(tuple(facts), (_no_parameters(user, inner),))
    if (strange := _not_trained(recording)) is not None:
        cut.append(strange)
    try:
        found = _backward(user, own, recording.form, x, state)
    except CellError as error:
        return Gradients(tuple(facts), (*cut, _untrainable(error, recording)))
    if found is None:
        line = user.cuts(recording.labels.lines) or recording.last_line
        says = "nothing that comes back has a gradient (no_grad, detach or .data): the cell cannot learn"
        return Gradients(tuple(facts), (*cut, Departure("h", line, says)))
    reached = dict(zip(_order(recording.form), found, strict=False))
    used = set().union(*(recording.lowering.kinds_of(recording.lowering.poly(ids[0])) for ids in recording.after))
    for name, gradient in reached.items():
        if gradient is None and name in used and not recording.form.made:
            says = f"the way back from {name} to the step before is cut (detach, .data or a new tensor)"
            cut.append(
                Departure(name, user.cuts(recording.labels.lines), f"{says}: it cannot learn over more than one step")
            )
    for name, p in parameters.items():
        if name not in lost and p.grad is None and p.requires_grad:
            says = f"no gradient reaches {visible(name)}, which it uses: it is cut off (detach, .data or no_grad)"
            cut.append(Departure("weights", user.cuts(recording.labels.lines), says))
        elif name not in lost and p.grad is not None and not p.grad.any():
            facts.append(f"the gradient of {visible(name)} is 0 everywhere at initialisation: it cannot begin to learn")
    return Gradients(tuple(facts), tuple(cut))


def _order(form: CallForm) -> tuple[str, ...]:
    return ("c", "h") if form.first_is_c else ("h", "c")


def _backward(user: UserClass, own: nn.Module, form: CallForm, x: Tensor, state: State) -> list[Tensor | None] | None:
    given = tuple(s.detach().clone().requires_grad_() for s in state)
    try:
        with torch.enable_grad(), running():
            out = form.run(own, x.clone(), tuple(s.clone() for s in given))
            after = form.states(out, own)
            total = sum((s * (0.3 + 0.1 * at)).sum() for at, s in enumerate(after))
            if not isinstance(total, Tensor) or not total.requires_grad:
                return None
            back = torch.autograd.grad(total, given, retain_graph=True, allow_unused=True)
            for _, shown in leaves(out):  # what else comes back may be all that an output layer is for
                if shown.requires_grad and not any(shown is s for s in after):
                    total = total + (shown * torch.linspace(0.3, 0.7, shown.numel()).view(shown.shape)).sum()
            total.backward()  # type: ignore[no-untyped-call]
    except BaseException as error:
        told = failed(user, error)
        if interrupts.stopped:
            raise UserError(str(told)) from None
        raise told from None
    return list(back)


def _untrainable(error: CellError, recording: RecordedCall) -> Departure:
    """torch refuses the way back."""
    line, what = error.line, error.what
    if "inplace" in what:
        what = "a number that the way back needs is overwritten in place"
        written = [record for record in recording.recorder.records if record.in_place and record.places]
        if line is None and written:
            line = recording.line(written[-1].start)
    return Departure("weights", line, f"it cannot be trained: {what}")


def _twice(inner: nn.Module, recording: RecordedCall) -> list[str]:
    """Layers that are called more than once in a step."""
    counts: dict[str, int] = {}
    weights = {f"{name}.weight": name for name, layer in inner.named_modules() if isinstance(layer, nn.Linear)}
    owner = {record.start: weights[record.name] for record in recording.recorder.records if record.name in weights}
    for record in recording.recorder.records:
        if record.op not in ("mm", "addmm"):
            continue
        first = int(record.arguments[-1].min()) if hasattr(record.arguments[-1], "min") else -1
        if first in owner:
            counts[owner[first]] = counts.get(owner[first], 0) + 1
    return [f"{visible(name)} is used {count} times in one step" for name, count in counts.items() if count > 1]


def _no_parameters(user: UserClass, inner: nn.Module) -> Departure:
    listed = [
        name for name, value in vars(inner).items()
        if isinstance(value, list | tuple | dict)
        and any(isinstance(one, nn.Module) for one in (value.values() if isinstance(value, dict) else value))
    ]  # fmt: skip
    tensors = [name for name, value in vars(inner).items() if isinstance(value, Tensor)]
    if listed:
        says = (
            f"no parameter at all: {visible(listed[0])} is a plain Python {type(vars(inner)[listed[0]]).__name__} of "
        )
        says += "layers, which torch does not see; use nn.ModuleList or nn.ModuleDict"
    else:
        says = "no parameter at all: its weights are plain tensors, which nothing trains; wrap them in nn.Parameter"
    named = listed or tensors
    return Departure("weights", user.assigned(named[0]) if named else None, says)


def _not_trained(recording: RecordedCall) -> Departure | None:
    """Weights that go into a product and are no parameters, in a class that has others."""
    units = recording.units
    for record in recording.recorder.records:
        unknown = record.op == "leaf" and record.name == "?" and len(record.values) >= units * units
        if unknown and any(at in recording.alive for at in range(record.start, record.start + len(record.values))):
            says = "some of its weights are no parameters (layers in a plain list, plain tensors): nothing trains them"
            return Departure("weights", None, says)
    return None
