"""Screens that lie over the debugger's close once, however many keys arrive together, as they do over a slow line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete

if TYPE_CHECKING:
    from textual.screen import Screen

    Base = Screen[Any]
else:
    Base = object  # a mixin: Textual looks for styles along the first base that is one of its own


class DismissOnce(Base):
    """`dismiss` closes whatever is on top. A second enter that was already under way to a dialog would close the
    screen below it too, and the program with it."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close with an answer; does nothing where it was closed before."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
