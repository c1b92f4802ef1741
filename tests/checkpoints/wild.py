"""Small re-creations of how people save character models: one function a row of the layouts we promise to open."""

from __future__ import annotations

import argparse
import string
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.checkpoints.nets import Cell, Config, Dictionary, Net, Stacked, Vocab

VOCAB = tuple("etaoin shr")


@dataclass
class Row:
    """One layout: the file written, the model it was made from, and what must be found."""

    model: nn.Module
    saved: Any
    vocabulary: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    tied: bool = False
    zip_format: bool = True
    beside: Callable[[Path], None] | None = None
    writer: Callable[[Any, Path], None] | None = None

    def write(self, folder: Path) -> Path:
        path = folder / "model.pt"
        if self.writer:
            self.writer(self.saved, path)
        else:
            torch.save(self.saved, path, _use_new_zipfile_serialization=self.zip_format)
        if self.beside:
            self.beside(folder)
        return path


def index_of(symbols: tuple[str, ...]) -> dict[str, int]:
    return {symbol: index for index, symbol in enumerate(symbols)}


def udacity() -> Row:
    net = Net(10, 12, 2, rnn="lstm", out="fc")
    return Row(net, {"n_hidden": 12, "n_layers": 2, "state_dict": net.state_dict(), "tokens": VOCAB}, VOCAB)


def bare_identity_embedding() -> Row:
    net = Net(10, 8, 3, e=10, embed="embedding")
    net.embedding.weight.data = torch.eye(10)
    return Row(net, OrderedDict(net.state_dict()))


def word_model(tied: bool = True) -> Row:
    net = Net(11, 12, 2, e=12, tied=tied)
    symbols = (*VOCAB, "<eos>")
    return Row(net, net, symbols, {"vocab": symbols}, tied=tied)


def printable_module() -> Row:
    net = Net(100, 8, 2, e=8)
    return Row(net, net, tuple(string.printable), {"vocab": "printable"})


def gru_dict() -> Row:
    net = Net(10, 8, 2, e=8, kind=nn.GRU)
    saved = {"input_size": 10, "hidden_size": 8, "output_size": 10, "model_type": "gru", "n_layers": 2}
    return Row(net, saved | {"state_dict": net.state_dict()})


def sidecar_pickle() -> Row:
    net = Net(12, 8, 1, e=4, embed="embedding", out="out")
    symbols = ("<pad>", "<unk>", *VOCAB)

    def beside(folder: Path) -> None:
        import pickle

        (folder / "vocab.pickle").write_bytes(pickle.dumps(Vocab(list(symbols), index_of(symbols))))

    hparams = {"vocab_size": 12, "charemb_dim": 4, "hidden_dim": 8, "num_layers": 1, "pad_token": 0}
    return Row(net, {"hparams": hparams, "state_dict": net.state_dict()}, symbols, beside=beside)


def config_dataclasses() -> Row:
    net = Net(10, 16, 1, e=10, embed="embedding", rnn="lstm", out="output_proj")
    optimiser = torch.optim.Adam(net.parameters())
    net(torch.tensor([1, 2])).sum().backward()
    optimiser.step()
    saved = {
        "model_state_dict": net.state_dict(),
        "optimizer_state_dict": optimiser.state_dict(),
        "config": Config(),
        "vocab_mapping": index_of(VOCAB),
        "train_losses": [2.0, 1.5],
        "torch": torch.__version__,
        "best": torch.tensor(1.5),
        "path": Path("x/y"),
        "args": argparse.Namespace(lr=0.1),
        "counts": defaultdict(int, {"e": 3}),
    }
    return Row(net, saved, VOCAB)


def awd() -> Row:
    net = Stacked(11, 6, 10, 3)
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0)
    return Row(net, [net, nn.CrossEntropyLoss(), optimiser], tied=True)


def lightning() -> Row:
    net = Net(10, 8, 1, e=4, embed="embed")
    optimiser = torch.optim.Adam(net.parameters())
    net(torch.tensor([1, 2])).sum().backward()
    optimiser.step()
    saved = {
        "epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.6.6",
        "state_dict": OrderedDict((f"model.{name}", value) for name, value in net.state_dict().items()),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.5), "dirpath": "x"}},
        "optimizer_states": [optimiser.state_dict()], "lr_schedulers": [],
        "hparams_name": "kwargs", "hyper_parameters": {"vocab": list(VOCAB), "lr": 0.1},
    }  # fmt: skip
    return Row(net, saved, VOCAB)


def gru_module() -> Row:
    net = Net(10, 8, 2, e=6, kind=nn.GRU)
    return Row(net, net)


def both_directions() -> Row:
    net = Net(10, 8, 2, e=4, embed="emb", out="fc")
    saved = {"model_state": net.state_dict(), "config": {"embedding_dim": 4, "hidden_dim": 8, "num_layers": 2}}
    return Row(net, saved | {"itos": list(VOCAB), "stoi": index_of(VOCAB)}, VOCAB)


def gru_printable() -> Row:
    net = Net(100, 8, 1, e=8, kind=nn.GRU, rnn="gru")
    return Row(net, net, tuple(string.printable), {"vocab": "printable"})


def json_beside() -> Row:
    net = Net(11, 8, 1, e=4)
    symbols = ("<eos>", *sorted(VOCAB))

    def beside(folder: Path) -> None:
        import json

        (folder / "vocab.json").write_text(json.dumps(symbols))

    return Row(net, net, symbols, beside=beside)


def module_with_text() -> Row:
    net = Net(10, 8, 1)
    vars(net).update(chars=VOCAB, char2int=index_of(VOCAB), text="the sea is near to the shore " * 200)
    return Row(net, net, VOCAB)


def words() -> Row:
    net = Net(2000, 8, 1, e=4, embed="embed", rnn="lstm", out="linear")
    return Row(net, net.state_dict())


def cell() -> Row:
    net = Cell(10, 4, 8)
    return Row(net, net.state_dict())


def flair() -> Row:
    net = Net(10, 8, 1, e=4)
    saved = {
        "state_dict": net.state_dict(), "dictionary": Dictionary(VOCAB), "is_forward_lm": True, "hidden_size": 8,
        "nlayers": 1, "embedding_size": 4, "nout": None, "document_delimiter": "\n", "dropout": 0.1,
        "recurrent_type": "LSTM", "has_decoder": True,
    }  # fmt: skip
    return Row(net, saved, VOCAB)


def d2l_concise() -> Row:
    net = Net(10, 8, 1, rnn="rnn", out="linear")
    renamed = {name.replace("rnn.", "rnn.rnn."): value for name, value in net.state_dict().items()}
    return Row(net, renamed)


def safetensors_bare() -> Row:
    net = Net(10, 8, 2, e=10, embed="embedding")

    def writer(saved: Any, path: Path) -> None:
        from safetensors.torch import save_file

        save_file(saved, str(path), metadata={"itos": '["' + '","'.join(VOCAB) + '"]'})

    return Row(net, net.state_dict(), VOCAB, writer=writer)


def safetensors_tied() -> Row:
    net = Net(11, 12, 2, e=12, tied=True)

    def writer(saved: Any, path: Path) -> None:
        from safetensors.torch import save_model

        save_model(saved, str(path))

    return Row(net, net, tied=True, writer=writer)


def legacy() -> Row:
    row = udacity()
    row.zip_format = False
    return row


def parallel() -> Row:
    net = Net(10, 8, 1, e=4)
    return Row(net, {"net": {f"module._orig_mod.{name}": value for name, value in net.state_dict().items()}})


def no_biases() -> Row:
    net = Net(10, 8, 2, e=4, bias=False, out_bias=False)
    return Row(net, net.state_dict())


def half() -> Row:
    net = Net(10, 8, 1, e=4).half()
    saved = net.state_dict()
    return Row(net.float(), saved)


def bfloat() -> Row:
    net = Net(10, 8, 1, e=4).bfloat16()
    saved = net.state_dict()
    return Row(net.float(), saved)


def parts_apart() -> Row:
    net = Net(10, 8, 1, e=4)
    saved = {part: getattr(net, part).state_dict() for part in ("encoder", "rnn", "decoder")}
    return Row(net, {"weights": {"best": saved}, "epoch": 3})


def protocol_four() -> Row:
    net = Net(10, 8, 1, e=4)
    return Row(net, net, writer=lambda saved, path: torch.save(saved, path, pickle_protocol=4))


OPEN: dict[str, Callable[[], Row]] = {
    "1 dict with tokens": udacity,
    "2 bare state_dict, square embedding": bare_identity_embedding,
    "3 whole module, tied": word_model,
    "3 whole module, untied": lambda: word_model(tied=False),
    "4 whole module, printable": printable_module,
    "5 GRU dict": gru_dict,
    "6 pickle of a class beside it": sidecar_pickle,
    "7 dataclasses and optimiser inside": config_dataclasses,
    "8 list, widths differ, weight drop": awd,
    "9 Lightning": lightning,
    "10 GRU whole module": gru_module,
    "11 itos and stoi": both_directions,
    "12 GRU whole module, printable": gru_printable,
    "13 JSON beside it": json_beside,
    "14 whole module with its text": module_with_text,
    "15 word level": words,
    "16 LSTMCell": cell,
    "19 bytes dictionary, forward": flair,
    "20 nested rnn.rnn": d2l_concise,
    "24 safetensors": safetensors_bare,
    "24 safetensors, tied": safetensors_tied,
    "26 legacy stream": legacy,
    "DataParallel and torch.compile prefixes": parallel,
    "no biases": no_biases,
    "half": half,
    "bfloat16": bfloat,
    "nested dicts, one a part": parts_apart,
    "pickle protocol 4": protocol_four,
}
