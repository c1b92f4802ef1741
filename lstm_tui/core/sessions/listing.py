"""Every session on disk, as it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstm_tui.core.errors import UserError
from lstm_tui.core.sessions.owner import held_by, running
from lstm_tui.core.sessions.places import changed, folder, read, sessions_in
from lstm_tui.core.sessions.session import Session


@dataclass(frozen=True)
class SessionEntry:
    """A session as it is listed."""

    name: str
    changed: float
    """When it was last written."""
    running: bool
    """Whether a program works in it."""
    who: str
    """Which one, fit to be shown after other words."""
    session: Session | None
    problem: str = ""
    """Why it cannot be resumed; empty where it can."""


def listed() -> list[SessionEntry]:
    """All that are kept, the newest first."""
    return sorted(map(_entry, sessions_in(folder())), key=lambda entry: -entry.changed)


def _entry(path: Path) -> SessionEntry:
    session, problem = None, ""
    try:
        session = read(path)
    except UserError as error:
        problem = str(error)
    held = running(path)
    return SessionEntry(path.name, changed(path), held, held_by(path) if held else "", session, problem)
