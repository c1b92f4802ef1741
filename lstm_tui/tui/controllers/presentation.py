"""What the screen does for those who watch: shows the keys as they are pressed, words below, chapters in recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

from lstm_tui.tui.widgets.caption import CaptionBar
from lstm_tui.tui.widgets.footer import KeyFooter

if TYPE_CHECKING:
    from lstm_tui.tui.view import DebuggerView

LAST = 3
"""Keys shown at once."""
SHOWN = 1.5
"""Seconds after which they go, if no other follows."""
_SIGNS = {"right": "→", "left": "←", "up": "↑", "down": "↓"}


class PresentationController:
    """Owns the keys shown. Nothing here changes what is debugged, or needs a model."""

    def __init__(self, view: DebuggerView) -> None:
        self._view = view
        self._pressed: tuple[str, ...] = ()
        self._forgetting: Timer | None = None

    def show_key(self, key: str | None) -> None:
        """The keys just pressed, at the footer's edge, the newest last; None takes them away."""
        if self._forgetting is not None:
            self._forgetting.stop()
            self._forgetting = None
        if key is None:
            self._show(())
        else:
            self._show((*self._pressed, _SIGNS.get(key, key))[-LAST:])
            self._forgetting = self._view.set_timer(SHOWN, self._forget)

    def _forget(self) -> None:
        self._forgetting = None
        self._show(())

    def _show(self, keys: tuple[str, ...]) -> None:
        self._pressed = keys
        footer = self._view.query_one(KeyFooter)
        footer.pressed = " ".join(keys if not footer.look.ascii else map(_in_ascii, keys))

    def show_caption(self, text: str) -> None:
        """Words in the bar at the bottom."""
        bar = self._view.query_one(CaptionBar)
        bar.text = text
        if not bar.display:
            bar.display = True
            self._view.fit()


def _in_ascii(key: str) -> str:
    return next((name for name, sign in _SIGNS.items() if sign == key), key)
