"""One network of several in a file of weights alone, told by names and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.checkpoints.layout.keras.weighted import WeightedLayer
from lstm_tui.checkpoints.layout.part_ends import said_of_part
from lstm_tui.checkpoints.layout.parts import FORWARD, matching, not_there, several
from lstm_tui.checkpoints.sandbox.limits import Unreadable


@dataclass(frozen=True, eq=False)
class ShapedLayer:
    """A layer by its name in the file; None where its shapes are those of no layer that is known."""

    name: str
    layer: WeightedLayer | None
    both_ways: bool
    """Whether it is the forward direction of one that reads from both ends."""

    @property
    def last(self) -> str:
        """The name without folders."""
        return self.name.rpartition("/")[2]

    @property
    def recurrent(self) -> bool:
        return self.layer is not None and self.layer.recurrent

    @property
    def ends(self) -> tuple[int, int]:
        """How many numbers it reads and makes: D and H; of an embedding V and E."""
        assert self.layer is not None
        if self.recurrent and len(self.layer.arrays) < 9:
            return self.layer.arrays[0].shape[0], self.layer.arrays[1].shape[0]
        return self.layer.arrays[0].shape[0], self.layer.arrays[0].shape[-1]


def part_by_shape(layers: Sequence[ShapedLayer], part: str) -> tuple[list[WeightedLayer], str]:
    """The layers of `part`, and what is to be said of it. Raises `Several` where the file has no such part."""
    chains = _chains(layers)
    names = [_called(chain, len(chains)) for chain in chains]
    name = matching(part, names) or next(
        (name for chain, name in zip(chains, names, strict=True) if part in [one.last for one in chain]), None
    )
    if name is None:
        raise not_there(part, _choices(chains))
    at = names.index(name)
    kept = [*_table(layers, chains, at), *chains[at], *_output(layers, chains, at)]
    left = [one.last for one in layers if one not in kept]
    return [one.layer for one in kept if one.layer is not None], said_of_part(name, left)


def one_network(layers: Sequence[ShapedLayer]) -> None:
    """Raises `Unreadable` where recurrent layers do not follow each other, or each has an embedding."""
    chains = _chains(layers)
    if len(chains) > 1:
        raise Unreadable(f"holds {len(chains)} networks that do not follow each other")


def offered_by_shape(layers: Sequence[ShapedLayer], refusal: Unreadable) -> Unreadable:
    """A refusal of a whole file, with the parts that can be stepped."""
    parts = _choices(_chains(layers))
    return several(str(refusal), parts) if parts else refusal


def _choices(chains: Sequence[Sequence[ShapedLayer]]) -> list[tuple[str, str]]:
    found = []
    for chain in chains:
        told = ", ".join(f"{one.last} of {one.ends[1]} units" for one in chain)
        found.append((_called(chain, len(chains)), told + (", the forward direction" if chain[0].both_ways else "")))
    return found


def _chains(layers: Sequence[ShapedLayer]) -> list[list[ShapedLayer]]:
    """Recurrent layers each of which reads as many numbers as the one before makes."""
    chains: list[list[ShapedLayer]] = []
    after_both = 0
    for one in layers:
        if not one.recurrent:
            continue
        reads = one.ends[0]
        if after_both and reads == after_both:
            after_both = one.ends[1] * (1 + one.both_ways)
        elif chains and not one.both_ways and not chains[-1][0].both_ways and chains[-1][-1].ends[1] == reads:
            chains[-1].append(one)
        else:
            chains.append([one])
            after_both = 2 * one.ends[1] if one.both_ways else 0
    return chains


def _called(chain: Sequence[ShapedLayer], count: int) -> str:
    if not chain[0].both_ways:
        return chain[0].last
    return FORWARD if count == 1 else f"{chain[0].last}.{FORWARD}"


def _table(layers: Sequence[ShapedLayer], chains: Sequence[Sequence[ShapedLayer]], at: int) -> list[ShapedLayer]:
    """The embedding that a chain reads: the only one as wide, or the one in the same place among as many."""
    width = chains[at][0].ends[0]
    tables = [one for one in layers if one.layer is not None and one.layer.class_name == "Embedding"]
    tables = [one for one in tables if one.ends[1] == width]
    alike = [number for number, chain in enumerate(chains) if chain[0].ends[0] == width]
    if len(tables) == 1:
        return tables
    return [tables[alike.index(at)]] if len(tables) == len(alike) else []


def _output(layers: Sequence[ShapedLayer], chains: Sequence[Sequence[ShapedLayer]], at: int) -> list[ShapedLayer]:
    """The Dense layer above the last chain, where there is but one and nothing unknown beside it."""
    dense = [one for one in layers if one.layer is not None and one.layer.class_name == "Dense"]
    unknown = any(one.layer is None for one in layers) or any(chain[0].both_ways for chain in chains)
    last = at == len(chains) - 1 and not unknown and len(dense) == 1 and dense[0].ends[0] == chains[at][-1].ends[1]
    return dense if last else []
