"""A stranger's script stays below its folder: by no name, by no link, and not by a link that is put there later."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import check_destination, read_text, write_atomically
from lstm_tui.core.filesystem.reach import FolderReach, Refused


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script's files and links, among the user's own files; we are somewhere else."""
    folder = tmp_path / "lesson"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "own.txt").write_text("own")
    (folder / "up").symlink_to("..")
    (folder / "out.txt").symlink_to("../secret.txt")
    (folder / "new.svg").symlink_to("../new.svg")
    (folder / "alias.txt").symlink_to("own.txt")
    (folder / "sub" / "round").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    return folder


OUTSIDE = ("../secret.txt", "sub/../../secret.txt", "up/secret.txt", "out.txt", "~/x", "~root/x", "/etc/passwd",
           "sub/round/../own.txt", "/proc/self/environ", "sub/round/up/secret.txt")  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_read_or_written(lesson: Path, tmp_path: Path, name: str) -> None:
    below = FolderReach(str(lesson), replace=True)
    before = sorted(os.listdir(tmp_path))
    with reach.within(below):
        for attempt in (lambda: read_text(name), lambda: write_atomically(name, b"new", force=True)):
            with pytest.raises(Refused, match="add --trust if you trust its author"):
                attempt()
    assert below.refusal is not None
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "secret.txt").read_text() == "secret"


def test_what_lies_below_is_read_and_written_there(lesson: Path) -> None:
    below = FolderReach(str(lesson))
    with reach.within(below):
        texts = [read_text(name).text for name in ("own.txt", "alias.txt", "sub/round/own.txt", "./own.txt")]
        write_atomically("sub/new.txt", b"new")
    assert texts == ["own"] * 4
    assert (lesson / "sub" / "new.txt").read_bytes() == b"new"
    assert below.refusal is None


def test_an_answer_in_a_dialog_replaces_nothing_the_user_did_not_allow(lesson: Path) -> None:
    (lesson / "mine.svg").write_text("mine")
    with reach.within(FolderReach(str(lesson))), pytest.raises(Refused, match="only with --force"):
        write_atomically("mine.svg", b"new", force=True)
    assert (lesson / "mine.svg").read_text() == "mine"
    with reach.within(FolderReach(str(lesson), replace=True)):
        write_atomically("mine.svg", b"new", force=True)
    assert (lesson / "mine.svg").read_text() == "new"


@pytest.mark.parametrize("name", ["own.txt", "sub/round/own.txt", "hard.txt"])
def test_what_it_reads_is_never_replaced(lesson: Path, name: str) -> None:
    (lesson / "hard.txt").hardlink_to(lesson / "own.txt")
    below = FolderReach(str(lesson), replace=True)
    with reach.within(below):
        read_text("own.txt")
        for where in (below, below.beside(str(lesson))):
            with pytest.raises(Refused, match="is read by this script"):
                write_atomically(name, b"new", force=True, where=where)


@pytest.mark.parametrize("name", ["alias.txt", "new.svg", "a\x1b[31m.svg", "a\nb.svg", "a\u202egvs.txt"])
def test_it_writes_through_no_link_and_to_no_name_that_hides(lesson: Path, name: str) -> None:
    with pytest.raises(Refused) as caught:
        write_atomically(name, b"new", force=True, where=FolderReach(str(lesson), replace=True))
    assert str(caught.value).isprintable()
    assert (lesson / "own.txt").read_text() == "own"


@pytest.mark.parametrize("link", ["sub", "sub/file.txt"])
def test_what_becomes_a_link_after_it_was_checked_is_not_followed(
    lesson: Path, tmp_path: Path, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lesson / "sub" / "file.txt").write_text("mine")
    (tmp_path / "file.txt").write_text("secret")
    placed = FolderReach.placed

    def then_swapped(below: FolderReach, path: str) -> str:
        place = placed(below, path)
        if not (lesson / "away").exists():
            (lesson / link).rename(lesson / "away")
            (lesson / link).symlink_to(tmp_path if link == "sub" else tmp_path / "file.txt")
        return place

    monkeypatch.setattr(FolderReach, "placed", then_swapped)
    with reach.within(FolderReach(str(lesson))), pytest.raises(UserError, match="cannot be read"):
        read_text("sub/file.txt")


def test_it_runs_no_code_and_stands_on_the_folder_it_was_given(lesson: Path, tmp_path: Path) -> None:
    below = FolderReach(str(lesson))
    with pytest.raises(Refused, match="is code"):
        below.check_code("evil.py:Evil")
    lesson.rename(tmp_path / "moved")
    lesson.symlink_to(tmp_path)
    with reach.within(below), pytest.raises(UserError):
        read_text("secret.txt")


def test_a_folder_that_only_begins_with_the_same_name_is_another(lesson: Path, tmp_path: Path) -> None:
    (tmp_path / "lesson2").mkdir()
    (lesson / "next").symlink_to(tmp_path / "lesson2")
    with pytest.raises(Refused):
        check_destination("next/a.svg", ".svg", False, FolderReach(str(lesson)))


def test_a_vocabulary_beside_a_model_is_no_link(tmp_path: Path) -> None:
    import torch

    from lstm_tui.checkpoints.foreign import read_plain

    (tmp_path / "lesson").mkdir()
    model = torch.nn.ModuleDict({"lstm": torch.nn.LSTM(4, 3), "fc": torch.nn.Linear(3, 4)})
    torch.save(model.state_dict(), tmp_path / "lesson" / "model.pt")
    (tmp_path / "vocab.json").write_text(json.dumps(["s", "e", "c", "r"]))
    (tmp_path / "lesson" / "vocab.json").symlink_to("../vocab.json")
    with reach.within(FolderReach(str(tmp_path / "lesson"))):
        assert read_plain("model.pt").vocabulary is None
        (tmp_path / "lesson" / "vocab.json").unlink()
        (tmp_path / "lesson" / "vocab.json").write_text(json.dumps(["o", "w", "n", "x"]))
        assert read_plain("model.pt").vocabulary == ("o", "w", "n", "x")
