"""Errors that are sentences are shown on the screen, whatever raised them: here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lstm_tui.core.errors import RunFailed, UserError

if TYPE_CHECKING:
    from textual.message import Message
    from textual.message_pump import MessagePump

    Base = MessagePump
else:
    Base = object  # a mixin: Textual looks for styles along the first base that is one of its own


class ShowsErrors(Base):
    """The app, or a screen of it. Errors while it handles a message are shown as sentences; so are those of actions
    (`LstmTui.run_action`), and where the answer of a dialog or a tick of a timer is dealt with (`showing_errors`).

    Any other exception is a mistake of ours: Textual leaves the program with it.
    """

    def show_message(self, sentence: str) -> None:
        """Shows a sentence."""
        raise NotImplementedError

    @contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Inside, a `UserError` or `RunFailed` ends the block and is shown."""
        try:
            yield
        except (UserError, RunFailed) as error:
            self.show_message(str(error))

    async def _on_message(self, message: Message) -> None:
        # Textual's own name, for want of a public one: an exception that leaves it ends the message loop.
        with self.showing_errors():
            await super()._on_message(message)
