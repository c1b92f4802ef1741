"""Trained weights of one's own class open by its own state dict: alone, inside a model, prefixed, and saved again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from tests.engine.students import Gru

SPEC = f"{Path(__file__).with_name('students.py')}:Gru"
TEXT = "hello"
SYMBOLS = sorted(set(TEXT))


class Model(nn.Module):
    """The usual one around it."""

    def __init__(self, embedded: int | None) -> None:
        super().__init__()
        if embedded is not None:
            self.embed = nn.Embedding(len(SYMBOLS), embedded)
        self.cells = nn.ModuleList([Gru(embedded or len(SYMBOLS), 6), Gru(6, 3)])  # type: ignore[no-untyped-call]
        self.out = nn.Linear(3, len(SYMBOLS), bias=embedded is None)

    @torch.no_grad()
    def scores(self) -> list[Tensor]:
        found = []
        states = [torch.zeros(1, 6), torch.zeros(1, 3)]
        for symbol in TEXT:
            code = SYMBOLS.index(symbol)
            x = self.embed.weight[code][None] if hasattr(self, "embed") else torch.eye(len(SYMBOLS))[code][None]
            for at, cell in enumerate(self.cells):
                states[at] = x = cell(x, states[at])
            found.append(self.out(x)[0])
        return found


def opened(path: Path, **said: object) -> Debugger:
    return prepare(ModelOptions(model=str(path), cell=SPEC, text=TEXT, **said)).open()  # type: ignore[arg-type]


@pytest.mark.parametrize(("embedded", "prefix"), [(None, ""), (5, "module.")])
def test_a_model_around_it_gives_the_scores_that_it_gives(tmp_path: Path, embedded: int | None, prefix: str) -> None:
    torch.manual_seed(1)
    model, file, again = Model(embedded), tmp_path / "model.pt", tmp_path / "again.safetensors"
    torch.save({"state": {prefix + name: tensor for name, tensor in model.state_dict().items()}, "epoch": 3}, file)
    debugger = opened(file)
    for step, expected in zip(debugger.steps(1, 6), model.scores(), strict=True):
        assert step.prediction is not None
        assert step.prediction.logits == pytest.approx(expected.tolist(), abs=1e-6)
    debugger.save(str(again))
    saved = prepare(ModelOptions(model=str(again), cell=SPEC)).open()
    assert [s.layers[1].values for s in saved.steps(1, 6)] == [s.layers[1].values for s in debugger.steps(1, 6)]


def test_the_cell_alone_and_what_does_not_fit(tmp_path: Path) -> None:
    cell, file = Gru(4, 6), tmp_path / "cell.pt"  # type: ignore[no-untyped-call]
    torch.save(cell.state_dict(), file)
    debugger = opened(file)
    h = cell(torch.eye(4)[1][None], torch.zeros(1, 6))  # h is symbol 1
    assert debugger.to(1).layers[0].values["h"] == pytest.approx(h[0].tolist(), abs=1e-6)
    broken = {**cell.state_dict(), "wz.bias": torch.zeros(5)}
    del broken["wr.bias"]
    torch.save(broken, file)
    with pytest.raises(UserError, match=r"4 of 6 weights of Gru fit.*wz\.bias is \[5\] where \[6\] is needed.*missing"):
        opened(file)
