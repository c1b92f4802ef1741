"""What the screen does for those who watch: shows the keys as they are pressed, words below, chapters in recordings."""

from __future__ import annotations

from textual.timer import Timer

from lstm_tui.tui.frame import Frame
from lstm_tui.tui.view import DebuggerView
from lstm_tui.tui.widgets.caption import CaptionBar
from lstm_tui.tui.widgets.footer import KeyFooter

LAST = 3
"""Keys shown at once."""
SHOWN = 1.5
"""Seconds after which they go, if no other follows."""
_SIGNS = {"right": "→", "left": "←", "up": "↑", "down": "↓"}


class Audience(DebuggerView):
    """Nothing here changes what is debugged."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._pressed: tuple[str, ...] = ()
        self._forgetting: Timer | None = None

    def watch_frame(self, before: Frame, frame: Frame) -> None:
        """A recording gets a marker for every step."""
        mark = getattr(self.app.driver_class, "mark", None)
        if mark is not None and frame.step is not None and frame.step != before.step:
            mark(frame.step)
        super().watch_frame(before, frame)

    def show_key(self, key: str | None) -> None:
        """The keys just pressed, at the footer's edge, the newest last; None takes them away."""
        if self._forgetting is not None:
            self._forgetting.stop()
            self._forgetting = None
        if key is None:
            self._show(())
        else:
            self._show((*self._pressed, _SIGNS.get(key, key))[-LAST:])
            self._forgetting = self.set_timer(SHOWN, self._forget)

    def _forget(self) -> None:
        self._forgetting = None
        self._show(())

    def _show(self, keys: tuple[str, ...]) -> None:
        self._pressed = keys
        footer = self.query_one(KeyFooter)
        footer.pressed = " ".join(keys if not footer.look.ascii else map(_in_ascii, keys))

    def show_caption(self, text: str) -> None:
        """Words in the bar at the bottom."""
        bar = self.query_one(CaptionBar)
        bar.text = text
        if not bar.display:
            bar.display = True
            self.fit()


def _in_ascii(key: str) -> str:
    return next((name for name, sign in _SIGNS.items() if sign == key), key)
