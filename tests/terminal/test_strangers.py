"""Somebody else's checkpoints on the real screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.checkpoints.nets import Net
from tests.checkpoints.wild import VOCAB
from tests.terminal.opening import opened

pytestmark = pytest.mark.terminal


def test_a_whole_module_of_two_layers_opens_and_says_that_it_was_checked(tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = Net(10, 8, 2, e=4)
    vars(net)["chars"] = list(VOCAB)
    torch.save(net, tmp_path / "model.pt")
    with opened(str(tmp_path / "model.pt"), "--text", "the hat", columns=120, rows=40) as terminal:
        terminal.until("nn.LSTM agrees to")
        assert "layer 1/2 (l0)" in terminal.text
        terminal.press("right", "right", "]")
        terminal.until(lambda text: "step 2/7" in text and "layer 2/2 (l1)" in text)
        assert "reading 'h'" in terminal.text
        with torch.inference_mode():
            p = net.eval()(torch.tensor([VOCAB.index(ch) for ch in "th"]))[-1].softmax(dim=0)
        guess = next(line for line in terminal.lines if line.lstrip().startswith("guess"))
        assert f"'{VOCAB[int(p.argmax())]}'" in guess
        assert f"{float(p.max()):.2f}" in guess
        terminal.press("x")
        terminal.until("by-hand: same numbers")


def test_a_gru_has_four_panels_and_its_own_equations(tmp_path: Path) -> None:
    torch.manual_seed(1)
    torch.save({"vocab": list(VOCAB), "model": Net(10, 8, kind=nn.GRU).state_dict()}, tmp_path / "gru.pt")
    with opened(str(tmp_path / "gru.pt"), "--text", "the hat", columns=120, rows=40) as terminal:
        terminal.until(lambda text: re.search(r"1 r reset.*2 z update", text) is not None)
        terminal.press("right", "right")
        terminal.until("step 2/7")
        assert re.search(r"3 n candidate.*4 h hidden", terminal.text)
        assert re.search(r"n = tanh\(W_n·x .* = tanh\(-?\d\.\d+ \+ \d\.\d+ × -?\d\.\d+\)", terminal.text)
        assert "c cell" not in terminal.text
        terminal.press("x")
        terminal.until("the only cell that computes this function")
        terminal.press("4")
        terminal.until(lambda text: "4 h hidden" in text and "1 r reset" not in text)
        terminal.press("0")
        terminal.until("1 r reset")


def test_a_model_without_a_vocabulary_opens_with_numbers_and_says_how_to_give_one(tmp_path: Path) -> None:
    torch.save(Net(100, 8, e=6).state_dict(), tmp_path / "bare.pt")
    with opened(str(tmp_path / "bare.pt")) as terminal:
        terminal.until(lambda text: "--vocab printable" in " ".join(text.split()))
        terminal.press("right")
        terminal.until("reading '#0'")
