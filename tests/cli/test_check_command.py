"""`lstm-tui check`: its exit codes, its json and its sentences; a class that never returns ends in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lstm_tui.cli.check_command import told_apart
from lstm_tui.cli.commands import main
from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import check_user_cell
from lstm_tui.debugger.apart import checking
from lstm_tui.engine.user_cells.file import load_class

WRONG = Path(__file__).parents[1] / "engine" / "judging" / "wrong.py"
HANGS = """
import torch
from torch import nn


class Hangs(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()

    def forward(self, x, h, c):
        print("\\x1b[31m")
        while True:
            pass
"""


def loaded(spec: str) -> None:
    check_user_cell(spec)
    load_class(spec)


def test_json_says_where_and_by_how_much_and_the_exit_code_that_something_departs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", f"{WRONG}:SigmoidN", "--format", "json", "--against", "nn.GRU"]) == 1
    said = json.loads(capfd.readouterr().out)
    assert (said["class"], said["form"], said["is"], said["same"]) == ("SigmoidN", "forward(x, h)", None, False)
    assert [one["quantity"] for one in said["equations"]] == ["r", "z", "n", "h"]
    first = said["findings"][0]
    line = next(k for k, text in enumerate(WRONG.read_text().splitlines(), 1) if "n = torch.sigmoid(self.n" in text)
    assert (first["quantity"], first["line"]) == ("n", line)
    assert first["step"] >= 1
    assert abs(first["has"] - first["expected"]) > 0.01


def test_a_line_of_a_notebook_is_one_of_its_own_cells(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = ["import torch\n%matplotlib inline\n", WRONG.read_text()]
    cells = [{"cell_type": "markdown", "source": "# mine"}, *({"cell_type": "code", "source": one} for one in code)]
    file = tmp_path / "mine.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    assert main(["check", f"{file}:SigmoidN", "--text", "h"]) == 1
    line = next(k for k, text in enumerate(WRONG.read_text().splitlines(), 1) if "n = torch.sigmoid(self.n" in text)
    assert f"cell 3, line {line}: n is squashed by σ where tanh belongs" in capfd.readouterr().out


def test_a_class_that_never_returns_ends_in_one_sentence_with_its_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "LIMIT", 2.5)
    file = tmp_path / "hangs.py"
    file.write_text(HANGS)
    assert main(["check", f"{file}:Hangs"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "hangs.py:Hangs line 1" in err
    assert "interrupted after" in err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothere\n\n\nclass Cell: ...\n", "line 1: import nothere — there is no module nothere here"),
        ("class Cell(:\n    ...\n", "line 1 is not Python"),
        ("class Other: ...\n", "has no class Cell: it has Other"),
    ],
)
def test_what_cannot_be_run_is_one_sentence_with_its_line(tmp_path: Path, source: str, said: str) -> None:
    file = tmp_path / "cell.py"
    file.write_text(source)
    with pytest.raises(UserError) as caught:
        loaded(f"{file}:Cell")
    assert said in str(caught.value)


def test_two_numbers_are_printed_until_they_differ() -> None:
    assert told_apart(0.31, 0.12) == ("+0.3100", "+0.1200")
    assert told_apart(0.12345678, 0.12345123) == ("+0.1234568", "+0.1234512")
