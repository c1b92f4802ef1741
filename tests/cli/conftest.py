"""Commands run in this process, in an empty folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_tui.cli import commands as cli
from tests.cli.running import Run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str) -> tuple[int, str, str]:
        code = cli.main(list(argv))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Runs a command that cannot work: exit code 2, one sentence and nothing else, nothing written."""

    def refused(*argv: str) -> str:
        before = sorted(os.listdir(tmp_path))
        code, out, err = run(*argv)
        assert code == 2
        assert out == ""
        assert re.fullmatch(r"lstm-tui: [^\n]+\n", err)
        assert "usage" not in err
        assert sorted(os.listdir(tmp_path)) == before
        return err.removeprefix("lstm-tui: ").rstrip("\n")

    return refused
