"""Which tensors mean what. Sizes come from shapes, roles from names and biases; the rest is refused, not guessed.

Pure rules over names and shapes: the child process applies them to files, `from_module` to live modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lstm_tui.checkpoints.layout.ends import EPSILON, InputOutput, Module, embedding_copies, find_ends
from lstm_tui.checkpoints.layout.parameters import FoundParameters, Parameter
from lstm_tui.checkpoints.layout.part_ends import ends_of_part, said_of_part
from lstm_tui.checkpoints.layout.parts import select
from lstm_tui.checkpoints.layout.recurrent import RecurrentStack, find_stack
from lstm_tui.checkpoints.layout.settings import disagreements, module_facts
from lstm_tui.checkpoints.sandbox.limits import MOST_SYMBOLS, Unreadable
from lstm_tui.checkpoints.sandbox.tensors import Tensor

_LOSS = re.compile(r"(^|\.)(criterion|loss|loss_fn|loss_function|loss_func)\.(weight|pos_weight)$")


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """One fully connected layer, PyTorch's way round: weight (out, in), bias (out,)."""

    weight: Tensor
    bias: Tensor | None
    activation: str


@dataclass(frozen=True, eq=False)
class NormLayer:
    """A BatchNorm as it is at inference: y = (x - mean) / √(variance + epsilon) · weight + bias, (H,) each."""

    weight: Tensor | None
    bias: Tensor | None
    mean: Tensor
    variance: Tensor
    epsilon: float
    activation: str


@dataclass(eq=False)
class ModelLayout:
    """A recognised model: every parameter has a role."""

    kind: str
    """Of `core.kinds`: lstm, gru, …"""
    layers: tuple[tuple[Tensor, Tensor, Tensor | None, Tensor | None], ...]
    """weight_ih (G·H, D), weight_hh (G·H, H), bias_ih, bias_hh of each layer."""
    embedding: Tensor | None
    output_weight: Tensor | None
    output_bias: Tensor | None
    tied: bool
    symbols: int
    """V."""
    log_softmax: bool | None
    max_norm: float | None
    roles: tuple[tuple[str, tuple[int, ...], str], ...]
    inferred: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    gates: str = "sigmoid"
    """What makes gates of their sums; empty where the file leaves it open."""
    gates_said: bool = True
    """Whether the file says so, and it was not concluded from a version."""
    reset_said: bool = True
    """Whether the file says where a GRU's reset gate stands."""
    content: str = "tanh"
    """What makes candidates, the h of an LSTM and that of a plain RNN."""
    content_said: bool = True
    """Whether the file says so, and no default was taken."""
    head: tuple[DenseLayer | NormLayer, ...] = ()
    """Between the top h and the output layer."""
    output_activation: str = ""
    """After the output layer, as the file calls it."""
    numbers: bool = False
    """Whether the model reads rows of numbers instead of symbols: D of them, which `symbols` is then."""
    masked: bool = False
    """Whether symbol 0 is skipped."""
    classes: int = 0
    """How many outputs a classifier has; 0 for a model that says what comes next."""

    def tensors(self) -> Iterable[tuple[str, Tensor]]:
        """Every tensor with its role, tied ones twice."""
        for index, layer in enumerate(self.layers):
            for part, tensor in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), layer, strict=True):
                if tensor is not None:
                    yield f"{part}_l{index}", tensor
        for role in ("embedding", "output_weight", "output_bias"):
            tensor = getattr(self, role)
            if tensor is not None:
                yield role, tensor
        for at, layer_of in enumerate(self.head):
            for part in ("weight", "bias", "mean", "variance"):
                tensor = getattr(layer_of, part, None)
                if tensor is not None:
                    yield f"head_{at}_{part}", tensor


def recognise(found: FoundParameters, part: str = "") -> ModelLayout:
    """The model in `found`, or the `part` of it. Raises `Unreadable`, naming what is missing, ambiguous or not
    supported."""
    found, left = select(found, part)
    _check_usable(found.parameters)
    stack, rest = find_stack(found.parameters)
    _exclude_unused(rest, stack)
    ends = find_ends(stack, rest, found.ties) if not part else ends_of_part(stack, rest, found.ties, part)
    if part:
        stack.inferred.append(said_of_part(part, [*(parameter.name for parameter in ends.unused), *left]))
    else:
        _refuse_unused(ends.unused)
    roles = list(_roles(stack, ends))
    if not 0 < ends.symbols <= MOST_SYMBOLS:
        raise Unreadable(
            f"knows {ends.symbols:,} symbols, but 1 to {MOST_SYMBOLS:,} are supported; use another vocabulary"
        )
    facts = module_facts(found)
    layout = ModelLayout(
        stack.kind,
        tuple((at.weight_ih.tensor, at.weight_hh.tensor, _of(at.bias_ih), _of(at.bias_hh)) for at in stack.layers),
        _of(ends.embedding),
        _of(ends.output_weight),
        _of(ends.output_bias),
        ends.tied,
        ends.symbols,
        facts.log_softmax,
        facts.max_norm,
        tuple((parameter.name, parameter.tensor.shape, role) for parameter, role in roles),
        [*stack.inferred, *ends.inferred],
        [*facts.warnings, *disagreements(found, stack.widths, ends.symbols)],
        head=tuple(map(_head_layer, ends.head)),
        numbers=ends.numbers,
        classes=ends.classes,
        content=facts.nonlinearity or "tanh",
        content_said=stack.kind != "rnn" or facts.nonlinearity is not None,
    )
    _note(layout, found)
    return layout


def _note(layout: ModelLayout, found: FoundParameters) -> None:
    """What else was concluded, and what is not used."""
    if not layout.content_said:
        layout.inferred.append(
            "nonlinearity: tanh, the default of nn.RNN (weights alone do not say; --cell rnn-relu reads them with relu)"
        )
    if found.stripped:
        layout.inferred.append(f"the prefix {''.join(found.stripped)} is removed from all names")
    if found.loose:
        listed = ", ".join(name for name, _ in found.loose[:4]) + (" …" if len(found.loose) > 4 else "")
        layout.warnings.append(f"tensors saved beside the weights are not used: {listed}")


def _check_usable(parameters: Iterable[Parameter]) -> None:
    for parameter in parameters:
        if parameter.tensor.problem:
            raise Unreadable(
                f"has a tensor whose numbers cannot be used: {parameter.name} {parameter.tensor.problem}; "
                "save plain float tensors"
            )


def _exclude_unused(rest: list[Parameter], stack: RecurrentStack) -> None:
    """Moves what no step uses, though it is no part of its own, from `rest` to what the stack can spare."""
    spare = [(p, "it weights the training loss") for p in rest if _LOSS.search(p.name)]
    spare += [(p, f"a second name of {original.name}, for dropout") for p, original in embedding_copies(rest)]
    for parameter, _ in spare:
        rest.remove(parameter)
    stack.spare += spare


def _head_layer(module: Module) -> DenseLayer | NormLayer:
    if module.mean is None or module.variance is None:
        assert module.weight is not None, "a linear layer is told by its weight"
        return DenseLayer(module.weight.tensor, _of(module.bias), "")
    weight, bias, activation = _of(module.weight), _of(module.bias), "" if module.after else "linear"
    return NormLayer(weight, bias, module.mean.tensor, module.variance.tensor, EPSILON, activation)


def _of(parameter: Parameter | None) -> Tensor | None:
    return parameter.tensor if parameter else None


def _roles(stack: RecurrentStack, ends: InputOutput) -> Iterable[tuple[Parameter, str]]:
    """Every parameter with what it is, from the input to the output."""
    if ends.embedding:
        shared = ends.output_weight is ends.embedding
        yield ends.embedding, "embedding" + (" and, tied, output weight" if shared else "")
    for index, layer in enumerate(stack.layers):
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            parameter = getattr(layer, part)
            if parameter is not None:
                yield parameter, f"{part} of layer {index + 1} (l{index})"
    for parameter, dropped in stack.spare:
        yield parameter, f"not used: {dropped}"
    for at, module in enumerate(ends.head, 1):
        what = f"Dense {at}" if module.mean is None else f"BatchNorm {at}"
        for part in ("weight", "bias", "mean", "variance"):
            parameter = getattr(module, part)
            if parameter is not None:
                yield parameter, f"{what} {part}"
    if ends.output_weight and ends.output_weight is not ends.embedding:
        yield ends.output_weight, "output weight" + (", tied to the embedding" if ends.tied else "")
    if ends.output_bias:
        yield ends.output_bias, "output bias"


def _refuse_unused(unused: list[Parameter]) -> None:
    if not unused:
        return
    listed = ", ".join(f"{p.name} {p.tensor.shape}" for p in unused[:6])
    more = f" and {len(unused) - 6} more" if len(unused) > 6 else ""
    words = " ".join(p.name.lower() for p in unused)
    guess = next((meaning for word, meaning in _EXTRAS if word in words), "an unknown part between the known ones")
    raise Unreadable(
        f"has tensors that belong to no embedding, recurrent or output layer: {listed}{more} ({guess}); showing the "
        "rest would show a different model; save a model without that part"
    )


_EXTRAS = (
    ("norm", "a LayerNorm or BatchNorm, which is not supported"),
    ("ln", "a LayerNorm, which is not supported"),
    ("attn", "attention, which is not supported"),
    ("attention", "attention, which is not supported"),
    ("conv", "a convolution, which is not supported"),
    ("proj", "a projection, which is not supported"),
    ("h0", "a learned start state, which is not supported"),
    ("c0", "a learned start state, which is not supported"),
    ("start", "a learned start state, which is not supported"),
)
