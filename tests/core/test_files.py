"""Texts are read exactly; writing is all or nothing."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import files
from lstm_tui.core.filesystem.files import check_destination, read_text, write_atomically


def only_file_in(folder: Path) -> str:
    names = [entry.name for entry in folder.iterdir()]
    assert len(names) == 1, names
    return names[0]


def refusal(path: str | Path, encoding: str = "utf-8") -> str:
    with pytest.raises(UserError) as caught:
        read_text(str(path), encoding)
    return str(caught.value)


# Reading


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1).filter(lambda text: not text.startswith("\ufeff")))
def test_a_text_comes_back_as_it_was_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    assert read_text(str(path)) == (text, None)


def test_newlines_are_kept(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"a\r\nb\rc\n")
    assert read_text(str(tmp_path / "t")).text == "a\r\nb\rc\n"


def test_a_byte_order_mark_is_dropped_and_said(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xef\xbb\xbfhello")
    text, note = read_text(str(tmp_path / "t"))
    assert text == "hello"
    assert note is not None
    assert "byte order mark" in note


@pytest.mark.parametrize(("data", "offset"), [(b"\xffabc", 0), (b"caf\xe9", 3), (b"ab\x80", 2)])
def test_a_wrong_encoding_names_the_byte(tmp_path: Path, data: bytes, offset: int) -> None:
    (tmp_path / "t").write_bytes(data)
    sentence = refusal(tmp_path / "t")
    assert f"byte {offset} " in sentence
    assert "--encoding latin-1" in sentence


def test_utf_16_is_recognised_and_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes("hé".encode("utf-16"))
    assert "--encoding utf-16" in refusal(tmp_path / "t")
    assert read_text(str(tmp_path / "t"), "utf-16").text == "hé"


@pytest.mark.parametrize(
    "text", ["hello, world\n", "naïve café ½", "Привет, мир! " * 9, "Ελλάδα και", "שלום עולם", "ab"]
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_byte_order_mark_is_named(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "t").write_bytes(text.encode(encoding))
    assert refusal(tmp_path / "t").endswith(f"--encoding {encoding}")
    assert read_text(str(tmp_path / "t"), encoding).text == text


@pytest.mark.parametrize("text", ["hello", "a\0b\0\0", "\0\0\0\0", "col\tumn\r\n", "\x01" * 8, "日本語です"])
def test_other_text_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_bytes(text.encode())
    assert read_text(str(tmp_path / "t")).text == text


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "", "a\0b"])
def test_an_encoding_that_is_none(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t").write_bytes(b"hello")
    assert "--encoding" in refusal(tmp_path / "t", encoding)


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "mark").write_bytes(b"\xef\xbb\xbf")
    assert "is empty" in refusal(tmp_path / "empty")
    assert "only a byte order mark" in refusal(tmp_path / "mark")
    assert "is a folder" in refusal(tmp_path)
    assert "there is no file" in refusal(tmp_path / "missing")
    assert "not a file name" in refusal("a\0b")
    assert "is a device" in refusal("/dev/zero")


def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is empty" in refusal(tmp_path / "pipe")


def test_a_stream_without_an_end_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_TEXT", 10)
    (tmp_path / "t").write_bytes(b"a" * 11)
    assert "longer than" in refusal(tmp_path / "t")


def test_a_hostile_name_is_shown_harmlessly(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "\x1b[31m\u202e")
    assert "\x1b" not in sentence
    assert "\u202e" not in sentence


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"hel\r\nlo")
    os.close(writing)
    with open(reading, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert read_text("-").text == "hel\r\nlo"


# Writing


def test_it_writes_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_atomically(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"new"
    assert only_file_in(tmp_path) == "out"


def test_it_writes_pieces(tmp_path: Path) -> None:
    write_atomically(tmp_path / "out", (b"%d," % i for i in range(3)))
    assert (tmp_path / "out").read_bytes() == b"0,1,2,"


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(UserError, match="--force"):
        write_atomically(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"old"
    write_atomically(tmp_path / "out", b"new", force=True)
    assert (tmp_path / "out").read_bytes() == b"new"


def test_the_mode_comes_from_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "out", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_keeps_the_old_file(tmp_path: Path, problem: type[BaseException]) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise problem

    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(problem):
        write_atomically(tmp_path / "out", pieces(), force=True)
    assert (tmp_path / "out").read_bytes() == b"old"
    assert only_file_in(tmp_path) == "out"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"mine"
        (tmp_path / "out").write_bytes(b"theirs")

    with pytest.raises(UserError, match="exists"):
        write_atomically(tmp_path / "out", pieces())
    assert (tmp_path / "out").read_bytes() == b"theirs"
    assert only_file_in(tmp_path) == "out"


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    program = (
        "import resource, sys\n"
        "from lstm_tui.core.errors import UserError\n"
        "from lstm_tui.core.filesystem.files import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_atomically(sys.argv[1], b'x' * 5000, force=True)\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "could not be written: file too large; the old file is unchanged; free some space" in said
    assert (tmp_path / "out").read_bytes() == b"old"
    assert only_file_in(tmp_path) == "out"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UserError, match="no permission"):
            write_atomically(tmp_path / "out", b"new")
    finally:
        tmp_path.chmod(0o700)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"")
    places = {
        tmp_path: "is a folder",
        tmp_path / "no" / "out": "there is no folder",
        tmp_path / "file" / "out": "there is no folder",
        tmp_path / "pipe": "a device or a pipe",
        tmp_path / ("x" * 300): "name",
    }
    for place, expected in places.items():
        with pytest.raises(UserError, match=expected):
            write_atomically(place, b"new", force=True)
    for name in ("", "a\0b"):
        with pytest.raises(UserError, match="not a file name"):
            write_atomically(name, b"new")


def test_a_destination_is_checked_before_there_is_anything_to_write(tmp_path: Path) -> None:
    good = tmp_path / "model.safetensors"
    check_destination(str(good), ".safetensors", force=False)
    assert not good.exists()
    with pytest.raises(UserError, match=r"does not end in \.safetensors"):
        check_destination(str(tmp_path / "model.pt"), ".safetensors", force=False)
    good.write_bytes(b"old")
    with pytest.raises(UserError, match="--force"):
        check_destination(str(good), ".safetensors", force=False)
    check_destination(str(good), ".safetensors", force=True)


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert "closed" in refusal("-")
    monkeypatch.setattr(sys, "stdin", io.StringIO("no descriptor"))
    assert "standard input" in refusal("-")
