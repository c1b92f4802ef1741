"""The two ends of a part: an embedding, and an output layer only where nothing else of the part is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lstm_tui.checkpoints.layout.ends import InputOutput, find_ends
from lstm_tui.checkpoints.layout.parameters import Parameter
from lstm_tui.checkpoints.layout.parts import FORWARD
from lstm_tui.checkpoints.layout.recurrent import RecurrentStack
from lstm_tui.checkpoints.sandbox.limits import Unreadable


def ends_of_part(stack: RecurrentStack, rest: Sequence[Parameter], ties: Mapping[str, str], part: str) -> InputOutput:
    """The ends of the part that `stack` is, among `rest`; what is no end of it is unused.

    An output layer scores the symbols that are read: whatever else there is belongs to another part, or stands between.
    """
    try:
        if part.rpartition(".")[2] == FORWARD:
            raise Unreadable("reads both directions above the first layer")
        ends = find_ends(stack, list(rest), ties)
        if not ends.unused and not ends.classes:
            return ends
    except Unreadable:
        pass
    width = stack.input_width
    tables = [p for p in rest if p.name.endswith("weight") and len(p.tensor.shape) == 2 and p.tensor.shape[1] == width]
    biased = {p.name.removesuffix("bias") for p in rest if p.name.endswith("bias")}
    tables = [p for p in tables if p.name.removesuffix("weight") not in biased]
    named = [p for p in tables if "emb" in p.name.lower()] or tables
    table = named[0] if len(named) == 1 else None
    ends = InputOutput(width if table is None else table.tensor.shape[0], table)
    ends.numbers = table is None and not any(len(p.tensor.shape) == 2 and p.tensor.shape[0] == width for p in rest)
    ends.unused = [parameter for parameter in rest if parameter is not table]
    ends.inferred.append("no output layer of its own: gates and states are shown, but no guesses")
    return ends


def said_of_part(part: str, left: Sequence[str]) -> str:
    """What is shown and what is not."""
    listed = ", ".join(left[:6]) + (f" and {len(left) - 6} more" if len(left) > 6 else "")
    start = "; it starts from zeros, and not from the state that the encoder hands it" if "dec" in part.lower() else ""
    return f"the part {part} alone{start}; left out: {listed or 'nothing'}"
