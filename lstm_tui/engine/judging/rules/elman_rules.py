"""h = tanh(W x + U h + b): an Elman cell, and the ways to miss it."""

from __future__ import annotations

from lstm_tui.engine.judging.polynomials import Poly, added
from lstm_tui.engine.judging.rules.judgement import Judgement
from lstm_tui.engine.judging.unit_reader import Factor, UnitReader

_ACTS = ("tanh", "relu", "sigmoid", "softmax", "raw")


def judged_as_elman(found: Judgement, h: Poly, keep: Poly | None, line: int | None) -> bool:
    """Whether `h` is, or was meant to be, one: then everything is said. `keep` is what the old h is multiplied by."""
    reader, algebra = found.reader, found.reader.algebra
    if h.near(reader.variable("h")):
        return False
    opened = algebra.opened(h)
    single = reader.part(h)
    if opened.affine and reader.plain(opened) and len(opened.terms) > 2:
        single = Factor("raw", h, opened)
    if _beside(found, h, line):
        return True
    if single.argument is None or single.act not in _ACTS or (keep is not None and keep.terms and single.act != "raw"):
        return False
    inner = reader.part(algebra.opened(single.argument))
    twice = single.act == "tanh" and inner.act == "tanh" and inner.argument is not None
    argument = algebra.opened(inner.argument if twice and inner.argument is not None else single.argument)
    product = _product(reader, argument)
    if not reader.plain(argument) and product is None:
        return False
    found.lines["h"], found.roles["h"], found.formulas["h"] = line, single, reader.formula(single)
    if product is not None:
        right = algebra.applied("tanh", (product,), 0.0, None)
        found.add_departure("h", "W x and U h are multiplied inside tanh, where they are added", h, right)
        return True
    for kind in ("x", "h"):
        if kind not in reader.kinds(argument):
            found.add_departure("h", f"h does not read {kind}")
    right = algebra.applied("tanh", (argument,), 0.0, None)
    if twice:
        found.add_departure("h", "h is squashed twice: tanh of tanh", h, right)
    elif single.act == "raw":
        found.add_departure("h", "h is not squashed: tanh is missing", h, right)
    elif single.act in ("sigmoid", "softmax"):
        found.add_departure("h", f"h is squashed by {_WORDS[single.act]} where tanh belongs", h, right)
    elif single.act == "relu":
        found.own("h", "relu", "an Elman cell with relu, as nn.RNN(nonlinearity='relu')")
    return True


_WORDS = {"sigmoid": "σ", "softmax": "softmax"}


def _beside(found: Judgement, h: Poly, line: int | None) -> bool:
    """U h, a bias or a tanh of its own beside the tanh that it belongs into."""
    trial = Judgement(found.reader)
    trial.roles["h"], trial.lines["h"] = Factor("other", h), line
    if not trial.beside("h", "tanh"):
        return False
    found.lines["h"], found.roles["h"], found.formulas["h"] = line, trial.roles["h"], trial.formulas["h"]
    found.wrong += trial.wrong
    return True


def _product(reader: UnitReader, argument: Poly) -> Poly | None:
    """The sum of what is multiplied, where that is W x and U h."""
    atoms = [reader.algebra.atom(s) for m in argument.terms if len(m) == 2 for s in m]
    if len(argument.terms) != 1 or len(atoms) != 2:
        return None
    sums = [a.argument for a in atoms if a is not None and a.act == "identity" and reader.plain(a.argument)]
    return added(sums[0], sums[1]) if len(sums) == 2 and reader.kinds(sums[0]) != reader.kinds(sums[1]) else None
