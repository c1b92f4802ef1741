"""Files beside a model: which symbol is which, and how numbers were scaled. They are read and never run."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import lstm_tui
from lstm_tui.core.errors import UserError
from tests.checkpoints.nets import Net

SCALERS = Path(__file__).parent / "scaler_files"
EXPECTED = json.loads((SCALERS / "expected.json").read_text())
ROW = EXPECTED.pop("row")
ROWS = {"rain": [ROW[1], 0.5], "temp": [ROW[0], 2.5], "wind": [ROW[2], 4.0]}
"""In another order than the scaler's own, which names alone put right."""


@pytest.fixture
def forecast(tmp_path: Path) -> Path:
    net = nn.LSTM(3, 4)
    torch.save({f"lstm.{n}": v for n, v in net.state_dict().items()} | nn.Linear(4, 1).state_dict(), tmp_path / "m.pt")
    return tmp_path / "m.pt"


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("beside", [True, False])
def test_rows_are_scaled_as_scikit_learn_scales_them(forecast: Path, name: str, beside: bool) -> None:
    rows = ROWS if "named" in name else {column: ROWS[column] for column in ("temp", "rain", "wind")}
    said: dict[str, Any] = {"target": "temp"}
    if beside:
        (forecast.parent / f"scaler{Path(name).suffix}").write_bytes((SCALERS / name).read_bytes())
    else:
        said["scaler"] = SCALERS / name
    steps = lstm_tui.trace(forecast, rows=rows, **said)
    assert steps[0].row is not None
    assert steps[0].row.scaled is not None
    scaled = dict(zip(steps.about.channels, steps[0].row.scaled, strict=True))
    wanted = dict(zip(("temp", "rain", "wind"), EXPECTED[name], strict=True))
    assert scaled == pytest.approx(wanted, rel=1e-6)
    assert any("beside the file says" in note for note in steps.about.notes) == beside


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('run')",)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pickle.dumps(Evil()), "no scaler that is known"),
        ((SCALERS / "standard.pkl").read_bytes()[:-90], "damaged or cut short"),
        ((SCALERS / "robust_compressed.joblib").read_bytes()[:60], "pickle"),
        (b"\x80\x04N.", "no scaler that is known"),
        (b"version https://git-lfs.github.com/spec/v1\n", "damaged"),
    ],
)
def test_what_is_no_scaler_is_said_and_the_numbers_stay_as_they_are(forecast: Path, data: bytes, why: str) -> None:
    (forecast.parent / "m_scaler.pkl").write_bytes(data)
    steps = lstm_tui.trace(forecast, rows=ROWS, target="temp")
    assert steps.about.scale == "none"
    assert any("m_scaler.pkl beside the file is not used" in note and why in note for note in steps.about.notes)
    with pytest.raises(UserError, match="scaler="):
        lstm_tui.trace(forecast, rows=ROWS, target="temp", scaler=forecast.parent / "m_scaler.pkl")


def test_a_scaler_of_other_columns_is_not_used(forecast: Path) -> None:
    (forecast.parent / "scaler.json").write_text('{"mean": [1, 2], "std": [1, 1]}')
    steps = lstm_tui.trace(forecast, rows=ROWS, target="temp")
    assert steps.about.scale == "none"
    assert any("2 numbers" in note and "3 columns" in note for note in steps.about.notes)


WORDS = ("<pad>", "<unk>", "the", "hat", "is", "near")


class Tokenizer:
    """As Keras pickles its own."""

    def __init__(self, word_index: dict[str, int]) -> None:
        self.word_index, self.num_words = word_index, None


INDEX = {word: at for at, word in enumerate(WORDS) if at}
FILES: dict[str, bytes] = {
    "vocab.txt": "\n".join(WORDS).encode(),
    "m_vocab.csv": "\n".join(("word", *WORDS)).encode(),
    "itos.json": json.dumps(WORDS).encode(),
    "word_index.json": json.dumps(INDEX | {"rare": 6, "rarer": 7}).encode(),
    "tokenizer.pickle": pickle.dumps(Tokenizer(INDEX)),
    "tokenizer.json": json.dumps(
        {"model": {"type": "WordLevel", "vocab": {word: at for at, word in enumerate(WORDS) if at != 1}},
         "added_tokens": [{"id": 1, "content": "<unk>", "special": True}]}
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_words_beside_a_model_are_found_and_spaces_separate_them(tmp_path: Path, name: str) -> None:
    torch.manual_seed(4)
    net = Net(6, 5, e=3).eval()
    torch.save(net.state_dict(), tmp_path / "m.pt")
    (tmp_path / name).write_bytes(FILES[name])
    steps = lstm_tui.trace(tmp_path / "m.pt", "the hat is near")
    assert [step.char for step in steps] == ["the", "hat", "is", "near"]
    assert steps.about.words
    with torch.inference_mode():
        wanted = net(torch.tensor([2, 3, 4, 5]))
    assert steps[-1].prediction is not None
    assert steps[-1].prediction.logits == pytest.approx(wanted[-1].tolist(), abs=5e-5)
    with pytest.raises(UserError, match=r"a word .* lacks: 'dog' .* add unknown='<unk>'"):
        lstm_tui.trace(tmp_path / "m.pt", "the dog is near")


def test_a_tokenizer_that_knows_fewer_words_than_the_model_leaves_the_others_their_numbers(tmp_path: Path) -> None:
    torch.save(Net(9, 5, e=3).state_dict(), tmp_path / "m.pt")
    (tmp_path / "tokenizer.pickle").write_bytes(FILES["tokenizer.pickle"])
    assert lstm_tui.trace(tmp_path / "m.pt", "the hat").about.vocabulary == (*WORDS, "#6", "#7", "#8")
    listed = tmp_path / "mine.txt"
    listed.write_text("\n".join((*WORDS, "a", "b", "c")))
    assert lstm_tui.trace(tmp_path / "m.pt", "the hat", vocab=listed).about.vocabulary[6:] == ("a", "b", "c")
