"""Trained weights of a user's own class, by its own state dict: alone, or inside the model around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from lstm_tui.checkpoints.named import NamedWeights
from lstm_tui.checkpoints.vocabulary_choice import placeholders
from lstm_tui.core.errors import NO_GUESSES, UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About
from lstm_tui.core.text import Text, first_symbols
from lstm_tui.core.user_cell import class_name, parse_names, parse_plain
from lstm_tui.core.vocabulary import Vocabulary, visible
from lstm_tui.engine.devices import device_named
from lstm_tui.engine.loading.from_reply import named_tensors
from lstm_tui.engine.loading.open import about_model, survey
from lstm_tui.engine.loading.own_file import own_module
from lstm_tui.engine.network import Network
from lstm_tui.engine.process_settings import compute_alone_and_exactly
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.file import load_class
from lstm_tui.engine.user_cells.making import make
from lstm_tui.engine.user_cells.pasting import pasted

READ = 64
"""Symbols read where no text was given."""
_SIZES = ((5, 6), (7, 11))
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Dimension:
    """One size of a parameter: `d`·D + `h`·H + `rest`."""

    d: int
    h: int
    rest: int

    def size(self, inputs: int, units: int) -> int:
        """What it is for D and H."""
        return self.d * inputs + self.h * units + self.rest


@dataclass(frozen=True)
class LayerPlace:
    """Where in a file one layer's weights are."""

    prefix: str
    inputs: int
    units: int


class Misfit(UserError):
    """The file does not hold this class; says which tensors fit and which do not."""


def open_named(
    name: str, text: str, vocabulary: Vocabulary, options: ModelOptions, found: NamedWeights, path: str | None,
    placeholder: bool, *, unchecked: bool = False,
) -> tuple[Rollout, About]:  # fmt: skip
    """The network of the class in `options.cell` with the file's weights, reading `text`. Raises `UserError`.

    `placeholder`: no text was given.
    """
    compute_alone_and_exactly()
    device_named(options.device)
    shown, spec = visible(path or name), options.cell or ""
    user, arguments = load_class(spec), parse_plain(options.args)
    with torch.random.fork_rng(devices=[]):
        probes = [make(user, *sizes, arguments) for sizes in _SIZES]
    places = layers_in(found.shapes, dimensions(*probes), shown, visible(class_name(spec)))
    used = {place.prefix + key for place in places for key in probes[0].state_dict()}
    ends = _outer_layers({n: s for n, s in found.shapes.items() if n not in used}, places, shown)
    symbols = ends.symbols(found.shapes, places)
    if placeholder and vocabulary.symbols == placeholders(len(vocabulary)):
        vocabulary = Vocabulary(placeholders(symbols))  # now it is known how many there are
        text = first_symbols(vocabulary, READ)
    if symbols != len(vocabulary):
        raise UserError(
            f"'{shown}' reads {symbols:,} symbols, but {len(vocabulary):,} are given: they must match in number and "
            "order (--vocab, --vocab-from)"
        )
    kind = pasted(spec, places[0].inputs, places[0].units, options.seed or 0, parse_names(options.names), arguments)
    model = _network(kind, places, ends, symbols, named_tensors(found))
    reading = Rollout(model.eval().requires_grad_(False), Text(vocabulary, text, options.unknown))
    notes = () if unchecked else survey(reading)
    return reading, about_model(name, reading, None, None, path, (*notes, *ends.notes(places)), options.device)


def _network(
    kind: type[Pasted], places: Sequence[LayerPlace], ends: OuterLayers, symbols: int, tensors: Mapping[str, Tensor]
) -> Network:
    """The class in a model of these ends, with the file's numbers."""
    with torch.random.fork_rng(devices=[]):
        model = Network(
            symbols, [place.units for place in places], symbols if ends.weight else None, cell=kind,
            embedding=tensors[ends.embedding] if ends.embedding else None, output_bias=bool(ends.bias),
        )  # fmt: skip
    for place, cell in zip(places, model.cells, strict=True):
        own = own_module(cell)
        state = own.state_dict()
        own.load_state_dict({key: tensors.get(place.prefix + key, value) for key, value in state.items()})
    if model.output is not None:
        bias = {"bias": tensors[ends.bias]} if ends.bias else {}
        model.output.load_state_dict({"weight": tensors[ends.weight], **bias})
    return model


def dimensions(one: nn.Module, other: nn.Module) -> dict[str, tuple[Dimension, ...]]:
    """Every weight of the class and what its sizes are made of, from two examples of different D and H."""
    first, second = one.state_dict(), other.state_dict()
    return {
        name: tuple(_dimension(a, b) for a, b in zip(tensor.shape, second[name].shape, strict=True))
        for name, tensor in first.items()
        if name in second and tensor.is_floating_point() and tensor.dim()
    }


def _dimension(a: int, b: int) -> Dimension:
    (d1, h1), (d2, h2) = _SIZES
    fitting = [
        Dimension(d, h, a - d * d1 - h * h1)
        for d in range(9)
        for h in range(17)
        if a - d * d1 - h * h1 == b - d * d2 - h * h2
    ]
    return min(fitting, key=lambda one: (abs(one.rest), one.d + one.h)) if fitting else Dimension(0, 0, a)


def layers_in(shapes: Shapes, wanted: Mapping[str, tuple[Dimension, ...]], path: str, name: str) -> list[LayerPlace]:
    """Where the class's weights are, a place a layer. Raises `Misfit`."""
    if not wanted:
        raise Misfit(f"{name} has no weights: '{path}' holds nothing for it")
    prefixes = dict.fromkeys(
        other.removesuffix(key) for key in wanted for other in shapes if other == key or other.endswith(f".{key}")
    )
    whole = [p for p in prefixes if all(p + key in shapes for key in wanted)]
    places = [place for p in whole if (place := _solved(shapes, wanted, p)) is not None]
    if not places:
        raise Misfit(_misfit(shapes, wanted, [*whole, *prefixes], path, name))
    places.sort(key=lambda place: [int(n) for n in re.findall(r"\d+", place.prefix)])
    for below, above in pairwise(places):
        if above.inputs != below.units:
            listed = " and ".join(visible(place.prefix or "(no prefix)") for place in (below, above))
            raise Misfit(f"'{path}' holds {name} more than once, and they are not a stack of layers: {listed}")
    return places


def _solved(shapes: Shapes, wanted: Mapping[str, tuple[Dimension, ...]], prefix: str) -> LayerPlace | None:
    """D and H of the weights behind a prefix; None where no sizes fit them all."""
    pairs = [
        (dimension, size)
        for key, made in wanted.items()
        if len(made) == len(shapes[prefix + key])
        for dimension, size in zip(made, shapes[prefix + key], strict=True)
    ]
    units = next(((size - one.rest) // one.h for one, size in pairs if one.h and not one.d), None)
    if units is None:
        return None
    inputs = next(((size - one.rest - one.h * units) // one.d for one, size in pairs if one.d), units)
    if inputs < 1 or units < 1:
        return None
    fits = all(shapes[prefix + key] == tuple(one.size(inputs, units) for one in made) for key, made in wanted.items())
    return LayerPlace(prefix, inputs, units) if fits else None


def _misfit(
    shapes: Shapes, wanted: Mapping[str, tuple[Dimension, ...]], prefixes: list[str], path: str, name: str
) -> str:
    """Which tensors fit and which do not, behind the prefix where most do."""
    if not prefixes:
        listed = ", ".join(visible(one) for one in list(shapes)[:6])
        return f"'{path}' holds none of the weights of {name} ({', '.join(list(wanted)[:6])}): it has {listed}"
    best = max(prefixes, key=lambda p: sum(p + key in shapes for key in wanted))
    there = {key: shapes[best + key] for key in wanted if best + key in shapes}
    inputs, units = _likeliest(there, wanted)
    fit = [key for key, shape in there.items() if shape == tuple(one.size(inputs, units) for one in wanted[key])]
    problems = [f"{len(fit)} of {len(wanted)} weights of {name} fit" + (f" ({', '.join(fit[:6])})" if fit else "")]
    for key, made in wanted.items():
        needs = [one.size(inputs, units) for one in made]
        if key not in there:
            problems.append(f"{key} {needs} is missing")
        elif key not in fit:
            problems.append(f"{key} is {list(there[key])} where {needs} is needed")
    return f"'{path}' does not fit: {visible('; '.join(problems[:8]))}"


def _likeliest(there: Shapes, wanted: Mapping[str, tuple[Dimension, ...]]) -> tuple[int, int]:
    """The D and H that most of the weights have."""
    sized = [
        (one, size)
        for key, shape in there.items()
        if len(shape) == len(wanted[key])
        for one, size in zip(wanted[key], shape, strict=True)
    ]
    units = {(size - one.rest) // one.h for one, size in sized if one.h and not one.d} or {1}
    pairs = [(h, h) for h in units]
    pairs += [((size - one.rest - one.h * h) // one.d, h) for h in units for one, size in sized if one.d]

    def fitting(pair: tuple[int, int]) -> int:
        return sum(shape == tuple(one.size(*pair) for one in wanted[key]) for key, shape in there.items())

    return max(pairs, key=fitting)


@dataclass(frozen=True)
class OuterLayers:
    """The names of the layers around the cell; empty where there is none."""

    embedding: str = ""
    weight: str = ""
    bias: str = ""

    def symbols(self, shapes: Shapes, places: list[LayerPlace]) -> int:
        """V."""
        return shapes[self.embedding or self.weight][0] if self.embedding or self.weight else places[0].inputs

    def notes(self, places: list[LayerPlace]) -> Iterator[str]:
        """What was concluded."""
        prefix = places[0].prefix
        if prefix:
            yield f"the weights of the class are those that begin with {visible(prefix)}"
        if not self.weight:
            yield NO_GUESSES


def _outer_layers(left: Shapes, places: list[LayerPlace], path: str) -> OuterLayers:
    """The embedding and the output layer among what the cell does not need. Raises `Misfit`."""
    width, top = places[0].inputs, places[-1].units
    biased = [n for n, s in left.items() if len(s) == 2 and left.get(_bias(n)) == s[:1] and s[1] == top]
    plain = [n for n, s in left.items() if len(s) == 2 and _bias(n) not in left]
    weights = biased or [n for n in plain if left[n][1] == top and (left[n][1] != width or not _reads(n))]
    if len(weights) > 1:
        listed = ", ".join(map(visible, weights))
        raise Misfit(f"'{path}' has more than one candidate for the output layer: {listed}")
    weight = weights[0] if weights else ""
    tables = [n for n in plain if n != weight and left[n][1] == width and (not weight or left[n][0] == left[weight][0])]
    embedding = tables[0] if len(tables) == 1 else ""
    bias = _bias(weight) if weight and _bias(weight) in left else ""
    rest = [name for name in left if name not in (embedding, weight, bias)]
    if rest:
        listed = ", ".join(f"{visible(name)} {list(left[name])}" for name in rest[:6])
        raise Misfit(
            f"'{path}' holds the class, and around it tensors that are neither an embedding nor an output layer: "
            f"{listed}"
        )
    if weight and not embedding and left[weight][0] != width:
        raise Misfit(
            f"'{path}' scores {left[weight][0]:,} symbols ({visible(weight)}), but its first layer reads {width:,} "
            "numbers and there is no embedding: it reads no characters"
        )
    return OuterLayers(embedding, weight, bias)


def _bias(name: str) -> str:
    return name.removesuffix("weight") + "bias" if name.endswith("weight") else f"{name}.bias"


def _reads(name: str) -> bool:
    return bool(re.search(r"emb|wte|lookup|lut|encoder", name.lower()))
