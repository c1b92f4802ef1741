"""Bad input gets one sentence, exit code 2, and nothing is written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", [(), ("trace",), ("train", "-o", "out.safetensors")])
def test_bad_input_is_one_sentence(refused: Callable[..., str], tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "prose").write_text("not a model")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    expected = {
        ("--hidden", "0"): "--hidden cannot be less than 1 (got 0)",
        ("--epochs", "-1"): "--epochs cannot be less than 1 (got -1)",
        ("--text", ""): "text is empty",
        ("--text", "a", "--file", "prose"): "--text and --file",
        ("--file", "empty"): "'empty' is empty",
        ("--file", "missing"): "no file 'missing'",
        ("--file", "latin"): "byte 3 (0xe9)",
        ("--file", "folder"): "is a folder",
        ("--file", "pipe"): "'pipe' is empty",
        ("--cell", "pipe:Cell"): "pipe:Cell: the file cannot be read",
        ("--cell", "folder:Cell"): "folder:Cell: the file cannot be read",
        ("--text", "a", "--encoding", "klingon"): "--encoding 'klingon'",
        ("--text", "a", "--vocab", "prose"): "'prose' is not a vocabulary",
        ("hello", "--text", "hexyx"): "'x' ×2, 'y' ×1 (the first at position 2)",
        ("hello", "--hidden", "3"): "--fresh",
        ("missing.safetensors",): "there is no model file",
        ("prose",): "not a model",
        ("empty",): "'empty' is empty",
        ("folder",): "is a folder",
        ("pipe",): "not a regular file",
        ("nul\0byte",): "nul␀byte",
    }
    for argv, fragment in expected.items():
        assert fragment in refused(*command, *argv)


def test_an_unknown_cell_lists_the_names(refused: Callable[..., str]) -> None:
    assert "by-hand, fused, builtin" in refused("trace", "--cell", "byhand")


def test_a_typo_is_recognised(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "book.safetensors").touch()
    assert refused("trian") == "there is no model file or command 'trian': did you mean the command train?"
    assert refused("trace", "trian").startswith("there is no model file 'trian': give the path")
    assert "did you mean 'book.safetensors'?" in refused("boook.safetensors")
    assert "did you mean 'brackets'?" in refused("inspect", "bracket")
    assert "only as the first word" in refused("--fresh", "trace")


def test_bad_input_is_refused_before_torch_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from lstm_tui.cli.commands import main\n"
        "for argv in (['trian'], ['trace', '--hidden', '0'], ['trace', 'hello', '--text', 'x'], ['--version'],\n"
        "             ['train', '-o', 'x.pt'], ['hello'], ['trace', 'hello', '--steps', '9:']):\n"
        "    main(argv)\n"
        "assert not {'torch', 'numpy', 'textual', 'rich'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
