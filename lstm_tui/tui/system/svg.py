"""The screen as an SVG that needs nothing from elsewhere and is valid XML whatever is on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture(app: App[Any]) -> str:
    """What the app shows, dialogs included."""
    return harmless(app.export_screenshot(title="lstm-tui"))


def harmless(svg: str) -> str:
    """`svg` without the addresses of its fonts (a reader's browser asks nobody for them and takes its own), and
    without characters that XML has no way to write."""
    return _NOT_XML.sub("\ufffd", re.sub(r",\s*url\([^)]*\)\s*format\([^)]*\)", "", svg))
