"""One unit of a recorded call: which number has which name and line, and what kind of factor a polynomial is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lstm_tui.engine.judging.activations import SYMBOLS
from lstm_tui.engine.judging.polynomials import Algebra, Atom, Poly, added, number, scaled, symbol
from lstm_tui.engine.judging.reached import reached
from lstm_tui.engine.judging.recording import RecordedCall
from lstm_tui.engine.user_cells.spellings import gate_of_layer, quantity_of

HARD = frozenset({"hardsigmoid", "hard"})
_NAMES = {"c_tilde": "c̃"}


def shown(quantity: str) -> str:
    """How a quantity is written."""
    return _NAMES.get(quantity, quantity)


def _last(letter: str) -> bool:
    """Gates stand before what they let through."""
    return letter in ("c'", "h'", "c̃", "x", "n")


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor of an equation: what squashes what."""

    act: str
    """`sigmoid`, `tanh` …; `raw` for a sum that nothing squashes; `other` for what is not one activation."""
    poly: Poly
    argument: Poly | None = None
    inverse: bool = False
    """Whether it is 1 minus that."""


@dataclass(eq=False)
class UnitReader:
    """Reads one unit; `names` is what `--names` says."""

    recording: RecordedCall
    unit: int
    with_c: bool
    names: Mapping[str, str] = field(default_factory=dict)
    used: list[Poly] = field(default_factory=list)

    @property
    def algebra(self) -> Algebra:
        """The symbols of this reading."""
        return self.recording.lowering.algebra

    def variable(self, name: str) -> Poly:
        """c[u] or h[u]."""
        return symbol(self.recording.lowering.first[name] + self.unit)

    def value(self, poly: Poly) -> float:
        """Its value in the recorded call."""
        return self.algebra.value(poly, self.recording.inputs)

    def single(self, poly: Poly) -> Atom | None:
        """The activation that it is, and nothing else."""
        at = poly.only()
        return None if at is None else self.algebra.atom(at)

    def part(self, poly: Poly) -> Factor:
        """What kind of factor it is."""
        atom = self.single(poly)
        if atom is not None and atom.act == "identity":
            return Factor("raw", poly, atom.argument)
        if atom is not None and len(atom.inner) == 1:
            return Factor(self.act(atom), poly, atom.argument)
        if atom is not None and atom.act == "softmax":
            return Factor("softmax", poly, atom.inner[int(atom.settings[1])])
        other = self.single(added(number(1.0), poly, -1))
        if other is not None and len(other.inner) == 1 and other.act != "identity":
            return Factor(self.act(other), poly, other.argument, inverse=True)
        minus = self.single(scaled(poly, -1))
        if minus is not None and minus.act == "identity":
            return Factor("raw", poly, scaled(minus.argument, -1))
        opened = self.algebra.opened(poly)
        if opened.affine and self.plain(opened) and opened.symbols:
            return Factor("raw", poly, opened)
        return Factor("other", poly)

    def act(self, atom: Atom) -> str:
        """Its activation; `hard` for a straight line cut off at 0 and 1."""
        if atom.act == "clamp" and atom.settings == (0.0, 1.0):
            return "hard"
        return "relu" if atom.act == "clamp" and atom.settings == (0.0, float("inf")) else atom.act

    def is_parameter(self, value: float) -> bool:
        """Whether a number is an entry of one of the class's parameters, and none that its source spells out."""
        recording = self.recording
        return any(
            record.name in recording.parameters and bool((abs(record.values - value) < 1e-6).any())
            for record in recording.recorder.records
            if record.op == "leaf"
        )

    def plain(self, poly: Poly) -> bool:
        """Whether it is made of inputs alone."""
        return all(s < self.algebra.variables for s in poly.symbols)

    def kinds(self, poly: Poly) -> set[str]:
        """Which of x, h and c it depends on."""
        return self.recording.lowering.kinds_of(poly)

    # Names and lines

    def bound(self, *polys: Poly | None) -> list[tuple[str, int]]:
        """The names, and their lines, that the source binds to any of these numbers, in the order of the source."""
        found: dict[str, int] = {}
        for label in self.recording.labels.all:
            if len(label.ids) != self.recording.units:
                continue
            held = self.recording.lowering.poly(int(label.ids[self.unit]))
            if any(poly is not None and held.near(poly) for poly in polys):
                found[label.name] = label.line
        return list(found.items())

    def claimed(self, *polys: Poly | None) -> list[str]:
        """The quantities that those names say these numbers are."""
        found: list[str] = []
        for name, _ in self.bound(*polys):
            for quantity, asked in self.names.items():
                if asked == name:
                    return [quantity]
            known = quantity_of(name, self.with_c)
            if known is not None and known[0] not in found:
                found.append(known[0])
        return found

    def twins(self, part: Factor) -> bool:
        """Whether two variables hold it: the same was computed twice."""
        return len(self.bound(part.poly)) > 1 or (not self.bound(part.poly) and len(self.bound(part.argument)) > 1)

    def claims(self, part: Factor) -> list[str]:
        """The quantities that its names say it is; where they say nothing, those that its layers are named for."""
        return self.claimed(part.poly, part.argument) or sorted(self.layer_gates(part.poly))

    def called(self, quantity: str, part: Factor) -> tuple[str, int] | None:
        """What the source calls a quantity, and the line: the name that says so before others."""
        names = self.bound(part.poly)
        matching = [one for one in names if self._says(one[0], quantity)]
        others = matching or names or (self.bound(part.argument) if part.argument is not None else [])
        return others[0] if others else None

    def _says(self, name: str, quantity: str) -> bool:
        known = quantity_of(name, self.with_c)
        return self.names.get(quantity) == name or (known is not None and known[0] == quantity)

    def line(self, quantity: str, part: Factor, fallback: int | None) -> int | None:
        """The line that made a quantity: where several lines compute the same, the one that calls it so."""
        poly = part.poly
        atom = self.single(poly) or self.single(added(number(1.0), poly, -1))
        if atom is not None and atom.ids:
            lines = [self.recording.line(at) for at in sorted(atom.ids)]
            matching = [line for name, line in self.bound(poly) if self._says(name, quantity) and line in lines]
            return matching[0] if matching else lines[0]
        names = self.bound(poly)
        return names[0][1] if names else fallback

    def layers(self, poly: Poly) -> list[str]:
        """The parameters that went into an activation's argument, by name."""
        atom = self.single(poly)
        if atom is None or not atom.ids:
            return []
        names = (self.recording.recorder.of(at)[0].name for at in reached(self.recording.recorder, atom.ids[:1]))
        return sorted({name for name in names if name not in ("", "x", "h", "c", "?")})

    def layer_gates(self, poly: Poly) -> set[str]:
        """Which gates the names of those parameters say they belong to."""
        found = set()
        for name in self.layers(poly):
            owner = name.rpartition(".")[0] if name.endswith((".weight", ".bias")) else name
            gate = gate_of_layer(owner, self.with_c)
            if gate is not None:
                found.add(gate)
        return found

    # What was made for nothing

    def unused(self) -> list[Poly]:
        """Gates, and sums that could be one, that nothing which comes back depends on."""
        recording = self.recording
        alive = recording.alive
        found: list[Poly] = []
        for record in recording.recorder.records:
            count = len(record.values)
            if record.output or not record.places or count % recording.units or count > 8 * recording.units:
                continue
            for at in range(record.start + self.unit, record.start + count, recording.units):
                if at in alive:
                    continue
                poly = recording.lowering.poly(at)
                part = self.part(poly)
                if part.act != "other" and len(poly.symbols) and not any(poly.near(one) for one in self.used + found):
                    found.append(poly)
        whole = [self.part(poly) for poly in found]
        inner = [part.argument for part in whole if part.act != "raw" and part.argument is not None]
        return [p.poly for p in whole if not (p.act == "raw" and any(p.poly.near(one) for one in inner))]

    def formula(self, part: Factor) -> str:
        """`σ(W x + U h + b)`."""
        atom = self.single(part.poly)
        if part.act == "other" and atom is not None:  # its own name would tell nothing
            read = self.terms_of({kind for poly in atom.inner for kind in self.kinds(poly)})
            return f"{atom.act}({' + '.join(read)})"
        inner = self.inside(part.argument) if part.argument is not None else self.spelled(part.poly)
        if part.act in ("raw", "other"):
            return inner
        written = f"{'hard-σ' if part.act == 'hard' else SYMBOLS.get(part.act, part.act)}({inner})"
        return f"1 - {written}" if part.inverse else written

    def inside(self, argument: Poly) -> str:
        """An argument in letters."""
        opened = self.algebra.opened(argument)
        kinds = self.kinds(opened)
        atoms = [self.algebra.atom(s) for s in opened.symbols]
        acts = {atom.act for atom in atoms if atom is not None}
        if acts & {"layer_norm", "batch_norm", "var", "std"}:
            return f"norm({' + '.join(self.terms_of(kinds))})"
        if self.plain(opened):
            return " + ".join([*self.terms_of(kinds), *(["b"] if () in opened.terms else [])])
        return self.spelled(opened)

    def terms_of(self, kinds: Iterable[str]) -> list[str]:
        """The sums over x, h and c in letters."""
        return [{"x": "W x", "h": "U h", "c": "p·c'"}[kind] for kind in ("x", "h", "c") if kind in kinds]

    def spelled(self, poly: Poly, known: Mapping[int, str] | None = None) -> str:
        """A polynomial in the letters of its parts, as far as it is short."""
        if len(poly.terms) > 6:
            return "a sum of " + ", ".join(sorted(self.kinds(poly))) if self.kinds(poly) else "a number"
        words = []
        for monomial, factor in poly.terms.items():
            parts = sorted((self.letter(at, known or {}) for at in monomial), key=_last)
            if abs(abs(factor) - 1) > 1e-4 or not parts:
                parts.insert(0, f"{abs(factor):.3g}")
            words.append(("- " if factor < 0 else "+ ") + "·".join(parts))
        written = " ".join(words).removeprefix("+ ") if words else "0"
        return f"-{written[2:]}" if written.startswith("- ") else written

    def letter(self, at: int, known: Mapping[int, str] = {}) -> str:
        """A symbol in a word: what the source calls it, else what it computes."""
        if at in known:
            return known[at]
        atom = self.algebra.atom(at)
        if atom is None:
            name = self.recording.lowering.names[at][0]
            return {"h": "h'", "c": "c'"}.get(name, name)
        names = self.bound(symbol(at))
        if names:
            return names[-1][0]
        written = self.formula(self.part(symbol(at)))
        return f"({written})" if atom.act == "identity" and " " in written else written
