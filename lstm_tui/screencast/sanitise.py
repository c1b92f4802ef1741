"""What of a terminal program's output belongs in a recording: what draws, and nothing that talks to the terminal. Pure.

Players know far fewer sequences than terminals, and some show a part of what they do not know. So only what is known
to draw goes in; keyboard protocols, mouse modes, queries, titles, the clipboard, links and the bell do not.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]",
    re.DOTALL,
)
_DRAWS = re.compile(r"\x1b\[[0-9;:]*[ABCDGHJKdm]|\x1b\[\?(?:7|25)l")
_ENTERED = "\x1b[?1049h"
"""Players need no second screen: entering it clears the one there is, and leaving it would hide the last frame."""


def drawn(text: str) -> str:
    """`text` without everything that draws nothing."""
    return _CONTROL.sub(_kept, text) if _CONTROL.search(text) else text


def _kept(control: re.Match[str]) -> str:
    sequence = control[0]
    if _DRAWS.fullmatch(sequence):
        return sequence
    return "\x1b[m\x1b[2J\x1b[H" if sequence == _ENTERED else ""
