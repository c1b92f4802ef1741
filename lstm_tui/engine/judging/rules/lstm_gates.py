"""f, i, c̃ and o: what each is made of, and whether two are made of the same."""

from __future__ import annotations

from itertools import combinations

from lstm_tui.engine.judging.polynomials import Poly, added, collected, number
from lstm_tui.engine.judging.rules.lstm_unit import LstmUnit
from lstm_tui.engine.judging.unit_reader import UnitReader, shown
from lstm_tui.engine.user_cells.spellings import gate_of_layer

GATES = ("f", "i", "c_tilde", "o")


def _groups(parts: dict[str, Poly]) -> list[list[str]]:
    """The gates that have the same part, in groups."""
    groups: list[list[str]] = []
    for q, part in parts.items():
        group = next((g for g in groups if parts[g[0]].near(part)), None)
        if group is not None:
            group.append(q)
        elif part.terms:
            groups.append([q])
    return groups


def _layer(parameter: str) -> str:
    return parameter.removesuffix(".weight").removesuffix(".bias")


class LstmGates:
    """Judges them."""

    def __init__(self, unit: LstmUnit) -> None:
        self.unit = unit
        self.later: list[str] = []

    def check(self, outside: set[str], all_gates: bool = False) -> None:
        """All of them; `outside` is what of x, h and c anything depends on at all. `all_gates`: c̃ is σ as they are."""
        found, roles = self.unit.found, self.unit.found.roles
        for quantity in GATES:
            if quantity in roles and not all_gates:
                found.check_squashing(quantity)
        arguments = {q: roles[q].argument for q in GATES if q in roles and roles[q].argument is not None}
        read: set[str] = set()
        for argument in arguments.values():
            read |= self.unit.reader.kinds(argument) if argument is not None else set()
        if "h" not in outside and not all_gates:
            instead = "c" in read and all("c" in self.unit.reader.kinds(a) for a in arguments.values() if a is not None)
            says = "the gates read c where they read h: h is never used" if instead else ""
            found.add_departure("c", says or "h is never used: no gate reads the h of the step before")
        wanted: set[str] = {kind for kind in ("x", "h") if kind in read}
        for quantity in arguments:
            if quantity == "o" and (self._reads_new_state(quantity) or self._reads_new_h()):
                continue
            found.check_argument(quantity, wanted)
        self._same_weights({q: a for q, a in arguments.items() if a is not None})
        self._swapped_layers()

    def _reads_new_state(self, quantity: str) -> bool:
        """Whether o looks at the new c, its own unit's or all."""
        argument = self.unit.found.roles[quantity].argument
        lead = next((m for m in self.unit.c.terms if m and len(m) > 1), None)
        if argument is None or lead is None or lead not in argument.terms:
            return self._peeps_at_all(quantity, argument)
        rest = added(argument, self.unit.c, -argument.terms[lead] / self.unit.c.terms[lead])
        if not self.unit.reader.plain(rest):
            return self._peeps_at_all(quantity, argument)
        self.unit.found.own(quantity, "peephole", "o looks at the new c (a peephole)")
        self.unit.found.formulas["o"] = "σ(W x + U h + p·c + b)"
        return True

    def _peeps_at_all(self, quantity: str, argument: Poly | None) -> bool:
        """Whether o looks at the new c of every unit, through a matrix."""
        if argument is None:
            return False
        recording, reader = self.unit.reader.recording, self.unit.reader
        first = recording.lowering.first["c"]
        rest = argument
        for at in recording.after[self.unit.c_at]:
            c = recording.lowering.poly(at)
            lead = next((m for m in c.terms if len(m) > 1 and m[0] >= first), None)
            if lead is None or lead not in rest.terms:
                return False
            rest = added(rest, c, -rest.terms[lead] / c.terms[lead])
        if not reader.plain(rest):
            return False
        self.unit.found.own(quantity, "peephole", "o looks at the new c (a peephole)")
        self.unit.found.formulas["o"] = "σ(W x + U h + V c + b)"
        return True

    def _reads_new_h(self) -> bool:
        """Whether o is made from the h that it is to make."""
        found, reader = self.unit.found, self.unit.reader
        argument = found.roles["o"].argument
        if argument is None:
            return False
        for monomial in reader.algebra.opened(argument).terms:
            atoms = [reader.algebra.atom(at) for at in monomial]
            if len(atoms) == 2 and any(a is not None and a.act == "tanh" and self.unit.is_c(a.argument) for a in atoms):
                found.add_departure("o", "o is made from the new h: the h of the step before belongs")
                return True
        return False

    def _same_weights(self, arguments: dict[str, Poly]) -> None:
        roles, reader = self.unit.found.roles, self.unit.reader
        for a, b in combinations(arguments, 2):
            if not arguments[a].near(arguments[b]):
                continue
            one = roles[a].poly.near(roles[b].poly)
            if one and not reader.twins(roles[a]):
                continue  # one variable, used twice: the equation that uses it is at fault
            if roles[a].inverse != roles[b].inverse:
                continue  # coupled: the equation of c judges that
            guilty, _ = self._faulty(a, b)
            if guilty in self.later:
                continue
            layers = ", ".join(sorted({name.rpartition(".")[0] or name for name in reader.layers(roles[a].poly)}))
            by = f" ({layers})" if layers and len(layers) < 60 else ""
            self.unit.found.add_departure(guilty, f"{shown(a)} and {shown(b)} come from the same weights{by}")
            self.later.append(guilty)
        self._same_parts(arguments)

    def _faulty(self, a: str, b: str) -> tuple[str, str]:
        gates = self.unit.reader.layer_gates(self.unit.found.roles[a].poly)
        return (a, b) if b in gates and a not in gates else (b, a)

    def _same_parts(self, arguments: dict[str, Poly]) -> None:
        """A copied line that kept half of what it was copied from; said only where something is left unused."""
        lost = self.unit.reader.recording.lost
        if not lost or self.later:
            return
        lowering, reader = self.unit.reader.recording.lowering, self.unit.reader
        kept: dict[str, dict[str, Poly]] = {"x": {}, "h": {}, "b": {}}
        for q, argument in arguments.items():
            if not reader.plain(argument):
                continue
            for kind in kept:
                kept[kind][q] = collected(
                    (m, v) for m, v in argument.terms.items() if (lowering.names[m[0]][0] if m else "b") == kind
                )
        for kind, parts in kept.items():
            for group in _groups(parts):
                group = [q for k, q in enumerate(group) if not any(self._one(q, p) for p in group[:k])]
                if 1 < len(group) < len(arguments):
                    self._copied(kind, group, lost)

    def _one(self, a: str, b: str) -> bool:
        """Whether two roles are one variable, or 1 minus it: then the equation that uses it twice is at fault."""
        one, other = (self.unit.found.roles[q].poly for q in (a, b))
        return one.near(other) or one.near(added(number(1.0), other, -1))

    def _copied(self, kind: str, group: list[str], lost: list[str]) -> None:
        """Gates that read x, read h or add a bias alike: all but the one that the weights are named for are copies."""
        reader, roles = self.unit.reader, self.unit.found.roles
        shared = set.intersection(*(set(reader.layers(roles[q].poly)) for q in group))
        owners = {gate_of_layer(_layer(name)) for name in shared} & set(group)
        spare = {gate_of_layer(_layer(name)) for name in lost} & set(group)
        owner = str(next(iter(owners))) if len(owners) == 1 else next((q for q in group if q not in spare), group[0])
        what = {"x": "reads x with the weights", "h": "reads h with the weights", "b": "adds the bias"}[kind]
        for guilty in group:
            if guilty != owner and not self.unit.found.accused(guilty):
                self.unit.found.add_departure(
                    guilty,
                    f"{shown(guilty)} {what} of {shown(owner)} ({', '.join(sorted(shared)) or 'shared'}); "
                    f"nothing depends on {', '.join(lost)}",
                )

    def _swapped_layers(self) -> None:
        """Two gates, each made by the layer that is named for the other."""
        roles, reader = self.unit.found.roles, self.unit.reader
        gates = {q: reader.layer_gates(roles[q].poly) for q in GATES if q in roles}
        for a, b in combinations(gates, 2):
            if gates[a] == {b} and gates[b] == {a} and not self.unit.exchanged():
                one, two = (", ".join(layer_names(reader, roles[q].poly)) for q in (a, b))
                self.unit.found.add_departure(
                    a,
                    f"{shown(a)} is made by {one} and {shown(b)} by {two}: their layers are exchanged",
                    roles[a].poly,
                    roles[b].poly,
                )


def layer_names(reader: UnitReader, poly: Poly) -> list[str]:
    """The layers that made a gate."""
    return sorted({name.removesuffix(".weight").removesuffix(".bias") for name in reader.layers(poly)})
