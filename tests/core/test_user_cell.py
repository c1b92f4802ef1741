"""A class of the user's own file: where it is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_tui.core.filesystem import reach
from lstm_tui.core.user_cell import check_user_cell


def test_a_cell_that_a_script_names_is_looked_for_where_its_path_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`open --cell` has put the script's folder before the name already: it is not put there twice."""
    (tmp_path / "lesson").mkdir()
    (tmp_path / "lesson" / "own.py").write_text("class Own: ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reach, "now", lambda: reach.Reach("lesson"))
    check_user_cell("lesson/own.py:Own")
