"""What is done to a network while it reads: states set by hand, and values held. What is not named here is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from lstm_tui.core.clamps import Clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.held import Held
from lstm_tui.engine.network import Network, Stack


@dataclass(frozen=True, eq=False)
class Interventions:
    """After which steps the states are set, and to what: later steps go on from there. And which values are held."""

    states: Mapping[int, Stack] = field(default_factory=dict)
    clamps: tuple[Clamp, ...] = ()
    window: int | None = None
    """After how many steps the next one starts from the zero state, whatever was computed; None: never."""

    def resets(self, position: int) -> bool:
        """Whether the step after `position` starts from the zero state because a window ends there."""
        return self.window is not None and position > 0 and position % self.window == 0

    def after(self, position: int, computed: Stack) -> Stack:
        """The states that the step after `position` starts from."""
        return self.states.get(position, computed)

    def between(self, start: int, stop: int) -> list[int]:
        """The positions in start..stop-1, start left out, where a scan cannot go on by itself."""
        edges = {position for position in self.states if start < position < stop}
        if self.window is not None:
            edges |= {at for at in range(start // self.window * self.window, stop, self.window) if at > start}
        return sorted(edges)

    def acting(self, position: int) -> tuple[Clamp, ...]:
        """The clamps that hold at the step to `position`."""
        return tuple(clamp for clamp in self.clamps if clamp.acts(position)) if self.clamps else ()

    def steps_between(self, first: int, last: int) -> bool:
        """Whether anything is held at the steps to first..last: only steps tell what follows from that."""
        return any(clamp.acts_between(first, last) for clamp in self.clamps)

    def last_held(self, layer: int, quantity: str, unit: int, position: int) -> int:
        """The last position up to `position` at which this value is held; 0 where there is none."""
        mine = (clamp for clamp in self.clamps if (clamp.layer, clamp.quantity, clamp.unit) == (layer, quantity, unit))
        ends = (
            position if clamp.stop is None else min(position, clamp.stop) for clamp in mine if clamp.start < position
        )
        return max(ends, default=0)

    def setting(self, position: int, stack: Stack | None) -> Interventions:
        """With the states after `position` set (None: computed again)."""
        others = {at: states for at, states in self.states.items() if at != position}
        return replace(self, states=others if stack is None else {**others, position: stack})

    def up_to(self, position: int) -> Interventions:
        """States set up to `position`; what is held stays held in whatever is read afterwards."""
        return replace(self, states={at: states for at, states in self.states.items() if at <= position})

    def parted(self, other: Interventions) -> float:
        """The first position whose states are others with `other`; infinite where there is none."""
        if self.window != other.window:
            return 0
        both = {*self.states, *other.states}
        set_here = (at for at in both if self.states.get(at) is not other.states.get(at))
        held_here = (clamp.start + 1 for clamp in {*self.clamps} ^ {*other.clamps})
        return min((*set_here, *held_here), default=math.inf)


NONE = Interventions()


def check_held(cell: type[Cell], clamps: Sequence[Clamp]) -> None:
    """Raises `UserError` where nobody knows what follows in `cell` from a value that is held."""
    if clamps and not cell.described:
        raise UserError(
            f"clamp '{visible(clamps[0].text)}': {visible(cell.name)} is a class of your own, and what follows from a "
            "value that is held is only known of the cells that 'lstm-tui cells' lists"
        )


@torch.inference_mode(False)
def held_rows(model: Network, acting: Sequence[Sequence[Clamp]]) -> tuple[Held, ...]:
    """What is held in each layer at some steps side by side, the clamps of each of which are given: rows (n, H)."""
    found: list[dict[str, tuple[torch.Tensor, torch.Tensor]]] = [{} for _ in model.cells]
    for row, clamps in enumerate(acting):
        for clamp in clamps:
            layer, shape = found[clamp.layer], (len(acting), model.hidden_sizes[clamp.layer])
            if clamp.quantity not in layer:
                layer[clamp.quantity] = (
                    torch.zeros(shape, dtype=torch.bool, device=model.like.device), model.like.new_zeros(shape)
                )  # fmt: skip
            where, at = layer[clamp.quantity]
            where[row, clamp.unit] = True
            at[row, clamp.unit] = clamp.value
    return tuple(found)
