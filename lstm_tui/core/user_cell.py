"""`--cell path/to/file.py:Class` and `--names f=fgate`, as far as they can be checked without running anything."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import Any, Literal

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.notebooks import Cells, cells_in, code_of, place
from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible

QUANTITIES = ("f", "i", "c_tilde", "o", "r", "z", "n")
"""What `--names` may name: h and c are what the cell returns."""
_NO_PYTHON = "it is not a Python file in UTF-8"
_ALIASES = {"g": "c_tilde", "c̃": "c_tilde"}


class CellError(UserError):
    """A user's cell failed while it ran: which line, what it said, and at which step where that is known."""

    def __init__(self, where: str, line: int | None, text: str, what: str, cells: Cells = ()) -> None:
        super().__init__(where, line, text, what, cells)
        self.where = where
        """`my_cell.py:MyCell`, fit to be shown like all that follows."""
        self.line = line
        self.text = text
        """The line itself."""
        self.what = what
        """`RuntimeError: …`, or what is wrong with what came back."""
        self.cells = cells
        """Of a notebook."""
        self.position: int | None = None

    def __str__(self) -> str:
        step = "" if self.position is None else f"{step_name(self.position)}: "
        line = "" if self.line is None else f"{place(self.cells, self.line)}: {self.text} — "
        return f"{step}{self.where} {line}{self.what}"


def is_user_cell(cell: str | None) -> bool:
    """Whether `--cell` names a class of a file instead of one of ours."""
    return cell is not None and (".py" in cell or ".ipynb" in cell or ":" in cell)


def class_name(cell: str) -> str:
    """The class in `file.py:Class`."""
    return cell.rpartition(":")[2]


def check_user_cell(cell: str, option: str = "--cell ") -> None:
    """Whether there is such a file with such a class at its top level. Raises `UserError` with the mend.

    `option`: what stood before it on the command line.
    """
    reach.now().check_code(cell)
    path, colon, name = cell.rpartition(":")
    shown = f"{option}{visible(cell)}"
    if not colon or not name.isidentifier():
        example = option or "lstm-tui check "
        raise UserError(f"{shown}: name the class too, as in {example}my_cell.py:MyCell")
    source = read_source(cell, option)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        where = place(cells_in(path, source), error.lineno or 1)
        raise UserError(f"{shown}: {where} is not Python ({visible(error.msg)})") from None
    except (ValueError, RecursionError):
        raise UserError(f"{shown}: the file cannot be read ({_NO_PYTHON})") from None
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    if name in classes:
        return
    near = difflib.get_close_matches(name, classes, 1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(classes[:8]) or 'no class'}"
    raise UserError(f"{shown}: '{visible(path)}' has no class {visible(name)}: {hint}")


def read_source(cell: str, option: str = "--cell ") -> str:
    """The text of the file in `file.py:Class`. Raises `UserError`."""
    path, shown = cell.rpartition(":")[0], f"{option}{visible(cell)}"
    try:
        # Whether code may be run was asked above, and a script's path is placed before it comes here.
        with TextIOWrapper(reach.regular(reach.Reach().open(path)), encoding="utf-8-sig") as file:
            text = file.read()
        return code_of(text) if path.endswith(".ipynb") else text
    except FileNotFoundError:
        raise UserError(f"{shown}: there is no file '{visible(path)}': check the path") from None
    except (KeyError, TypeError, json.JSONDecodeError):
        raise UserError(f"{shown}: the file cannot be read (it is not a Jupyter notebook)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _NO_PYTHON
        raise UserError(f"{shown}: the file cannot be read ({visible(reason)})") from None


def parse_names(text: str | None) -> dict[str, str]:
    """`f=fgate,g=cand` → quantity name → the variable's name. Raises `UserError` for anything else."""
    names: dict[str, str] = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        key, equals, variable = (word.strip() for word in part.partition("="))
        key = _ALIASES.get(key, key)
        if key in ("c", "h"):
            raise UserError(
                f"--names {visible(part)}: {key} is what the cell returns and needs no name; name f, i, g, o, r, z or n"
            )
        if not equals or key not in QUANTITIES or not variable.removeprefix("self.").isidentifier():
            raise UserError(
                f"--names {visible(part)}: write a quantity (f, i, g, o, r, z, n), =, and the variable in your code, "
                "as in --names f=fgate,g=cand"
            )
        names[key] = variable
    return names


def parse_plain(text: str | None) -> dict[str, Any]:
    """`--args "output_size=10, bias=False"` as keyword arguments. Raises `UserError`."""
    if not text:
        return {}
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        assert isinstance(call, ast.Call)
        assert not call.args
        return {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, AssertionError):
        raise UserError(
            f'--args {visible(text)}: write names and plain values, as in --args "output_size=10, bias=False"'
        ) from None


# What `lstm-tui check` is asked, and what it found

_FUNCTIONS = {"lstm": ("by-hand", "nn.LSTM"), "gru": ("gru", "nn.GRU"), "rnn": ("rnn", "nn.RNN")}


def function_named(word: str) -> tuple[str, str] | None:
    """The cell of ours that computes what `--against nn.LSTM` names, and PyTorch's name; None where it names none."""
    return _FUNCTIONS.get(word.lower().removeprefix("nn.").removesuffix("cell"))


FORGET_BIAS = "(a constant bias)"
"""Ends what is said of a number that the source adds inside a gate: the function is still an LSTM's."""
MARKS = {"textbook": "✓", "variant": "·", "departs": "✗", "not checked": "?"}
_SHOWN = {"c_tilde": "c̃"}
Verdict = Literal["textbook", "variant", "departs", "not checked"]


@dataclass(frozen=True)
class CheckRequest:
    """A class of the user's own, and what is to be asked of it."""

    spec: str
    """`file.py:Class`."""
    text: str
    arguments: Mapping[str, Any]
    """For its constructor, besides the sizes."""
    names: Mapping[str, str]
    """Quantity → the variable that it is in the source."""
    against: str | None = None


@dataclass(frozen=True)
class EquationVerdict:
    """One equation of the class."""

    quantity: str
    label: str | None
    """What the source calls it."""
    line: int | None
    formula: str
    verdict: Verdict
    says: str = ""


@dataclass(frozen=True)
class Departure:
    """Where the class computes something else than the textbook, in the order of computation."""

    quantity: str
    line: int | None
    says: str
    step: int | None = None
    """The step of the text at which the two values are furthest apart; None where no value tells it."""
    unit: int | None = None
    has: float | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Listed:
    """One entry of a list of what a class computes."""

    text: str
    line: int | None
    step: int | None = None
    unit: int | None = None
    within: bool = True
    """Whether it is about a step at all, and not about weights."""


@dataclass(frozen=True)
class CheckReport:
    """All of it."""

    name: str
    form: str
    kind: str | None
    """`lstm`, `peephole`, `gru` …; None where it is none of those that are known."""
    equations: tuple[EquationVerdict, ...]
    findings: tuple[Departure, ...] = ()
    gradient: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is not judged, and why."""
    against: str | None = None
    """What `--against` found."""
    same: bool | None = None
    """Whether the function is that of `--against`."""
    facts: tuple[str, ...] = ()
    """What is worth knowing besides, and no mistake."""
    cells: Cells = ()
    """Of a notebook."""

    def place(self, line: int | None) -> str:
        """`line 7`, or `cell 3, line 7` of a notebook; nothing for a line that is not known."""
        return "" if line is None else place(self.cells, line)

    def at(self, line: int | None) -> str:
        """The same before what is said of it."""
        return "" if line is None else f"{self.place(line)}: "

    def with_findings(self, more: Iterable[Departure]) -> CheckReport:
        """The same with more of them: it is then none of the kinds that are known."""
        found = (*self.findings, *more)
        return self if len(found) == len(self.findings) else replace(self, findings=found, kind=None)

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The findings, then every equation, to be chosen from."""
        quantities = {one.quantity: one for one in self.equations}
        found = [
            Listed(f"✗ {self.at(one.line)}{one.says}", one.line, one.step, one.unit, one.quantity in quantities)
            for one in self.findings
        ]
        rows = [
            Listed(f"{MARKS[e.verdict]} {self.at(e.line)}{_SHOWN.get(e.quantity, e.quantity)} = {e.formula}", e.line)
            for e in self.equations
        ]
        beside = [f"gradient: {one}" for one in self.gradient] + [f"note: {one}" for one in self.facts]
        return (*found, *rows, *(Listed(f"· {one}", None, within=False) for one in beside))

    @property
    def departs(self) -> bool:
        """Whether anything does."""
        return bool(self.findings) or self.same is False
