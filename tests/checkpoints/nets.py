"""Networks as strangers write them, and the classes they pickle along. What is opened is compared with their logits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.checkpoints.foreign import read_plain
from lstm_tui.engine.loading.foreign_model import ForeignModel
from lstm_tui.engine.loading.from_reply import build


class Net(nn.Module):
    """Embedding (or one-hot), `nn.LSTM`/`nn.GRU`, output layer, under any names."""

    def __init__(
        self, v: int, h: int, layers: int = 1, *, e: int | None = None, kind: type = nn.LSTM, embed: str = "encoder",
        rnn: str = "rnn", out: str = "decoder", tied: bool = False, bias: bool = True, out_bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.parts = (embed if e else "", rnn, out)
        self.v, self.hidden_size, self.n_layers = v, h, layers
        if e:
            self.add_module(embed, nn.Embedding(v, e))
        self.add_module(rnn, kind(e or v, h, layers, batch_first=True, bias=bias))
        self.add_module("drop", nn.Dropout(0.5))
        self.add_module(out, nn.Linear(h, v, bias=out_bias))
        if tied:
            getattr(self, out).weight = getattr(self, embed).weight

    def forward(self, indices: Tensor) -> Tensor:
        embed, rnn, out = self.parts
        x = getattr(self, embed)(indices) if embed else functional.one_hot(indices, self.v).float()
        scores: Tensor = getattr(self, out)(getattr(self, rnn)(x[None])[0][0])
        return scores


class Stacked(nn.Module):
    """One single-layer module a layer, their widths E, H … H, E; the output shares the embedding (AWD-LSTM's shape)."""

    def __init__(self, v: int, e: int, h: int, layers: int) -> None:
        super().__init__()
        self.encoder = nn.Embedding(v, e)
        widths = [e, *[h] * (layers - 1), e]
        self.rnns = nn.ModuleList(WeightDrop(nn.LSTM(a, b)) for a, b in itertools.pairwise(widths))
        self.decoder = nn.Linear(e, v)
        self.decoder.weight = self.encoder.weight

    def forward(self, indices: Tensor) -> Tensor:
        x = self.encoder(indices)
        for wrapper in self.rnns:
            inner = wrapper.module
            plain = nn.LSTM(inner.input_size, inner.hidden_size)
            plain.load_state_dict({n: getattr(inner, n + "_raw" if n == "weight_hh_l0" else n) for n in NAMES})
            x = plain(x)[0]
        scores: Tensor = self.decoder(x)
        return scores


NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


class WeightDrop(nn.Module):
    """Keeps `weight_hh_l0_raw` as the parameter and a dropped-out `weight_hh_l0` as a plain attribute."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.module = inner
        raw = inner.weight_hh_l0
        del inner._parameters["weight_hh_l0"]
        inner.register_parameter("weight_hh_l0_raw", nn.Parameter(raw.detach()))
        inner.__dict__["weight_hh_l0"] = functional.dropout(raw.detach(), 0.5)


def fastai_names(net: Stacked, version: str, shared: bool) -> dict[str, Tensor]:
    """The state dict of that model as fastai's learners write it: `before 1.0`, `1` or `2`.

    Not `shared`, the embedding's other names are copies, as after a detour over another format.
    """
    embedding = net.encoder.weight.detach()
    again = (lambda: embedding) if shared else embedding.clone
    dropped = "0.encoder_with_dropout.embed.weight" if version == "before 1.0" else "0.encoder_dp.emb.weight"
    named = {"0.encoder.weight": embedding, dropped: again()}
    for at, wrapper in enumerate(net.rnns):
        for name in NAMES:
            if name != "weight_hh_l0":
                named[f"0.rnns.{at}.module.{name}"] = getattr(wrapper.module, name).detach()
        raw = wrapper.module.weight_hh_l0_raw.detach()
        inside = "module." if version == "before 1.0" else ""
        named[f"0.rnns.{at}.{inside}weight_hh_l0_raw"] = raw
        if version == "1":
            named[f"0.rnns.{at}.module.weight_hh_l0"] = functional.dropout(raw, 0.5)
    return named | {"1.decoder.weight": again(), "1.decoder.bias": net.decoder.bias.detach()}


class Cell(nn.Module):
    """An `nn.LSTMCell` in a loop."""

    def __init__(self, v: int, e: int, h: int) -> None:
        super().__init__()
        self.embed, self.rnn, self.fc = nn.Embedding(v, e), nn.LSTMCell(e, h), nn.Linear(h, v)

    def forward(self, indices: Tensor) -> Tensor:
        state, rows = None, []
        for row in self.embed(indices):
            state = self.rnn(row[None], state)
            rows.append(self.fc(state[0])[0])
        return torch.stack(rows)


class Vocab:
    """A class of the author's own, pickled beside or inside a checkpoint."""

    def __init__(self, itos: list[Any], stoi: dict[Any, int]) -> None:
        self.itos, self.stoi = itos, stoi


class Dictionary:
    """Symbols as bytes, both directions (flair's way)."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.idx2item = [s.encode() for s in symbols]
        self.item2idx = {s.encode(): i for i, s in enumerate(symbols)}
        self.multi_label = False


@dataclass
class Config:
    """A dataclass pickled in a checkpoint."""

    hidden_dim: int = 16
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))


def read_foreign(path: Path, **options: Any) -> ForeignModel:
    """The model in the checkpoint at `path`, as tensors; `options` as for `read_plain`."""
    return build(read_plain(path, **options))
