"""A student's own file: read, run like `python file.py` would, and its mistakes turned into sentences."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import math
import re
import sys
import traceback
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn
from torch.nn import functional

from lstm_tui.core.errors import UserError
from lstm_tui.core.notebooks import Cells, cells_in, place
from lstm_tui.core.user_cell import CellError, read_source
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.user_cells.user_code import Interrupted, interrupts, running
from lstm_tui.engine.user_cells.watching.line_tracer import statements

_LONGEST = 200
_CUTS = re.compile(r"\.detach\(|\.detach_\(|\.data\b|no_grad|torch\.tensor\(|\.item\(|\.tolist\(|\.numpy\(")
_HINTS = {
    r"before Module.__init__\(\) call": "; begin __init__ with super().__init__()",
    r"Expected hidden\[0\] size \([2-9]": "; it has several layers or directions, and one is read: --args num_layers=1",
    r"Expected [34]D .* input to conv": "; a convolution reads images, and here vectors go in",
}
"""What helps, after what Python and torch say."""
_NOTEBOOK = {
    "torch": torch,
    "nn": nn,
    "F": functional,
    "np": numpy,
    "numpy": numpy,
    "math": math,
    "Tensor": torch.Tensor,
}
"""Names a class pasted from a notebook relies on: its imports were in another cell. The file's own imports win."""


@dataclass(frozen=True, eq=False)
class UserClass:
    """A class of a user's file."""

    path: str
    name: str
    cls: type[nn.Module]
    source: str

    @cached_property
    def first_lines(self) -> dict[int, int]:
        """See `line_tracer.statements`."""
        return statements(self.source)

    @property
    def where(self) -> str:
        """`my_cell.py:MyCell`, fit to be shown."""
        return f"{visible(Path(self.path).name)}:{visible(self.name)}"

    def text(self, line: int) -> str:
        """A line of the file, without its indentation and comment, fit to be shown."""
        lines = self.source.splitlines()
        return visible(lines[line - 1].strip()) if 0 < line <= len(lines) else ""

    @property
    def others(self) -> list[str]:
        """Other classes of the file that it makes and that take a state: its cells, if it is a model."""
        code = getattr(self.cls.__init__, "__code__", None)
        made = set() if code is None else {*code.co_names, *(n for c in code.co_consts if isinstance(c, types.CodeType)
                                                            for n in c.co_names)}  # fmt: skip
        classes = [one for one in vars(sys.modules[self.cls.__module__]).values() if isinstance(one, type)]
        cells = [one for one in classes if issubclass(one, nn.Module) and one.__module__ == self.cls.__module__]
        takes = {one.__name__: len(inspect.signature(one.forward).parameters) - 1 for one in cells}
        return [name for name, count in takes.items() if name in made and count > 1]

    def assigned(self, attribute: str) -> int | None:
        """The line that makes an attribute."""
        made = re.compile(rf"\s*self\.{re.escape(attribute.partition('.')[0])}\b[^=]*=[^=]")
        return next((at for at, line in enumerate(self.source.splitlines(), 1) if made.match(line)), None)

    def cuts(self, lines: Iterable[int]) -> int | None:
        """The first of these lines that cuts the way back in so many words."""
        return next((at for at in sorted(lines) if _CUTS.search(self.text(at))), None)

    def error(self, line: int | None, what: str) -> CellError:
        """What is to be message of a failure at a line of the file, where that is known."""
        return CellError(self.where, line, "" if line is None else self.text(line), what, self.cells)

    @property
    def cells(self) -> Cells:
        """Of a notebook."""
        return cells_in(self.path, self.source)

    def place(self, line: int | None) -> str:
        """`line 7`, or `cell 3, line 7`."""
        return "a line" if line is None else place(self.cells, line)


def failed(cell: UserClass, error: BaseException) -> CellError:
    """`error`, raised somewhere under the cell's code, as a sentence that names the last line of the user's file."""
    reraise_interrupt(error)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell.path]
    return cell.error(lines[-1] if lines else None, _message(error))


def reraise_interrupt(error: BaseException) -> None:
    """Ctrl+C ends the program, unless it runs where nobody could type it: then it is one more way to fail."""
    if isinstance(error, KeyboardInterrupt) and not interrupts.enabled:
        raise error


def _message(error: BaseException) -> str:
    message = visible(" ".join(str(error).split()))[:_LONGEST]
    if isinstance(error, Interrupted):
        return message
    message += next((hint for pattern, hint in _HINTS.items() if re.search(pattern, message)), "")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def load_class(spec: str) -> UserClass:
    """The class that `path/to/file.py:Class` names. Runs the file; what it prints goes nowhere.

    Raises `UserError` where the file cannot be read or does not run, or has no such `nn.Module`.
    """
    path, _, name = spec.rpartition(":")
    source = read_source(spec)
    file = str(Path(path).resolve())
    module = types.ModuleType(f"lstm_tui_user_{Path(path).stem}")
    module.__file__ = file
    module.__dict__.update(_NOTEBOOK)
    sys.modules[module.__name__] = module  # dataclasses and typing look modules up there
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    folder = str(Path(file).parent)
    sys.path.insert(0, folder)  # as `python file.py` does, for a helper beside it
    words, sys.argv = sys.argv, [file]  # the command line is ours
    try:
        with torch.random.fork_rng(devices=[]), running(), _as_python():
            exec(compile(source, file, "exec"), module.__dict__)
    except BaseException as error:
        reraise_interrupt(error)
        if name not in module.__dict__:  # what comes after the class is not needed to run it
            raise UserError(_broken(path, file, source, error)) from None
    finally:
        sys.argv = words
        if folder in sys.path:  # the file may have removed it
            sys.path.remove(folder)
    cls = module.__dict__.get(name)
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise UserError(f"{visible(Path(path).name)}:{visible(name)} is not an nn.Module{_remedy(cls, name)}")
    return UserClass(file, name, cls, source)


class _Uncompiled(nn.Module):
    """What `torch.jit.ScriptModule` is where nothing is compiled."""

    def __init__(self, *_: object) -> None:
        super().__init__()


@contextlib.contextmanager
def _as_python() -> Iterator[None]:
    """TorchScript is left as the Python that it is written in: compiled, it has no lines to step through."""
    compiled = {torch: ("compile",), torch.jit: ("script", "script_method", "trace", "ScriptModule")}
    before = {(owner, name): getattr(owner, name) for owner, names in compiled.items() for name in names}
    for owner, name in before:
        setattr(owner, name, _Uncompiled if name == "ScriptModule" else _unchanged)
    try:
        yield
    finally:
        for (owner, name), value in before.items():
            setattr(owner, name, value)


def _unchanged(function: Any = None, *_: object, **__: object) -> Any:
    return _unchanged if function is None else function


def _remedy(cls: object, name: str) -> str:
    """What to do about a class that torch does not know."""
    functions = [getattr(cls, method, None) for method in ("forward", "__call__", "step", "__init__")]
    codes = [function.__code__ for function in functions if isinstance(function, types.FunctionType)]
    if any({"np", "numpy"} & set(code.co_names) for code in codes):
        return (
            f": it computes with numpy, which keeps no gradients; write class {visible(name)}(nn.Module) with "
            "torch.tanh, torch.sigmoid and @ in place of np.tanh, np.exp and np.dot"
        )
    return f": write class {visible(name)}(nn.Module)"


def _broken(path: str, file: str, source: str, error: BaseException) -> str:
    lines = [frame.lineno or 1 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    message = _message(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = visible(error.name.partition(".")[0])
        message = f"there is no module {package} here: install it (pip install {package}), or leave the import out"
    if not lines:
        return f"'{visible(path)}' does not run: {message}"
    text = visible(source.splitlines()[lines[-1] - 1].strip())
    return f"'{visible(path)}' does not run: {place(cells_in(path, source), lines[-1])}: {text} — {message}"
