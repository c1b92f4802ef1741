"""The one-line facts about a model: which cell, how large, how far trained."""

from __future__ import annotations

from lstm_tui.core.step import About, loss_words
from lstm_tui.core.vocabulary import visible


def facts(about: About) -> list[str]:
    """`by-hand`, `8 units × 2 layers`, `trained 200 epochs` …: the most needed first."""
    sizes = sorted(set(about.hidden_sizes))
    units = f"{sizes[0]} unit" + ("s" if sizes[0] != 1 else "") if len(sizes) == 1 else "/".join(
        map(str, about.hidden_sizes)
    ) + " units"  # fmt: skip
    layers = len(about.hidden_sizes)
    parts = [visible(about.cell), units + (f" × {layers} layers" if layers > 1 else "")]
    if about.epochs == 0:
        parts.append("untrained")
    elif about.epochs is not None:
        parts.append(f"trained {about.epochs} epoch" + ("s" if about.epochs != 1 else ""))
    if about.loss is not None:
        parts.append(f"loss {loss_words(about.loss)}")
    if about.trained_on:
        parts.append(f"trains on {about.trained_on}")
    if about.unsaved:
        parts.append("not saved")
    return parts
