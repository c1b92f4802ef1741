"""A notebook as one source: where a line of it is, in the notebook's own cells."""

from __future__ import annotations

import json
import re
from bisect import bisect_left

_MARK = re.compile(r"^# ── (cell .+?) ─+$", re.MULTILINE)
Cells = tuple[tuple[int, str], ...]
"""The line that stands before each cell, and what the cell is called; nothing for a plain file."""


def code_of(notebook: str) -> str:
    """The code cells one after the other, a line with its name before each; magics and shell lines become comments.

    A cell is called by its number in the notebook, In [n] where it has run. Raises `KeyError`, `TypeError` or
    `json.JSONDecodeError` for what is no notebook.
    """
    found = []
    for number, cell in enumerate(json.loads(notebook)["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        source, ran = cell["source"], cell.get("execution_count")
        lines = (source if isinstance(source, str) else "".join(source)).split("\n")
        if lines[0].startswith("%%"):
            lines = ["#" + line for line in lines]
        found.append(f"# ── cell {number if ran is None else f'In [{ran}]'} ──────")
        found += ["#" + line if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines]
    return "\n".join(found) + "\n"


def cells_in(path: str, source: str) -> Cells:
    """The cells of a notebook's source."""
    if not path.endswith(".ipynb"):
        return ()
    return tuple((source.count("\n", 0, mark.start()) + 1, mark.group(1)) for mark in _MARK.finditer(source))


def place(cells: Cells, line: int) -> str:
    """`line 7`, or `cell 3, line 7` of a notebook."""
    name, own = split(cells, line)
    return f"line {own}" if name is None else f"{name}, line {own}"


def split(cells: Cells, line: int) -> tuple[str | None, int]:
    """The cell that a line is in, and which of its lines it is."""
    at = bisect_left([first for first, _ in cells], line)
    if not at:
        return None, line
    first, name = cells[at - 1]
    return name, line - first
