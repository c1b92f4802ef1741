"""A student's own file: read, run like `python file.py` would, and its mistakes turned into sentences."""

from __future__ import annotations

import linecache
import math
import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path

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
    """Ctrl+C ends the program, unless it runs where nobody could type it: then it is one more way to fail."""
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
    try:
        with torch.random.fork_rng(devices=[]), running():
            exec(compile(source, file, "exec"), module.__dict__)
    except BaseException as error:
        let_through(error)
        raise UserError(_broken(path, file, source, error)) from None
    finally:
        if folder in sys.path:  # the file may have removed it
            sys.path.remove(folder)
    cls = module.__dict__.get(name)
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise UserError(
            f"--cell {visible(spec)}: {visible(name)} is not an nn.Module: write class {visible(name)}(nn.Module)"
        )
    return UserClass(file, name, cls, source, statements(source))


def _broken(path: str, file: str, source: str, error: BaseException) -> str:
    lines = [frame.lineno or 1 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    said = _said(error)
    if not lines:
        return f"--cell: '{visible(path)}' does not run: {said}"
    text = visible(source.splitlines()[lines[-1] - 1].strip())
    return f"--cell: '{visible(path)}' does not run: line {lines[-1]}: {text} — {said}"
