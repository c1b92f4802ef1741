"""The weights of a training's epochs, as many as there is room for."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from lstm_tui.engine.network import Network

MOST, MOST_NUMBERS = 64, 64_000_000
"""Epochs kept besides the first and the last, and numbers in them: a quarter of a gigabyte."""


class Snapshots:
    """Every epoch up to 64. Of a longer training the first 32, in which most of it happens, and of the others every
    second, fourth … so that there are never more. 0 is before the first update.
    """

    def __init__(self, model: Network) -> None:
        """`model`: the network as the training found it, which is copied."""
        self._model = model.copy()
        self._most = max(2, min(MOST, MOST_NUMBERS // max(model.size, 1)))
        self._apart = 1
        self._weights = {0: _weights(self._model)}

    @property
    def kept(self) -> tuple[int, ...]:
        """The epochs, in their order."""
        return tuple(sorted(self._weights))

    def add(self, epoch: int, write_back: Callable[[Network], None], surely: bool = False) -> None:
        """Keep an epoch's weights, which `write_back` gives a network, where it is its turn, or `surely`."""
        if epoch in self._weights or not (self._is_due(epoch) or surely):
            return
        write_back(self._model)
        self._weights[epoch] = _weights(self._model)
        while not surely and len(self._weights) > self._most + 1:
            self._apart *= 2
            self._weights = {at: kept for at, kept in self._weights.items() if self._is_due(at)}

    def _is_due(self, epoch: int) -> bool:
        dense = self._most // 2
        return epoch <= dense or (epoch - dense) % self._apart == 0

    def network(self, epoch: int) -> Network:
        """The network as it was after that epoch."""
        found = self._model.copy()
        found.load_state_dict(self._weights[epoch])
        return found


def _weights(model: Network) -> dict[str, Tensor]:
    state = model.state_dict()  # of a user's cell also what is no tensor
    return {name: kept.clone() if isinstance(kept, Tensor) else kept for name, kept in state.items()}
