"""A cell with two states: which number has which role, and the six equations held against it in order."""

from __future__ import annotations

from lstm_tui.engine.judging.polynomials import Poly, added, collected, euclid, number
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.judging.rules.lstm_gates import LstmGates
from lstm_tui.engine.judging.rules.lstm_memory import MemoryRule
from lstm_tui.engine.judging.rules.lstm_output import OutputRule
from lstm_tui.engine.judging.rules.lstm_unit import LstmUnit
from lstm_tui.engine.judging.rules.peeling import peel, subtractive
from lstm_tui.engine.judging.unit_reader import HARD, Factor, UnitReader, shown


class LstmRules:
    """Judges one unit: `c` and `h` are the polynomials of what comes back."""

    def __init__(
        self, reader: UnitReader, c: Poly, h: Poly, c_line: int | None, h_line: int | None, c_at: int = 1
    ) -> None:
        self.unit = LstmUnit(reader, c, h, c_at)
        self._c_line, self._h_line = c_line, h_line

    def judge(self) -> Judgement:
        """Everything that can be said."""
        found = self.unit.found
        found.lines = {"c": self._c_line, "h": self._h_line}
        peel(self.unit)
        keep = euclid(
            collected((m, v) for m, v in self.unit.c.terms.items() if self.unit.cell in m), self.unit.cell
        ) or number(0.0)
        rest = collected((m, v) for m, v in self.unit.c.terms.items() if self.unit.cell not in m)
        written, sign = found.parts_of(rest)
        self._find_show()
        own = subtractive(self.unit, rest)
        self._find_roles(keep, rest, written)
        if not own:
            self._find_output()
        found.lines = {q: found.lines[q] for q in ("f", "i", "c_tilde", "c", "o", "h") if q in found.lines}
        found.formulas.setdefault("c", "f·c' + i·c̃")
        found.formulas.setdefault("h", "o·tanh c")
        self.unit.unused = self.unit.reader.unused()
        outside = self.unit.reader.kinds(self.unit.c) | self.unit.reader.kinds(self.unit.h)
        if "x" not in outside:
            found.add_departure("c", "x is never used: nothing that comes back depends on it")
        if not outside & {"h", "c"}:
            found.add_departure("c", "the h and c that are handed in are not used: the cell begins anew in every call")
            return found
        own = own or self._quasi_recurrent(outside)
        LstmGates(self.unit).check(outside, own)
        if not own:
            memory = MemoryRule(self.unit)
            if not memory.nothing_new(rest):
                memory.check(keep, rest, written, sign)
            OutputRule(self.unit).check()
        self._left_over()
        return found.in_order()

    def _quasi_recurrent(self, outside: set[str]) -> bool:
        """Whether no gate reads h on purpose: f and i are coupled, as in a QRNN or an SRU."""
        f, i = (self.unit.found.roles.get(q) for q in ("f", "i"))
        coupled = f is not None and i is not None and f.poly.near(added(number(1.0), i.poly, -1))
        if "h" in outside or not coupled:
            return False
        self.unit.found.own("c", "own", "no gate reads h, and f and i are coupled: a quasi-recurrent cell (QRNN, SRU)")
        self.unit.found.own("h", "own", f"your own: h = {self.unit.reader.spelled(self.unit.h)}")
        return True

    def _find_show(self) -> None:
        """By what c is squashed where it is shown."""
        for part in self.unit.found.parts_of(self.unit.h)[0]:
            if self.unit.shows(part):
                self.unit.found.show = part.act

    def _find_roles(self, keep: Poly, rest: Poly, written: list[Factor]) -> None:
        if keep.terms and keep.constant is None:
            self.unit.found.take("f", self.unit.reader.part(keep), self._c_line)
        pair = self._pair(rest, written)
        if len(pair) == 2:
            i, g = self._sorted(*pair)
            self.unit.found.take("i", i, self._c_line)
            self.unit.found.take("c_tilde", g, self._c_line)
        elif len(pair) == 1:
            claimed = self.unit.reader.claimed(pair[0].poly, pair[0].argument)
            gate = pair[0].act in ("sigmoid", *HARD)
            is_i = ("i" in claimed) or (gate and "c_tilde" not in claimed)
            self.unit.found.take("i" if is_i else "c_tilde", pair[0], self._c_line)

    def _pair(self, rest: Poly, written: list[Factor]) -> list[Factor]:
        """The two factors of what is written, whatever joins them."""
        keep = self.unit.found.roles.get("f")
        if len(written) == 1 and written[0].act == "other" and len(rest.terms) == 2:
            terms = [self.unit.reader.part(collected([item])) for item in rest.terms.items()]
            if all(part.act != "other" for part in terms):
                return terms
        if len(written) > 2 and keep is not None:
            fewer = [part for part in written if not part.poly.near(keep.poly)]
            return fewer if len(fewer) < len(written) else written[:2]
        return written if len(written) < 3 else written[:2]

    def _sorted(self, a: Factor, b: Factor) -> tuple[Factor, Factor]:
        """i and c̃: what is a gate, and what is not; where that does not tell, what they are called, then the order."""
        gates = [part.act in ("sigmoid", "exp", *HARD) or part.inverse for part in (a, b)]
        if gates[0] != gates[1]:
            return (a, b) if gates[0] else (b, a)
        claimed = [self.unit.reader.claimed(part.poly, part.argument) for part in (a, b)]
        for first, second, pair in ((0, 1, (a, b)), (1, 0, (b, a))):
            if "i" in claimed[first] or "c_tilde" in claimed[second]:
                return pair
        if not gates[0] and (a.act == "tanh") != (b.act == "tanh"):
            return (b, a) if a.act == "tanh" else (a, b)
        return a, b

    def _find_output(self) -> None:
        parts, _ = self.unit.found.parts_of(self.unit.h)
        others = [part for part in parts if not self.unit.shows(part)]
        if len(parts) == 1 and parts[0].act == "other":
            terms = [self.unit.reader.part(collected([item])) for item in self.unit.h.terms.items()]
            others = [part for part in terms if not self.unit.shows(part)] if len(terms) == 2 else []
            inner = euclid(self.unit.h, next(iter(parts[0].poly.symbols), -1))
            others = [] if inner is not None else others
        if len(parts) == 1 and parts[0].argument is not None and parts[0].act != "raw":
            inside, _ = self.unit.found.parts_of(parts[0].argument)
            others = [part for part in inside if part.act in ("sigmoid", *HARD)] or others
        gates = [part for part in others if part.act != "other"]
        if self.unit.h.near(self.unit.reader.variable("h")):
            return
        if gates and not self.unit.shows(gates[0]) and not self.unit.h.near(self.unit.c):
            self.unit.found.take("o", gates[0], self._h_line)

    def _left_over(self) -> None:
        """A gate that was made and is used nowhere, where nothing else was said."""
        if self.unit.found.wrong:
            return
        for poly in self.unit.unused:
            claimed = self.unit.claimed_by(poly)
            if claimed and self.unit.reader.part(poly).act != "raw":
                quantity = claimed[0] if claimed[0] in self.unit.found.lines else "c"
                self.unit.found.add_departure(quantity, f"{shown(claimed[0])} is made and never used", None, None)
                return
