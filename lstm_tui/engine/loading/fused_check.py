"""The numbers shown, held against PyTorch's own: the checkpoint's weights run once through fused `nn.LSTM`/`nn.GRU`.

The modules are filled from the tensors of the file, not from the network that is stepped: a gate that was put in the
wrong place on the way shows. Where float32 disagrees, float64 says why: see `rounding`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.kinds.cell_kind import CellKind
from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.cells.base import SQUASHES
from lstm_tui.engine.head import ACTIVATIONS
from lstm_tui.engine.loading.foreign_model import ForeignModel, LayerWeights
from lstm_tui.engine.loading.rounding import Evidence, evidence
from lstm_tui.engine.network import Network
from lstm_tui.engine.wide import MOST, compact_one_hot

STEPS = 1000
CLOSE = 5e-5
"""How far two float32 computations of one number may be apart, times 1 + |value|."""
_WITHOUT = {"rnn-relu": "nn.RNN with relu"}
"""What is compared with where a kind's own scan does without a fused module."""
_WORK = 6e9
"""Weights times steps: a second or so. A network of many millions of weights is compared over fewer steps."""


@dataclass(frozen=True, eq=False)
class Checked:
    """How far the stepped numbers are from the fused ones."""

    largest: float
    """The largest absolute difference of any h, of the last c, of any raw output."""
    steps: int
    agrees: bool
    """Whether every one is within `CLOSE` · (1 + |value|)."""
    module: str
    """`nn.LSTM`, `nn.GRU` …, as a note names it."""

    evidence: Evidence | None = None
    """What float64 says where they do not agree; None where it could not be asked."""
    broken: str = ""
    """The tensor whose weights are not numbers: then there is nothing to compare."""

    @property
    def sentence(self) -> str:
        """For `inspect`."""
        if self.broken:
            return f"not compared with {self.module}: {self.broken}"
        if self.agrees:
            return f"{self.module} with the model's own weights agrees: largest difference {self._difference}"
        parted = f"differ from {self.module} with the model's own weights by up to {self._difference}"
        if self.evidence is None or not self.evidence.same:
            return f"the numbers shown {parted}: do not trust them, and please report the file's layout"
        if self.evidence.growth is None:
            why = "this model's weights are so large that float32 rounds visibly"
        else:
            why = f"this model amplifies rounding (about {self.evidence.growth:.2g} per step)"
        return f"{why}: in float32 the numbers shown {parted}; in float64 every step agrees"

    @property
    def note(self) -> str:
        """For the screen, on which agreement takes few words."""
        return f"{self.module} agrees to {self._difference}" if self.agrees else self.sentence

    @property
    def _difference(self) -> str:
        largest = f"{self.largest:.0e}" if self.largest else "0"
        return f"{largest} over {self.steps:,} step{'' if self.steps == 1 else 's'}"


@torch.inference_mode()
def self_check(model: Network, found: ForeignModel, indices: Tensor) -> Checked:
    """`model`, stepped as it is on the screen, against `found`'s tensors in PyTorch's fused modules."""
    fused = KINDS[found.kind].fused
    module = f"nn.{fused}" if fused else _WITHOUT.get(found.kind, "the equations written out")
    if found.broken:
        return Checked(math.nan, 0, False, module, broken=found.broken)
    symbols = indices[: _steps(model, found)]
    hidden, last = _fused(found, model, symbols)
    # The raw outputs of a wide vocabulary are not compared at every step.
    seldom = -(-len(symbols) * model.input_size // MOST)
    stack = model.zero_state()
    differences = _Differences()
    for at, symbol in enumerate(torch.split(symbols, 1)):
        stack, _ = model.advance(model.read(symbol), stack)
        for layer, state in enumerate(stack):
            differences.add(state[0][0], hidden[layer][at])
        logits = model.logits(stack[-1][0]) if at % seldom == 0 else None
        if logits is not None:
            differences.add(logits[0], _raw(found, hidden[-1][at], model.log_softmax))
    for state, c in zip(stack, last, strict=True):
        if c is not None:
            differences.add(state[1][0], c)
    why = None if differences.agrees or not fused else _why(model, found, symbols.cpu())
    return Checked(differences.largest, len(symbols), differences.agrees, module, why)


def _steps(model: Network, found: ForeignModel) -> int:
    """Over how many steps to compare."""
    multiplied = [part for layer in found.layers for part in (layer.weight_ih, layer.weight_hh)]
    if model.twin is not None:
        del multiplied[0]  # looked up
    steps = min(STEPS, max(50, int(_WORK / max(1, sum(part.numel() for part in multiplied)))))
    if model.twin is None and model.embedding is None:
        steps = min(steps, max(1, MOST // model.input_size))  # one-hot rows
    return steps


def _why(model: Network, found: ForeignModel, symbols: Tensor) -> Evidence | None:
    """What float64 says; None for a user's cell that works in float32 only."""
    with torch.inference_mode(False):  # where W x is looked up, it is watched whether W changes
        exact = model.copy().cpu().double()
    rows, layers = _read(found, exact, symbols)
    modules = [_module(found.kind, layer) for layer in layers]
    try:
        return evidence(
            exact,
            symbols,
            modules,
            rows,
            lambda h: None if found.output_weight is None else _raw(found, h, model.log_softmax),
        )
    except CellError:
        return None


class _Differences:
    def __init__(self) -> None:
        self.largest = 0.0
        self.agrees = True

    def add(self, mine: Tensor, theirs: Tensor) -> None:
        """Two NaNs agree: weights that are NaN are reported elsewhere."""
        mine = mine.cpu()
        apart = torch.where(mine.isnan() & theirs.isnan() | (mine == theirs), 0.0, (mine - theirs).abs())
        worst = float(apart.max())
        self.largest = worst if math.isnan(worst) else max(self.largest, worst)
        self.agrees = self.agrees and bool((apart <= CLOSE * (1 + theirs.abs())).all())


def _fused(found: ForeignModel, model: Network, symbols: Tensor) -> tuple[list[Tensor], list[Tensor | None]]:
    """Every layer's h at every step (T, H), and its last c (None for a GRU)."""
    hidden: list[Tensor] = []
    last: list[Tensor | None] = []
    rows, layers = _read(found, model, symbols)
    for layer in layers:
        if KINDS[found.kind].fused is None:
            rows, c = _written_out(KINDS[found.kind], layer, rows)
            hidden.append(rows)
            last.append(c)
            continue
        module = _module(found.kind, layer)
        rows, after = module(rows)
        hidden.append(rows)
        last.append(after[1][0] if isinstance(after, tuple) else None)
    return hidden, last


def _read(found: ForeignModel, model: Network, symbols: Tensor) -> tuple[Tensor, Sequence[LayerWeights]]:
    """What the first layer reads (T, D), and the layers; where W x is looked up, W is of the symbols read alone."""
    first = found.layers[0]
    if model.twin is None:
        return model.inputs(symbols).cpu(), found.layers
    rows, weight_ih = compact_one_hot(symbols.cpu(), first.weight_ih)
    return rows, (replace(first, weight_ih=weight_ih), *found.layers[1:])


def _written_out(kind: CellKind, layer: LayerWeights, rows: Tensor) -> tuple[Tensor, Tensor | None]:
    """An LSTM with the squashes of its kind, which PyTorch has no module for: h at every step, and the last c."""
    if kind.name == "gru-before":
        return _gru_before(layer, rows)
    if kind.name == "rnn-relu":
        return _relu_rnn(layer, rows)
    squash = {quantity.name: SQUASHES[quantity.squash] for quantity in kind.quantities}
    gate, content = squash["f"], squash["c_tilde"]
    bias = sum(one for one in (layer.bias_ih, layer.bias_hh) if one is not None)
    h = c = torch.zeros(layer.hidden_size)
    shown = []
    for z in rows @ layer.weight_ih.t() + bias:
        i, f, g, o = (z + layer.weight_hh @ h).chunk(4)
        c = gate(f) * c + gate(i) * content(g)
        h = gate(o) * content(c)
        shown.append(h)
    return torch.stack(shown), c


def _gru_before(layer: LayerWeights, rows: Tensor) -> tuple[Tensor, None]:
    """A GRU whose reset gate stands before the product, which PyTorch has no module for either."""
    units = layer.hidden_size
    bias_ih, bias_hh = (torch.zeros(3 * units) if one is None else one for one in (layer.bias_ih, layer.bias_hh))
    h, shown = torch.zeros(units), []
    of_rz, of_n = layer.weight_hh[: 2 * units], layer.weight_hh[2 * units :]
    for z in rows @ layer.weight_ih.t() + bias_ih + bias_hh:
        r, update = torch.sigmoid(z[: 2 * units] + of_rz @ h).chunk(2)
        n = torch.tanh(z[2 * units :] + of_n @ (r * h))
        h = (1 - update) * n + update * h
        shown.append(h)
    return torch.stack(shown), None


def _relu_rnn(layer: LayerWeights, rows: Tensor) -> tuple[Tensor, None]:
    with torch.random.fork_rng(devices=[]):
        module = nn.RNN(layer.input_size, layer.hidden_size, nonlinearity="relu")
    hidden, _ = _filled(module, layer)(rows)
    return hidden, None


def _module(kind: str, layer: LayerWeights) -> nn.RNNBase:
    with torch.random.fork_rng(devices=[]):
        made: nn.RNNBase = getattr(nn, KINDS[kind].fused or "")(layer.input_size, layer.hidden_size)
    return _filled(made, layer)


def _filled(module: nn.RNNBase, layer: LayerWeights) -> nn.RNNBase:
    zeros = torch.zeros(layer.weight_ih.shape[0])
    module.load_state_dict(
        {
            "weight_ih_l0": layer.weight_ih,
            "weight_hh_l0": layer.weight_hh,
            "bias_ih_l0": zeros if layer.bias_ih is None else layer.bias_ih,
            "bias_hh_l0": zeros if layer.bias_hh is None else layer.bias_hh,
        }
    )
    return module.eval()


def _raw(found: ForeignModel, h: Tensor, log_softmax: bool) -> Tensor:
    """h (H,) → the raw outputs (V,)."""
    assert found.output_weight is not None
    for weight, bias, activation in found.head:
        z = weight.to(h) @ h if weight.dim() == 2 else weight.to(h) * h
        h = ACTIVATIONS[activation][0](z if bias is None else z + bias.to(h))
    scores = found.output_weight.to(h) @ h
    if found.output_bias is not None:
        scores = scores + found.output_bias.to(h)
    return scores.log_softmax(dim=0) if log_softmax else scores
