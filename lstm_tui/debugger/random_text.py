"""Text drawn evenly from a vocabulary: what a model is run on to see whether its cell explodes, drifts or settles."""

from __future__ import annotations

import random
from collections.abc import Sequence


def random_text(symbols: Sequence[str], count: int, seed: int) -> str:
    """`count` of `symbols`, each as likely as any other; the same seed gives the same text everywhere."""
    return "".join(random.Random(seed).choices(symbols, k=count))
