"""How far two guesses are apart: KL(a ‖ b) = Σ p_a (ln p_a - ln p_b), in nats."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Divergence:
    """Of guesses over the symbols that two vocabularies share, each as if there were no others."""

    def __init__(self, a: Sequence[str], b: Sequence[str]) -> None:
        places = {symbol: at for at, symbol in enumerate(b)}
        self.symbols = tuple(symbol for symbol in a if symbol in places)
        """In the order of the first."""
        shared = set(self.symbols)
        self._a = torch.tensor([at for at, symbol in enumerate(a) if symbol in shared], dtype=torch.long)
        self._b = torch.tensor([places[symbol] for symbol in self.symbols], dtype=torch.long)

    def of(self, a: Tensor, b: Tensor) -> float:
        """Of the logits of one step, (1, V) each, in float64. Infinite where b rules out what a does not."""
        return float(self.of_steps(a, b))

    @torch.inference_mode()
    def of_steps(self, a: Tensor, b: Tensor) -> Tensor:
        """The same of T steps: (T, V) each, (T,)."""
        log_a, log_b = (rows.double().cpu()[:, at].log_softmax(dim=1) for rows, at in ((a, self._a), (b, self._b)))
        p = log_a.exp()
        apart = torch.where(p == 0, 0.0, p * (log_a - log_b)).sum(dim=1)
        return torch.where(apart < 0, 0.0, apart)
