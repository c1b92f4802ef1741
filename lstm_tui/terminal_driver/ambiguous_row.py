"""A row of the screen kept as the text that drew it, since terminals differ on what that text looks like. Pure."""

from __future__ import annotations


class DoubtfulRow:
    """A row kept as text: what is still to be sent, and what the terminal has had, each as (start, end, text)."""

    def __init__(self, whole: tuple[int, int, str]) -> None:
        self.pending = [whole]
        self.sent: list[tuple[int, int, str]] = []
        self.columns: set[int] = set()  # where the doubtful may still show

    def add(self, start: int, end: int, text: str) -> None:
        """Draw over columns start..end-1."""
        self.pending = [old for old in self.pending if old[0] < start or old[1] > end]
        self.sent = [old for old in self.sent if old[0] < start or old[1] > end]
        self.pending.append((start, end, text))

    def send(self) -> str:
        """What the terminal has not had yet."""
        text = "".join(entry[2] for entry in self.pending)
        self.sent += self.pending
        self.pending = []
        return text

    def forget(self) -> None:
        """The terminal has lost all of it."""
        self.pending = self.sent + self.pending
        self.sent = []
