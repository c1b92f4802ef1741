"""The two ends of a model: what turns a symbol into the bottom layer's input, and the top h into scores.

Rules, in this order: shapes decide who could be what; a bias makes an output (embeddings have none); names decide
between what is left. What even names leave open is refused with the candidates listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstm_tui.checkpoints.layout.parameters import Parameter
from lstm_tui.checkpoints.layout.recurrent import RecurrentStack
from lstm_tui.checkpoints.sandbox.limits import Unreadable

_IN = re.compile(r"enc|emb|wte|lookup|lut|char_?in|input|i2e")
_OUT = re.compile(r"dec|out|fc|head|linear|lin\b|dense|classif|logit|proj|h2o|hidden2|h2t|softmax|predict|generator")

_WRAPPED = re.compile(r"^(?P<of>.+?)(_dp\.emb|_with_dropout\.embed)\.weight$")
"""How fastai calls the wrapper, and how it did before 1.0."""


EPSILON = 1e-5
"""What torch's BatchNorm adds to a variance where nobody says otherwise; no state dict says it."""


@dataclass(eq=False)
class InputOutput:
    """Embedding and output layer; None where the model has none."""

    symbols: int
    """V."""
    embedding: Parameter | None = None
    output_weight: Parameter | None = None
    output_bias: Parameter | None = None
    tied: bool = False
    numbers: bool = False
    """Whether rows of numbers come in, and not symbols: as many as `symbols` says."""
    classes: int = 0
    """How many outputs a classifier has; 0 for a model that guesses what it reads."""
    head: list[Module] = field(default_factory=list)
    """What stands between the top h and the output layer."""
    unused: list[Parameter] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Module:
    """Parameters that share a stem: a weight, perhaps a bias, perhaps more than an end can have."""

    stem: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    mean: Parameter | None = None
    """Of a BatchNorm, whose weight is a vector or absent."""
    variance: Parameter | None = None
    after: bool = False
    """Whether it normalises what a linear layer makes."""

    @property
    def reads(self) -> int:
        """How many numbers go in; 0 where nobody can tell."""
        if self.mean is not None:
            return self.mean.tensor.shape[0]
        return self.shape[1] if len(self.shape) == 2 else 0

    @property
    def makes(self) -> int:
        """How many come out."""
        return self.reads if self.mean is not None else self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the weight; () without one."""
        return self.weight.tensor.shape if self.weight else ()


def _modules(rest: list[Parameter], unused: list[Parameter]) -> list[Module]:
    """What could be an end: 2-D weights with or without a fitting bias, and lone biases."""
    by_stem: dict[str, Module] = {}
    for parameter in rest:
        stem, _, last = parameter.name.rpartition(".")
        dims = len(parameter.tensor.shape)
        module = by_stem.setdefault(stem, Module(stem))
        if last == "weight" and dims == 2:
            module.weight = parameter
        elif last == "bias" and dims == 1:
            module.bias = parameter
        elif last == "running_mean" and dims == 1:
            module.mean = parameter
        elif last == "running_var" and dims == 1:
            module.variance = parameter
        else:
            unused.append(parameter)
    for module in by_stem.values():
        _take_norm(module, unused)
    for module in by_stem.values():
        if module.weight is None and module.bias and any(p.name == f"{module.stem}.weight" for p in unused):
            unused.append(module.bias)  # a LayerNorm's: its weight is not a matrix
            module.bias = None
    return [module for module in by_stem.values() if module.weight or module.bias or module.mean]


def _take_norm(module: Module, unused: list[Parameter]) -> None:
    """A BatchNorm of vectors of one length gets its weight back from what is `unused`; else it is none."""
    if module.mean is None and module.variance is None:
        return
    weight = next((p for p in unused if p.name == f"{module.stem}.weight" and len(p.tensor.shape) == 1), None)
    there = [part for part in (weight, module.bias, module.mean, module.variance) if part is not None]
    if module.mean is None or module.variance is None or len({part.tensor.shape for part in there}) > 1:
        unused += [part for part in there if part is not weight]
        module.mean = module.variance = module.bias = None
    elif weight is not None:
        unused.remove(weight)
        module.weight = weight


def embedding_copies(rest: list[Parameter]) -> list[tuple[Parameter, Parameter]]:
    """Embeddings that stand in the file once more because embedding dropout wraps them, each with its original."""
    by_name = {parameter.name: parameter for parameter in rest}
    copies = []
    for parameter in rest:
        wrapped = _WRAPPED.match(parameter.name)
        original = by_name.get(f"{wrapped['of']}.weight") if wrapped else None
        if original is not None and original.tensor.shape == parameter.tensor.shape:
            copies.append((parameter, original))
    return copies


def find_ends(stack: RecurrentStack, rest: list[Parameter], ties: Mapping[str, str]) -> InputOutput:
    """The ends among `rest`, and what is left over. Raises `Unreadable` where two could be one."""
    width, top = stack.input_width, stack.widths[-1]
    unused: list[Parameter] = []
    modules = _modules(rest, unused)
    chain = _chain(modules, top)
    embedding, output = _choose(
        [m for m in modules if m not in chain[:-1]], width, chain[-1].shape[1] if chain else top
    )
    ends = InputOutput(0, embedding.weight if embedding else None, unused=unused)
    if output:
        ends.output_weight, ends.output_bias = output.weight, output.bias
    ends.head = chain[:-1]
    _say_norms(ends)
    for module in modules:
        if module not in (embedding, output, *chain[:-1]):
            parts = (module.weight, module.bias, module.mean, module.variance)
            unused += [parameter for parameter in parts if parameter]
    _tie(ends, ties, top)
    if unused:
        return ends
    if ends.output_weight is not None:
        ends.symbols = ends.output_weight.tensor.shape[0]
    _input(ends, width)
    return ends


def _chain(modules: list[Module], top: int) -> list[Module]:
    """Two or more layers, each of which reads what the one before makes, a linear one last; nothing where they do not
    follow."""
    biased = [m for m in modules if m.bias and len(m.shape) == 2 and m.bias.tensor.shape[0] == m.shape[0]]
    chained = [m for m in modules if m in biased or m.mean is not None]
    found: list[Module] = []
    while len(found) < len(chained):
        following = [m for m in chained if m not in found and m.reads == top]
        if not following:
            return []
        following[0].after = bool(found) and found[-1].mean is None
        found.append(following[0])  # in the order of the file
        top = following[0].makes
    return found if len(found) > 1 and found[-1].mean is None else []


def _say_norms(ends: InputOutput) -> None:
    norms = [module for module in ends.head if module.mean is not None]
    if norms:
        listed = ", ".join(module.stem for module in norms)
        ends.inferred.append(
            f"BatchNorm: {listed}, by the averages in the file and an eps of {EPSILON:g}, which the file does not say"
        )
    if any(module.after for module in norms):
        ends.inferred.append(
            "one activation named with --head comes after the BatchNorm; where it is before that, name two: relu,linear"
        )


def _choose(modules: list[Module], width: int, top: int) -> tuple[Module | None, Module | None]:
    """The embedding's module and the output's."""
    ins = [m for m in modules if len(m.shape) == 2 and m.shape[1] == width and not m.bias]
    outs = [m for m in modules if _could_be_output(m, top)]
    biased = [m for m in outs if m.bias]
    if biased:
        outs = biased
    both = [m for m in ins if m in outs]
    if both and not biased:
        ins, outs = _by_name(both, ins, outs)
    ins = _preferred(ins, _IN)
    outs = _preferred(outs, _OUT)
    for role, candidates in (("embedding", ins), ("output layer", outs)):
        if len(candidates) > 1:
            listed = ", ".join(f"{m.stem or '(no name)'} {m.shape or ''}".strip() for m in candidates[:6])
            raise Unreadable(f"has more than one candidate for the {role}: {listed}; save a model with one")
    return (ins[0] if ins else None), (outs[0] if outs else None)


def _could_be_output(module: Module, top: int) -> bool:
    if module.mean is not None:
        return False
    if module.weight is None:
        return module.bias is not None  # the weight may be the embedding's
    fits = len(module.shape) == 2 and module.shape[1] == top
    return fits and (module.bias is None or module.bias.tensor.shape[0] == module.shape[0])


def _by_name(both: list[Module], ins: list[Module], outs: list[Module]) -> tuple[list[Module], list[Module]]:
    """Weights without a bias whose shape fits either end: their names must say which."""
    as_in = [m for m in both if _IN.search(_last(m)) and not _OUT.search(_last(m))]
    as_out = [m for m in both if _OUT.search(_last(m)) and not _IN.search(_last(m))]
    open_ = [m for m in both if m not in as_in and m not in as_out]
    if open_:
        listed = ", ".join(f"{m.stem or '(no name)'} {m.shape}" for m in open_[:6])
        raise Unreadable(
            f"has weights that could be the embedding or the output layer: {listed}; name them to tell them apart "
            "(embedding, decoder), or give the output layer a bias"
        )
    return [m for m in ins if m not in as_out], [m for m in outs if m not in as_in]


def _last(module: Module) -> str:
    """The part of a module's name that says what it is: the last one that is not a number."""
    return next((part for part in reversed(module.stem.lower().split(".")) if not part.isdigit()), "")


def _preferred(candidates: list[Module], words: re.Pattern[str]) -> list[Module]:
    """The one candidate that its name speaks for, where there is exactly one; else all."""
    named = [m for m in candidates if words.search(_last(m))]
    return named if len(named) == 1 and len(candidates) > 1 else candidates


def _tie(ends: InputOutput, ties: Mapping[str, str], top: int) -> None:
    """Fills in what tying left out of the file, where storage, metadata or a lone bias prove it."""
    embedding, weight = ends.embedding, ends.output_weight
    if embedding and weight:
        ends.tied = embedding.tensor.place == weight.tensor.place
        if ends.tied:
            ends.inferred.append(f"tied: {embedding.name} and {weight.name} are one tensor in the file")
        return
    if weight and not embedding:
        tie = _tied_to(ties, weight)
        if tie:
            ends.embedding, ends.tied = weight, True
            ends.inferred.append(f"tied: the file's metadata say that {tie} is {weight.name}")
        return
    if embedding and not weight and embedding.tensor.shape[1] == top:
        bias, tie = ends.output_bias, _tied_to(ties, embedding)
        if bias is not None and bias.tensor.shape[0] == embedding.tensor.shape[0]:
            ends.output_weight, ends.tied = embedding, True
            ends.inferred.append(f"tied: {bias.name} has no weight beside it, so the output weight is {embedding.name}")
            return
        if bias is None and tie:
            ends.output_weight, ends.tied = embedding, True
            ends.inferred.append(f"tied: the file's metadata say that {tie} is {embedding.name}")
            return
    if ends.output_bias is not None and weight is None:
        ends.unused.append(ends.output_bias)
        ends.output_bias = None


def _tied_to(ties: Mapping[str, str], kept: Parameter) -> str | None:
    return next((name for name, other in ties.items() if other in (kept.name, kept.path)), None)


def _input(ends: InputOutput, width: int) -> None:
    """Checks that what comes in and what goes out are the same V symbols."""
    embedding = ends.embedding
    if embedding is not None:
        rows = embedding.tensor.shape[0]
        if ends.output_weight is None:
            ends.symbols = rows
            ends.inferred.append("no output layer: gates and states are shown, but no guesses")
        elif rows != ends.symbols:
            ends.classes, ends.symbols = ends.symbols, rows
            ends.inferred.append(
                f"a classifier: it reads {rows} symbols ({embedding.name}), and {ends.output_weight.name} scores "
                f"{ends.classes}"
            )
        return
    if ends.output_weight is None:
        ends.symbols = width
        ends.inferred.append(f"no embedding and no output layer: the input is taken as one-hot over {width} symbols")
    elif ends.symbols != width or width == 1:
        ends.numbers = True
        ends.inferred.append(
            f"rows of numbers: the bottom layer reads {width} and {ends.output_weight.name} says {ends.symbols}, "
            "so the input is not one-hot"
        )
        ends.symbols = width
    else:
        ends.inferred.append(f"one-hot input: the bottom layer reads {width} numbers, as many as there are symbols")
