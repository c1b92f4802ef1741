"""Sentences to the user: what just happened, and the one that asks for more room."""

from __future__ import annotations

import re
from textwrap import wrap

from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.paint.runs import Line, fit
from lstm_tui.tui.widgets.painted import Painted, shown

MOST_LINES = 6


def _sentence(parts: list[str], width: int, height: int) -> list[Line]:
    painted = [fit([(part, "message")], width) for part in parts[:height]]
    return [*painted, *([(" " * width, "text")] for _ in range(height - len(painted)))]


_WORDS = (("↑↓", "up/down"), ("→", "right"), ("←", "left"), ("↑", "up"), ("↓", "down"), ("σ", "sigmoid"), ("…", "..."))
"""What `--ascii` says for signs that would become other keys, or nothing anybody knows."""
_BETWEEN = re.compile(r"(?<=[\d.]) → (?=[-+\d])")


def spelled(text: str, ascii: bool) -> str:
    """`text` as a sentence shows it: in words where only ASCII is drawn."""
    shown = visible(text)
    if not ascii:
        return shown
    shown = _BETWEEN.sub(" to ", shown)
    for sign, word in _WORDS:
        shown = shown.replace(sign, word)
    return shown


def folded(text: str, width: int, ascii: bool = False) -> list[str]:
    """`text` as lines of a notice `width` columns wide."""
    return wrap(spelled(text, ascii), max(width - 2, 8), max_lines=MOST_LINES, placeholder=" …")


class MessageRow(Painted):
    """One line of its own, so that a sentence never takes the place of the step."""

    DEFAULT_CSS = "MessageRow { height: 1; }"
    text: shown[str] = shown("")

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return _sentence([spelled(self.text, ascii)], width, height)


class Notice(Painted):
    """A sentence too long for its row: it covers what is below until the next key, and moves nothing."""

    DEFAULT_CSS = "Notice { layer: above; offset: 0 3; width: 100%; height: 2; display: none; }"
    text: shown[str] = shown("")

    def watch_text(self, text: str) -> None:
        self.display = bool(text)
        if text:
            self.styles.height = len(folded(text, self.app.size.width, self.look.ascii))

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return _sentence(folded(self.text, width, ascii), width, height)


class MoreRoom(Painted):
    """All there is on a screen under 60×16."""

    DEFAULT_CSS = "MoreRoom { width: 100%; height: 100%; display: none; }"

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        sentence = f"lstm-tui needs 60×16 characters and has {width}×{height}: enlarge the window"
        return _sentence(wrap(sentence.replace("×", "x") if ascii else sentence, max(width - 2, 8)), width, height)
