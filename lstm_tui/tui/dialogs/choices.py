"""A list to choose from, in which the choice can be read without any colour."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lstm_tui.core.vocabulary import visible

CHOSEN, OTHER = "▸ ", "  "


class Choices(OptionList):
    """One line each; a sign is before the highlighted one, also while another field has the focus."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._offered = tuple(map(visible, lines))
        super().__init__(*(Option(_line(line, False)) for line in self._offered))

    def offer(self, lines: Iterable[str]) -> None:
        """Replace the lines; none is highlighted then."""
        self._offered = ()
        self.clear_options()
        self._offered = tuple(map(visible, lines))
        self.add_options(Option(_line(line, False)) for line in self._offered)

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        for index, line in enumerate(self._offered):
            self.replace_option_prompt_at_index(index, _line(line, index == highlighted))


def _line(line: str, chosen: bool) -> Content:
    return Content((CHOSEN if chosen else OTHER) + line)
