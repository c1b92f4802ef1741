"""One network of several in a Keras file: a chain of recurrent layers, what is below it, and a plain head above."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from lstm_tui.checkpoints.layout.keras.description import (
    BOTH_WAYS,
    NORM,
    RECURRENT,
    SILENT,
    LayerOf,
    graph_of,
)
from lstm_tui.checkpoints.layout.keras.weighted import WeightedLayer, weighted
from lstm_tui.checkpoints.layout.part_ends import said_of_part
from lstm_tui.checkpoints.layout.parts import FORWARD, matching, not_there, several
from lstm_tui.checkpoints.sandbox.hdf5.keras_file import KerasFile
from lstm_tui.checkpoints.sandbox.limits import Unreadable

_ABOVE = (*SILENT, "Dense", "TimeDistributed", "Activation", "Softmax", NORM)
_PASSING = (*SILENT, "Masking")


def part_of(file: KerasFile, part: str) -> tuple[list[WeightedLayer], str]:
    """The layers of `part` with their weights, from the input on, and what is to be said of it.

    Raises `Unreadable`, and `Several` where the file has no such part.
    """
    assert file.config is not None, "weights alone are told by their shapes"
    layers = graph_of(file.config)
    chains = _chains(layers)
    names = [_called(chain, len(chains)) for chain in chains]
    name = _named(part, chains, names)
    if name is None:
        raise not_there(part, choices(file))
    chain = chains[names.index(name)]
    line = [*_below(chain[0], layers), *chain]
    both_ways = chain[0].class_name == BOTH_WAYS
    line += [] if both_ways else _above(chain[-1], layers)
    inside = {layer.name for layer in line}
    left = [layer.name for layer in layers if layer.name not in inside and layer.class_name not in SILENT]
    found = [layer for layer in weighted(layers, file) if layer.name in inside]
    return found, said_of_part(FORWARD if both_ways else _role(chain, layers) or part, left)


def choices(file: KerasFile) -> list[tuple[str, str]]:
    """Every part's name, and what it is in words; nothing for a file that is one straight line."""
    if file.config is None:
        return []
    layers = graph_of(file.config)
    chains, found = _chains(layers), []
    for chain in chains:
        with contextlib.suppress(Unreadable):  # one that reads what another makes
            _below(chain[0], layers)
            told = ", ".join(f"{layer.name} ({_kind(layer)})" for layer in chain)
            found.append((_called(chain, len(chains)), told))
    return found


def offered(file: KerasFile, refusal: Unreadable) -> Unreadable:
    """A refusal of a whole file, with its parts where it has some that can be stepped."""
    try:
        parts = choices(file)
    except Unreadable:
        return refusal
    return several(str(refusal), parts) if parts else refusal


def _kind(layer: LayerOf) -> str:
    inner = layer.config.get("layer")
    if layer.class_name == BOTH_WAYS and isinstance(inner, dict):
        return f"the forward direction of a {str(inner.get('class_name'))[:20]} of {_units(inner.get('config'))}"
    return f"{layer.class_name} of {_units(layer.config)}"


def _units(config: object) -> str:
    units = config.get("units") if isinstance(config, dict) else None
    return f"{units} units" if type(units) is int else "some units"


def _source(layer: LayerOf, layers: Sequence[LayerOf]) -> LayerOf | None:
    """What a layer reads at every step: the first it names, whatever else hands it a state."""
    by_name = {one.name: one for one in layers}
    at: LayerOf | None = layer
    for _ in layers:
        at = by_name.get(at.reads[0][0]) if at is not None and at.reads and at.reads[0][1] == 0 else None
        if at is None or at.class_name not in _PASSING:
            return at
    return None


def _recurrent(layer: LayerOf) -> bool:
    return layer.class_name in RECURRENT or layer.class_name == BOTH_WAYS


def _chains(layers: Sequence[LayerOf]) -> list[list[LayerOf]]:
    """Recurrent layers that read one another, bottom first. One that reads both directions has no place in any."""
    chains: list[list[LayerOf]] = []
    for layer in filter(_recurrent, layers):
        below = _source(layer, layers)
        if below is None or not _recurrent(below):
            chains.append([layer])
        elif below.class_name != BOTH_WAYS:
            chain = next((one for one in chains if one[-1] is below), None)
            if chain is not None:
                chain.append(layer)
    return chains


def _called(chain: Sequence[LayerOf], count: int) -> str:
    if chain[0].class_name != BOTH_WAYS:
        return chain[0].name
    return FORWARD if count == 1 else f"{chain[0].name}.{FORWARD}"


def _named(part: str, chains: Sequence[Sequence[LayerOf]], names: Sequence[str]) -> str | None:
    """The part asked for: by its own name, by that of a layer in it, or as the encoder or the decoder."""
    found = matching(part, names)
    if found is not None:
        return found
    for chain, name in zip(chains, names, strict=True):
        if part in [layer.name for layer in chain]:
            return name
    every = [layer for chain in chains for layer in chain]
    having = [name for chain, name in zip(chains, names, strict=True) if _role(chain, every) == part]
    return having[0] if len(having) == 1 else None


def _role(chain: Sequence[LayerOf], layers: Sequence[LayerOf]) -> str:
    """`decoder` where a state comes from another recurrent layer, `encoder` where one goes there."""
    recurrent = {layer.name for layer in layers if _recurrent(layer)}
    if any(name in recurrent for name, _ in chain[0].reads[1:]):
        return "decoder"
    own = {layer.name for layer in chain}
    return "encoder" if any(own & {name for name, _ in one.reads[1:]} for one in layers) else ""


def _below(layer: LayerOf, layers: Sequence[LayerOf]) -> list[LayerOf]:
    """The embedding it reads. Raises `Unreadable` where something else stands there."""
    source = _source(layer, layers)
    if source is None or source.class_name == "InputLayer":
        return []
    if source.class_name == "Embedding":
        return [source]
    raise Unreadable(
        f"has a part that reads what another makes ({layer.name[:60]} reads {source.name[:60]}, a "
        f"{source.class_name[:40]} layer), so it cannot be stepped alone"
    )


def _above(layer: LayerOf, layers: Sequence[LayerOf]) -> list[LayerOf]:
    """The line of Dense layers and the like that reads what `layer` says; nothing where anything else joins in."""
    line: list[LayerOf] = []
    while True:
        readers = [one for one in layers if any((layer.name, 0) == read for read in one.reads)]
        if not readers:
            return line
        if len(readers) > 1 or readers[0].class_name not in _ABOVE or len(readers[0].reads) > 1:
            return []
        layer = readers[0]
        line.append(layer)
