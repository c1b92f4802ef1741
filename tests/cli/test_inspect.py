"""What is printed about files and cells, and the frame around all commands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lstm_tui.cli import commands as cli
from lstm_tui.core.kinds import IMPLEMENTATIONS
from tests.cli.running import Run


def test_inspect_tells_what_a_file_holds(run: Run, tmp_path: Path) -> None:

    run(
        "train",
        "-o",
        "m.safetensors",
        "--text",
        "abc\n",
        "--hidden",
        "3",
        "--layers",
        "2",
        "--seed",
        "5",
        "--epochs",
        "4",
    )
    code, out, err = run("inspect", "m.safetensors")
    assert (code, err) == (0, "")
    for words in (
        "by-hand",
        "2, of 3 + 3 units",
        "4: '␊' 'a' 'b' 'c'",
        "4 epochs, loss 1.",
        "seed 5",
        "4 characters: abc␊",
        "lstm.weight_hh_l1  12 × 3",
        hashlib.sha256((tmp_path / "m.safetensors").read_bytes()).hexdigest(),
    ):
        assert words in out


def test_inspect_knows_the_bundled_models_and_needs_a_name(run: Run, refused: Callable[..., str]) -> None:
    assert "by-hand" in run("inspect", "hello")[1]
    assert "inspect needs a MODEL" in refused("inspect")


def test_cells_are_listed_one_a_line_under_their_groups(run: Run) -> None:
    code, out, _ = run("cells")
    assert code == 0
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert listed == list(IMPLEMENTATIONS)
    headings = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert headings == list(dict.fromkeys(one.group for one in IMPLEMENTATIONS.values()))
    assert all(20 < len(line) <= 80 for line in out.splitlines() if line.startswith("  "))


def test_the_version(run: Run) -> None:
    from lstm_tui import __version__

    assert run("--version") == (0, f"lstm-tui {__version__}\n", "")


def test_a_mistake_of_ours_is_told_harmlessly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Iterator[str]:
        raise ValueError("\x1b[31mred")

    monkeypatch.setitem(cli._RUN, "cells", broken)
    code, out, err = run("cells")
    assert (code, out) == (1, "")
    assert "\x1b" not in err
    assert "ValueError: ␛[31mred" in err
    assert "report it" in err


def test_ctrl_c_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli._RUN, "cells", interrupted)
    assert run("cells") == (130, "", "")
