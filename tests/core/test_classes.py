"""Classifiers: classes are named, guessed, searched and judged by the label, and the numbers are plain torch's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lstm_tui
from lstm_tui.api.traced import Trace
from lstm_tui.cli.commands import main
from lstm_tui.core.errors import UserError
from lstm_tui.core.step import Step

SYMBOLS, TEXT = "abcdefg", "abcabdgfedcba"
ROWS = torch.randn(9, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


class Judge(nn.Module):
    """An LSTM or GRU with a head: a linear layer, or BatchNorms and an activation between two."""

    def __init__(self, outputs: int, deep: bool = False, numbers: bool = False, kind: type = nn.LSTM) -> None:
        super().__init__()
        if not numbers:
            self.emb = nn.Embedding(7, 4)
        self.lstm = kind(3 if numbers else 4, 6, 2)
        if not deep:
            self.fc = nn.Linear(6, outputs)
            return
        self.norm, self.hidden, self.norm2, self.fc = (
            nn.BatchNorm1d(6), nn.Linear(6, 6), nn.BatchNorm1d(6, affine=False), nn.Linear(6, outputs),
        )  # fmt: skip
        for norm in (self.norm, self.norm2):
            for average, (low, high) in ((norm.running_var, (0.3, 2)), (norm.running_mean, (-1, 1))):
                assert average is not None
                nn.init.uniform_(average, low, high)
        nn.init.normal_(self.norm.weight)
        nn.init.normal_(self.norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        h = self.lstm(self.emb(x) if hasattr(self, "emb") else x)[0]
        if hasattr(self, "norm"):
            h = torch.relu(self.norm2(self.hidden(self.norm(h))))
        scores: Tensor = self.fc(h)
        return scores


def judge(*said: Any, **how: Any) -> Judge:
    torch.manual_seed(3)
    return Judge(*said, **how).eval()


def chances(net: Judge, x: Tensor) -> Tensor:
    """What float64 says of each class, step by step; one output is the second of two."""
    with torch.inference_mode():
        z = net.double()(x)
        net.float()
        return z.softmax(1) if z.shape[1] > 1 else torch.cat([1 - z.sigmoid(), z.sigmoid()], dim=1)


def agree(steps: Trace, wanted: Tensor, label: int) -> None:
    for step, p in zip(steps, wanted, strict=True):
        assert step.prediction is not None
        assert len(step.prediction.top) == len(p)
        for guess in step.prediction.top:
            assert guess.symbol == steps.about.classes[guess.index]
            assert guess.p == pytest.approx(float(p[guess.index]), abs=5e-5)
    judged = [(step.target, step.loss) for step in steps]
    assert judged[:-1] == [(None, None)] * (len(wanted) - 1)
    assert judged[-1] == (steps.about.classes[label], pytest.approx(-float(wanted[-1, label].log()), abs=5e-5))


@pytest.mark.parametrize(("outputs", "deep"), [(3, False), (1, False), (3, True)])
@pytest.mark.parametrize("saved", [False, True])
def test_text_in_and_classes_out(tmp_path: Path, outputs: int, deep: bool, saved: bool) -> None:
    net, indices = judge(outputs, deep), torch.tensor([SYMBOLS.index(ch) for ch in TEXT])
    model: Any = net
    if saved:
        model = tmp_path / "m.pt"
        torch.save(net.state_dict(), model)
    names = ("bad", "so so", "good") if outputs == 3 else ("bad", "good")
    steps = lstm_tui.trace(
        model, TEXT, vocab=list(SYMBOLS), classes=names, label=names[-1], head="relu" if deep else None
    )
    agree(steps, chances(net, indices), len(names) - 1)


@pytest.mark.parametrize("deep", [False, True])
def test_numbers_in_and_classes_out(deep: bool) -> None:
    net = judge(4, deep, numbers=True, kind=nn.GRU)
    said = {"classes": "walk,run,sit,lie", "label": "sit", "head": "linear,relu" if deep else None}
    steps = lstm_tui.trace(net, rows=ROWS, **said)  # type: ignore[arg-type]
    agree(steps, chances(net, ROWS), 2)
    assert [step.row.x for step in steps if step.row is not None] == [tuple(row.tolist()) for row in ROWS]


def traced(capsys: pytest.CaptureFixture[str], *said: str) -> list[dict[str, Any]]:
    assert main(["trace", *said, "--format", "jsonl"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_classes_are_searched_differentiated_and_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, path, text = judge(3), tmp_path / "m.pt", TEXT * 50
    torch.save(net.state_dict(), path)
    listed = tmp_path / "classes.txt"
    listed.write_text("class\nbad\nso so\ngood\n")
    said = [str(path), "--text", text, "--vocab", str(tmp_path / "v.json"), "--classes", str(listed)]
    (tmp_path / "v.json").write_text(json.dumps(list(SYMBOLS)))
    steps = list(lstm_tui.trace(path, text, vocab=list(SYMBOLS), classes=str(listed)))
    header, *found = traced(capsys, *said, "--where", "guess == 'good' and p('bad') < 0.34")
    assert header["classes"] == ["bad", "so so", "good"]
    assert [one["t"] for one in found] == [step.t for step in steps if holds(step)] != []
    last = f"logit:so so@{len(text) - 1}"
    *_, end = traced(capsys, *said, "--label", "bad", "--grad", last, "--only", "h")
    assert end["target"] == "bad"
    h_grad = net.fc.weight[1].tolist()
    assert end["layers"][1]["grad"]["h"] == pytest.approx(h_grad, abs=1e-6)
    *_, end = traced(capsys, *said, "--label", "bad", "--grad", "loss", "--only", "h")
    assert steps[-1].prediction is not None
    z = torch.tensor(steps[-1].prediction.logits, dtype=torch.float64)
    by_z = z.softmax(0) - torch.tensor([1.0, 0, 0])
    assert end["layers"][1]["grad"]["h"] == pytest.approx((by_z @ net.fc.weight.double()).tolist(), abs=1e-6)


def holds(step: Step) -> bool:
    assert step.prediction is not None
    return step.guess == "good" and next(g.p for g in step.prediction.top if g.symbol == "bad") < 0.34


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"classes": "a,b"}, "classes= names 2 classes, and 'Judge' has 3"),
    ({"classes": "a,b,b"}, "'b' more than once"),
    ({"label": "c"}, "label='c' is none of the classes: there are '#0', '#1', '#2'"),
    ({"classes": "no.json"}, "no file 'no.json'"),
]


@pytest.mark.parametrize(("said", "sentence"), WRONG)
def test_what_does_not_fit_is_a_sentence(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence.replace("(", r"\(")):
        lstm_tui.trace(judge(3), TEXT, vocab=list(SYMBOLS), **said)


def test_what_is_no_classifier_has_no_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="'hello' is no classifier"):
        lstm_tui.trace("hello", classes="a,b,c,d")
    torch.save(judge(3).state_dict(), tmp_path / "m.pt")
    for command, word in (("train", "cannot be saved"), ("trace", "it cannot write on")):
        more = ["-o", str(tmp_path / "t.safetensors")] if command == "train" else ["--imagine", "3"]
        assert main([command, str(tmp_path / "m.pt"), "--text", "#0#1", *more]) in (1, 2)
        assert word in capsys.readouterr().err
    for said, word in (("char == guess", "not compared"), ("guess == 'x'", "classes"), ("guess in 'ab'", "one by one")):
        assert main(["trace", str(tmp_path / "m.pt"), "--text", "#0#1", "--where", said]) == 2
        assert word in capsys.readouterr().err
