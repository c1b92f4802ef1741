"""One network of several in a file: which part is which, what is left out, and plain torch's numbers for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lstm_tui
from lstm_tui.cli.commands import main
from lstm_tui.core.errors import UserError

FILES = Path(__file__).parent / "keras_files"

TEXT = (0, 3, 1, 4, 2, 2, 0, 4, 1)
WRITTEN = "".join(f"#{index}" for index in TEXT)


class Half(nn.Module):
    """An encoder, or with outputs a decoder; `attention` stands between its h and its outputs."""

    def __init__(self, reads: int, outputs: int = 0, attention: bool = False, both: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(reads, 4)
        self.rnn = nn.LSTM(4, 6, 2, bidirectional=both)
        if both:
            self.fc = nn.Linear(12, 6)
        if attention:
            self.attn = nn.Linear(12, 6)
        if outputs:
            self.fc_out = nn.Linear(6, outputs)

    def h(self, indices: Tensor) -> Tensor:
        found: Tensor = self.double().rnn(self.embedding(indices))[0]
        self.float()
        return found


class Both(nn.Module):
    def __init__(self, encoder: Half, decoder: Half) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder


def both(**decoder: Any) -> Both:
    torch.manual_seed(5)
    return Both(Half(5), Half(7, 7, **decoder)).eval()


def flat(net: Both) -> dict[str, Tensor]:
    """The same without modules around them: `enc_rnn.weight_ih_l0`, `dec_fc_out.bias`."""
    short = {"encoder": "enc", "decoder": "dec"}
    found = {}
    for name, tensor in net.state_dict().items():
        half, _, rest = name.partition(".")
        found[f"{short[half]}_{rest}"] = tensor
    return found


@pytest.mark.parametrize("form", ["module", "nested", "flat"])
@torch.inference_mode()
def test_an_encoder_and_a_decoder_are_opened_one_by_one(tmp_path: Path, form: str) -> None:
    net = both()
    path: Any = net if form == "module" else tmp_path / "m.pt"
    if form != "module":
        torch.save(flat(net) if form == "flat" else {"state_dict": net.state_dict()}, path)
    for part, half in (("encoder", net.encoder), ("decoder", net.decoder)):
        steps = lstm_tui.trace(path, WRITTEN, part=part)
        wanted = half.h(torch.tensor(TEXT))
        for step, h in zip(steps, wanted, strict=True):
            assert step.layers[1].values["h"] == pytest.approx(h.tolist(), abs=5e-5)
            assert (step.prediction is None) == (part == "encoder")
        assert any(note.startswith(f"the part {part} alone") for note in steps.about.notes)
    assert steps[3].prediction is not None
    assert steps[3].prediction.logits == pytest.approx(half.double().fc_out(wanted[3]).tolist(), abs=5e-5)


def test_what_stands_before_the_outputs_unknown_leaves_no_guesses() -> None:
    steps = lstm_tui.trace(both(attention=True), WRITTEN, part="decoder")
    assert steps[0].prediction is None
    assert any("decoder.attn.weight" in note for note in steps.about.notes)


@torch.inference_mode()
def test_of_a_bidirectional_network_the_forward_direction_is_opened(tmp_path: Path) -> None:
    torch.manual_seed(5)
    half = Half(5, both=True).eval()
    torch.save(half.state_dict(), tmp_path / "m.pt")
    steps = lstm_tui.trace(tmp_path / "m.pt", WRITTEN, part="forward")
    lone = nn.LSTM(4, 6)
    lone.load_state_dict({name: half.state_dict()[f"rnn.{name}"] for name in lone.state_dict()})
    wanted = lone.double()(half.double().embedding(torch.tensor(TEXT)))[0]
    for step, h in zip(steps, wanted, strict=True):
        assert len(step.layers) == 1
        assert step.prediction is None
        assert step.layers[0].values["h"] == pytest.approx(h.tolist(), abs=5e-5)
    note = next(note for note in steps.about.notes if note.startswith("the part forward alone"))
    assert "rnn.weight_ih_l0_reverse" in note
    named = Both(half, Half(7, 7))
    assert lstm_tui.trace(named, WRITTEN, part="encoder.forward")[0].prediction is None


def test_inspect_lists_parts_and_a_part_that_is_not_there_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(both().state_dict(), tmp_path / "m.pt")
    said = {str(tmp_path / "m.pt"): "--part encoder or decoder", str(FILES / "seq2seq.h5"): "enc_lstm or dec_lstm",
            str(FILES / "both_ways.keras"): "--part forward"}  # fmt: skip
    for path, names in said.items():
        assert main(["inspect", path]) == 0
        assert all(name in capsys.readouterr().out for name in ["parts"])
        for more, code in (([], 2), (["--part", "attic"], 2)):
            assert main(["trace", path, *more]) == code
            assert (names.removeprefix("--part ").split(" or ")[0]) in capsys.readouterr().err
    assert main(["inspect", str(tmp_path / "m.pt"), "--part", "decoder", "x"]) == 2
    assert main(["inspect", "hello", "--part", "decoder"]) == 2
    with pytest.raises(UserError, match="no part 'attic'"):
        lstm_tui.trace(both(), WRITTEN, part="attic")


def test_attention_is_named_as_the_reason_and_what_is_below_it_opens() -> None:
    """As textgenrnn has it: two LSTMs that attention looks at."""
    path = str(FILES / "attention.weights.hdf5")
    with pytest.raises(UserError, match=r"attention layer .* no output; to step a part: part='rnn_1'"):
        lstm_tui.trace(path, WRITTEN)
    steps = lstm_tui.trace(path, WRITTEN, part="rnn_2")
    assert len(steps[0].layers) == 2
    assert any("left out: attention, output" in note for note in steps.about.notes)
