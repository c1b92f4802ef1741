"""Two runs on one text, step by step: two models, or one that was changed and the same one untouched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.comparison import ComparedStep
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout


class Lockstep:
    """`a` and `b`, at the same positions. Raises `UserError` where they do not read the same symbols, or share none."""

    def __init__(self, a: Rollout, b: Rollout, names: tuple[str, str] = ("a", "b")) -> None:
        self.a, self.b = a, b
        if len(a) != len(b):
            lengths = " and ".join(f"{visible(name)} {len(run)}" for name, run in zip(names, (a, b), strict=True))
            raise UserError(f"the two models read this text in different symbols, {lengths}: their steps do not match")
        from lstm_tui.engine.divergence import Divergence

        self._divergence = Divergence(a.outputs, b.outputs)
        self.symbols = self._divergence.symbols
        """Those that both know."""
        if len(self.symbols) < 2:
            shared = f"only '{visible(self.symbols[0])}'" if self.symbols else "no symbol"
            both = f"{visible(names[0])} and {visible(names[1])}"
            raise UserError(f"the vocabularies of {both} share {shared}: their guesses cannot be compared")

    @property
    def alike(self) -> bool:
        """Whether both know the same symbols."""
        return len(self.symbols) == len(self.a.outputs) == len(self.b.outputs)

    def at(self, position: int) -> ComparedStep:
        """Both at `position`; the zero state guesses nothing."""
        a, b = self.a.step(position), self.b.step(position)
        return ComparedStep(a, b, self.kl(position) if position else None)

    def kl(self, position: int) -> float | None:
        """KL(a ‖ b) in nats over the symbols that both know; None where one of them guesses nothing."""
        a, b = self.a.timeline.at(position).logits, self.b.timeline.at(position).logits
        return None if a is None or b is None else self._divergence.of(a, b)

    def steps(self, start: int, stop: int) -> Iterator[ComparedStep]:
        """The positions start..stop-1, one by one, in bounded memory."""
        for position in range(start, stop):
            yield self.at(position)
