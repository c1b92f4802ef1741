"""From the numbers of a recorded call to polynomials in x, h and c: what each operation computes, number by number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy

from lstm_tui.engine.judging.polynomials import Algebra, Poly, added, collected, number, scaled, symbol
from lstm_tui.engine.judging.shadowing import Recorded, Recorder

_PLAIN = "sigmoid tanh relu exp expm1 log log1p abs sqrt rsqrt sin cos sign round floor ceil hardsigmoid silu cosh sinh"
PLAIN = frozenset(_PLAIN.split())
"""Operations that are a function of one number, called as `functions` calls it."""
SPREAD = {"var": "var", "std": "std", "linalg_vector_norm": "norm", "norm": "norm", "_softmax": "softmax"}
"""Operations on a whole row, not looked into but known by name."""
_MOST_INNER = 400


class Lowering:
    """Reads the numbers of one recording; `inputs` says which leaves are variables, in order."""

    def __init__(self, recorder: Recorder, inputs: Mapping[str, int]) -> None:
        self.recorder = recorder
        self.names: list[tuple[str, int]] = [(name, k) for name, size in inputs.items() for k in range(size)]
        """What each variable is: `("x", 3)`."""
        self.first = {name: self.names.index((name, 0)) for name in inputs}
        self.algebra = Algebra(len(self.names))
        self._known: dict[int, Poly] = {}

    def poly(self, at: int) -> Poly:
        """The polynomial of a number."""
        if at not in self._known:
            record, position = self.recorder.of(at)
            self._known[at] = self._read(record, position, at)
        return self._known[at]

    def inputs_of(self, poly: Poly) -> set[int]:
        """The variables that it depends on, through all that it is made of."""
        found: set[int] = set()
        for at in poly.symbols:
            atom = self.algebra.atom(at)
            if atom is None:
                found.add(at)
            else:
                for inner in atom.inner:
                    found |= self.inputs_of(inner)
        return found

    def kinds_of(self, poly: Poly) -> set[str]:
        """Which of x, h and c it depends on."""
        return {self.names[at][0] for at in self.inputs_of(poly)}

    def _read(self, record: Recorded, position: int, at: int) -> Poly:
        value = float(record.values[position])
        if record.op == "leaf" and record.name in self.first:
            return symbol(self.first[record.name] + position)
        if record.op in ("leaf", "constant"):
            return number(value)
        return self.algebra.settled(self._lowered(record, position, at, value), at, value)

    def _lowered(self, record: Recorded, position: int, at: int, value: float) -> Poly:
        op, given = record.op, record.arguments
        if op in PLAIN:
            return self._act(op, self._in(record, 0, position), value, at)
        rule = _RULES.get(op)
        if rule is not None:
            return rule(self, record, position, at)
        if op in SPREAD:
            return self._opaque(SPREAD[op], record, position, value)
        everything = [poly for one in given for poly in self._all(one)]
        if all(poly.constant is not None for poly in everything):
            return number(value)
        return self._opaque(op, record, position, value)

    def _act(self, act: str, inner: Poly, value: float, at: int, settings: tuple[float, ...] = ()) -> Poly:
        if inner.constant is not None:
            return number(value)
        return self.algebra.applied(act, (inner,), value, at, settings)

    def _in(self, record: Recorded, which: int, position: int) -> Poly:
        """The operand of one number of a pointwise operation."""
        given = record.arguments[which]
        if not isinstance(given, numpy.ndarray):
            return number(float(given))
        return self.poly(int(numpy.broadcast_to(given, record.shape).reshape(-1)[position]))

    def _all(self, given: Any) -> list[Poly]:
        if isinstance(given, numpy.ndarray):
            return [self.poly(int(one)) for one in given.reshape(-1)[:_MOST_INNER]]
        return [poly for one in given for poly in self._all(one)] if isinstance(given, list | tuple) else []

    def _opaque(self, op: str, record: Recorded, position: int, value: float) -> Poly:
        inner = tuple(poly for one in record.arguments for poly in self._all(one)) or (number(0.0),)
        index = self.recorder.records.index(record) if op not in SPREAD.values() else 0
        settings = (float(index), float(position)) if op not in ("var", "std", "norm") else ()
        if all(poly.constant is not None for poly in inner):
            return number(value)
        return self.algebra.applied(op, inner, value, record.start + position, settings)

    def dot(self, left: Any, right: Any) -> Poly:
        """The sum of the products of two rows of ids."""
        terms: list[tuple[tuple[int, ...], float]] = []
        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            terms += self.algebra.product(self.poly(a), self.poly(b)).terms.items()
        return collected(terms)


def _option(record: Recorded, which: int, name: str, default: float) -> float:
    value = record.arguments[which] if len(record.arguments) > which else record.options.get(name, default)
    return default if value is None else float(value)


def _value(record: Recorded, position: int) -> float:
    return float(record.values[position])


def _add(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return added(of._in(r, 0, p), of._in(r, 1, p), _option(r, 2, "alpha", 1.0))


def _sub(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return added(of._in(r, 0, p), of._in(r, 1, p), -_option(r, 2, "alpha", 1.0))


def _rsub(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return added(of._in(r, 1, p), of._in(r, 0, p), -_option(r, 2, "alpha", 1.0))


def _mul(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return of.algebra.product(of._in(r, 0, p), of._in(r, 1, p))


def _over(of: Lowering, a: Poly, b: Poly, at: int | None) -> Poly:
    if b.constant is not None:
        return scaled(a, 1 / b.constant) if b.constant else number(math.nan)
    return of.algebra.product(a, of.algebra.applied("reciprocal", (b,), 0.0, None, (-1.0,)))


def _div(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return _over(of, of._in(r, 0, p), of._in(r, 1, p), at)


def _reciprocal(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return _over(of, number(1.0), of._in(r, 0, p), at)


def _neg(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return scaled(of._in(r, 0, p), -1)


def _square(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    a = of._in(r, 0, p)
    return of.algebra.product(a, a)


def _pow(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    base, exponent = of._in(r, 0, p), of._in(r, 1, p)
    if base.constant is not None and exponent.constant is None and base.constant > 0:
        return of._act("exp", scaled(exponent, math.log(base.constant)), _value(r, p), at)
    if exponent.constant is None or base.constant is not None:
        return number(_value(r, p)) if base.constant is not None else of._opaque("pow", r, p, _value(r, p))
    return of.algebra.power(base, exponent.constant, _value(r, p), at)


def _clamp(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    low, high = _option(r, 1, "min", -math.inf), _option(r, 2, "max", math.inf)
    if r.op == "hardtanh" and len(r.arguments) < 2:
        low, high = -1.0, 1.0
    if r.op == "relu6":
        low, high = 0.0, 6.0
    if r.op == "clamp_max":
        low, high = -math.inf, low
    return of._act("clamp", of._in(r, 0, p), _value(r, p), at, (low, high))


def _extreme(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    for one, other in ((0, 1), (1, 0)):
        limit = of._in(r, other, p).constant
        if limit is not None:
            settings = (limit, math.inf) if r.op == "maximum" else (-math.inf, limit)
            return of._act("clamp", of._in(r, one, p), _value(r, p), at, settings)
    return of._opaque(r.op, r, p, _value(r, p))


def _softplus(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return of._act("softplus", of._in(r, 0, p), _value(r, p), at)


def _log_sigmoid(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return of._act("logsigmoid", of._in(r, 0, p), _value(r, p), at)


def _leaky(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    return of._act("leaky_relu", of._in(r, 0, p), _value(r, p), at, (_option(r, 1, "negative_slope", 0.01),))


def _elu(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    settings = (_option(r, 1, "alpha", 1.0), _option(r, 2, "scale", 1.0), _option(r, 3, "input_scale", 1.0))
    return of._act("elu", of._in(r, 0, p), _value(r, p), at, settings)


def _lerp(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    start, end, weight = (of._in(r, k, p) for k in range(3))
    return added(start, of.algebra.product(weight, added(end, start, -1)))


def _addcmul(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    factor = float(r.options.get("value", 1.0))
    b, c = of._in(r, 1, p), of._in(r, 2, p)
    made = of.algebra.product(b, c) if r.op == "addcmul" else _over(of, b, c, None)
    return added(of._in(r, 0, p), made, factor)


def _mm(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    """Every product of matrices and rows: the last two sizes of each, the others side by side."""
    beta, alpha, offset = 1.0, 1.0, None
    a, b = r.arguments[-2:] if r.op in ("mm", "bmm", "mv", "dot", "vdot") else r.arguments[1:3]
    if r.op in ("addmm", "baddbmm", "addmv"):
        offset = of._in(r, 0, p)
        beta, alpha = float(r.options.get("beta", 1.0)), float(r.options.get("alpha", 1.0))
    where = numpy.unravel_index(p, r.shape) if r.shape else ()
    if r.op in ("bmm", "baddbmm"):
        made = of.dot(a[where[0], where[1]], b[where[0], :, where[2]])
    elif r.op in ("mv", "addmv"):
        made = of.dot(a[where[0]], b)
    elif r.op in ("dot", "vdot"):
        made = of.dot(a, b)
    else:
        made = of.dot(a[where[0]], b[:, where[1]])
    made = scaled(made, alpha) if alpha != 1 else made
    return made if offset is None else added(made, offset, beta)


def _sum(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    given = r.arguments[0]
    asked = r.arguments[1] if len(r.arguments) > 1 else r.options.get("dim")
    dims = tuple(range(given.ndim)) if asked in (None, []) else tuple(asked) if not isinstance(asked, int) else (asked,)
    kept = [k for k in range(given.ndim) if k not in {d % given.ndim for d in dims}]
    rows = numpy.transpose(given, [*kept, *(d % given.ndim for d in dims)])
    rows = rows.reshape(math.prod(given.shape[k] for k in kept), -1)
    row = rows[p]
    total = collected(item for one in row.tolist() for item in of.poly(one).terms.items())
    return scaled(total, 1 / len(row)) if r.op == "mean" else total


def _where(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    one, other = of._in(r, 1, p), of._in(r, 2, p)
    condition = of._in(r, 0, p).constant
    if condition is not None:
        return one if condition else other
    return one if one.near(other) else of._opaque("where", r, p, _value(r, p))


def _layer_norm(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    given, sizes = r.arguments[0], r.arguments[1]
    if r.output:
        return of._opaque("layer_norm statistics", r, p, _value(r, p))
    rows = given.reshape(-1, math.prod(sizes))
    row, column = divmod(p, rows.shape[1])
    whole = [of.poly(int(one)) for one in rows[row]]
    given = [r.arguments[which] if len(r.arguments) > which else None for which in (2, 3)]
    scale, shift = (of.poly(int(ids.reshape(-1)[column])) if isinstance(ids, numpy.ndarray) else None for ids in given)
    value = _value(r, p) - (0.0 if shift is None else shift.constant or 0.0)
    value /= 1.0 if scale is None else scale.constant or 1.0
    made = of.algebra.applied("layer_norm", (whole[column], *whole), value, at)
    made = made if scale is None else of.algebra.product(made, scale)
    return made if shift is None else added(made, shift)


def _batch_norm(of: Lowering, r: Recorded, p: int, at: int) -> Poly:
    """In evaluation: a straight line for each channel."""
    if r.output or r.arguments[5] or of._in(r, 0, p).constant is not None:
        return of._opaque("batch_norm statistics", r, p, _value(r, p))
    channel = int(numpy.unravel_index(p, r.shape)[1])
    given = [r.arguments[which] for which in (1, 2)]
    scale, shift = (of.poly(int(ids[channel])).constant if isinstance(ids, numpy.ndarray) else None for ids in given)
    scale, shift = 1.0 if scale is None else scale, shift or 0.0
    value = (_value(r, p) - shift) / (scale or 1.0)
    return added(scaled(of.algebra.applied("batch_norm", (of._in(r, 0, p),), value, at), scale), number(shift))


_Rule = Callable[[Lowering, Recorded, int, int], Poly]
_RULES: dict[str, _Rule] = {
    "add": _add, "sub": _sub, "rsub": _rsub, "mul": _mul, "div": _div, "neg": _neg, "reciprocal": _reciprocal,
    "square": _square, "pow": _pow, "clamp": _clamp, "clamp_min": _clamp, "clamp_max": _clamp, "hardtanh": _clamp,
    "relu6": _clamp, "maximum": _extreme, "minimum": _extreme, "softplus": _softplus,
    "log_sigmoid_forward": _log_sigmoid, "leaky_relu": _leaky, "elu": _elu, "lerp": _lerp, "addcmul": _addcmul,
    "addcdiv": _addcmul, "mm": _mm, "addmm": _mm, "bmm": _mm, "baddbmm": _mm, "mv": _mm, "addmv": _mm, "dot": _mm,
    "vdot": _mm, "sum": _sum, "mean": _sum, "where": _where, "native_layer_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
}  # fmt: skip
