"""What a pickle becomes where nothing is run: names stay names, objects become stand-ins, containers plain ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


class BadPickle(Exception):
    """The stream is damaged, or uses something no checkpoint needs. The sentence says which."""


@dataclass(frozen=True, eq=False, slots=True)
class Global:
    """A dotted name a pickle mentions. It stays a name."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Unordered:
    """A set or frozenset: its members, in an order that means nothing."""

    members: list[object]


@dataclass(eq=False, slots=True)
class StandIn:
    """Takes the place of an object of a foreign class: the class's name and the data it was given."""

    of: str
    args: tuple[object, ...] = ()
    state: dict[object, object] = field(default_factory=dict)
    """Attributes, as pickled."""
    items: list[object] = field(default_factory=list)
    """What was appended to it (list subclasses)."""
    entries: dict[object, object] = field(default_factory=dict)
    """What was set by key (dict subclasses)."""


Constructor = Callable[..., object]


def _pairs(*args: object) -> dict[object, object]:
    """`dict`, `OrderedDict` and their kin, called with nothing, a mapping or a list of pairs."""
    made: dict[object, object] = {}
    if args and isinstance(args[-1], dict):
        made.update(args[-1])
    elif args and isinstance(args[-1], (list, tuple)):
        for pair in args[-1]:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise BadPickle("a dict is made of something other than pairs")
            made[plain_key(pair[0])] = pair[1]
    return made


def _members(*args: object) -> Unordered:
    return Unordered(list(args[0]) if args and isinstance(args[0], (list, tuple)) else [])


def _encoded(text: object = "", encoding: object = "latin1") -> object:
    """`_codecs.encode(text, 'latin1')`: how protocol 2 writes bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise BadPickle("bytes are written in an unknown encoding")
    return text.encode("latin-1")


def _bytearray(*args: object) -> object:
    return bytes(args[0]) if args and isinstance(args[0], (bytes, bytearray)) else b""


def _integer(*args: object) -> object:
    """`int(…)` of a number that is one already: how Python 2's long is written."""
    return args[0] if args and type(args[0]) is int else 0


PLAIN: dict[str, Constructor] = {
    "__builtin__.long": _integer,
    "collections.OrderedDict": _pairs,
    "collections.defaultdict": _pairs,
    "collections.Counter": _pairs,
    "builtins.dict": _pairs,
    "__builtin__.dict": _pairs,
    "builtins.set": _members,
    "builtins.frozenset": _members,
    "__builtin__.set": _members,
    "__builtin__.frozenset": _members,
    "_codecs.encode": _encoded,
    "builtins.bytearray": _bytearray,
    "__builtin__.bytearray": _bytearray,
}
"""Constructors of plain containers, as our own functions over plain data."""

_SCALARS = (str, int, float, bytes, type(None))


def plain_key(key: object) -> object:
    """`key` where hashing it is cheap and safe; deep tuples are not (their hash recurses without a guard)."""
    if isinstance(key, (*_SCALARS, Global, StandIn)):
        return key
    if isinstance(key, tuple) and all(isinstance(part, _SCALARS) for part in key):
        return key
    raise BadPickle(f"a dict has a key of an impossible type ({type(key).__name__})")
