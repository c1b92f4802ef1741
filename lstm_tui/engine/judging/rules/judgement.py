"""What one unit's reading says: the roles found, their verdicts, and where the numbers depart from the textbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lstm_tui.core.user_cell import EquationVerdict, Verdict
from lstm_tui.engine.judging.activations import SYMBOLS
from lstm_tui.engine.judging.polynomials import Poly, added, euclid, symbol
from lstm_tui.engine.judging.unit_reader import HARD, Factor, UnitReader, shown

SQUASH = {"c_tilde": "tanh", "n": "tanh"}
_WORD = {"sigmoid": "σ", "tanh": "tanh", "relu": "relu", "softmax": "softmax"}
NORMS = {"layer_norm": "layer norm", "var": "layer norm", "std": "layer norm", "batch_norm": "batch norm"}
"""Operations → the variant that they make."""
_ACCUSED = frozenset({"raw", "relu", "tanh", "sigmoid", "softmax"})
"""In a gate's place: these are mistakes people make; anything else is somebody's own idea."""


@dataclass(frozen=True)
class Wrong:
    """A departure, as one unit shows it."""

    quantity: str
    line: int | None
    says: str
    has: float | None = None
    expected: float | None = None

    @property
    def gap(self) -> float:
        """How far the two values are apart."""
        return 0.0 if self.has is None or self.expected is None else abs(self.has - self.expected)


@dataclass(eq=False)
class Judgement:
    """Gathered while a unit is read, in the order of computation."""

    reader: UnitReader
    roles: dict[str, Factor] = field(default_factory=dict)
    lines: dict[str, int | None] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    variants: list[tuple[str, str, str]] = field(default_factory=list)
    """Quantity, kind, words."""
    unchecked: dict[str, str] = field(default_factory=dict)
    states: dict[str, Poly] = field(default_factory=dict)
    """The h and c that come back."""
    show: str = "tanh"
    """What c is squashed by where it is shown."""

    def add_departure(self, quantity: str, says: str, has: Poly | None = None, expected: Poly | None = None) -> None:
        """Something departs: the numbers where it can be told."""
        reader = self.reader
        values = [None if poly is None else reader.value(poly) for poly in (has, expected)]
        if None not in values and abs(float(values[0] or 0) - float(values[1] or 0)) < 1e-9:
            values = [None, None]
        self.wrong.append(Wrong(quantity, self.lines.get(quantity), says, values[0], values[1]))

    def own(self, quantity: str, kind: str, words: str) -> None:
        """A variant, named."""
        self.variants.append((quantity, kind, words))

    def accused(self, quantity: str) -> bool:
        """Whether something was said of it."""
        return any(one.quantity == quantity for one in self.wrong)

    def varies(self, quantity: str) -> bool:
        """Whether a variant of it was named."""
        return any(q == quantity for q, _, _ in self.variants)

    def in_order(self) -> Judgement:
        """Itself, with what departs in the order of computation."""
        order = list(self.lines)
        self.wrong.sort(key=lambda one: order.index(one.quantity) if one.quantity in order else 99)
        return self

    def equations(self) -> Iterator[EquationVerdict]:
        """What was found, in the order of `lines`."""
        for quantity, line in self.lines.items():
            verdict: Verdict = "textbook"
            says = ""
            own = [words for q, _, words in self.variants if q == quantity]
            if own:
                verdict, says = "variant", "; ".join(own)
            if quantity in self.unchecked:
                verdict, says = "not checked", self.unchecked[quantity]
            wrong = [one.says for one in self.wrong if one.quantity == quantity]
            if wrong:
                verdict, says = "departs", "; ".join(wrong)
            part = self.roles.get(quantity)
            if part is None and quantity in self.states:
                part = Factor("other", self.states[quantity])
            named = self.reader.called(quantity, part) if part is not None else None
            label = None if named is None else named[0]
            yield EquationVerdict(quantity, label, line, self.formulas.get(quantity, ""), verdict, says)

    def take(self, quantity: str, part: Factor, fallback: int | None) -> None:
        """A role is found."""
        if quantity in self.roles:
            return
        self.roles[quantity] = part
        self.lines[quantity] = self.reader.line(quantity, part, fallback)
        self.formulas[quantity] = self.reader.formula(part)
        self.reader.used += [poly for poly in (part.poly, part.argument) if poly is not None]

    # What is asked of every gate

    def check_squashing(self, quantity: str) -> None:
        """f, i, o, r, z are σ of something, c̃ and n are tanh of something."""
        part, algebra = self.roles[quantity], self.reader.algebra
        wanted = SQUASH.get(quantity, "sigmoid")
        name = shown(quantity)
        if self.beside(quantity, wanted):
            return
        if part.argument is None:
            self.own(quantity, "own", f"your own: {name} = {self.formulas[quantity]}")
            return
        if self._squashed_twice(quantity, wanted) or part.act == wanted:
            return
        if wanted == "sigmoid" and part.act in HARD:
            self.own(quantity, "hard sigmoid", f"{name} is a hard sigmoid, as Keras had it")
        elif quantity == "c_tilde" and part.act == self.show != "raw":
            self.own(quantity, "activation", f"{SYMBOLS.get(part.act, part.act)} in place of tanh, for c̃ and for c")
        elif part.act in _ACCUSED and not (quantity == "n" and part.act == "relu"):
            right = algebra.applied(wanted, (part.argument,), 0.0, None)
            if part.act == "raw":
                says = f"{name} is not squashed: {_WORD[wanted]} is missing"
            else:
                says = f"{name} is squashed by {_WORD[part.act]} where {_WORD[wanted]} belongs"
            self.add_departure(quantity, says, part.poly, right)
        else:
            self.own(quantity, "own", f"your own: {name} = {self.formulas[quantity]}")

    def _squashed_twice(self, quantity: str, wanted: str) -> bool:
        """Whether what is inside was squashed already."""
        part, algebra = self.roles[quantity], self.reader.algebra
        if part.argument is None:
            return False
        inner, name = self.reader.part(algebra.opened(part.argument)), shown(quantity)
        if inner.argument is None or inner.act not in ("sigmoid", "tanh"):
            return False
        if part.act == wanted:
            right = algebra.applied(wanted, (inner.argument,), 0.0, None)
            says = f"{name} is squashed twice: {_WORD[wanted]} of {_WORD[inner.act]}"
        elif part.act in ("sigmoid", "tanh") and inner.act == wanted:
            right = algebra.opened(part.argument)
            says = f"{name} is squashed once more: {_WORD[part.act]} of {_WORD[wanted]}"
        else:
            return False
        self.add_departure(quantity, says, part.poly, right)
        self.roles[quantity] = Factor(wanted, part.poly, inner.argument)
        return True

    def beside(self, quantity: str, wanted: str) -> bool:
        """Something that belongs inside the σ or tanh stands beside it: a bias, U h, or all of h."""
        part, reader, algebra = self.roles[quantity], self.reader, self.reader.algebra
        opened, act, name = algebra.opened(part.poly), _WORD[wanted], shown(quantity)
        atoms = [atom for s in opened.symbols if (atom := algebra.atom(s)) is not None]
        if not atoms or any(
            a.act not in ("sigmoid", "tanh") or abs(opened.terms.get((a.at,), 0) - 1) > 1e-4 for a in atoms
        ):
            return False
        inside = atoms[0].argument
        for other in atoms[1:]:
            inside = added(inside, other.argument)
        rest = opened
        for atom in atoms:
            rest = added(rest, symbol(atom.at), -1)
        if not opened.affine or not reader.plain(rest) or not reader.plain(inside):
            return False
        if len(atoms) > 1:
            if rest.terms or reader.kinds(atoms[0].argument) & reader.kinds(atoms[1].argument):
                return False
            says = f"{name} is {act} of x plus {act} of h, where {act} of their sum belongs"
            formula = f"{act}(W x) + {act}(U h)"
        elif rest.constant is None:
            out = " + ".join(reader.terms_of(reader.kinds(rest)))
            says = f"{out} stands outside of {act}: {name} = {act}(W x + U h + b)"
            formula = f"{act}({reader.inside(inside)}) + {out}"
        elif rest.terms and reader.is_parameter(rest.constant):
            says = f"the bias of {name} is added after {act}: it belongs inside"
            formula = f"{act}({reader.inside(inside)}) + b"
        else:
            return False
        self.formulas[quantity] = formula
        inside = added(inside, rest)
        self.add_departure(quantity, says, part.poly, algebra.applied(wanted, (inside,), 0.0, None))
        self.roles[quantity] = Factor(wanted, part.poly, inside)
        return True

    def check_argument(self, quantity: str, others_read: set[str]) -> None:
        """What stands inside is W x + U h + b, or a variant of it that is known."""
        part, reader = self.roles[quantity], self.reader
        if part.argument is None or any(q == quantity and kind == "own" for q, kind, _ in self.variants):
            return
        opened, name = reader.algebra.opened(part.argument), shown(quantity)
        kinds = reader.kinds(opened)
        acts = {atom.act for atom in map(reader.algebra.atom, opened.symbols) if atom is not None}
        instead = "h" in others_read - kinds and "c" in kinds
        if instead:
            self.add_departure(quantity, f"{name} reads c where it reads h: U h is missing")
        for kind, weights in (("x", "W x"), ("h", "U h")):
            if kind not in kinds and kind in others_read and not (instead and kind == "h"):
                self.add_departure(quantity, f"{name} does not read {kind}: {weights} is missing")
        if norm := acts & NORMS.keys():
            self.own(quantity, NORMS[min(norm)], f"{name} is normalised before it is squashed")
        elif "c" in kinds and reader.plain(opened) and not instead:
            self.own(quantity, "peephole", f"{name} looks at c (a peephole)")
        elif not reader.plain(opened) and quantity != "n":
            self._more_than_a_sum(quantity, opened)
        elif "h" in kinds and reader.plain(opened) and self._own_unit_only(opened):
            self.own(quantity, "own", f"your own: each unit of {name} reads its own h alone")

    def _more_than_a_sum(self, quantity: str, opened: Poly) -> None:
        """W x and U h multiplied: in one gate alone that is a slip, in all of them multiplicative integration."""
        reader, name = self.reader, shown(quantity)
        atoms = [reader.algebra.atom(s) for m in opened.terms if len(m) == 2 for s in m]
        if len(atoms) == 2 and all(a is not None and a.act == "identity" and reader.plain(a.argument) for a in atoms):
            others = [part.argument for q, part in self.roles.items() if q != quantity and part.argument is not None]
            sums = [one for one in others if reader.plain(reader.algebra.opened(one))]
            if len(sums) == len(others) > 1:
                inside = added(atoms[0].argument, atoms[1].argument)  # type: ignore[union-attr]
                right = reader.algebra.applied(SQUASH.get(quantity, "sigmoid"), (inside,), 0.0, None)
                says = f"W x and U h are multiplied inside {name}, where they are added"
                self.add_departure(quantity, says, self.roles[quantity].poly, right)
                return
            self.own(quantity, "own", f"W x and U h are multiplied inside {name} (multiplicative integration)")
            return
        self.own(quantity, "own", f"your own: inside {name} is more than W x + U h + b")

    def _own_unit_only(self, opened: Poly) -> bool:
        lowering = self.reader.recording.lowering
        first = lowering.first.get("h", 0)
        seen = {s - first for s in lowering.inputs_of(opened) if lowering.names[s][0] == "h"}
        return seen == {self.reader.unit} and self.reader.recording.units > 1

    def parts_of(self, poly: Poly) -> tuple[list[Factor], float]:
        """The factors of a product, and the number before it."""
        if not poly.terms:
            return [], 0.0
        common: list[int] = []
        rest = poly
        for at in sorted(next(iter(poly.terms))):
            smaller = euclid(rest, at)
            if smaller is not None:
                rest = smaller
                common.append(at)
        parts = [self.reader.part(symbol(at)) for at in common]
        if rest.constant is not None:
            return parts, rest.constant
        return [*parts, self.reader.part(rest)], 1.0
