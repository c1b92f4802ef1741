"""All keys, made from the one list, and how to read the screen."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from lstm_tui.core.quantities import LSTM
from lstm_tui.tui.dialogs.dismiss import DismissOnce
from lstm_tui.tui.keys import rows
from lstm_tui.tui.paint.runs import plain
from lstm_tui.tui.system.theme import DEFAULT_LOOK

READING = (
    "step k is the state after k characters; step 0 is the zero state before any.",
    "Traces and conditions also count t, from 0: step 3 is t = 2.",
    "Every bar has its number beside it. Gates run from 0 to 1, c̃, c and h to both sides of 0.",
    "A prime is the step before: c' and h' are what a step begins with.",
    "c has no bound: the panel's scale fits most units in the first steps of the text, a curve's its own unit;",
    "an arrowhead at the end of a bar says that it goes on beyond the scale.",
    "▇ was kept of c', ▄ was written, ▁ was taken away by what was written.",
    "Blue is negative, orange positive: colour means sign and nothing else.",
    "▲ and ▼ on c and h show the change since the step before, ╎ marks the value there; the largest are bright.",
    "f holds a value of the selected unit and computes what follows from it; = behind a number marks it. F lists all.",
    "∂ are derivatives: by how much the loss would grow with a value, through all that follows from it. d shows them.",
    "t trains the current weights or fresh ones. Adam starts afresh each time: it keeps no state of earlier training.",
    "Underlined characters were guessed wrong. In the guess row, ✓ marks the character that really comes next.",
)


def help_text(ascii: bool = False, refusal: Callable[[str], str | None] = lambda _: None) -> Content:
    """The whole page. Actions that would do nothing now are dimmed."""
    words = plain if ascii else str
    parts: list[Content | tuple[str, str]] = []
    shown = ""
    for group, keys, does, id in rows():
        if group != shown:
            parts.append((f"{group}\n" if not shown else f"\n{group}\n", "bold"))
            shown = group
        parts.append((words(f"  {keys:<24} {does}\n"), "" if refusal(id) is None else "dim"))
    parts.append(("\nThe six quantities\n", "bold"))
    parts += [Content(words(f"  {q.symbol}  {q.word:<10} {q.sentence}\n")) for q in LSTM]
    parts.append(("\nReading the screen\n", "bold"))
    parts += [Content(words(f"  {line}\n")) for line in READING]
    return Content.assemble(*parts)


class Help(DismissOnce, ModalScreen[None]):
    """Arrow keys scroll; escape, ? and q go back."""

    DEFAULT_CSS = """
    Help { align: center middle; background: transparent; }
    Help > VerticalScroll {
        width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; border: round $secondary;
        background: $background; border-title-color: $foreground; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS = [Binding("escape,question_mark,f1,q", "dismiss", "go back", id="help.close", show=False)]

    def __init__(self, refusal: Callable[[str], str | None]) -> None:
        super().__init__()
        self._refusal = refusal

    def compose(self) -> ComposeResult:
        with VerticalScroll() as page:
            page.border_title = "help: ↑↓ scroll, escape goes back"
            yield Static(help_text(getattr(self.app, "look", DEFAULT_LOOK).ascii, self._refusal))
