"""What lies around an LSTM's equations: c clipped, normalised or squashed, a residual, zoneout. Taken off and named."""

from __future__ import annotations

from lstm_tui.engine.judging.polynomials import Poly, added, collected, euclid, scaled
from lstm_tui.engine.judging.rules.lstm_unit import LstmUnit
from lstm_tui.engine.judging.unit_reader import HARD

_GATES = frozenset({"sigmoid", "softmax", *HARD})


def peel(unit: LstmUnit) -> None:
    """Leave `unit.c` and `unit.h` as the equations have them; say what was around them."""
    if unit.c.near(unit.h) and (inside := _shown_inside(unit)) is not None:
        unit.found.add_departure("c", "h is handed back in the place of c", unit.c, inside)
        unit.c = inside
    _around_c(unit)
    _zoneout(unit)
    _residual(unit)
    if not _products(unit.c, unit.cell) and _products(unit.c, unit.old_h) and "c" not in unit.reader.kinds(unit.c):
        unit.kept_name = "h"


def _products(poly: Poly, symbol: int) -> bool:
    """Whether the state is multiplied by something."""
    return any(symbol in m and len(m) > 1 for m in poly.terms)


def _shown_inside(unit: LstmUnit) -> Poly | None:
    """The new c inside of h, where that holds the old one."""
    for factor in unit.found.parts_of(unit.h)[0]:
        if factor.argument is not None and _products(factor.argument, unit.cell):
            return factor.argument
    return None


def _around_c(unit: LstmUnit) -> None:
    whole, found = unit.c, unit.found
    atoms = [unit.reader.algebra.atom(s) for s in whole.symbols]
    if len(atoms) != 1 or not whole.affine or (atom := atoms[0]) is None or not _products(atom.argument, unit.cell):
        return
    if atom.act == "clamp":
        found.own("c", "own", "c is clipped")
    elif atom.act in ("layer_norm", "batch_norm"):
        found.own("c", atom.act.replace("_", " "), "c is normalised before it is handed on")
    elif atom.act in ("tanh", "sigmoid", "relu"):
        says = f"c is squashed by {'σ' if atom.act == 'sigmoid' else atom.act} before it is handed on"
        found.add_departure("c", f"{says}: c = f·c' + i·c̃", whole, atom.argument)
    else:
        return
    unit.clipped, unit.c = whole, atom.argument


def _zoneout(unit: LstmUnit) -> None:
    """c = a·c' + (1 - a)·(f·c' + i·c̃), for a number a."""
    share = unit.c.terms.get((unit.cell,), 0.0)
    if not 0.001 < share < 0.999 or unit.reader.is_parameter(share) or unit.c.near(unit.reader.variable("c")):
        return
    inner = scaled(added(unit.c, scaled(unit.reader.variable("c"), share), -1), 1 / (1 - share))
    keep = euclid(collected((m, v) for m, v in inner.terms.items() if unit.cell in m), unit.cell)
    if keep is None or unit.reader.part(keep).act not in _GATES:
        return
    unit.found.own("c", "zoneout", f"zoneout: {share:.3g} of the old c stays")
    unit.clipped, unit.c = unit.c, inner


def _residual(unit: LstmUnit) -> None:
    """h = o·tanh c and something of what went in."""
    plain = collected((m, v) for m, v in unit.h.terms.items() if len(m) == 1 and m[0] < unit.reader.algebra.variables)
    rest = added(unit.h, plain, -1)
    if not plain.terms or len(rest.terms) != 1 or not any(len(m) > 1 for m in rest.terms):
        return
    share = plain.terms.get((unit.old_h,), 0.0)
    if len(plain.terms) == 1 and 0 < share < 0.999 and abs(next(iter(rest.terms.values())) - (1 - share)) < 1e-4:
        unit.found.own("h", "zoneout", f"zoneout: {share:.3g} of the old h stays")
        rest = scaled(rest, 1 / (1 - share))
    else:
        unit.found.own("h", "residual", f"{unit.reader.spelled(plain)} is added to o·tanh c (a residual connection)")
    unit.h = rest


def subtractive(unit: LstmUnit, rest: Poly) -> bool:
    """Whether c = f·c' + c̃ - i with sigmoids, as in a subLSTM: c̃ and i are taken."""
    if len(rest.terms) != 2 or not rest.affine:
        return False
    signed = {round(v, 3): collected([(m, abs(v))]) for m, v in rest.terms.items()}
    if signed.keys() != {1.0, -1.0}:
        return False
    written, held = (unit.reader.part(signed[sign]) for sign in (1.0, -1.0))
    if written.act != "sigmoid" or held.act != "sigmoid" or "sigmoid" not in _acts(unit, unit.h):
        return False
    unit.found.take("i", held, None)
    unit.found.take("c_tilde", written, None)
    unit.found.own("c", "subtractive", "i is subtracted, as in a subLSTM")
    unit.found.own("h", "subtractive", "o is subtracted, as in a subLSTM")
    unit.found.formulas |= {"c": "f·c' + c̃ - i", "h": "σ(c) - o"}
    others = [atom for s in unit.h.symbols if (atom := unit.reader.algebra.atom(s)) is not None]
    for atom in others:
        if not unit.is_c(atom.argument):
            unit.found.take("o", unit.reader.part(Poly({(atom.at,): 1.0})), None)
    return True


def _acts(unit: LstmUnit, poly: Poly) -> set[str]:
    atoms = [unit.reader.algebra.atom(s) for s in poly.symbols]
    return {atom.act for atom in atoms if atom is not None and unit.is_c(atom.argument)}
