"""A class of the user's file made into a cell: tried once, its quantities found, and the quickest way to read them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.cells import State
from lstm_tui.engine.cells.gates import BIASES
from lstm_tui.engine.user_cells.cell import Pasted, made_new
from lstm_tui.engine.user_cells.file import UserClass, load_class
from lstm_tui.engine.user_cells.making import probe
from lstm_tui.engine.user_cells.plan import Plan, call, find_plan, with_taps
from lstm_tui.engine.user_cells.spellings import ORDER
from lstm_tui.engine.user_cells.verdict import Verdict, verdict_of
from lstm_tui.engine.user_cells.watching.kept_locals import KeptLocals
from lstm_tui.engine.user_cells.watching.taps import Patches
from lstm_tui.engine.user_cells.watching.user_trace import by_line


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
            return made_new(user, inputs, units, verdict, arguments).eval()

    with torch.random.fork_rng(devices=[]):
        plan = find_plan(user, new, inputs, units, names)
        plan = _with_roles(plan, verdict)
        unnamed = {} if verdict is None else {q: n for q, n in verdict.names.items() if q not in plan.places}
        if unnamed and plan.failure is None:
            with contextlib.suppress(UserError):  # a name that only some of its frames know
                found = find_plan(user, new, inputs, units, {**unnamed, **names})
                plan = _with_roles(replace(found, names=names), verdict)
        plan = _with_unnamed(user, plan, verdict, new(), inputs, units)
    return _kind_of(user, plan, verdict, arguments, (inputs, units))


def _kind_of(
    user: UserClass, plan: Plan, verdict: Verdict | None, arguments: Mapping[str, Any], sizes: tuple[int, int]
) -> type[Pasted]:
    opaque = plan.inside and verdict is not None and verdict.not_an_lstm is None
    namespace = {
        "name": user.name,
        "user": user,
        "plan": plan,
        "quantities": plan.quantities,
        "states": plan.states,
        "verdict": verdict,
        "arguments": arguments,
        "opaque": opaque,
        "by_line": False,
        "by_weights": (),
        "placed": {},
        "keeper": None,
        "patches": None,
    }
    kind = type(user.name, (Pasted,), namespace)
    if plan.failure is None:
        _settle(kind, *sizes)
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
        if run.error is not None:
            return
        slow = by_line(kind.plan, run)
        if kind.opaque and _beside(kind, cell, x, state, slow):
            return
        ways = [(_keeper(kind), _patches(kind)), (None, None)]
        for kind.keeper, kind.patches in ways:
            try:
                _, quick = cell.advance(x, state)
            except CellError:
                continue
            kind.by_line = any(name not in quick or not torch.equal(quick[name], slow[name]) for name in slow)
            if not kind.by_line:
                break
        raw: set[str] = set()
        told = kind.verdict
        if told is not None:
            raw |= {q for q in told.raw if q in kind.plan.places and kind.plan.places[q].name == told.names[q]}
        places = {name: replace(place, raw=name in raw) for name, place in kind.plan.places.items()}
        kind.plan = replace(kind.plan, places=places)


def _beside(kind: type[Pasted], cell: Pasted, x: Tensor, state: State, slow: Mapping[str, Tensor]) -> bool:
    """Whether gates inside torch can be computed beside it to the last bit; then that is how it steps."""
    for biases in (BIASES, BIASES[::-1]):
        kind.by_weights = biases
        other = kind(cell.input_size, cell.hidden_size).eval()
        other.inner.load_state_dict(cell.inner.state_dict())
        with contextlib.suppress(UserError):
            _, quick = other.advance(x, state)
            if all(torch.equal(quick[name], slow[name]) for name in slow):
                return True
    kind.by_weights = ()
    return False


def _keeper(kind: type[Pasted]) -> KeptLocals | None:
    keeper = KeptLocals(kind.user, kind.plan.wanted) if kind.plan.wanted else None
    return keeper if keeper is not None and keeper.complete else None


def _patches(kind: type[Pasted]) -> Patches | None:
    patches = Patches(kind.plan.taps) if kind.plan.taps else None
    return patches if patches is not None and patches.complete else None


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
