"""What a user can ask of the screen; plain Python, so that the command line can build it without loading Textual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_tui.core.sessions.places import SessionFolder
    from lstm_tui.core.sessions.session import Session


@dataclass(frozen=True)
class ScreenOptions:
    """The command line's options for the screen."""

    theme: str = "dark"
    """`dark`, `light`, `contrast` or `projector`."""
    color: str = "auto"
    """`auto`, `truecolor`, `256`, `16` or `none`."""
    ascii: bool = False
    ltr: bool = False
    """Whether words stand from left to right even where they are written from right to left."""
    mouse: bool = True
    show_keys: bool = False
    newcomer: bool = False
    """Whether somebody starts the program for the first time, and asked for nothing in particular."""
    autosave: bool = False
    """Whether the session is kept on disk while it runs."""
    session: Session | None = None
    """One that was kept, to continue from."""
    place: SessionFolder | None = None
    """Where the session is kept; None: somewhere of its own."""
