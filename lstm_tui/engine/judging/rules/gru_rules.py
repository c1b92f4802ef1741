"""A cell with one state: a GRU's equations, or an Elman cell's."""

from __future__ import annotations

from lstm_tui.engine.judging.activations import SYMBOLS
from lstm_tui.engine.judging.polynomials import Poly, added, collected, euclid, number, symbol
from lstm_tui.engine.judging.rules.elman_rules import judged_as_elman
from lstm_tui.engine.judging.rules.judgement import NORMS, Judgement
from lstm_tui.engine.judging.rules.lstm_gates import layer_names
from lstm_tui.engine.judging.unit_reader import HARD, Factor, UnitReader


class GruRules:
    """Judges one unit: `h` is the polynomial of what comes back."""

    def __init__(self, reader: UnitReader, h: Poly, line: int | None) -> None:
        self.reader, self.h, self._line = reader, h, line
        self.found = Judgement(reader)
        self.found.states = {"h": h}
        self._unused: list[Poly] = []
        self.kind: str | None = None

    def judge(self) -> Judgement:
        """Everything that can be said."""
        found, reader = self.found, self.reader
        state = reader.variable("h").only() or 0
        keep = euclid(collected((m, v) for m, v in self.h.terms.items() if state in m), state)
        single = reader.part(self.h)
        parts, _ = found.parts_of(self.h)
        if judged_as_elman(found, self.h, keep, self._line):
            self.kind = "rnn"
        elif keep is not None and keep.terms:
            self._gated(keep, collected((m, v) for m, v in self.h.terms.items() if state not in m))
        elif self._reset_of(single.argument) is not None or any(part.inverse for part in parts):
            n = next((part for part in parts if part.act == "tanh"), single)
            found.take("n", n, self._line)
            found.lines["h"] = self._line
            found.add_departure("h", "the old h is not kept: z·h' is missing", self.h, None)
        else:
            found.lines["h"] = self._line
            found.formulas["h"] = reader.spelled(self.h)
            if self.h.near(reader.variable("h")):
                found.add_departure("h", "the h that comes back is the one that went in", self.h, None)
            else:
                found.own("h", "own", f"your own: h = {found.formulas['h']}")
        return found.in_order()

    def _gated(self, keep: Poly, rest: Poly) -> None:
        found, reader = self.found, self.reader
        mixed = reader.part(keep)
        z = (
            Factor(mixed.act, reader.part(added(number(1.0), keep, -1)).poly, mixed.argument)
            if mixed.inverse
            else mixed
        )
        parts, sign = found.parts_of(rest)
        n = self._candidate(parts, rest, z)
        reset = self._reset_of(n.argument if n is not None else None)
        if reset is not None:
            found.take("r", reader.part(reset), self._line)
        if keep.constant is None:
            found.take("z", z, self._line)
        if n is not None:
            found.take("n", n, self._line)
            if reset is not None and n.argument is not None:
                found.formulas["n"] = f"{SYMBOLS.get(n.act, n.act)}({self._with_reset(n.argument, reset)})"
        found.lines["h"] = self._line
        found.lines = {q: found.lines[q] for q in ("r", "z", "n", "h") if q in found.lines}
        found.formulas["h"] = "(1-z)·n + z·h'"
        self._unused = reader.unused()
        self._gates(reset)
        self._mixing(keep, rest, parts, sign, n)
        self.kind = "gru" if n is not None and keep.constant is None else None

    def _candidate(self, parts: list[Factor], rest: Poly, z: Factor) -> Factor | None:
        def is_mix(part: Factor) -> bool:
            return part.poly.near(z.poly) or part.poly.near(added(number(1.0), z.poly, -1))

        others = [part for part in parts if not is_mix(part)]
        if len(others) == 1 and others[0].act != "other":
            return others[0]
        if len(parts) == 1 and len(rest.terms) == 2:  # z and n added
            terms = [self.reader.part(collected([item])) for item in rest.terms.items()]
            others = [part for part in terms if not is_mix(part)]
            return others[0] if len(others) == 1 else None
        for part in others:
            if part.act in ("tanh", "raw"):
                return part
        return others[0] if len(others) == 1 else None

    def _reset_of(self, argument: Poly | None) -> Poly | None:
        """The gate that h is multiplied by inside the candidate, for this unit."""
        if argument is None:
            return None
        reader, algebra = self.reader, self.reader.algebra
        own = reader.variable("h").only()
        for monomial in algebra.opened(argument).terms:
            if len(monomial) != 2:
                continue
            a, b = monomial
            atoms = [algebra.atom(at) for at in monomial]
            if a == own and atoms[1] is not None:
                return Poly({(b,): 1.0})
            for one, other, at in ((0, 1, b), (1, 0, a)):
                first, second = atoms[one], atoms[other]
                whole = first is not None and (first.act == "identity" or first.act in NORMS)
                if whole and second is not None and "h" in reader.kinds(symbol(monomial[one])):
                    return Poly({(at,): 1.0})
        return None

    def _with_reset(self, argument: Poly, reset: Poly) -> str:
        """The candidate's argument in letters; says where r multiplies more than h."""
        reader, gate = self.reader, reset.only()
        rest = euclid(collected((m, v) for m, v in argument.terms.items() if gate in m), gate or 0)
        atoms = [] if rest is None else [reader.algebra.atom(s) for s in rest.symbols]
        if not any(atom is not None for atom in atoms):
            return "W x + U (r·h') + b"
        inside = reader.inside(rest) if rest is not None else ""
        if rest is not None and "x" in reader.kinds(rest):
            self.found.own("n", "own", "r multiplies W x too, as in Dreamer's GRU")
            return f"r·({inside})"
        return "W x + b + r·(U h + b)"

    def _gates(self, reset: Poly | None) -> None:
        found, reader, roles = self.found, self.reader, self.found.roles
        for quantity in ("r", "z", "n"):
            if quantity in roles:
                found.check_squashing(quantity)
        arguments: dict[str, Poly | None] = {q: roles[q].argument for q in ("r", "z", "n") if q in roles}
        read: set[str] = set()
        for argument in arguments.values():
            read |= reader.kinds(argument) if argument is not None else set()
        minimal = "h" not in read and "r" not in roles and self._spare("r") is None
        if minimal and "z" in roles and "n" in roles:
            found.wrong.clear()  # its candidate is not squashed either
            found.own("z", "own", "no gate reads h, as in a minimal GRU (minGRU)")
            return
        for quantity in arguments:
            found.check_argument(quantity, {"x", "h"})
        if reset is None:
            self._no_reset()
        elif self._reset_turned(reset):
            found.add_departure("n", "1 - r stands where r belongs")
        self._same(arguments)
        gates = {q: reader.layer_gates(roles[q].poly) for q in ("r", "z") if q in roles}
        if gates.get("r") == {"z"} and gates.get("z") == {"r"}:
            one, two = (", ".join(layer_names(reader, roles[q].poly)) for q in ("r", "z"))
            says = f"r is made by {one} and z by {two}: their layers are exchanged"
            found.add_departure("r", says, roles["r"].poly, roles["z"].poly)

    def _reset_turned(self, reset: Poly) -> bool:
        """Whether h is multiplied by 1 minus what is called r."""
        n, own, gate = self.found.roles.get("n"), self.reader.variable("h").only() or 0, reset.only() or 0
        if n is None or n.argument is None or "r" not in self.reader.claims(self.reader.part(reset)):
            return False
        terms = self.reader.algebra.opened(n.argument).terms
        plain, gated = terms.get((own,), 0.0), terms.get((own, gate), 0.0)
        return bool(plain) and abs(plain + gated) < 1e-4

    def _no_reset(self) -> None:
        n, reader = self.found.roles.get("n"), self.reader
        argument = None if n is None or n.argument is None else reader.algebra.opened(n.argument)
        products = [] if argument is None else [m for m in argument.terms if len(m) == 2]
        if any(
            "x" in {reader.recording.lowering.names[s][0] for s in m if s < reader.algebra.variables} for m in products
        ):
            self.found.add_departure("n", "r multiplies x, where it multiplies h'")
            return
        if argument is not None and any(len(m) > 2 for m in argument.terms):
            self.found.own("n", "own", "your own: inside n is more than W x + U (r·h') + b")
            return
        gate = self._spare("r")
        if gate is not None:
            part = self.reader.part(gate)
            self.found.lines = {"r": self.reader.line("r", part, self._line), **self.found.lines}
            self.found.formulas["r"] = self.reader.formula(part)
            self.found.add_departure("n", "r is made and never used: the candidate reads r·h'")
        elif "n" in self.found.roles and "z" in self.found.roles:
            self.found.own("n", "own", "no reset gate")

    def _same(self, arguments: dict[str, Poly | None]) -> None:
        roles, reader = self.found.roles, self.reader
        r, z = arguments.get("r"), arguments.get("z")
        if r is None or z is None:
            return
        if r.near(z):
            if roles["r"].poly.near(roles["z"].poly) and not reader.twins(roles["r"]):
                if self._unused:
                    claimed = {q for p in self._unused for q in reader.claims(reader.part(p))}
                    if "r" in claimed:
                        says = "z multiplies h' in the candidate, where r belongs: r is made and never used"
                        self.found.add_departure("n", says)
                    elif "z" in claimed:
                        self.found.add_departure("h", "r mixes n and h', where z belongs: z is made and never used")
                    else:
                        self.found.add_departure("h", "one gate is r and z at once, and another is never used")
                else:
                    self.found.own("z", "own", "one gate is r and z at once (a minimal gated unit)")
                return
            gates = reader.layer_gates(roles["r"].poly)
            guilty, other = ("z", "r") if "r" in gates or "z" not in gates else ("r", "z")
            layers = ", ".join(layer_names(reader, roles["r"].poly))
            self.found.add_departure(guilty, f"{guilty} and {other} come from the same weights ({layers})")
            return
        lost = reader.recording.lost
        lowering = reader.recording.lowering
        for kind, words in (("x", "read x with the same weights"), ("h", "read h with the same weights"), ("b", "")):
            part = {q: collected((m, v) for m, v in a.terms.items() if (lowering.names[m[0]][0] if m else "b") == kind)
                    for q, a in (("r", r), ("z", z)) if reader.plain(a)}  # fmt: skip
            if lost and len(part) == 2 and part["r"].terms and part["r"].near(part["z"]):
                says = words or "add the same bias"
                self.found.add_departure("z", f"z and r {says}; nothing depends on {', '.join(lost)}")
                return

    def _mixing(self, keep: Poly, rest: Poly, parts: list[Factor], sign: float, n: Factor | None) -> None:
        found, reader, algebra = self.found, self.reader, self.reader.algebra
        if n is None:
            if not rest.terms:
                found.add_departure("h", "nothing new is written to h: (1-z)·n is missing", self.h, None)
            else:
                found.own("h", "own", f"your own: h = {reader.spelled(self.h)}")
            return
        weight = added(number(1.0), keep, -1)
        right = added(algebra.product(keep, reader.variable("h")), algebra.product(weight, n.poly))
        symbol_of_n = n.poly.only()
        quotient = None if symbol_of_n is None else euclid(rest, symbol_of_n)
        if keep.constant is not None:
            self._no_update(keep, rest)
        elif quotient is not None and quotient.near(weight):
            mixed = reader.part(keep)
            if mixed.act in ("sigmoid", *HARD) and mixed.inverse:
                found.own("h", "z exchanged", "z is exchanged: 1 takes the candidate (nn.GRU's z keeps h)")
                found.formulas["h"] = "(1-z)·h' + z·n"
        elif found.accused("z") and quotient is not None:
            pass  # what it mixes is no gate
        elif not self._turned(keep, quotient, n, right):
            self._shares(keep, quotient, right)

    def _shares(self, keep: Poly, quotient: Poly | None, right: Poly) -> None:
        """What the candidate is multiplied by, where that is not 1 - z."""
        found, reader = self.found, self.reader
        if quotient is not None and self._shifted(quotient, keep):
            found.own("h", "own", "the candidate's share has a bias of its own (JANET)")
        elif quotient is not None and quotient.near(keep):
            found.add_departure("h", "z is used twice: the candidate takes 1-z where h' takes z", self.h, right)
        elif quotient is not None and quotient.constant is not None:
            found.add_departure("h", "the candidate is not weighted: (1-z)·n belongs where n stands", self.h, right)
        elif quotient is not None:
            found.add_departure("h", f"n is multiplied by {reader.spelled(quotient)} where 1-z belongs", self.h, right)
        else:
            found.add_departure("h", "h is no mixture of n and h': (1-z)·n + z·h' belongs", self.h, right)

    def _shifted(self, quotient: Poly, keep: Poly) -> bool:
        """Whether one is 1 minus the other, but for a constant inside."""
        parts = [self.reader.part(one) for one in (quotient, keep)]
        if [part.act for part in parts] != ["sigmoid"] * 2 or parts[0].inverse == parts[1].inverse:
            return False
        arguments = [part.argument for part in parts if part.argument is not None]
        return len(arguments) == 2 and bool(added(arguments[0], arguments[1], -1).constant)

    def _turned(self, keep: Poly, quotient: Poly | None, n: Factor, right: Poly) -> bool:
        """A sign that is wrong, or a gate on what is already made."""
        found, reader, algebra = self.found, self.reader, self.reader.algebra
        minus = added(number(1.0), keep)
        if (
            quotient is not None
            and quotient.near(minus)
            and reader.part(added(number(0.0), keep, -1)).act in ("sigmoid", *HARD)
        ):
            whole = added(
                algebra.product(added(number(0.0), keep, -1), reader.variable("h")), algebra.product(minus, n.poly)
            )
            found.add_departure("h", "z·h' is subtracted where it is added", self.h, whole)
            return True
        weight = added(number(1.0), keep, -1)
        if quotient is None or "r" in found.roles:
            return False
        for at in quotient.symbols:
            atom, gate = algebra.atom(at), symbol(at)
            if atom is not None and atom.act == "sigmoid" and quotient.near(algebra.product(weight, gate)):
                says = "r multiplies the candidate itself: it belongs inside, on h'"
                found.add_departure("n", says, algebra.product(gate, n.poly), n.poly)
                return True
        return False

    def _no_update(self, keep: Poly, rest: Poly) -> None:
        gate = self._spare("z")
        if gate is not None:
            self.found.add_departure("h", "z is made and never used: h = (1-z)·n + z·h'", self.h, None)
        else:
            self.found.own("h", "own", f"your own: h = {self.reader.spelled(self.h)}")

    def _spare(self, quantity: str) -> Poly | None:
        named = [p for p in self._unused if quantity in self.reader.claimed(p, self.reader.part(p).argument)]
        gates = [p for p in self._unused if self.reader.part(p).act in ("sigmoid", "raw", *HARD)]
        return named[0] if named else gates[0] if gates else None
