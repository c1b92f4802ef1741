"""One unit of a cell with two states: its c and h, the roles found so far, and what was made for nothing."""

from __future__ import annotations

from lstm_tui.engine.judging.polynomials import Poly
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.judging.unit_reader import Factor, UnitReader, shown


class LstmUnit:
    """`c` and `h` are the polynomials of what comes back."""

    def __init__(self, reader: UnitReader, c: Poly, h: Poly, c_at: int = 1) -> None:
        self.reader = reader
        self.found = Judgement(reader)
        self.c, self.h, self.c_at = c, h, c_at
        self.found.states = {"c": c, "h": h}
        self.clipped: Poly | None = None
        """c as it comes back, where that is a clipped c."""
        self.unused: list[Poly] = []
        """Gates that nothing which comes back depends on."""
        self.kept_name = "c"
        """The state that the cell keeps: h, where that was taken for c."""

    @property
    def cell(self) -> int:
        """The symbol of what the cell keeps."""
        return self.reader.variable(self.kept_name).only() or 0

    @property
    def old_h(self) -> int:
        """The symbol of the old h."""
        return self.reader.variable("h").only() or 0

    def shows(self, part: Factor) -> bool:
        """Whether it is what c is squashed into."""
        if part.argument is None:
            return part.poly.near(self.c)
        return self.is_c(part.argument) or part.argument.near(self.reader.variable("c"))

    def is_c(self, poly: Poly) -> bool:
        """Whether it is the new c, clipped or normalised or as it is."""
        if poly.near(self.c) or (self.clipped is not None and poly.near(self.clipped)):
            return True
        return self.normed(poly)

    def normed(self, poly: Poly) -> bool:
        """Whether it is the new c, normalised."""
        atoms = [self.reader.algebra.atom(s) for s in poly.symbols]
        return bool(atoms) and all(
            a is not None and a.act in ("layer_norm", "batch_norm") and a.argument.near(self.c) for a in atoms
        )

    def exchanged(self) -> bool:
        """Whether what keeps c is called i, and what writes to it f."""
        claimed = {q: self.reader.claimed(self.found.roles[q].poly, self.found.roles[q].argument) for q in ("f", "i")
                if q in self.found.roles}  # fmt: skip
        return len(claimed) == 2 and claimed["f"][:1] == ["i"] and claimed["i"][:1] == ["f"]

    def spare(self, quantity: str, strict: bool = False) -> Poly | None:
        """The gate that was made for a role and is used nowhere, squashed where it is not; None where none was."""
        wanted = "tanh" if quantity == "c_tilde" else "sigmoid"
        named = [poly for poly in self.unused if quantity in self.claimed_by(poly)]
        fitting = [p for p in self.unused if self.reader.part(p).act in (wanted, "raw")
                   and not (set(self.claimed_by(p)) - {quantity})]  # fmt: skip
        chosen = named[0] if named else fitting[0] if fitting and not strict else None
        if chosen is None:
            return None
        part = self.reader.part(chosen)
        if part.act == "raw" and part.argument is not None:
            return self.reader.algebra.applied(wanted, (part.argument,), 0.0, None)
        return chosen

    def claimed_by(self, poly: Poly) -> list[str]:
        """See `UnitReader.claims`."""
        return self.reader.claims(self.reader.part(poly))

    def strange(self, quantity: str, poly: Poly) -> None:
        """An equation of no known form: a mistake where a gate is left over, else somebody's own."""
        name = shown(quantity)
        written = self.reader.spelled(poly)
        if self.unused:
            spare = self.claimed_by(self.unused[0])
            extra = f"; {shown(spare[0])} is made and never used" if spare else ""
            self.found.add_departure(quantity, f"{name} = {written} is not the textbook's{extra}", poly, None)
        else:
            self.found.own(quantity, "own", f"your own: {name} = {written}")
