"""c = f·c' + i·c̃, held against what a cell keeps and writes."""

from __future__ import annotations

from lstm_tui.engine.judging.polynomials import Poly, added, number
from lstm_tui.engine.judging.rules.lstm_unit import LstmUnit
from lstm_tui.engine.judging.unit_reader import Factor, shown


class MemoryRule:
    """Judges c."""

    def __init__(self, unit: LstmUnit) -> None:
        self.unit = unit

    def nothing_new(self, rest: Poly) -> bool:
        """Whether nothing is written at all, or the old c comes back: then there is nothing more to say of c."""
        if self.unit.c.near(self.unit.reader.variable("c")):
            self.unit.found.accuse("c", "the c that comes back is the one that went in", self.unit.c, None)
            return True
        if not rest.terms:
            right = None
            self.unit.found.accuse("c", "nothing new is written to c: i·c̃ is missing", self.unit.c, right)
            return True
        return False

    def check(self, keep: Poly, rest: Poly, written: list[Factor], sign: float) -> None:
        """c = f·c' + i·c̃."""
        found, roles, reader = self.unit.found, self.unit.found.roles, self.unit.reader
        f, i, g = (roles.get(q) for q in ("f", "i", "c_tilde"))
        cell = reader.variable("c")
        terms: dict[int, str] = {}
        for q, part in roles.items():
            if (at := part.poly.only()) is not None:
                terms.setdefault(at, shown(q))
        found.formulas["c"] = reader.spelled(self.unit.c, terms) if len(self.unit.c.terms) < 5 else found.formulas["c"]
        if len(written) == 1 and i is not None and g is not None and len(rest.terms) == 2:
            right: Poly | None = added(self._kept(f, cell), reader.algebra.product(i.poly, g.poly))
            found.accuse("c", "i and c̃ are added where they are multiplied: i·c̃ belongs", self.unit.c, right)
            return
        if not keep.terms:
            gate = self.unit.spare("f")
            right = None if gate is None else added(reader.algebra.product(gate, cell), rest)
            found.accuse("c", "the old c is not used: f·c' is missing", self.unit.c, right)
            return
        if f is None:
            self._no_forget(keep, rest, cell)
        elif f.act == "other" and len(f.poly.terms) == 1 and len(next(iter(f.poly.terms))) > 1:
            found.accuse("c", f"c' is multiplied by {reader.spelled(f.poly)}: f alone belongs there")
        if sign and abs(sign + 1) < 1e-4:
            found.accuse("c", "i·c̃ is subtracted where it is added", self.unit.c, added(self._kept(f, cell), rest, -1))
        self._factors(f, i, g, written, cell, rest)

    def _kept(self, f: Factor | None, cell: Poly) -> Poly:
        return cell if f is None else self.unit.reader.algebra.product(f.poly, cell)

    def _no_forget(self, keep: Poly, rest: Poly, cell: Poly) -> None:
        gate = self.unit.spare("f")
        if gate is None:
            known = abs((keep.constant or 0) - 1) < 1e-4
            words = (
                "no forget gate, as in the LSTM of 1997" if known else f"your own: c' is multiplied by {keep.constant}"
            )
            self.unit.found.own("c", "no forget gate" if known else "own", words)
            return
        right = added(self.unit.reader.algebra.product(gate, cell), rest)
        self.unit.found.accuse("c", "f is made and never used: f·c' belongs where c' stands", self.unit.c, right)

    def _factors(
        self, f: Factor | None, i: Factor | None, g: Factor | None, written: list[Factor], cell: Poly, rest: Poly
    ) -> None:
        found, reader = self.unit.found, self.unit.reader
        if f is not None and len(written) > 2 and any(part.poly.near(f.poly) for part in written):
            right = None
            if i is not None and g is not None:
                right = added(self._kept(f, cell), reader.algebra.product(i.poly, g.poly))
            found.accuse(
                "c", "f multiplies what is written too: c = f·c' + i·c̃ keeps f to the old c", self.unit.c, right
            )
        elif f is not None and i is not None and f.poly.near(i.poly):
            self._twice(f, g, cell)
        elif f is not None and i is not None and f.poly.near(added(number(1.0), i.poly, -1)):
            found.own("c", "coupled", "f and i are coupled: one is 1 minus the other")
        elif i is None and g is not None:
            self._missing(g, cell, f)
        elif g is None and i is not None:
            self._written_gate(i)
        elif f is not None and i is not None and self.unit.exchanged():
            right = None
            if g is not None:
                right = added(reader.algebra.product(i.poly, cell), reader.algebra.product(f.poly, g.poly))
            found.formulas["c"] = "i·c' + f·c̃"
            found.accuse("c", "i and f are exchanged: c = i·c' + f·c̃", self.unit.c, right)
        elif len(written) > 2 or (len(written) == 1 and written[0].act == "other"):
            self.unit.strange("c", self.unit.c)
        else:
            self._misnamed(f, i, g, cell)
        if f is not None and f.inverse and not any(kind == "coupled" for _, kind, _ in found.variants):
            found.own("f", "own", "f is exchanged: 1 erases and 0 keeps")

    def _twice(self, f: Factor, g: Factor | None, cell: Poly) -> None:
        """One gate does the work of f and of i."""
        said = self.unit.reader.claims(f)
        if self.unit.reader.twins(f):
            return  # two variables of the same weights: said already
        missing = "f" if said[:1] == ["i"] else "i"
        gate, right = self.unit.spare(missing), None
        if gate is not None and g is not None:
            product = self.unit.reader.algebra.product
            keep, write = (gate, f.poly) if missing == "f" else (f.poly, gate)
            right = added(product(keep, cell), product(write, g.poly))
        if missing == "i":
            says = "the cell adds f·c̃ where i·c̃ belongs: f is used twice, i is never used"
        else:
            says = "the cell keeps i·c' where f·c' belongs: i is used twice, f is never used"
        if said and said[0] not in ("f", "i"):
            says = f"{shown(said[0])} stands where f and i belong"
        self.unit.found.accuse("c", says, self.unit.c, right)

    def _missing(self, g: Factor, cell: Poly, f: Factor | None) -> None:
        gate = self.unit.spare("i")
        if gate is None:
            self.unit.found.own("c", "own", "your own: no input gate")
            return
        right = added(self._kept(f, cell), self.unit.reader.algebra.product(gate, g.poly))
        self.unit.found.accuse("c", "i is made and never used: i·c̃ belongs where c̃ stands", self.unit.c, right)

    def _written_gate(self, i: Factor) -> None:
        self.unit.found.accuse("c", "c̃ is never used: i is written where i·c̃ belongs", self.unit.c, None)

    def _misnamed(self, f: Factor | None, i: Factor | None, g: Factor | None, cell: Poly) -> None:
        """A gate whose name says another role, where the one that belongs there is left over."""
        reader, product = self.unit.reader, self.unit.reader.algebra.product
        for quantity, part in (("f", f), ("i", i), ("c_tilde", g)):
            if part is None:
                continue
            said = reader.claims(part)
            right = self.unit.spare(quantity, strict=True)
            if not said or quantity in said or right is None:
                continue
            parts = {"f": f, "i": i, "c_tilde": g}
            polys = {q: right if q == quantity else p.poly for q, p in parts.items() if p is not None}
            whole = None
            if len(polys) == 3:
                whole = added(product(polys["f"], cell), product(polys["i"], polys["c_tilde"]))
            self.unit.found.accuse("c", f"{shown(said[0])} stands where {shown(quantity)} belongs", self.unit.c, whole)
            return
