"""What a script is played in, and what its audience sees meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Words:
    """What the audience sees at one place of a script."""

    caption: str = ""
    mark: str = ""
    """The last one passed."""
    paused: bool = False
    """Whether the person goes on from here by himself."""
    question: str = ""
    answers: tuple[str, ...] = ()


Watch = Callable[[Any, Words], None]


class Playable(Protocol):
    """The app, as far as a script needs it."""

    animation_level: Any

    @property
    def ready(self) -> bool:
        """Whether keys are obeyed."""

    @property
    def is_running(self) -> bool:
        """False once it was left, or has failed."""

    @property
    def return_code(self) -> int | None:
        """What it was left with."""

    def show_caption(self, text: str) -> None:
        """Words in the bar at the bottom, which stays from the first time on."""

    def show_guess(self, shown: bool) -> None:
        """What the model guesses is shown, or hidden."""

    def holds(self, condition: str) -> bool:
        """Whether a condition holds at the step shown. Raises `UserError` for one that cannot be read."""

    def ask(self, question: str, answers: Sequence[str]) -> None:
        """Opens a dialog with the question; the caption that follows the answer judges it."""

    def picture(self) -> str:
        """The screen as an SVG."""

    def exit(self) -> None:
        """Leave."""

    async def run_async(self, *, mouse: bool, size: tuple[int, int], auto_pilot: Any) -> None:
        """Run until it is left."""
