"""The last row: the keys worth knowing, in one line that is clickable."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events

from lstm_tui.tui.keys import ALWAYS, FOOTER, KEYS, Key
from lstm_tui.tui.paint.runs import Line, fit
from lstm_tui.tui.widgets.painted import Painted, shown

_PLAIN = {"→": "right", "←": "left", "↑↓": "up/down"}
"""In words: `>` and `<` are keys that do something else."""
_ENTRIES = sorted((key for key in KEYS if key.footer is not None), key=lambda key: FOOTER.index(key.id))


@dataclass(frozen=True)
class Entry:
    """One key of the footer and where it is."""

    key: Key
    sign: str
    word: str
    x: int

    @property
    def stop(self) -> int:
        """The column after the entry."""
        return self.x + cell_len(f"{self.sign} {self.word}")


def entries(width: int, ascii: bool = False) -> list[Entry]:
    """As many entries as fit into `width` columns; those of `ALWAYS` go last of all."""
    chosen = list(_ENTRIES)
    dropped = [key for key in reversed(chosen) if key.id not in ALWAYS]
    while (placed := _placed(chosen, ascii)) and placed[-1].stop > width and dropped:
        chosen.remove(dropped.pop(0))
    return placed


def _placed(keys: list[Key], ascii: bool) -> list[Entry]:
    placed: list[Entry] = []
    x = 1
    for key in keys:
        sign, word = key.footer or ("", "")
        placed.append(Entry(key, _PLAIN.get(sign, sign) if ascii else sign, word, x))
        x = placed[-1].stop + 2
    return placed


class KeyFooter(Painted):
    """Keys and words; at the right edge the keys just pressed, for recordings (`--show-keys`)."""

    DEFAULT_CSS = "KeyFooter { height: 1; }"

    pressed: shown[str] = shown("")
    idle: shown[frozenset[str]] = shown(frozenset())
    """Ids of what does nothing now: dimmed. Their keys say why."""

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        pressed = f" {self.pressed} " if self.pressed else ""
        room = width - cell_len(pressed)
        line: Line = []
        at = 0
        for entry in entries(room, ascii):
            line += [(" " * (entry.x - at), "quiet"), (entry.sign, "quiet" if entry.key.id in self.idle else "title")]
            line.append((f" {entry.word}", "quiet"))
            at = entry.stop
        line = fit(line, room)
        return [
            [*line, (pressed, "current")] if pressed else line,
            *([(" " * width, "quiet")] for _ in range(height - 1)),
        ]

    async def on_click(self, event: events.Click) -> None:
        for entry in entries(self.content_size.width, self.look.ascii):
            if entry.x <= event.x < entry.stop:
                event.stop()
                await self.run_action(f"screen.do('{entry.key.id}')")
