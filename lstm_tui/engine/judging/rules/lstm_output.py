"""h = o·tanh c, held against what a cell shows."""

from __future__ import annotations

from lstm_tui.engine.judging.activations import SYMBOLS
from lstm_tui.engine.judging.polynomials import Poly, collected
from lstm_tui.engine.judging.rules.lstm_unit import LstmUnit
from lstm_tui.engine.judging.unit_reader import Factor, shown


class OutputRule:
    """Judges h."""

    def __init__(self, unit: LstmUnit) -> None:
        self.unit = unit

    def check(self) -> None:
        """h = o·tanh c."""
        found, reader = self.unit.found, self.unit.reader
        product, tanh = reader.algebra.product, reader.algebra.applied("tanh", (self.unit.c,), 0.0, None)
        parts, sign = found.parts_of(self.unit.h)
        o = found.roles.get("o")
        right = tanh if o is None else product(o.poly, tanh)
        shows = [part for part in parts if part.argument is not None and self.unit.is_c(part.argument)]
        old = [p for p in parts if p.argument is not None and p.argument.near(reader.variable("c"))]
        if self.unit.h.near(reader.variable("h")):
            found.add_departure("h", "the h that comes back is the one that went in", self.unit.h, right)
        elif old and not shows:
            found.add_departure("h", "h is made from the old c: tanh of the new c belongs", self.unit.h, right)
        elif len(shows) == 1:
            self._shown_by(shows[0], [part for part in parts if part is not shows[0]], sign, right)
        elif len(shows) > 1:
            found.add_departure("h", "tanh c is multiplied by itself: o is missing", self.unit.h, None)
        else:
            self._without_tanh(parts, tanh, right)
        if o is not None and len(parts) == 2:
            self._output_gate(o, tanh)

    def _shown_by(self, show: Factor, others: list[Factor], sign: float, right: Poly) -> None:
        found = self.unit.found
        if show.act != "tanh":
            words = {"sigmoid": "σ(c)", "raw": "c"}.get(show.act, f"{SYMBOLS.get(show.act, show.act)}(c)")
            candidate = found.roles.get("c_tilde")
            found.formulas["h"] = f"o·{words}"
            if candidate is not None and candidate.act == show.act != "raw" and not found.accused("c_tilde"):
                found.own("h", "activation", f"{SYMBOLS.get(show.act, show.act)} in place of tanh, for c̃ and for c")
            elif show.act in ("sigmoid", "raw", "relu", "softmax"):
                found.add_departure("h", f"h = o·{words}: tanh belongs around c", self.unit.h, right)
            else:
                found.own("h", "own", f"your own: h = o·{words}")
        elif show.argument is not None and self.unit.normed(show.argument):
            found.own("h", "layer norm", "c is normalised before it is shown")
        if sign and abs(sign + 1) < 1e-4:
            found.add_departure("h", "h has the wrong sign", self.unit.h, right)
        if not others:
            gate = self.unit.spare("o")
            if gate is None:
                found.own("h", "no output gate", "no output gate: h = tanh c")
            else:
                whole = self.unit.reader.algebra.product(gate, show.poly)
                found.add_departure("h", "o is made and never used: h = o·tanh c", self.unit.h, whole)
        elif len(others) > 1:
            self.unit.strange("h", self.unit.h)

    def _without_tanh(self, parts: list[Factor], tanh: Poly, right: Poly) -> None:
        found, reader = self.unit.found, self.unit.reader
        if any(part.poly.near(self.unit.c) for part in parts):
            found.add_departure("h", "h = o·c: the tanh is missing", self.unit.h, right)
        elif self.unit.h.near(self.unit.c):
            gate = self.unit.spare("o")
            whole = right if gate is None else reader.algebra.product(gate, tanh)
            found.add_departure("h", "h is c itself: h = o·tanh c", self.unit.h, whole)
        elif len(parts) == 1 and parts[0].argument is not None and self._inside(parts[0].argument):
            found.add_departure("h", "tanh stands around the whole product: h = o·tanh c", self.unit.h, right)
        elif len(self.unit.h.terms) == 2 and any(
            self.unit.is_c(part.argument)
            for part in (reader.part(collected([item])) for item in self.unit.h.terms.items())
            if part.argument is not None
        ):
            found.add_departure("h", "o and tanh c are added where they are multiplied", self.unit.h, right)
        elif "c" not in reader.kinds(self.unit.h) and "c" in reader.kinds(self.unit.c):
            found.add_departure("h", "h does not depend on c: h = o·tanh c", self.unit.h, right)
        else:
            self.unit.strange("h", self.unit.h)

    def _inside(self, argument: Poly) -> bool:
        parts, _ = self.unit.found.parts_of(argument)
        return len(parts) == 2 and any(part.poly.near(self.unit.c) for part in parts)

    def _output_gate(self, o: Factor, tanh: Poly) -> None:
        """Whether what shows c is a gate of its own."""
        found, reader = self.unit.found, self.unit.reader
        claimed = reader.claims(o)
        for quantity in ("f", "i", "c_tilde"):
            other = found.roles.get(quantity)
            if other is None or not other.poly.near(o.poly) or reader.twins(o):
                continue
            gate = self.unit.spare("o")
            if claimed[:1] == ["o"]:
                spare = self.unit.spare(quantity)
                if found.accused("c"):
                    return
                if spare is not None or reader.recording.lost:
                    found.add_departure("c", f"o stands where {shown(quantity)} belongs", self.unit.c, None)
                else:
                    found.own("c", "own", f"one gate is {shown(quantity)} and o at once")
                return
            whole = None if gate is None else reader.algebra.product(gate, tanh)
            name = shown(quantity)
            found.add_departure("h", f"h = {name}·tanh c: {name} stands where o belongs", self.unit.h, whole)
            return
        if claimed and "o" not in claimed and (gate := self.unit.spare("o", strict=True)) is not None:
            whole = reader.algebra.product(gate, tanh)
            found.add_departure("h", f"{shown(claimed[0])} stands where o belongs", self.unit.h, whole)
