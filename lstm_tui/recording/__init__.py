"""Getting the screen out: the thrifty terminal driver and recordings.

Names are loaded when used, since Textual costs 0.2 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_tui.recording.thrifty import ThriftyDriver

__all__ = ["ThriftyDriver"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from lstm_tui.recording import thrifty

        return getattr(thrifty, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
