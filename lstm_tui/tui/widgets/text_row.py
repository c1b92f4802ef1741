"""The text around the cursor: what was read, what is read now, what the model guessed wrong."""

from __future__ import annotations

from textual import events
from textual.message import Message

from lstm_tui.core.step import Character, Step
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import Line, TextData, paint_text, text_slots, text_window
from lstm_tui.tui.paint.numbers import level_glyph
from lstm_tui.tui.paint.rows import SLOT
from lstm_tui.tui.system.characters import cell, narrow, runs_from_right
from lstm_tui.tui.widgets.painted import Painted, shown


class TextRow(Painted):
    """One line, as wide as there is room: `width: 1fr; height: 1`."""

    DEFAULT_CSS = "TextRow { width: 1fr; height: 1; }"

    step: shown[Step | None] = shown(None)
    characters: shown[tuple[Character, ...]] = shown(())
    """Those of `window(...)`; what does not fit is left out, never the current one."""

    def take(self, frame: Frame) -> None:
        self.step, self.characters = frame.step, frame.characters

    class PositionClicked(Message):
        """A character was clicked: the step that reads it."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    @staticmethod
    def capacity(length: int, width: int) -> int:
        """How many characters of a text a row of this width can show: where they do not all fit, a column each."""
        return max(width // SLOT if length * SLOT <= width else width - 1, 1)

    @staticmethod
    def window(position: int, length: int, width: int) -> tuple[int, int]:
        """Which steps (start, stop) to show, so that the text stands still on most steps."""
        return text_window(position, length, TextRow.capacity(length, width))

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        return [paint_text(self._data(ascii), width), *([(" " * width, "text")] for _ in range(height - 1))]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y:
            return
        for slot in text_slots(self._data(self.look.ascii), self.content_size.width):
            if slot.x <= offset.x < slot.x + slot.width:
                event.stop()
                self.post_message(self.PositionClicked(slot.position))
                return

    def _data(self, ascii: bool) -> TextData:
        current = self.step.position if self.step is not None else None
        dense = len(self.characters) * SLOT > self.content_size.width
        symbols = tuple((c.position, self._label(c, ascii, dense), bool(c.wrong)) for c in self.characters)
        from_right = not self.look.ltr and runs_from_right([c.symbol for c in self.characters])
        return TextData(symbols, current, dense, from_right)

    @staticmethod
    def _label(character: Character, ascii: bool, dense: bool) -> str:
        """A character; of a row of numbers how high the target stands."""
        if character.level is not None:
            return level_glyph(character.level, ascii)
        return (narrow if dense else cell)(character.symbol, ascii)
