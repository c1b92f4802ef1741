"""What a page holds, as JSON that is small and cannot end the element it stands in.

A number is written with the fewest digits that name its float32; `page.js` rounds what it reads to one (`Math.fround`),
so that the page has the trace's numbers, bit for bit. Equations are written as a form and the numbers in it.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Equation, LayerStep, Prediction, Step, Term, Vector, loss_words
from lstm_tui.core.sums import hundredths, on_paper, shares
from lstm_tui.core.vocabulary import visible
from lstm_tui.tracing.formats import number

GUESSES = 5
NAMED = 3
"""Addends of a sum that are named; the others are counted."""
_HOLE = "\1"
"""Stands in a form for a number: a character that `visible` lets through nowhere."""
_NUMBER = re.compile(r"[-+]?\d+\.\d+")
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}

Units = Mapping[tuple[int, int], tuple[Equation, ...]]
"""(layer, unit) → its equations at a step."""
Form = tuple[str, str, int, str]
"""A quantity, its equation without the numbers, how many addends its sum has, words in place of that sum."""


def dumped(value: object) -> str:
    """ASCII, without a sign that HTML reads: no `</script>`, `<!--` or line separator can come of any string."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


class Records:
    """Turns steps into records, and knows the forms and names they share."""

    def __init__(self, quantities: Sequence[Quantity]) -> None:
        self._quantities = tuple(quantity.name for quantity in quantities)
        self._states = tuple(quantity.name for quantity in quantities if quantity.state)
        self._forms: dict[tuple[Form, ...], int] = {}
        self._names: dict[str, int] = {}
        self._last: Step | None = None

    def record(self, step: Step, equations: Units) -> str:
        """One step as a JSON object."""
        single = all(map(_is_single, _numbers(step)))
        written: Callable[[float], str] = _shortest if single else _whole
        parts = {
            "p": str(step.position),
            "s": str(int(single)),
            "v": _listed(self._vectors(layer.values, self._quantities, written) for layer in step.layers),
        }
        if not self._follows(step):
            parts["o"] = _listed(self._vectors(layer.before, self._states, written) for layer in step.layers)
        if step.edited:
            parts["z"] = "1"
        if step.stage is not None:
            parts["w"] = dumped(visible(step.stage.equation))
        if step.problem is not None:
            parts["m"] = dumped(visible(step.problem))
        if step.prediction is not None:
            parts["g"] = dumped(_guess(step.prediction))
        if equations:
            parts["e"] = dumped(self._explained(step, equations))
        self._last = step
        return "{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}"

    def shared(self) -> dict[str, object]:
        """What the records refer to by number."""
        return {"forms": list(self._forms), "names": list(self._names)}

    def _follows(self, step: Step) -> bool:
        """Whether the states before this step are those of the record before it."""
        last = self._last
        return last is not None and all(
            layer.before.get(name) == before.values.get(name)
            for layer, before in zip(step.layers, last.layers, strict=True)
            for name in self._states
        )

    def _vectors(self, values: Mapping[str, Vector], names: Sequence[str], written: Callable[[float], str]) -> str:
        return _listed(_listed(map(written, values[name])) if name in values else "null" for name in names)

    def _explained(self, step: Step, equations: Units) -> list[dict[int, str]]:
        """For each layer, unit → which lines they are, then what stands in each: `0/-4.3214 0.0131 -432 2 -148/…`."""
        layers: list[dict[int, str]] = [{} for _ in step.layers]
        for (layer, unit), lines in equations.items():
            forms, numbers = zip(*map(self._line, lines), strict=True) if lines else ((), ())
            layers[layer][unit] = "/".join((str(self._forms.setdefault(forms, len(self._forms))), *numbers))
        return layers

    def _line(self, equation: Equation) -> tuple[Form, str]:
        """An equation's form, and the numbers in it with those of the sum that its pre-activation is."""
        text = visible(equation.text)
        words, parts = self._sum(equation.terms) if equation.terms else ("", [])
        form = equation.quantity, _NUMBER.sub(_HOLE, text), len(equation.terms), words
        return form, " ".join([*_NUMBER.findall(text), *map(str, parts)])

    def _sum(self, terms: Sequence[Term]) -> tuple[str, list[int]]:
        """The total and (name, part) of the largest addends, in hundredths: what is missing is the others' part, so
        that all add up. Words instead where a sum cannot be printed so."""
        values = [term.value for term in terms]
        total = math.fsum(values) if math.isfinite(sum(values)) else sum(values)
        if not on_paper((*values, total)):
            return f"{total:+.3g} in all", []
        named = [term for term in terms[:NAMED] if hundredths(term.value)]
        rest = [term.value for term in terms[len(named) :]]
        rounded = shares((*(term.value for term in named), *([math.fsum(rest)] if rest else [])), total)
        assert rounded is not None, "they are parts of their own sum"
        known = [self._names.setdefault(visible(term.name), len(self._names)) for term in named]
        return "", [hundredths(total), *(each for pair in zip(known, rounded, strict=False) for each in pair)]


def _guess(prediction: Prediction) -> dict[str, object]:
    """The likeliest symbols, which of them is the truth, its probability and its loss."""
    top = prediction.top[:GUESSES]
    guess: dict[str, object] = {"top": [[visible(each.symbol), number(each.p)] for each in top]}
    if prediction.target is not None and prediction.loss is not None:
        indices = [each.index for each in top]
        true = prediction.target.index
        guess["true"] = indices.index(true) if true in indices else -1
        guess["p"] = number(prediction.target.p)
        guess["loss"] = loss_words(prediction.loss)
    return guess


def _listed(parts: Iterable[str]) -> str:
    return f"[{','.join(parts)}]"


def _numbers(step: Step) -> Iterable[float]:
    return (value for layer in step.layers for vector in _all(layer) for value in vector)


def _all(layer: LayerStep) -> Iterable[Vector]:
    return (*layer.values.values(), *layer.before.values())


def _is_single(value: float) -> bool:
    return not math.isfinite(value) or _rounded(value) == value


def _rounded(value: float) -> float:
    """The float32 nearest to a value; infinite where there is none."""
    try:
        nearest: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf
    return nearest


def _shortest(value: float) -> str:
    """The fewest digits that name a float32."""
    if math.isfinite(value):
        for digits in range(5, 9):
            text = f"{value:.{digits}g}"
            if _rounded(float(text)) == value:
                return text
        return f"{value:.9g}"
    return dumped(number(value))


def _whole(value: float) -> str:
    return dumped(number(value))
