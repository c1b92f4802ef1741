"""Two models on one text: how far their guesses are apart, where they part, and stops that are about both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.conditions.nodes import Outcome
from lstm_tui.conditions.traversal import nodes
from lstm_tui.core.errors import UserError
from lstm_tui.debugger.contrasts.lockstep import Lockstep
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.jobs import Job
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.search.two_models import TwoModels

if TYPE_CHECKING:
    from lstm_tui.conditions.needs import Condition
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.engine.rollout import Rollout
    from lstm_tui.engine.timeline import Timeline

LOOKED_AT = 1024
"""Steps that are looked at for the first one where both guess differently."""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """The other model, as the stops of one know it."""

    mine: int
    """Which one has these stops: 0 is a, 1 is b."""
    pair: Callable[[], tuple[Debuggee, Debuggee]]
    """Both, a first."""

    def other(self) -> Debuggee:
        """The one beside it."""
        return self.pair()[1 - self.mine]

    def names(self) -> NameSpace:
        """What may be said of both."""
        a, b = self.pair()
        return NameSpace.beside(a.name_space, b.name_space)

    def search(
        self, mine: Timeline, other: Timeline, conditions: Sequence[Condition], forward: bool, first: int, last: int
    ) -> Iterator[int | Hit]:
        """Where any of the conditions holds, by copies of what is known of both; see `Search`."""
        if not self.mine and all(_of_one(condition) for condition in conditions):
            return iter(Search(mine, conditions, forward, first, last))
        timelines = (other, mine) if self.mine else (mine, other)
        return _two(timelines, self.pair()).search(conditions, forward, first, last)


class Pair:
    """`a` and `b`, which go along together. Raises `UserError` where they do not read the same symbols."""

    def __init__(self, a: DebuggerDoor, b: DebuggerDoor) -> None:
        if not isinstance(a, Debugger) or not isinstance(b, Debugger):
            raise UserError(
                "a class of your own runs in a process of its own, where no other model can stand beside it: "
                "'lstm-tui check' compares it with the textbook"
            )
        self._a, self._b = a, b
        self._both = self._together()
        for mine, each in enumerate((a, b)):
            each.stops.beside = Neighbour(mine, lambda: (a.debuggee, b.debuggee))

    def _together(self) -> Lockstep:
        a, b = self._rollouts
        return Lockstep(a, b, (self._a.about.name, self._b.about.name))

    @property
    def _rollouts(self) -> tuple[Rollout, Rollout]:
        return self._a.debuggee.rollout, self._b.debuggee.rollout

    @property
    def state(self) -> tuple[object, object]:
        """Two objects, one of which is replaced whenever either model reads something else, or otherwise."""
        return self._rollouts

    @property
    def shared(self) -> int | None:
        """How many symbols both know; None where they know the same."""
        return None if self._both.alike else len(self._both.symbols)

    def kl(self) -> float | None:
        """KL(a ‖ b) of the guesses at the cursor, in nats; None where one of them guesses nothing.

        Raises `UserError` where both no longer read the same symbols."""
        if self._rollouts != (self._both.a, self._both.b):
            self._both = self._together()
        position = self._a.position
        return self._both.kl(position) if position else None

    def parting(self) -> Job:
        """A run to the first step where the likeliest symbols are two, to be made in any thread: it changes nothing,
        `stopped` says whether there is one, and `goal` where."""
        a, b = self._a.debuggee.apart(), self._b.debuggee.apart()
        scouts = a.rollout.timeline, b.rollout.timeline
        last = min(*map(len, scouts), LOOKED_AT)
        differs = parse("differs", NameSpace.beside(a.name_space, b.name_space))
        return Job(scouts[0], _two(scouts, (a, b)).search([differs], True, 1, last), 0, last, lambda _: "")

    def patching(self, leader: int) -> Job:
        """A job that gives the leader the other one's states here. Raises `UserError` where they do not fit."""
        lead, other = (self._b, self._a) if leader else (self._a, self._b)
        return lead.patching(other.debuggee)

    def follow(self, leader: int) -> None:
        """The other one reads what the leader reads, up to where that is. Raises `UserError` where it cannot."""
        lead, other = (self._b, self._a) if leader else (self._a, self._b)
        if other.text is not lead.text and other.text != lead.text:
            other.follow(lead.text)
        inside = lead.step.stage is not None and not lead.step.stage.done
        other.to(lead.position - inside)

    def close(self) -> None:
        """They go apart."""
        self._a.stops.beside = self._b.stops.beside = None


def _two(timelines: Sequence[Timeline], debuggees: Sequence[Debuggee]) -> TwoModels:
    return TwoModels(timelines, [each.rollout.vocabulary.symbols for each in debuggees])


def _of_one(condition: Condition) -> bool:
    """Whether a condition says nothing but of a."""
    found = list(nodes(condition.truth))
    both = any(isinstance(node, Outcome) and node.name == "kl" for node in found)
    return not both and not any(getattr(node, "side", 0) for node in found)
