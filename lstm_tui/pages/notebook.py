"""Steps in a notebook: the page, in a frame of its own, kept as small as something that is saved with every cell."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterable
from typing import Protocol

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import Step
from lstm_tui.pages.page import PageSource, framed, trace_page

NUMBERS = 10_000
"""About 500 kB: 200 steps of eight units."""
LEAST = 10
EXPLAINED = 1_500
"""As `MOST_EXPLAINED`: a cell's output should take no longer than a second or two."""
NO_TERMINAL = "a notebook is not a terminal, so here is the page instead: click it, and the arrow keys step"


class SteppedSource(PageSource, Protocol):
    """A debugger, as far as it is shown."""

    @property
    def length(self) -> int: ...
    def steps(self, start: int, stop: int) -> Iterable[Step]: ...


def in_kernel() -> bool:
    """Whether this process answers a notebook. It loads nothing: a kernel has loaded IPython already."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def display(shown: object) -> None:
    """Below the notebook's cell."""
    sys.modules["IPython"].display.display(shown)


def element(reading: SteppedSource, version: str) -> str:
    """The first steps as HTML; a sentence where there are more, or where they cannot be made."""
    numbers = sum(reading.about.hidden_sizes) * len(reading.quantities)
    count = min(reading.length, max(LEAST, NUMBERS // numbers))
    try:
        whole = "".join(trace_page(reading, reading.steps(0, count + 1), version, EXPLAINED))
    except UserError as error:
        return f"<p>{html.escape(str(error))}</p>"
    rest = "" if count == reading.length else f"<p>steps 1 to {count} of {reading.length}: to_html(path) writes all</p>"
    return framed(whole) + rest
