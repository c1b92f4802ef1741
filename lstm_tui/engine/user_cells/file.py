"""A student's own file: read, run like `python file.py` would, and its mistakes turned into sentences."""

from __future__ import annotations

import contextlib
import linecache
import math
import sys
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn
from torch.nn import functional

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError, read_source
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.user_cells.line_tracer import statements
from lstm_tui.engine.user_cells.user_code import Interrupted, interrupts, running

_LONGEST = 200
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
    first_lines: dict[int, int]
    """See `lines.statements`."""

    @property
    def where(self) -> str:
        """`my_cell.py:MyCell`, fit to be shown."""
        return f"{visible(Path(self.path).name)}:{visible(self.name)}"

    def text(self, line: int) -> str:
        """A line of the file, without its indentation and comment, fit to be shown."""
        lines = self.source.splitlines()
        return visible(lines[line - 1].strip()) if 0 < line <= len(lines) else ""

    def error(self, line: int | None, what: str) -> CellError:
        """What is to be said of a failure at a line of the file, where that is known."""
        return CellError(self.where, line, "" if line is None else self.text(line), what)


def failed(cell: UserClass, error: BaseException) -> CellError:
    """`error`, raised somewhere under the cell's code, as a sentence that names the last line of the user's file."""
    let_through(error)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell.path]
    return cell.error(lines[-1] if lines else None, _said(error))


def let_through(error: BaseException) -> None:
    """Ctrl+C ends the program, unless it runs where it cannot be typed: there it is one more failure."""
    if isinstance(error, KeyboardInterrupt) and not interrupts.enabled:
        raise error


def _said(error: BaseException) -> str:
    said = visible(" ".join(str(error).split()))[:_LONGEST]
    if isinstance(error, Interrupted):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


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
        let_through(error)
        if name not in module.__dict__:  # what comes after the class is not needed to run it
            raise UserError(_broken(path, file, source, error)) from None
    finally:
        sys.argv = words
        if folder in sys.path:  # the file may have removed it
            sys.path.remove(folder)
    cls = module.__dict__.get(name)
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise UserError(f"{visible(Path(path).name)}:{visible(name)} is not an nn.Module{_mend(cls, name)}")
    return UserClass(file, name, cls, source, statements(source))


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


def _mend(cls: object, name: str) -> str:
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
    said = _said(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = visible(error.name.partition(".")[0])
        said = f"there is no module {package} here: install it (pip install {package}), or leave the import out"
    if not lines:
        return f"'{visible(path)}' does not run: {said}"
    text = visible(source.splitlines()[lines[-1] - 1].strip())
    return f"'{visible(path)}' does not run: line {lines[-1]}: {text} — {said}"
