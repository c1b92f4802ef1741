"""What is done to a network's states while it reads. What is not named here is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lstm_tui.engine.network import Stack


@dataclass(frozen=True, eq=False)
class Interventions:
    """After which steps the states are set, and to what: later steps go on from there."""

    states: Mapping[int, Stack] = field(default_factory=dict)
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

    def setting(self, position: int, stack: Stack | None) -> Interventions:
        """With the states after `position` set (None: computed again)."""
        others = {at: states for at, states in self.states.items() if at != position}
        return replace(self, states=others if stack is None else {**others, position: stack})

    def up_to(self, position: int) -> Interventions:
        """Those that act up to `position`."""
        return replace(self, states={at: states for at, states in self.states.items() if at <= position})

    def parted(self, other: Interventions) -> float:
        """The first position whose states are others with `other`; infinite where there is none."""
        if self.window != other.window:
            return 0
        both = {*self.states, *other.states}
        return min((at for at in both if self.states.get(at) is not other.states.get(at)), default=math.inf)


NONE = Interventions()
