"""Questions about causes that the palette asks: where the network settles, how far a gradient reaches, what characters
contributed, which units follow a track. Each gives sentences, or work for a thread that gives them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.gradient_reach import GradientSize
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.backwards.backward_view import BackwardView
from lstm_tui.debugger.backwards.unit_finder import FindRequest, finding, note

if TYPE_CHECKING:
    from lstm_tui.core.questions.tracks import Track
    from lstm_tui.debugger.cursor import Cursor
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.engine.causes.settling import Settled, StatePlace

WINDOW = 64
"""Characters whose contributions are told apart."""
MOST_TOLD = 10
MOST_ALIKE = 100
"""Steps that are listed as alike."""


@dataclass(frozen=True)
class Following:
    """A unit that follows a track, and how a list says so."""

    layer: int
    unit: int
    words: str


@dataclass(frozen=True)
class Followers:
    """What a search for units has found."""

    title: str
    units: tuple[Following, ...]
    note: str
    track: Track
    quantity: str
    """The one whose values follow it."""


@dataclass(frozen=True)
class Alike:
    """The steps whose states are most like those at `position`."""

    position: int
    compared: tuple[int, int]
    """The first and last step that were compared."""
    steps: tuple[tuple[int, float], ...]
    """Steps and how many standard deviations their states are away, the nearest first."""


class Questions:
    """About what is open, at the cursor."""

    def __init__(self, debuggee: Callable[[], Debuggee], cursor: Cursor) -> None:
        self._debuggee, self._cursor = debuggee, cursor
        self.back = BackwardView(lambda: debuggee().rollout, cursor)

    def settling(self) -> Callable[[], str]:
        """Where the network goes that reads the present symbol for ever. Raises `UserError` at step 0."""
        from lstm_tui.engine.causes.settling import Settled, settle

        rollout, position = self._debuggee().rollout, self._cursor.position
        if position == 0:
            raise UserError("no symbol is read at step 0: press → first")
        symbol, stack = rollout.indices[position - 1 : position], rollout.timeline.state(position)
        read = visible(rollout.symbols[position - 1])

        def work() -> str:
            found = next(each for each in settle(rollout.model, symbol, stack) if isinstance(each, Settled))
            return _settled(read, found)

        return work

    def reach(self, objective: Objective, first: int) -> tuple[GradientSize, ...]:
        """‖δh‖ and ‖δc‖ step by step back from what is differentiated, beside the product of the forget gates: the
        latest step first, down to the step `first` or as far as the pass goes back."""
        start = self._cursor.position if objective.t is None else objective.t + 1
        return tuple(self.back.reach(objective, range(start, max(first, 1) - 1, -1)))

    def contributions(self, symbol: int) -> str:
        """What each of the last characters contributed to the logit of `symbol`. Raises `UserError` for other cells
        than LSTMs."""
        from lstm_tui.engine.causes.decomposition import shares

        rollout, position = self._debuggee().rollout, self._cursor.position
        found = shares(rollout.timeline, position, symbol, WINDOW)
        parts = [(value, f"'{visible(rollout.symbols[found.first + at - 1])}' of step {found.first + at}")
                 for at, value in enumerate(found.by_character)]  # fmt: skip
        parts += [(found.older, "what was before"), (found.rest, "together"), (found.bias, "bias")]
        largest = sorted((part for part in parts if part[0]), key=lambda part: -abs(part[0]))
        terms = [f"{value:+.3f} {name}" for value, name in largest[:MOST_TOLD]]
        left = math.fsum(value for value, _ in largest[MOST_TOLD:])
        terms += [f"{left:+.3f} others"] if largest[MOST_TOLD:] else []
        name = visible(rollout.outputs[symbol])
        return f"logit of '{name}' at {step_name(position)} {found.logit:+.3f} = " + "  ".join(terms)

    def alike(self) -> Callable[[], Alike]:
        """The steps whose states are most like those here. Raises `UserError` at step 0."""
        from lstm_tui.engine.finding.alike import alike, compared

        timeline, position = self._debuggee().rollout.timeline.fork(), self._cursor.position
        if position == 0:
            raise UserError("every state is zero at step 0: press → first")
        return lambda: Alike(position, compared(timeline, position), tuple(alike(timeline, position, MOST_ALIKE)))

    def finding(self, track: str) -> Callable[[], Followers]:
        """The units that follow a track. Raises `UserError` for what there is not."""
        search = finding(self._debuggee(), FindRequest(track))

        def work() -> Followers:
            for _ in search:
                pass
            score = "AUC" if search.track.yes_no else "r"
            units = tuple(
                Following(
                    one.layer,
                    one.unit,
                    f"{f'l{one.layer}.' if one.layer else ''}{one.quantity}[{one.unit}]   "
                    f"{score} {one.first_half:.4f}, held out {one.held_out:.4f}",
                )
                for one in search.followers
            )
            title = f"units that follow {visible(track)}"
            return Followers(title, units, note(search), search.track, search.quantity)

        return work


def _settled(read: str, found: Settled) -> str:
    start = f"reading '{read}' {found.fed:,} times more"
    if found.state is None:
        return f"{start}: nothing settles; {_place(found.mover)} still moves by {found.residual:.2g} a step"
    modes = []
    for mode in found.modes:
        units = ", ".join(map(_place, mode.places))
        life = "does not fade" if math.isinf(mode.half_life) else f"halves in {mode.half_life:.3g} steps"
        modes.append(f"{life} ({units})")
    kind = "a stable" if found.stable else "an unstable"
    return f"{start}: {kind} fixed point is near; slowest modes: {'; '.join(modes)}"


def _place(place: StatePlace) -> str:
    return f"{f'l{place.layer}.' if place.layer else ''}{place.state}[{place.unit}]"
