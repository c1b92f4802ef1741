"""One unit of a user's own cell at one step: what was added up inside each gate, read off one recorded call."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lstm_tui.core.formulas import read_formula
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.explain.formatting import filled, largest_first, total
from lstm_tui.engine.explain.unit_step import FLOATS
from lstm_tui.engine.judging.judge import read_unit
from lstm_tui.engine.judging.polynomials import Poly, TooLarge
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.judging.unit_reader import Factor, shown
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted

_SQUASHED = {"sigmoid": "σ({})", "tanh": "tanh({})", "relu": "relu({})", "raw": "{}"}


def own_equations(reading: Rollout, cell: Pasted, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """Its gates with their contributions by name, and its states; nothing where the class could not be read."""
    told, moment = cell.verdict, reading.timeline.at(position)
    if told is None or told.found is None:
        return ()
    symbol = reading.timeline.indices[position - 1 : position]
    x = moment.inputs[layer] if layer else reading.model.inputs(symbol)
    try:
        found = read_unit(cell.recorded(x, moment.before[layer]), unit, cell.plan.names)
    except (TooLarge, RecursionError):
        return ()
    names = reading.sequence.named(position)
    if layer:
        names = tuple(f"l{layer - 1}.h[{k}]" for k in range(x.shape[1]))
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    before = {f"{name}'": float(row[0, unit]) for name, row in zip(cell.states, moment.before[layer], strict=True)}
    unit_of = _Unit(found, names, x.shape[1], values, before)
    states = {q.name for q in cell.quantities if q.state}
    return tuple(
        unit_of.equation(q.name, q.symbol)
        for q in cell.quantities
        if q.name in values and not (moment.edited and q.name in states)
    )


@dataclass(frozen=True, eq=False)
class _Unit:
    """What was read of it."""

    found: Judgement
    x_names: Sequence[str]
    """One for each number that it reads, or one for all."""
    inputs: int
    values: Mapping[str, float]
    before: Mapping[str, float]

    def equation(self, name: str, symbol: str) -> Equation:
        """A gate as a sum, squashed; a state by its formula."""
        part, value = self.found.roles.get(name), self.values[name]
        if part is not None and part.argument is not None:
            return self._gate(name, symbol, part, value)
        formula = self.found.formulas.get(name, "")
        return Equation(name, self._computed(symbol, formula, value, ".2f" if name in ("c", "h") else ".4f"), value)

    def _gate(self, name: str, symbol: str, part: Factor, value: float) -> Equation:
        terms = largest_first(list(self._terms(part.argument or part.poly)))
        z = total([term.value for term in terms])
        form = _SQUASHED.get(part.act, f"{part.act}({{}})")
        form = f"{symbol} = {'1 - ' if part.inverse else ''}{form} = ".replace("{}", "{{}}").replace("{{}}", "{}")
        result = ".4f" if part.act == "sigmoid" else "+z.4f"

        def rule(told: float) -> float:
            squash = FLOATS.get(part.act)
            made = value if squash is None and part.act != "raw" else float(squash(told)) if squash else told
            return 1 - made if part.inverse else made

        return Equation(name, filled(form, (z,), rule, value, result), value, terms)

    def _terms(self, argument: Poly) -> Iterator[Term]:
        reader = self.found.reader
        sums: dict[str, list[float]] = {}
        for monomial, factor in reader.algebra.expanded(argument).terms.items():
            values = [reader.value(Poly({(at,): 1.0})) for at in monomial]
            sums.setdefault(self._name(monomial), []).append(factor * math.prod(values))
        for name, parts in sums.items():
            yield Term(name, total(parts))

    def _name(self, monomial: tuple[int, ...]) -> str:
        reader = self.found.reader
        known = {part.poly.only(): shown(name) for name, part in self.found.roles.items()}
        words = []
        for at in sorted(monomial, reverse=True):
            if at >= reader.algebra.variables:
                words.append(known.get(at) or self._of_another_unit(at) or reader.letter(at))
                continue
            vector, k = reader.recording.lowering.names[at]
            whole = len(self.x_names) == self.inputs
            words.append((self.x_names[k] if whole else self.x_names[0]) if vector == "x" else f"{vector}[{k}]")
        return "·".join(words) if words else "bias"

    def _of_another_unit(self, at: int) -> str | None:
        """`r[3]`: a gate's value in another unit, which stands in the same tensor as this unit's."""
        reader = self.found.reader
        atom = reader.algebra.atom(at)
        if atom is None or not atom.ids:
            return None
        record, position = reader.recording.recorder.of(atom.ids[0])
        for name, part in self.found.roles.items():
            own = reader.single(part.poly)
            if own is not None and own.ids:
                other, mine = reader.recording.recorder.of(own.ids[0])
                if other is record:
                    return f"{shown(name)}[{reader.unit + position - mine}]"
        return None

    def _computed(self, symbol: str, formula: str, value: float, result: str) -> str:
        """`h = 0.4400 × tanh(0.5800) = +0.23`; the formula as it stands where it cannot be computed again."""
        known = {**self.values, **self.before}
        try:
            made = read_formula(formula.replace("·", "*").replace("c̃", "c_tilde"))
            names = list(made.names())
            operands = [known[name] for name in names]
        except (SyntaxError, ValueError, KeyError, TypeError):
            return f"{symbol} = {formula} = {value:+.4f}" if formula else f"{symbol} = {value:+.4f}"

        def rule(*told: float) -> float:
            return float(made.value(dict(zip(names, told, strict=True)), FLOATS))

        return filled(f"{symbol} = {made.text(lambda _: '{}').replace('·', ' × ')} = ", operands, rule, value, result)
