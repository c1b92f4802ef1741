"""What a stop condition is: a small tree of frozen nodes that says yes or no about every step of a text.

`debugger.conditions` makes these trees out of what a user typed, `engine.searching` evaluates them on tensors. A tree
knows three kinds of things: numbers (one a step, or a vector of one a unit), characters, and truths (one a step, or
one a unit, which `Quantified` folds into one).

`prev` is not a node: every leaf carries `ago`, how many steps back it looks, and `shifted()` adds one to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lstm_tui.conditions.nodes import Outcome, Symbol, Truth, Unit, Units
from lstm_tui.conditions.traversal import nodes


@dataclass(frozen=True)
class Needs:
    """What has to be computed to decide conditions."""

    quantities: Mapping[tuple[int, str], tuple[int, ...] | None]
    """(layer, quantity) → the units named, in order; None where all of them are."""
    output: bool = False
    """Whether the logits are needed (loss, p, entropy, guess, logits)."""
    gradient: bool = False
    """Whether something has to be differentiated (grad_norm)."""
    depth: int = 0
    """How many steps back the deepest `prev` looks."""

    @classmethod
    def of(cls, truths: Iterable[Truth], side: int = 0) -> Needs:
        """What several conditions need together, of one of two models where they are about both."""
        wanted: dict[tuple[int, str], set[int] | None] = {}
        output, gradient, depth = False, False, 0
        for node in (node for truth in truths for node in nodes(truth)):
            depth = max(depth, getattr(node, "ago", 0))
            output = output or (isinstance(node, Outcome) and node.name == "kl")
            if getattr(node, "side", side) != side:
                continue
            if isinstance(node, Outcome) or (isinstance(node, Symbol) and node.name == "guess"):
                output = True
                gradient = gradient or (isinstance(node, Outcome) and node.name == "grad_norm")
            elif isinstance(node, Units | Unit):
                if node.layer is None:
                    output = output or node.quantity not in ("x", "y")
                    continue
                key = (node.layer, node.quantity)
                known = wanted.setdefault(key, set())
                if isinstance(node, Units):
                    wanted[key] = None
                elif known is not None:
                    known.add(node.index)
        quantities = {key: None if u is None else tuple(sorted(u)) for key, u in wanted.items()}
        return cls(quantities, output, gradient, depth)


@dataclass(frozen=True)
class Condition:
    """A stop condition: what was typed, and the tree it means."""

    text: str
    truth: Truth

    @property
    def needs(self) -> Needs:
        """Which quantities, units and past steps it reads."""
        return Needs.of([self.truth])
