"""Clamps: one quantity of one unit held at a number, at some steps. How they are written, and which fit a model.

`c[3] = 0.5`, `l1.f[0] = 1 at 12`, `h[7] = -1 from 12 to 40`: steps count as t does in conditions, and `to` excludes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import SPELLINGS, Quantity
from lstm_tui.core.vocabulary import visible

_FORM = re.compile(
    r"\s*(?:l(?P<layer>\d{1,9})\s*\.\s*)?(?P<quantity>[^\W\d]\w*\u0303?|c~)\s*\[\s*(?P<unit>\d{1,9})\s*\]\s*=\s*"
    r"(?P<value>[-+]?[\w.][\w.+-]*)"
    r"(?:\s+at\s+(?P<at>\d{1,18})|\s+from\s+(?P<start>\d{1,18})(?:\s+to\s+(?P<stop>\d{1,18}))?)?\s*"
)
_LARGEST = 3.4e38
"""What a float32 can hold."""
WRITTEN = "QUANTITY[UNIT] = NUMBER, and after it nothing, 'at T', 'from T' or 'from T to T2'"


def titled(title: str, clamps: Sequence[str]) -> str:
    """What a recording is called: also what is held in it from the beginning."""
    return " · ".join([title, *clamps])


@dataclass(frozen=True)
class Clamp:
    """A quantity of a unit that has the same value at the time steps `start` ≤ t < `stop` (None: to the end)."""

    quantity: str
    unit: int
    value: float
    start: int = 0
    stop: int | None = None
    layer: int = 0

    @property
    def text(self) -> str:
        """As it is written, in one way."""
        span = ""
        if self.stop is not None:
            span = f" at {self.start}" if self.stop == self.start + 1 else f" from {self.start} to {self.stop}"
        elif self.start:
            span = f" from {self.start}"
        return (
            f"{self.target} = {self.value:g}{span}"
            if float(f"{self.value:g}") == self.value
            else (f"{self.target} = {self.value!r}{span}")
        )

    @property
    def target(self) -> str:
        """What is held: `c[3]`, `l1.f[0]`."""
        return f"{f'l{self.layer}.' if self.layer else ''}{self.quantity}[{self.unit}]"

    def acts(self, position: int) -> bool:
        """Whether it holds at the step to `position`, which counts from 1."""
        return self.start < position and (self.stop is None or position <= self.stop)

    def acts_between(self, first: int, last: int) -> bool:
        """Whether it holds at any of the steps to first..last."""
        return self.start < last and (self.stop is None or first <= self.stop)


def read_clamp(text: str) -> Clamp:
    """The clamp that `text` writes. Raises `UserError`."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UserError(f"clamp '{visible(text)}': write {WRITTEN}, as in c[3] = 0.5 from 12 to 40")
    try:
        value = float(found["value"])
    except ValueError:
        value = math.nan
    if not abs(value) <= _LARGEST:
        raise UserError(f"clamp '{visible(text)}': {visible(found['value'])} is not a finite number such as 0.5 or -1")
    start, stop = found["at"] or found["start"] or "0", found["stop"]
    last = int(found["at"]) + 1 if found["at"] else None if stop is None else int(stop)
    if last is not None and last <= int(start):
        raise UserError(
            f"clamp '{visible(text)}': no step lies from {start} to {last}, because 'to' excludes its end: "
            f"write 'at {start}' for one step"
        )
    name = "c_tilde" if found["quantity"] == "c~" else found["quantity"]
    return Clamp(name, int(found["unit"]), value, int(start), last, int(found["layer"] or 0))


def fitted(
    clamps: Iterable[Clamp], quantities: Sequence[Quantity], hidden_sizes: Sequence[int], length: int
) -> tuple[Clamp, ...]:
    """The clamps, as they fit a model of such layers that reads `length` symbols. Raises `UserError` for the first that
    does not, and for two that disagree."""
    names = [quantity.name for quantity in quantities]
    fitting = []
    for clamp in clamps:
        where_written = f"clamp '{visible(clamp.text)}'"
        name = clamp.quantity if clamp.quantity in names else SPELLINGS.get(clamp.quantity, clamp.quantity)
        if clamp.layer >= len(hidden_sizes):
            many = (
                "one layer, l0"
                if len(hidden_sizes) == 1
                else f"{len(hidden_sizes)} layers, l0 to l{len(hidden_sizes) - 1}"
            )
            raise UserError(f"{where_written}: the model has {many}")
        if name not in names:
            raise UserError(
                f"{where_written}: this cell does not compute '{visible(clamp.quantity)}' but {', '.join(names)}"
            )
        size = hidden_sizes[clamp.layer]
        if clamp.unit >= size:
            raise UserError(
                f"{where_written}: there is no unit {clamp.unit}: the layer has {size}, from 0 to {size - 1}"
            )
        if clamp.start >= length or (clamp.stop or 0) > length:
            beyond = clamp.start if clamp.start >= length else clamp.stop
            where = (
                f"the text has {length} steps, from t = 0 to {length - 1}"
                if length != 1
                else "the text has one step, t = 0"
            )
            raise UserError(f"{where_written}: {beyond} is beyond the end: {where}")
        fitting.append(replace(clamp, quantity=name))
    _check_agreement(fitting)
    return tuple(dict.fromkeys(fitting))


def overlap(one: Clamp, other: Clamp) -> bool:
    """Whether both hold the same value at some step."""
    first = max(one.start, other.start) + 1
    return one.target == other.target and one.acts(first) and other.acts(first)


def _check_agreement(clamps: Sequence[Clamp]) -> None:
    for one, other in combinations(clamps, 2):
        if overlap(one, other) and one.value != other.value:
            raise UserError(
                f"'{visible(one.text)}' and '{visible(other.text)}' disagree at t = {max(one.start, other.start)}: "
                "a value can only be held at one number"
            )
