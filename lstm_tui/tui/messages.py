"""Messages between the screen and the application about opening a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.user_cell import is_user_cell

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.debugger.prepared import Prepared


class Opening(Protocol):
    """Something to be opened in a thread."""

    def open(self) -> DebuggerDoor:
        """See `Prepared.open`."""


def here(prepared: Prepared) -> Opening:
    """The debugger in this process."""
    return prepared


def apart(prepared: Prepared) -> Opening:
    """The debugger of a user's own cell in a process of its own, where the cell can neither hang nor draw."""
    if not is_user_cell(prepared.options.cell):
        return prepared
    from lstm_tui.debugger.apart.remote import RemoteDebugger

    return RemoteDebugger(prepared)


class OpenRequested(Message):
    """A model that was checked is to be opened in a thread."""

    def __init__(self, prepared: Prepared, beside: bool = False) -> None:
        """`beside`: to stand beside the one that is open."""
        super().__init__()
        self.prepared, self.beside = prepared, beside


class Opened(Message):
    """A model is ready; with the `session` it continues, and what of that was `missed`."""

    def __init__(
        self,
        prepared: Prepared,
        debugger: DebuggerDoor,
        session: Session | None = None,
        missed: str = "",
        beside: bool = False,
    ) -> None:
        super().__init__()
        self.beside = beside
        self.prepared = prepared
        self.debugger = debugger
        self.session = session
        self.missed = missed


class QuitRequested(Message):
    """The user leaves, and has answered every question."""


class OpenFailed(Message):
    """A model could not be opened; the error's text is the sentence."""

    def __init__(self, error: UserError | RunFailed) -> None:
        super().__init__()
        self.error = error
