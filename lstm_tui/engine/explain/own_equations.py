"""One unit of a user's own cell at one step: what was added up inside each gate, read off one recorded call."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_tui.core.formulas import read_formula
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.explain.formatting import filled, largest_first, total
from lstm_tui.engine.judging.judge import read_unit
from lstm_tui.engine.judging.polynomials import Poly, TooLarge
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.judging.unit_reader import shown
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted

_TANH = re.compile(r"tanh (\w+)")
_SQUASHED = {"sigmoid": "σ({})", "tanh": "tanh({})", "relu": "relu({})", "raw": "{}"}


def own_equations(reading: Rollout, cell: Pasted, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """Its gates with their contributions by name, and its states; nothing where the class could not be read."""
    verdict, moment = cell.verdict, reading.timeline.at(position)
    if verdict is None or verdict.found is None:
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
    unit_of = _OwnUnit(found, names, values, before)
    states = {q.name for q in cell.quantities if q.state}
    return tuple(
        unit_of.equation(q.name, q.symbol, q.kind != "gate")
        for q in cell.quantities
        if q.name in values and not (moment.edited and q.name in states)
    )


def own_symbols(cell: Pasted) -> tuple[Equation, ...]:
    """The formulas that were read off it, before it has read anything."""
    found = None if cell.verdict is None else cell.verdict.found
    formulas = found.units[0].formulas if found is not None and found.units else {}
    return tuple(
        Equation(q.name, "", math.nan, symbols=f"{q.symbol} = {formulas[q.name]}")
        for q in cell.quantities
        if formulas.get(q.name)
    )


@dataclass(frozen=True, eq=False)
class _OwnUnit:
    """What was read of it."""

    found: Judgement
    x_names: Sequence[str]
    """One for each number that it reads, or one for all."""
    values: Mapping[str, float]
    before: Mapping[str, float]

    def equation(self, name: str, symbol: str, signed: bool) -> Equation:
        """A gate as a sum, squashed; a state by its formula."""
        part, value = self.found.roles.get(name), self.values[name]
        formula = self.found.formulas.get(name, "")
        symbols = f"{symbol} = {formula}" if formula else ""
        if part is None or part.argument is None:
            return Equation(name, self._computed(symbol, formula, value, signed), value, symbols=symbols)
        terms = self._terms(part.argument)
        form = _SQUASHED.get(part.act, f"{part.act}({{}})")
        start = f"{symbol} = {'1 - ' if part.inverse else ''}{form} = "
        text = filled(start, (total([term.value for term in terms]),), value, signed)
        return Equation(name, text, value, largest_first(terms), self._sums(terms), symbols)

    def _terms(self, argument: Poly) -> list[Term]:
        """What is added up inside a gate: every product with its own name."""
        reader = self.found.reader
        sums: dict[str, list[float]] = {}
        factors: dict[str, float | None] = {}
        for monomial, factor in reader.algebra.expanded(argument).terms.items():
            times = math.prod(reader.value(Poly({(at,): 1.0})) for at in monomial)
            name = self._name(monomial)
            sums.setdefault(name, []).append(factor * times)
            factors[name] = times if monomial and len(sums[name]) == 1 and name != self.symbol else None
        return [Term(name, total(parts), factors[name]) for name, parts in sums.items()]

    @property
    def symbol(self) -> str | None:
        """What stands for the whole input, where that is one symbol."""
        return self.x_names[0] if len(self.x_names) == 1 else None

    def _sums(self, terms: Sequence[Term]) -> tuple[Term, ...]:
        """What each vector adds in all: `x`, `h'`, `r·h'`, bias."""
        groups: dict[str, list[float]] = {}
        for term in terms:
            groups.setdefault(re.sub(r"\[\d+\]", "", term.name), []).append(term.value)
        return tuple(Term(name, total(values)) for name, values in groups.items())

    def _name(self, monomial: tuple[int, ...]) -> str:
        reader = self.found.reader
        known = {part.poly.only(): shown(name) for name, part in self.found.roles.items()}
        words = []
        for at in sorted(monomial, reverse=True):
            if at >= reader.algebra.variables:
                words.append(known.get(at) or self._of_another_unit(at) or reader.letter(at))
                continue
            vector, k = reader.recording.lowering.names[at]
            words.append((self.symbol or self.x_names[k]) if vector == "x" else f"{vector}'[{k}]")
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

    def _computed(self, symbol: str, formula: str, value: float, signed: bool) -> str:
        """`h = 0.4400 × tanh(0.5800) = +0.2300`; the formula as it stands where it cannot be computed again."""
        known = {**self.values, **self.before}
        try:
            made = read_formula(_TANH.sub(r"tanh(\1)", formula.replace("·", "*").replace("c̃", "c_tilde")))
            operands = [known[name] for name in made.names()]
        except (SyntaxError, ValueError, KeyError, TypeError):
            return filled(f"{symbol} = ", (), value, signed)
        return filled(f"{symbol} = {made.text(lambda _: '{}').replace('·', ' × ')} = ", operands, value, signed)
