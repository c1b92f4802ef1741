"""Files that cost far more than they weigh, and what may lie beside a model: each ends soon and in a sentence."""

from __future__ import annotations

import errno
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lstm_tui.checkpoints import reading_child
from lstm_tui.checkpoints.foreign import read_plain
from lstm_tui.checkpoints.sandbox import bounded_json, process
from lstm_tui.core.errors import UserError
from lstm_tui.debugger.file_report import describe
from tests.checkpoints import attacks
from tests.checkpoints.nets import Net, read_foreign
from tests.checkpoints.wild import VOCAB


def said(path: Path) -> dict[str, Any]:
    """What the child would say of the file, in this process."""
    out = io.BytesIO()
    with path.open("rb") as file:
        process.reply(file, path.stat().st_size, path.name, out)
    data = out.getvalue()
    about: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return about


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (attacks.one_huge_symbol, "a zip bomb"),
        (attacks.safe_lists, "damaged safetensors header"),
        (attacks.pickle_digits, "its pickle is damaged"),
        (attacks.windows, "repeat the same numbers"),
    ],
)
def test_refused_before_it_costs(attack: Callable[[Path], Path], sentence: str, tmp_path: Path) -> None:
    assert sentence in said(attack(tmp_path))["refused"]


@pytest.mark.parametrize(
    ("tokens", "why"),
    [
        ([*"abcdefghi", "x" * 1001], "it has a symbol of 1,001 characters"),
        ([f"{n:01000}" for n in range(4001)], "it has symbols of 4,001,000 characters"),
    ],
)
def test_a_vocabulary_beyond_every_real_one_leaves_the_symbols_unnamed(
    tokens: list[str], why: str, tmp_path: Path
) -> None:
    torch.save({"state_dict": attacks.state_dict(len(tokens), 1), "tokens": tokens}, tmp_path / "m.pt")
    about = said(tmp_path / "m.pt")
    assert about["vocabulary"] is None
    assert why in about["vocabulary_notes"][0]


def test_no_symbols_at_all(tmp_path: Path) -> None:
    state = Net(10, 8, 1, e=4).state_dict()
    state |= {"encoder.weight": torch.zeros(0, 4), "decoder.weight": torch.zeros(0, 8), "decoder.bias": torch.zeros(0)}
    torch.save(state, tmp_path / "m.pt")
    assert "knows 0 symbols" in said(tmp_path / "m.pt")["refused"]


class TestOurOwnFormat:
    """Read by its header first: what follows is never read where the header does not fit it."""

    @pytest.mark.parametrize("size", [1 << 32, 1 << 42])
    def test_a_sparse_file_is_not_read(self, size: int, tmp_path: Path) -> None:
        (tmp_path / "m.safetensors").write_bytes(attacks.ours(["a"], 0))
        os.truncate(tmp_path / "m.safetensors", size)
        with pytest.raises(UserError, match="is cut off: it has"):
            describe(str(tmp_path / "m.safetensors"))

    def test_a_sparse_file_that_is_whole_is_larger_than_is_opened(self, tmp_path: Path) -> None:
        entry = {"dtype": "F32", "shape": [1 << 38], "data_offsets": [0, 1 << 40]}
        text = json.dumps({"__metadata__": {"lstm_tui.format": "1"}, "x": entry}).encode()
        path = tmp_path / "m.safetensors"
        path.write_bytes(len(text).to_bytes(8, "little") + text)
        os.truncate(path, 8 + len(text) + (1 << 40))
        with pytest.raises(UserError, match=r"more than the limit of 1,073,741,824"):
            describe(str(path))

    @pytest.mark.parametrize("attack", [attacks.own_lists, attacks.own_header_of_lists])
    def test_a_million_lists(self, attack: Callable[[Path], Path], tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"no vocabulary|not JSON"):
            describe(str(attack(tmp_path)))

    def test_numbers_elsewhere_than_the_header_says(self, tmp_path: Path) -> None:
        data = attacks.ours(["a", "b"])
        moved = data.replace(b'"data_offsets": [0, 32]', b'"data_offsets": [4, 32]')
        assert moved != data
        (tmp_path / "m.safetensors").write_bytes(moved)
        with pytest.raises(UserError, match=r"weight_ih_l0' is not where its header says"):
            describe(str(tmp_path / "m.safetensors"))


class TestJson:
    @pytest.mark.parametrize("text", ["[" + "[]," * 20 + "[]]", "[" + '"",' * 20 + '""]', '{"a":' * 5000, '"\\"', "[1"])
    def test_too_much_or_none(self, text: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 — which it is, nobody asks
            bounded_json.loads(text, 20)

    def test_signs_inside_strings_do_not_count(self) -> None:
        value = {"a": "[[[,,,{{{" * 50 + '\\"[,\\', "b\\": '","' * 50, "c": ["\\", '\\"', "\\\\"]}
        assert bounded_json.loads(json.dumps(value), 20) == value


def pickle_bomb(path: Path) -> None:
    call = b"h\x01h\x02h\x03\x86R"
    head = b"c_codecs\nencode\nq\x010X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20) + b"q\x020"
    path.write_bytes(b"\x80\x02" + head + attacks.text_of("latin1") + b"q\x030](" + call * 5000 + b"e.")


def outside(path: Path) -> Path:
    other = path.parent.parent / f"{path.parent.name}-elsewhere.json"
    other.write_text(json.dumps(VOCAB))
    return other


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10 << 30)


BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "lists": (
        "vocab.json",
        lambda p: p.write_text("[" + "[]," * 2_700_000 + "[]]"),
        "is not JSON, or is larger than a vocabulary",
    ),
    "a pickle bomb": ("vocab.pickle", pickle_bomb, "needs far more memory"),
    "a damaged pickle": ("vocab.pkl", lambda p: p.write_bytes(b"\x80\x02}"), "its pickle is damaged"),
    "a pipe": ("vocab.json", os.mkfifo, "is not a regular file"),
    "a folder": ("m.json", os.mkdir, "is not a regular file"),
    "a link out of the folder": ("vocab.json", lambda p: p.symlink_to(outside(p)), "is a link"),
    "a device": ("chars.json", lambda p: p.symlink_to("/dev/zero"), "is a link"),
    "ten gigabytes": ("itos.json", sparse, "has 10,737 MB"),
    "too few": ("vocab.json", lambda p: p.write_text('["a"]'), "it has 1 entries, but the model has 10 symbols"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_beside_the_model_counts_as_absent_and_is_named(what: str, tmp_path: Path) -> None:
    name, make, why = BAD[what]
    torch.save(attacks.state_dict(), tmp_path / "m.pt")
    make(tmp_path / name)
    found = read_plain(tmp_path / "m.pt")
    assert found.vocabulary is None
    assert any(f"{name} beside the file is not used" in warning and why in warning for warning in found.warnings)


def test_a_bad_file_does_not_hide_a_good_one(tmp_path: Path) -> None:
    torch.save(attacks.state_dict(), tmp_path / "m.pt")
    os.mkfifo(tmp_path / "vocab.json")
    (tmp_path / "itos.json").write_text(json.dumps(VOCAB))
    found = read_plain(tmp_path / "m.pt")
    assert found.vocabulary == VOCAB
    assert found.vocabulary_source == "itos.json beside the file"
    assert "vocab.json beside the file is not used" in found.warnings[0]


class TestTheSeal:
    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer walls, and doctor names them")
    def test_every_wall_holds(self) -> None:
        assert all(reading_child.walls().values())

    def test_it_is_given_nothing_it_does_not_need(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Environment, descriptors and folder, told by a child that is started as ever."""
        monkeypatch.setenv("SECRET", "x")
        told = "__import__('json').dumps({'env': sorted(os.environ), 'cwd': os.getcwd(), 'fds': os.listdir('/dev/fd')})"
        program = f"import os; t = {told}.encode(); os.write(1, b'R' + len(t).to_bytes(8, 'little') + t)"
        monkeypatch.setattr(reading_child, "_BOOT", program)
        with open(os.devnull, "rb") as mine, reading_child.child(5, "model", "0", "x", descriptor=mine.fileno()) as ear:
            heard = ear.read_reply()
            assert not set(heard["env"]) - {*reading_child._NEEDED, "LC_CTYPE"}  # which Python sets for itself
            assert heard["cwd"] == "/"
            assert set(heard["fds"]) <= {"0", "1", "2", str(mine.fileno()), "3", "4"}
            assert len(heard["fds"]) == 5  # and the one that lists them

    def test_a_child_that_is_ended_for_its_work_did_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The kernel ends it as it would where the processor time is used up: with nothing said but that it began."""
        torch.save(attacks.state_dict(), tmp_path / "m.pt")
        slow = "from lstm_tui.checkpoints.sandbox import process; process.reply = lambda *_: os.abort()"
        monkeypatch.setattr(reading_child, "_BOOT", reading_child._BOOT.replace("main()", f"import os; {slow}; main()"))
        with pytest.raises(UserError, match="takes more memory or time than it should"):
            read_plain(tmp_path / "m.pt")

    def test_what_a_hostile_child_says_is_no_traceback(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        torch.save(attacks.state_dict(), tmp_path / "m.pt")
        for text in ('{"symbols": 3}', "[]", "{", '{"tensors": [{"nbytes": -1}]}', '{"tensors": [{"nbytes": 1e18}]}'):
            told = f"import os; t = {text!r}.encode(); os.write(1, b'R' + len(t).to_bytes(8, 'little') + t)"
            monkeypatch.setattr(reading_child, "_BOOT", told)
            with pytest.raises(UserError, match=r"^m\.pt "):
                read_foreign(tmp_path / "m.pt")


class TestNoChild:
    """A child that cannot be started is one sentence."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        torch.save(attacks.state_dict(), tmp_path / "m.pt")
        return tmp_path / "m.pt"

    @pytest.mark.parametrize("python", ["nowhere/python3", "README", ""])
    def test_without_a_python_that_runs(self, python: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (path.parent / "README").touch()
        monkeypatch.setattr(sys, "executable", python and str(path.parent / python))
        with pytest.raises(UserError, match=r"can be started|cannot be started"):
            read_plain(path)

    @pytest.mark.parametrize("number", [errno.EAGAIN, errno.EMFILE, errno.ENOMEM, errno.EPERM])
    def test_where_the_system_refuses(self, number: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Any, **__: Any) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(subprocess, "Popen", refuse)
        with pytest.raises(UserError, match=f"cannot be started \\({os.strerror(number).lower()}\\)"):
            read_plain(path)

    def test_without_descriptors_to_start_with(self, path: Path) -> None:
        program = (
            "import resource, sys\nfrom lstm_tui.checkpoints.foreign import read_plain\n"
            "from lstm_tui.core.errors import UserError\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), 20))\n"
            "try: read_plain(sys.argv[1])\nexcept UserError as error: print(error)\n"
        )
        for descriptors in ("3", "4", "5", "6", "7"):
            command = [sys.executable, "-c", program, str(path), descriptors]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            assert result.stderr == ""
            assert result.stdout == "" or "m.pt cannot be " in result.stdout.replace("'", "")
