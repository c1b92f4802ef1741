"""A model without biases stays one: shown, trained, switched, saved, read again, described."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from lstm_tui.cli.inspect_report import inspection_lines
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.file_report import describe
from lstm_tui.engine.loading.from_module import from_module
from lstm_tui.engine.loading.open_foreign import open_foreign
from lstm_tui.engine.training.adam import Adam
from lstm_tui.engine.training.loop import recipe_for, train
from tests.checkpoints.nets import Net
from tests.debugger.foreign_made import opened

VOCAB = tuple("abcdef")
TEXT = "abcafebeadcabfade"
CASES = list(product((nn.LSTM, nn.GRU), (1, 2), (False, True)))


def net(kind: Any = nn.LSTM, layers: int = 1, out_bias: bool = False) -> Net:
    torch.manual_seed(3)
    return Net(6, 5, layers, kind=kind, bias=False, out_bias=out_bias)


def debugger_of(net: Net) -> Debugger:
    options = ModelOptions(text=TEXT)
    return Debugger(
        *open_foreign("m", Text(Vocabulary(VOCAB), TEXT), options, from_module(net, vocab=VOCAB), None, False)
    )


def trained(debugger: Debugger, epochs: int = 4) -> Debugger:
    training = debugger.training(epochs=epochs)
    training.run()
    debugger.adopt(training)
    return debugger


def by_pytorch(net: Net, epochs: int) -> Net:
    """The plain loop that the program's training stands for."""
    indices = torch.tensor([VOCAB.index(ch) for ch in TEXT])
    optimiser = Adam(net.parameters(), recipe_for(len(TEXT)).lr)
    net.train()
    net.drop.eval()
    for _ in range(epochs):
        loss = functional.cross_entropy(net(indices[:-1]), indices[1:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net


def tensors(path: Path) -> dict[str, torch.Tensor]:
    """What the file holds, under the names that the network has."""
    kept = load_file(path)
    return {
        name.replace("lstm.", "rnn.").replace("gru.", "rnn.").replace("fc.", "decoder."): t for name, t in kept.items()
    }


@pytest.mark.parametrize(("kind", "layers", "out_bias"), CASES)
def test_training_is_plain_pytorchs_and_its_file_is_what_plain_pytorch_loads(
    tmp_path: Path, kind: Any, layers: int, out_bias: bool
) -> None:
    path = tmp_path / "m.safetensors"
    trained(debugger_of(net(kind, layers, out_bias))).save(str(path))
    expected = by_pytorch(net(kind, layers, out_bias), 4).state_dict()
    kept = tensors(path)
    assert kept.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.allclose(kept[name], tensor, atol=2e-5), name
    net(kind, layers, out_bias).load_state_dict(kept)  # strictly
    again = opened(path, text=TEXT)
    assert again.about.parameters == sum(map(torch.numel, expected.values()))
    trained(again).save(str(path), force=True)
    assert tensors(path).keys() == expected.keys()


@pytest.mark.parametrize("cell", ["by-hand", "fused", "builtin"])
def test_switching_cells_adds_none(tmp_path: Path, cell: str) -> None:
    plain, path = net(), tmp_path / "m.safetensors"
    debugger = debugger_of(plain)
    debugger.switch_cell(cell)
    trained(debugger).save(str(path))
    expected = by_pytorch(plain, 4).state_dict()
    assert tensors(path).keys() == expected.keys()
    assert all(torch.allclose(tensor, expected[name], atol=2e-5) for name, tensor in tensors(path).items())
    assert opened(path).about.cell == cell


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_it_is_shown_and_described_without(tmp_path: Path, kind: Any) -> None:
    debugger = debugger_of(net(kind))
    debugger.to(3)
    assert {term.name for e in debugger.explain(0, 1).equations for term in e.terms}.isdisjoint({"bias", "r·bias"})
    debugger.save(str(tmp_path / "m.safetensors"))
    torch.save(net(kind, out_bias=True).state_dict(), tmp_path / "m.pt")
    listed = [
        next(line for line in inspection_lines(describe(str(tmp_path / f"m.{end}"))) if "biases" in line)
        for end in ("safetensors", "pt")
    ]
    assert [line.split(maxsplit=1)[1] for line in listed] == ["none", "the layers have none"]


def test_a_fresh_model_in_its_place_has_none_either(tmp_path: Path) -> None:
    debugger_of(net()).save(str(tmp_path / "m.safetensors"))
    torch.save(net().state_dict(), tmp_path / "m.pt")
    for name in ("m.safetensors", "m.pt"):
        fresh = opened(tmp_path / name, fresh=True, text=TEXT, vocab=VOCAB if name == "m.pt" else None)
        fresh.save(str(tmp_path / "fresh.safetensors"), force=True)
        assert tensors(tmp_path / "fresh.safetensors").keys() == net().state_dict().keys()
        with pytest.raises(UserError, match="no biases"):
            opened(tmp_path / name, fresh=True, forget_bias=1.0, text=TEXT, vocab=VOCAB if name == "m.pt" else None)


def test_a_file_that_says_none_and_holds_one_is_refused(tmp_path: Path) -> None:
    from tests.files_made import with_metadata

    path = tmp_path / "m.safetensors"
    opened("hello").save(str(path))
    path.write_bytes(with_metadata(path.read_bytes(), bias="none"))
    with pytest.raises(UserError, match="tensors that nothing uses"):
        opened(path)


def test_the_built_in_cells_equations_are_those_without() -> None:
    from lstm_tui.engine.cells.builtin import Builtin

    assert dict(Builtin(3, 2, bias=False).equations or ())["f"] == "f = σ(W_f x + U_f h')"


def test_training_updates_nothing_that_is_absent() -> None:
    model = debugger_of(net()).debuggee.network
    list(train(model, torch.tensor([0, 1, 2, 3]), recipe_for(4, 2)))
    assert not any("bias" in name for name, _ in model.named_parameters())
