"""Reads a pickle as data. Nothing in it is ever imported, looked up or called.

A pickle is a program for a small stack machine; the dangerous instructions are the ones that fetch a name and call
what they fetched. This machine has neither: a name becomes a `Global`, a call becomes a `StandIn` that remembers the
name and its arguments, whatever the name is. A few constructors of plain containers and tensors are understood, and
those are *our* functions over plain data, passed in by the caller.

Why not torch's own `weights_only` unpickler: it refuses some harmless names and blocks some modules wholesale, keeps
its allow-list in process-global state, validates less than its storages claim, and needs torch imported in the child
that reads foreign files. The instruction stream itself is decoded by the standard library's `pickletools`, which
only ever disassembles.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from lstm_tui.checkpoints.sandbox.stand_ins import PLAIN, BadPickle, Constructor, Global, StandIn, Unordered, plain_key

MOST_INSTRUCTIONS = 4_000_000


_MARK = object()


class Machine:
    """One pickle's stack machine. `names` fills with every name met that no constructor was given for."""

    def __init__(
        self,
        known: Mapping[str, Constructor],
        persistent: Callable[[object], object],
        inline: Callable[[StandIn, IO[bytes]], None] | None = None,
    ) -> None:
        self.known = {**PLAIN, **known}
        self.persistent = persistent
        self.inline = inline
        """Takes what stands in the stream behind the attributes of an object, where a format puts bytes there."""
        self.names: dict[str, None] = {}
        self.stack: list[Any] = []
        self.memo: dict[int, object] = {}

    def load(self, file: IO[bytes]) -> object:
        """The object one pickle describes; `file` is left right behind its STOP. Raises `BadPickle`."""
        self.stack, self.memo = [], {}
        try:
            for count, (opcode, arg, _) in enumerate(_instructions(file)):
                if count >= MOST_INSTRUCTIONS:
                    raise BadPickle(f"it has more than {MOST_INSTRUCTIONS:,} pickle instructions")
                handler = _HANDLERS.get(opcode)
                if handler is None:
                    raise BadPickle(f"it uses the pickle instruction {opcode}, which no checkpoint needs")
                handler(self, arg)
                if opcode == "BUILD" and self.inline is not None and isinstance(self.stack[-1], StandIn):
                    self.inline(self.stack[-1], file)
        except (IndexError, KeyError, AttributeError, TypeError) as error:
            raise BadPickle("its pickle is damaged") from error
        if len(self.stack) != 1 or self.stack[0] is _MARK:
            raise BadPickle("its pickle ends early")
        return self.stack[0]

    def push(self, value: object) -> None:
        """Puts a value that came with its instruction on the stack."""
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        """Everything above the topmost mark, taken off together with it."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise BadPickle("its pickle is damaged")
        taken = self.stack[at + 1 :]
        del self.stack[at:]
        return taken

    def name(self, name: str) -> None:
        """Where other machines import, this one notes the name."""
        if name not in self.known:
            self.names[name[:200]] = None
        self.stack.append(Global(name))

    def call(self, of: object, args: object) -> None:
        """Where other machines call, this one makes a stand-in (or plain data for the constructors we know)."""
        if not isinstance(args, tuple):
            raise BadPickle("its pickle is damaged")
        if not isinstance(of, Global):
            self.stack.append(StandIn("?", args))  # calling what a call returned (a __reduce__ chain): inert as well
            return
        constructor = self.known.get(of.name)
        if constructor is not None:
            self.stack.append(constructor(*args))
            return
        if of.name in ("copyreg._reconstructor", "copy_reg._reconstructor") and args and isinstance(args[0], Global):
            of, args = args[0], args[1:]
        self.stack.append(StandIn(of.name, args))

    def build(self) -> None:
        """Attributes for the object below. Containers and tensors keep none: their extras change no number."""
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, StandIn):
            return
        parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
        for part in parts:
            if isinstance(part, dict):
                target.state.update(part)
            elif part is not None:
                target.state["__state__"] = state

    def set_items(self, pairs: list[Any]) -> None:
        """key, value, key, value … into the dict (or stand-in of a dict subclass) below."""
        target = self.stack[-1]
        into = target.entries if isinstance(target, StandIn) else target
        if type(into) is not dict or len(pairs) % 2:
            raise BadPickle("its pickle sets items on something that is not a dict")
        for at in range(0, len(pairs), 2):
            into[plain_key(pairs[at])] = pairs[at + 1]

    def append(self, items: list[Any]) -> None:
        """Items onto the list (or set, or stand-in of a list subclass) below."""
        target = self.stack[-1]
        if isinstance(target, StandIn):
            target.items.extend(items)
        elif isinstance(target, Unordered):
            target.members.extend(items)
        elif type(target) is list:
            target.extend(items)
        else:
            raise BadPickle("its pickle appends to something that is not a list")

    def get(self, index: int) -> None:
        """A value memoised before."""
        self.stack.append(self.memo[index])

    def put(self, index: int | None) -> None:
        """Memoises the top of the stack; a mark is never a value."""
        if self.stack[-1] is _MARK:
            raise BadPickle("its pickle is damaged")
        self.memo[len(self.memo) if index is None else index] = self.stack[-1]

    def pop(self, count: int) -> list[Any]:
        """The topmost `count` values, taken off."""
        if len(self.stack) < count:
            raise BadPickle("its pickle is damaged")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        if any(value is _MARK for value in taken):
            raise BadPickle("its pickle is damaged")
        return taken


def _instructions(file: IO[bytes]) -> Iterator[tuple[str, Any, int | None]]:
    try:
        for opcode, arg, position in pickletools.genops(file):
            yield opcode.name, arg, position
    except (ValueError, UnicodeError) as error:
        raise BadPickle("its pickle is damaged or cut short") from error


def _inst(machine: Machine, arg: str) -> None:
    args = tuple(machine.since_mark())
    machine.name(arg.replace(" ", ".", 1))
    machine.call(machine.stack.pop(), args)


def _obj(machine: Machine, _: object) -> None:
    of, *args = machine.since_mark()
    machine.call(of, tuple(args))


def _stack_global(machine: Machine, _: object) -> None:
    module, name = machine.pop(2)
    if not isinstance(module, str) or not isinstance(name, str):
        raise BadPickle("its pickle refers to something without a name")
    machine.name(f"{module}.{name}")


def _newobj_ex(machine: Machine, _: object) -> None:
    of, args, keywords = machine.pop(3)
    machine.call(of, args)
    made = machine.stack[-1]
    if isinstance(made, StandIn) and isinstance(keywords, dict):
        made.state.update(keywords)


def _dict(machine: Machine, _: object) -> None:
    pairs = machine.since_mark()
    machine.push({})
    machine.set_items(pairs)


_VALUES = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)
_HANDLERS: dict[str, Callable[[Machine, Any], object]] = {
    **dict.fromkeys(_VALUES, Machine.push),
    "NONE": lambda m, _: m.push(None),
    "NEWTRUE": lambda m, _: m.push(True),
    "NEWFALSE": lambda m, _: m.push(False),
    "EMPTY_LIST": lambda m, _: m.push([]),
    "EMPTY_TUPLE": lambda m, _: m.push(()),
    "EMPTY_DICT": lambda m, _: m.push({}),
    "EMPTY_SET": lambda m, _: m.push(Unordered([])),
    "MARK": lambda m, _: m.push(_MARK),
    "LIST": lambda m, _: m.push(m.since_mark()),
    "TUPLE": lambda m, _: m.push(tuple(m.since_mark())),
    "TUPLE1": lambda m, _: m.push(tuple(m.pop(1))),
    "TUPLE2": lambda m, _: m.push(tuple(m.pop(2))),
    "TUPLE3": lambda m, _: m.push(tuple(m.pop(3))),
    "DICT": _dict,
    "FROZENSET": lambda m, _: m.push(Unordered(m.since_mark())),
    "APPEND": lambda m, _: m.append(m.pop(1)),
    "APPENDS": lambda m, _: m.append(m.since_mark()),
    "ADDITEMS": lambda m, _: m.append(m.since_mark()),
    "SETITEM": lambda m, _: m.set_items(m.pop(2)),
    "SETITEMS": lambda m, _: m.set_items(m.since_mark()),
    "POP": lambda m, _: m.stack.pop(),
    "POP_MARK": lambda m, _: m.since_mark(),
    "DUP": lambda m, _: m.push(m.stack[-1]),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Machine.get),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), Machine.put),
    "GLOBAL": lambda m, arg: m.name(arg.replace(" ", ".", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": lambda m, _: m.call(*m.pop(2)),
    "NEWOBJ": lambda m, _: m.call(*m.pop(2)),
    "NEWOBJ_EX": _newobj_ex,
    "INST": _inst,
    "OBJ": _obj,
    "BUILD": lambda m, _: m.build(),
    "BINPERSID": lambda m, _: m.push(m.persistent(m.stack.pop())),
    "PROTO": lambda m, _: None,
    "FRAME": lambda m, _: None,
    "STOP": lambda m, _: None,
}
"""Every instruction of protocols 0 to 5 but text persistent ids, the extension registry and out-of-band buffers."""
