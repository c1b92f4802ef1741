"""What a writer leaves that was killed, on systems with nameless files and without; and disks that are full."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import write_atomically, writing

NAMELESS = "import os, signal, sys\nfrom lstm_tui.core.filesystem.files import write_atomically\n"
NAMED = NAMELESS + "vars(os).pop('O_TMPFILE', None)\n"
KILLED_WRITING = """
def pieces():
    yield b"half" * 10_000
    os.kill(os.getpid(), signal.SIGKILL)
write_atomically(sys.argv[1], pieces(), force=True)
"""
KILLED_REPLACING = """
os.replace = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(sys.argv[1], b"new", force=True)
"""


@pytest.fixture(params=["nameless", "named", "nameless files that cannot be linked"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the file system can do."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif request.param != "nameless":
        link = os.link

        def refuses(source: str, *names: str, **how: object) -> None:
            if source.startswith("/proc"):
                raise PermissionError(errno.EPERM, "no links here")
            link(source, *names, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "link", refuses)
    return str(request.param)


def temporary(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".lstm-tui-")]


@pytest.mark.parametrize(
    ("program", "left"),
    [(NAMELESS + KILLED_WRITING, 0), (NAMED + KILLED_WRITING, 1), (NAMELESS + KILLED_REPLACING, 1)],
)
@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="no file is nameless here")
def test_what_a_killed_writer_leaves_goes_with_the_next_write(tmp_path: Path, program: str, left: int) -> None:
    (tmp_path / "out").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "out")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "out").read_bytes() == b"old"
    assert len(temporary(tmp_path)) == left
    write_atomically(tmp_path / "other", b"next")
    assert sorted(os.listdir(tmp_path)) == ["other", "out"]


def test_a_living_writers_file_and_other_peoples_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with writing(tmp_path / "slow") as slow:
        slow.write(b"begun ")
        (name,) = temporary(tmp_path)
        foreign = name.replace(name.split("-")[2], "another0")  # another machine's, whose locks may not be seen here
        (tmp_path / foreign).write_bytes(b"not ours to judge")
        write_atomically(tmp_path / "quick", b"done")
        assert name in temporary(tmp_path)
        slow.write(b"and finished")
    assert (tmp_path / "slow").read_bytes() == b"begun and finished"
    assert temporary(tmp_path) == [foreign]


@pytest.mark.parametrize("force", [False, True])
def test_every_system_writes_all_or_nothing(tmp_path: Path, system: str, force: bool) -> None:
    write_atomically(tmp_path / "out", (b"%d," % i for i in range(3)), force)
    assert (tmp_path / "out").read_bytes() == b"0,1,2,"
    assert temporary(tmp_path) == []

    def pieces() -> Iterator[bytes]:
        yield b"mine"
        (tmp_path / "late").write_bytes(b"theirs")

    if force:
        write_atomically(tmp_path / "late", pieces(), force)
    else:
        with pytest.raises(UserError, match="exists"):
            write_atomically(tmp_path / "late", pieces())
    assert (tmp_path / "late").read_bytes() == (b"mine" if force else b"theirs")
    assert temporary(tmp_path) == []


def test_a_file_that_appears_at_the_last_moment_is_not_replaced(
    tmp_path: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(*names: str, **how: object) -> None:
        (tmp_path / "out").write_bytes(b"theirs")
        link(*names, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(UserError, match="exists"):
        write_atomically(tmp_path / "out", b"mine")
    assert (tmp_path / "out").read_bytes() == b"theirs"
    assert temporary(tmp_path) == []


@pytest.mark.parametrize("rehearsal", [False, True])
def test_a_disk_that_is_full_when_it_is_flushed_to(
    tmp_path: Path, system: str, rehearsal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "out").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="no space left on device; the old file is unchanged; free some space"):
        write_atomically(tmp_path / "out", b"new", force=True, rehearsal=rehearsal)
    assert (tmp_path / "out").read_bytes() == b"old"
    assert temporary(tmp_path) == []


def test_a_rehearsal_leaves_nothing(tmp_path: Path, system: str) -> None:
    write_atomically(tmp_path / "out", b"new", rehearsal=True)
    assert os.listdir(tmp_path) == []


def test_places_that_turn_out_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "lost").symlink_to("no/such")
    gone = tmp_path / "gone"
    gone.mkdir()
    for place, expected in {
        tmp_path / "loop": "symbolic links",
        tmp_path / "lost": "a link into a folder that does not exist",
        Path("/dev/full"): "a device or a pipe",
    }.items():
        with pytest.raises(UserError, match=expected):
            write_atomically(place, b"new", force=True)
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UserError, match="cannot be written"):
        write_atomically("out", b"new")


def test_sentences_do_not_say_where_a_folder_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        write_atomically("no/out", b"new")
    assert str(caught.value) == "'no/out' cannot be written: there is no folder 'no'; create it first"
