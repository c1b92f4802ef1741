"""A function run line by line: which named tensors each of its lines made.

The line tracer sees only frames of one file, is used for stepping into a cell and for finding its quantities, and puts
back whatever tracer was there before. Ordinary steps use the cheaper `Returns`, which looks once, when a frame returns.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from torch import Tensor, nn

MOST_LINES = 2_000
"""A line executed after so many others is run, but no longer listed: a loop must not fill the memory."""


@dataclass(frozen=True, eq=False)
class Named:
    """A tensor that a line gave a name."""

    name: str
    """As the source calls it; `self.f` for an attribute."""
    tensor: Tensor
    """The very object, to be recognised when it is returned."""
    value: Tensor
    """A copy as it was then: the object may be changed in place later."""


@dataclass(frozen=True, eq=False)
class ExecutedStatement:
    """One statement that has run."""

    code: CodeType
    line: int
    """The first line of the statement."""
    next: int | None
    """The line about to run; None after the outermost call has returned."""
    made: tuple[Named, ...]
    printed: int = 0
    """Bytes printed when it had run."""


def statements(source: str) -> dict[int, int]:
    """Line → first line of the statement it belongs to. A compound statement is its header."""
    first: dict[int, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
            for line in range(node.lineno, max(last, node.lineno) + 1):
                first[line] = node.lineno
    return first


def surroundings(source: str, lines: Collection[int]) -> range:
    """The lines of the classes and functions at the top level of `source` that hold any of `lines`; else all of it."""
    whole = range(1, len(source.splitlines()) + 1)
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in ast.parse(source).body]
    held = [span for span in spans if any(span[0] <= line <= span[1] for line in lines)]
    return range(min(first for first, _ in held), max(last for _, last in held) + 1) if held else whole


class _Open:
    """A frame that is running."""

    def __init__(self, frame: FrameType) -> None:
        self.line: int | None = None
        self.seen = _tensors(frame)


class Lines:
    """A trace function that lists the statements run in `file`, in the order in which they were finished."""

    def __init__(self, file: str, first_lines: Mapping[int, int]) -> None:
        self.ran: list[ExecutedStatement] = []
        self.printed: Callable[[], int] = lambda: 0
        """Tells how many bytes were printed so far."""
        self._file = file
        self._first = first_lines
        self._open: list[_Open] = []

    def statement(self, line: int) -> int:
        """The first line of the statement that a line belongs to."""
        return self._first.get(line, line)

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != self._file or frame.f_code.co_name.startswith("<"):
            return None
        self._open.append(_Open(frame))
        return self._inside

    def _inside(self, frame: FrameType, event: str, arg: object) -> Any:
        here = self._open[-1]
        if event == "line":
            line = self._first.get(frame.f_lineno, frame.f_lineno)
            if line != here.line:
                self._finished(here, frame, line)
                here.line = line
        elif event == "return":
            self._open.pop()
            self._finished(here, frame, self._open[-1].line if self._open else None)
        return self._inside

    def _finished(self, here: _Open, frame: FrameType, following: int | None) -> None:
        now = _tensors(frame)
        made = tuple(
            Named(name, tensor, tensor.detach().clone())
            for name, (tensor, version) in now.items()
            if (before := here.seen.get(name)) is None or before[0] is not tensor or before[1] != version
        )
        here.seen = now
        if here.line is not None and len(self.ran) < MOST_LINES:
            self.ran.append(ExecutedStatement(frame.f_code, here.line, following, made, self.printed()))


def returns(wanted: Collection[int], held: dict[int, dict[str, object]]) -> Callable[..., Any]:
    """A trace function that puts into `held` what the functions of these codes (ids) hold when they return.

    The last call of a function counts. It is called for every function that runs, so it does as little as it can.
    """

    def inside(frame: FrameType, event: str, arg: object) -> Any:
        if event == "return":
            held[id(frame.f_code)] = dict(frame.f_locals)
        return inside

    def called(frame: FrameType, event: str, arg: object) -> Any:
        if id(frame.f_code) not in wanted:
            return None
        frame.f_trace_lines = False
        return inside

    return called


@contextlib.contextmanager
def tracing(tracer: Any) -> Iterator[None]:
    """`tracer` for this thread meanwhile; a debugger's or a coverage tool's own comes back afterwards."""
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)


def _tensors(frame: FrameType) -> dict[str, tuple[Tensor, int]]:
    """Name → tensor and how often it was changed in place: the frame's locals, and what its `self` keeps."""
    held = frame.f_locals
    found = {name: _version(value) for name, value in held.items() if isinstance(value, Tensor)}
    owner = held.get("self")
    if isinstance(owner, nn.Module):
        for name, value in vars(owner).items():
            if isinstance(value, Tensor):
                found[f"self.{name}"] = _version(value)
    return found


def _version(tensor: Tensor) -> tuple[Tensor, int]:
    return tensor, 0 if tensor.is_inference() else tensor._version
