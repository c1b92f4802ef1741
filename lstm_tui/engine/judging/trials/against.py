"""`check --against`: a class beside the function that it should be, on the same weights, step by step over a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.user_cell import CheckReport, CheckRequest, function_named
from lstm_tui.core.vocabulary import Vocabulary, visible
from lstm_tui.engine.cells import ALL, Cell, State
from lstm_tui.engine.judging.judge import read_unit
from lstm_tui.engine.judging.polynomials import Poly, TooLarge
from lstm_tui.engine.judging.recording import RecordedCall, probe
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.pasting import pasted

HIDDEN = 8
STEPS = 1000
"""Of a text: more would show nothing else."""
NEAR = 5e-5
_SHOWN = {"c_tilde": "c̃"}
_WORDS = {"lstm": "an LSTM", "gru": "a GRU", "rnn": "an Elman cell"}


@dataclass(frozen=True, eq=False)
class Reference:
    """A model's layers, and what the first reads: rows x (T, D)."""

    name: str
    layers: tuple[Cell, ...]
    rows: Tensor


@dataclass(frozen=True)
class Difference:
    """Where two cells have different numbers."""

    step: int
    quantity: Quantity
    unit: int
    has: float
    expected: float

    @property
    def gap(self) -> float:
        """By how much; infinite where one is no number."""
        gap = abs(self.has - self.expected)
        return gap if gap == gap else float("inf")


@dataclass(frozen=True, eq=False)
class CellsCompared:
    """Two cells over one text."""

    same: bool
    words: str
    gap: float
    steps: str
    """`5 steps`."""
    rows: Tensor
    """What the reference hands to the layer above (T, H)."""


def against(told: CheckReport, asked: CheckRequest, reference: Reference | None) -> CheckReport:
    """Whether it is the function of `--against`, in numbers where its weights can be told apart."""
    if reference is None:
        name, other = function_named(asked.against or "") or ("by-hand", "nn.LSTM")
        return _with_kind(told, asked, name, other)
    name, kind = visible(reference.name), reference.layers[0].kind
    if kind is not KINDS["lstm"]:
        own = function_named(kind.name)
        if own is None:
            words = f"not compared with {name}, whose cells are {kind.name}: only LSTM, GRU and Elman cells can be"
            return replace(told, against=words, same=False)
        return _with_kind(told, asked, own[0], f"{name}, {_WORDS[kind.name]}")
    return _with_layers(told, asked, reference)


def _with_layers(told: CheckReport, asked: CheckRequest, reference: Reference) -> CheckReport:
    """Every layer's weights put into the class, which then reads what the layer reads."""
    name, count, rows = visible(reference.name), len(reference.layers), reference.rows[:STEPS]
    found: list[CellsCompared] = []
    for at, cell in enumerate(reference.layers):
        sizes = cell.input_size, cell.hidden_size
        own = pasted(asked.spec, *sizes, 0, asked.names, asked.arguments)(*sizes).eval()
        of = name if count == 1 else f"layer {at + 1}/{count} (l{at}) of {name}"
        try:
            own.load_gates(cell.weights())
        except UserError as error:
            said = str(error).rpartition(" cannot be carried over: ")[2]
            if told.findings or told.kind != "lstm":
                said = _why(told, "by-hand")
            words = f"not the function of {of}: its weights have no place in the class ({said})"
            return replace(told, against=words, same=False)
        found.append(_compared(told, own, cell, rows, of))
        if not found[-1].same:
            break
        rows = found[-1].rows
    last = found[-1]
    if last.same and count > 1:
        worst = max(one.gap for one in found)
        layers = f"the {count} layers of {name}"
        words = f"the same function as {layers}: on their weights the largest difference is {worst:.1e} in {last.steps}"
        return replace(told, against=words, same=True)
    return replace(told, against=last.words, same=last.same)


def _with_kind(told: CheckReport, asked: CheckRequest, name: str, other: str) -> CheckReport:
    if any(one.verdict == "departs" for one in told.equations):
        return replace(told, against=f"not the function of {other}: {_departure(told, other)}", same=False)
    vocabulary = Vocabulary.of(asked.text)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            own = pasted(asked.spec, len(vocabulary), HIDDEN, 0, asked.names, asked.arguments)(len(vocabulary), HIDDEN)
            cell = ALL[name](len(vocabulary), HIDDEN)
        own.eval()
        cell.eval().load(_weights(own, cell))
    except (UserError, LookupError, TooLarge, RecursionError):
        return replace(told, against=f"not the function of {other}: {_why(told, name)}", same=False)
    rows = torch.eye(len(vocabulary))[list(vocabulary.codes(asked.text)[:STEPS])]
    done = _compared(told, own, cell, rows, other)
    return replace(told, against=done.words, same=done.same)


def _departure(told: CheckReport, other: str) -> str:
    """The first finding: whatever weights are carried over, that equation stays another one."""
    one = told.findings[0]
    lead = f"{told.at(one.line)}{_SHOWN.get(one.quantity, one.quantity)} differs first ({one.says})"
    if one.has is None or one.expected is None:
        return lead
    where = f"unit {one.unit}" if one.step is None else f"step {one.step}, unit {one.unit}"
    numbers = f"{one.has:+.6f} where {other} has {one.expected:+.6f}"
    return f"{lead}; the largest difference is at {where}: {numbers}"


def _why(told: CheckReport, name: str) -> str:
    strange = next((one for one in told.equations if one.verdict != "textbook"), None)
    if strange is not None:
        return f"{told.at(strange.line)}{strange.says}"
    if told.findings:
        return told.findings[0].says
    if told.kind == name == "gru":
        return "r multiplies h before U does; in nn.GRU it multiplies U h + b"
    return "; ".join(told.notes) or f"it is {_WORDS.get(told.kind or '', told.kind or 'another one')}"


@torch.no_grad()
def _compared(told: CheckReport, own: Pasted, cell: Cell, rows: Tensor, other: str) -> CellsCompared:
    """Both step by step from the zero state, each on its own states."""
    outs: list[Tensor] = []
    mine: State = own.zero_state()
    theirs: State = cell.zero_state()
    firsts: dict[str, Difference] = {}
    worst = None
    for step, row in enumerate(torch.split(rows[:STEPS], 1), 1):
        mine, here = own.advance(row.to(mine[0]), mine)
        theirs, there = cell.advance(row, theirs)
        outs.append(theirs[0])
        for quantity in own.quantities:
            if quantity.name not in here or quantity.name not in there:
                continue
            found = _furthest(step, quantity, here[quantity.name][0].double(), there[quantity.name][0].double())
            if worst is None or found.gap > worst.gap:
                worst = found
            if not found.gap <= NEAR * (1 + abs(found.expected)):
                firsts.setdefault(quantity.name, found)
    assert worst is not None
    count, passed_on = f"{min(len(rows), STEPS):,} step{'s' if len(rows) > 1 else ''}", torch.cat(outs)
    if not firsts:
        words = (
            f"the same function as {other}: on the same weights the largest difference is {worst.gap:.1e} in {count}"
        )
        return CellsCompared(True, words, worst.gap, count, passed_on)
    accused = told.findings[0] if told.findings else None
    first = firsts.get(accused.quantity if accused else "") or next(iter(firsts.values()))
    at = next((one for one in told.equations if one.quantity == first.quantity.name), None)
    line, says = (told.at(at.line), f" ({at.says})" if at.says else "") if at is not None else ("", "")
    words = (
        f"not the function of {other}: {line}{first.quantity.symbol} differs first{says}, at step {first.step}, unit "
        f"{first.unit}: {first.has:+.6f} where {other} has {first.expected:+.6f}; the largest difference in {count} is "
        f"{worst.gap:.3g} ({worst.quantity.symbol}, step {worst.step}, unit {worst.unit})"
    )
    return CellsCompared(False, words, worst.gap, count, passed_on)


def _furthest(step: int, quantity: Quantity, mine: Tensor, theirs: Tensor) -> Difference:
    gaps = (mine - theirs).abs()
    unit = int(gaps.argmax())  # torch's, unlike Python's max, takes NaN for the largest
    return Difference(step, quantity, unit, float(mine[unit]), float(theirs[unit]))


def _weights(own: Pasted, cell: Cell) -> dict[str, Tensor]:
    """The class's weights as `cell` names them. Raises `LookupError` where it has other equations."""
    state = probe(own.input_size, own.hidden_size, 3, own.zero_state()[0])
    recording = own.recorded(state[0], state[1])
    shapes = cell.kind.shapes(own.input_size, own.hidden_size, True)
    found = {name: torch.zeros(shape, dtype=torch.float64) for name, shape in shapes.items()}
    for unit in range(own.hidden_size):
        roles = read_unit(recording, unit, own.plan.names).roles
        for at, row in enumerate(cell.kind.gate_rows):
            part = roles["h" if row == "a" else row]
            if part.argument is None:
                raise LookupError(row)
            argument = recording.lowering.algebra.opened(part.argument)
            _put(found, recording, argument, at * own.hidden_size + unit, roles.get("r") if row == "n" else None)
    return {name: tensor.float() for name, tensor in found.items()}


def _put(found: Mapping[str, Tensor], recording: RecordedCall, argument: Poly, row: int, reset: object) -> None:
    lowering = recording.lowering
    for monomial, factor in argument.terms.items():
        if not monomial:
            found["bias_ih"][row] += factor
        elif len(monomial) == 1 and monomial[0] < lowering.algebra.variables:
            name, k = lowering.names[monomial[0]]
            if name == "c" or (name == "h" and reset is not None):
                raise LookupError(name)
            found["weight_ih" if name == "x" else "weight_hh"][row, k] += factor
        elif reset is not None and len(monomial) == 2:
            _reset(found, recording, monomial, factor, row)
        elif reset is not None and len(monomial) == 1:
            found["bias_hh"][row] += factor
        else:
            raise LookupError("more than a sum")


def _reset(
    found: Mapping[str, Tensor], recording: RecordedCall, monomial: tuple[int, ...], factor: float, row: int
) -> None:
    """r·(U h + b), as nn.GRU has it."""
    algebra = recording.lowering.algebra
    whole = [atom for at in monomial if (atom := algebra.atom(at)) is not None and atom.act == "identity"]
    if len(whole) != 1:
        raise LookupError("r")
    for inner, value in whole[0].argument.terms.items():
        name, k = recording.lowering.names[inner[0]] if inner else ("b", 0)
        if name == "h":
            found["weight_hh"][row, k] += factor * value
        elif name == "b":
            found["bias_hh"][row] += factor * value
        else:
            raise LookupError(name)
