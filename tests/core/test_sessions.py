"""Sessions on disk: what a file may say, whose it is, and what is left when something goes wrong."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.sessions import places
from lstm_tui.core.sessions.listing import listed
from lstm_tui.core.sessions.places import KEPT, SessionFolder
from lstm_tui.core.sessions.session import FORMAT, Session, from_bytes, to_bytes

HELLO = Session(ModelOptions(model="hello"), "hello", "by-hand", None, 3)
FULL = Session(
    ModelOptions(
        text="a\nb", encoding="latin-1", cell="fused", hidden=3, layers=2, seed=2**63 - 1, forget_bias=1.5, fresh=True,
        epochs=7, lr=0.1, vocab=("a", "b", "\n", "\ud800"), unknown="a",
    ),
    "U+202E x", "MyCell", "MyCell", 1, (("f[0] < 0.1", True), ("p > 1", False)), "ab", (0, 1), 1, 2, 5, "contrast",
    "/some/where.safetensors", None, (12, -5), ("c[1] = 0.5",), "cell:gru",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who has no session yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "lstm-tui"


@pytest.fixture
def ended() -> Callable[..., str]:
    """Keeps a session whose program then ends; its name."""

    def ended(session: Session = HELLO, weights: bytes | None = None, at: int | None = None) -> str:
        place = SessionFolder()
        place.write(session, weights)
        name = place.name
        if at is not None:
            os.utime(places.folder() / name / "session.json", (at, at))
        place.release()
        return name

    return ended


def content(session: Session = FULL) -> dict[str, Any]:
    return json.loads(to_bytes(session))  # type: ignore[no-any-return]


def refused(data: bytes) -> str:
    with pytest.raises(UserError) as caught:
        from_bytes(data)
    sentence = str(caught.value)
    assert len(sentence) < 300
    assert sentence.isascii()
    assert sentence.isprintable()
    return sentence


def test_what_is_kept_reads_back_and_nothing_else_is_kept() -> None:
    for session in (HELLO, FULL):
        assert from_bytes(to_bytes(session)) == session
    with pytest.raises(UserError, match="its unit is not a whole number"):
        to_bytes(replace(HELLO, unit=-5))
    with pytest.raises(UserError, match="its text is too long"):
        to_bytes(replace(HELLO, options=ModelOptions(text="a" * (1 << 26))))


NAN, VAST = float("nan"), 10**400
NO_TEXT: tuple[Any, ...] = (1, 1.5, True, [], {})
NO_COUNT: tuple[Any, ...] = ("1", 1.5, NAN, float("inf"), True, [], {}, -1, -9, 2**64, VAST)
NO_NUMBER: tuple[Any, ...] = ("1", NAN, float("inf"), -float("inf"), VAST, 1e39, True, [])
NO_SWITCH: tuple[Any, ...] = (0, 1, "true", [], {})
NO_FILE = (*NO_TEXT, "", "-", "evil.py:Evil", "../x", "/a\0b", "/dev/tty", "/dev/stdin", "/tmp", "/" + "x" * 5000)
CODE = (
    "evil.py:Evil",
    "/abs/evil.py:Evil",
    "evil.Evil",
    "evil.py",
    "evil.ipynb:Evil",
    "../evil",
    "Evil\x1b[2J",
    "",
    "\ud800",
)
NO_LIST: tuple[Any, ...] = (1, True, {}, "ab", [VAST, {}])
REFUSED: dict[str, tuple[Any, ...]] = {
    "options": (None, *NO_TEXT, "x"),
    "options.model": (*NO_FILE, "neon"),
    "options.text": NO_TEXT,
    "options.file": NO_FILE,
    "options.random": (*NO_COUNT, 0),
    "options.encoding": (None, *NO_TEXT, "x" * 100),
    "options.cell": (*NO_TEXT, *CODE, "MyCell"),
    "options.names": (*NO_TEXT, "x" * 20_000),
    "options.args": (*NO_TEXT,),
    "options.hidden": (*NO_COUNT, 0, 20_000),
    "options.layers": (*NO_COUNT, 0, 65),
    "options.seed": (*NO_COUNT, 2**63),
    "options.forget_bias": NO_NUMBER,
    "options.fresh": (None, *NO_SWITCH),
    "options.train": (None, True, *NO_SWITCH),
    "options.epochs": (*NO_COUNT, 0),
    "options.lr": (*NO_NUMBER, 0, -0.1),
    "options.vocab": (1, True, {}, [1], ["a", None], "ascii", "evil.py:Evil", "/tmp"),
    "options.vocab_from": NO_FILE,
    "options.unknown": NO_TEXT,
    "options.gates": ("soft", 1),
    "options.head": NO_TEXT,
    "options.words": (None, 1, "yes"),
    "options.rows": NO_FILE,
    "options.columns": NO_TEXT,
    "options.target": NO_TEXT,
    "options.time": NO_TEXT,
    "options.scale": ("robust", 1),
    "options.scaler": NO_FILE,
    "options.missing": ("mean", 1),
    "options.window": (*NO_NUMBER, 0),
    "options.classes": (1, [1], "a" * 10_001),
    "options.label": (1, "a" * 10_001),
    "options.part": (1, "a" * 10_001),
    "options.reset": (1, "beside"),
    "options.device": (None, *NO_TEXT, "cuda:0", "meta", "CPU"),
    "options.stops": (None, *NO_LIST, ["p > 1"]),
    "options.clamps": (None, *NO_LIST, ["c[0] = 1"]),
    "name": (None, *NO_TEXT, "", "../../x", "/abs", "a/b", "a\0", "x" * 5000),
    "cell": (None, *NO_TEXT, *CODE),
    "own_class": (*NO_TEXT, *CODE),
    "position": (None, *NO_COUNT),
    "stops": (None, *NO_LIST, [["p > 1"]], [["p > 1", 1]], [[1, True]], ["ab"], [[["p > 1", True], True]]),
    "sought": (None, *NO_TEXT, "x" * 2_000_000),
    "clamps": (None, *NO_LIST, [1], [["c[0] = 1"]]),
    "beside": (*NO_TEXT, "x" * 10_001),
    "edited": (None, *NO_LIST, [-1], [1.5], [True], ["1"], [VAST]),
    "layer": (None, *NO_COUNT, 64),
    "unit": (None, *NO_COUNT),
    "zoomed": (None, *NO_COUNT, 10),
    "theme": (None, *NO_TEXT, "neon", "dark\x1b[2J", "Dark"),
    "path": (*NO_TEXT, "", "relative.pt", "/a\0b"),
    "weights": (*NO_TEXT, "../weights-0123456789abcdef.safetensors", "/etc/passwd", "weights-0.safetensors", "owner"),
    "stamp": (1, True, "ab", {}, [], [1], [1, 2, 3], [1.5, 2], ["1", "2"], [-1, 2], [VAST, 2], [1, VAST], [NAN, 1]),
}


@pytest.mark.parametrize("where", REFUSED)
def test_every_field_is_checked_for_its_kind_and_its_range(where: str) -> None:
    outer, _, name = where.rpartition(".")
    for value in REFUSED[where]:
        said = content()
        (said[outer] if outer else said)[name] = value
        sentence = refused(json.dumps(said).encode())
        assert where in sentence or name == "options", (value, sentence)
    said = content()
    del (said[outer] if outer else said)[name]
    if name in LATER:  # which earlier versions do not say
        earlier = from_bytes(json.dumps(said).encode())
        assert not getattr(earlier.options if outer else earlier, name)
        return
    assert where in refused(json.dumps(said).encode()) or name == "options"


LATER = (
    "gates",
    "args",
    "beside",
    "clamps",
    "head",
    "words",
    "rows",
    "columns",
    "target",
    "time",
    "scale",
    "scaler",
    "missing",
    "window",
    "classes",
    "label",
    "part",
    "reset",
)


def test_no_field_is_forgotten_and_none_is_added() -> None:
    assert {*REFUSED} == {*content()} - {"lstm_tui_session"} | {*(f"options.{name}" for name in asdict(FULL.options))}
    assert "which is not part of a session" in refused(json.dumps({**content(), "evil" * 1000: 1}).encode())
    assert "larger than the limit" in refused(
        json.dumps({**content(), "options": {**content()["options"], "hidden": 16_384, "layers": 64}}).encode()
    )


def test_what_is_no_json_is_a_sentence() -> None:
    for data in (b"", b"{", b"[" * 500_000, b'{"a":' * 500_000, b"\xff\xfe", b"1" * 10_000, b"null", b"[]", b"\0" * 64):
        assert refused(data) in ("it is not JSON", "another version of lstm-tui wrote it")
    assert refused(json.dumps({**content(), "lstm_tui_session": FORMAT + 1}).encode())


def test_whatever_lies_in_a_sessions_place_is_a_sentence(root: Path, ended: Callable[..., str]) -> None:
    outside = root.parent / "outside"
    ended()
    outside.write_bytes(to_bytes(HELLO))

    def sparse(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(10 << 30)

    made: tuple[Callable[[Path], object], ...] = (
        os.mkfifo, os.mkdir, sparse, lambda path: path.symlink_to(outside), lambda path: path.write_bytes(b""), str
    )  # fmt: skip
    for number, make in enumerate(made):
        (root / f"a{number}").mkdir()
        make(root / f"a{number}" / "session.json")
        os.mkfifo(root / f"a{number}" / "owner")
        with pytest.raises(UserError, match=f"^session a{number} cannot be resumed: it.*; open the model itself, or"):
            SessionFolder.claimed(f"a{number}")
    assert [entry.name for entry in listed() if entry.session] == ["hello"]
    for name in ("../hello", "hello/../hello", "/etc", "", ".", "none", "a\0b", "hello\x1b[2J"):
        with pytest.raises(UserError, match="there is no session"):
            SessionFolder.claimed(name)


def test_weights_that_are_gone_are_said(root: Path, ended: Callable[..., str]) -> None:
    name = ended(weights=b"weights")
    (weights,) = root.glob("*/weights-*")
    place = SessionFolder.claimed(name)
    assert place.kept == replace(HELLO, weights=weights.name, options=ModelOptions(model=str(weights)))
    place.release()
    weights.unlink()
    with pytest.raises(UserError, match="its weights are missing"):
        SessionFolder.claimed(name)


# Owners


def test_two_programs_never_share_a_session_nor_take_one_over(root: Path) -> None:
    first, second = SessionFolder(), SessionFolder()
    first.write(HELLO, b"first")
    second.write(replace(HELLO, position=4), b"second")
    assert (first.name, second.name) == ("hello", "hello-2")
    with pytest.raises(UserError, match=rf"session hello is still open in another lstm-tui \(process {os.getpid()}\)"):
        SessionFolder.claimed("hello")
    assert {entry.name: entry.running for entry in listed()} == {"hello": True, "hello-2": True}
    second.forget()
    first.release()
    again = SessionFolder.claimed("hello")
    assert again.kept is not None
    assert (again.kept.position, (root / "hello" / str(again.kept.weights)).read_bytes()) == (3, b"first")
    assert [path.name for path in root.iterdir()] == ["hello"]
    again.write(replace(HELLO, position=5))
    assert sorted(path.name for path in (root / "hello").iterdir()) == ["owner", "session.json"]


def test_a_session_that_its_user_has_deleted_meanwhile_is_kept_again(root: Path) -> None:
    place = SessionFolder()
    place.write(HELLO)
    for file in (root / "hello").iterdir():
        file.unlink()
    (root / "hello").rmdir()
    place.write(replace(HELLO, position=1))
    assert [(entry.name, entry.running) for entry in listed()] == [("hello", True)]


def test_only_ended_sessions_without_weights_are_cleared_and_the_newest_of_them_stay(
    root: Path, ended: Callable[..., str]
) -> None:
    precious = ended(weights=b"precious", at=1)
    running = SessionFolder()
    running.write(HELLO)
    os.utime(root / running.name / "session.json", (2, 2))
    damaged = ended(at=3)
    (root / damaged / "session.json").write_bytes(b"")
    os.utime(root / damaged / "session.json", (3, 3))
    (root / "notes").mkdir()
    (root / "notes" / "mine.txt").write_text("not a session")
    plain = [ended(at=10 + number) for number in range(KEPT + 3)]
    last = SessionFolder()
    last.write(HELLO)
    names = {path.name for path in root.iterdir()}
    assert names == {precious, running.name, last.name, "notes", *plain[-KEPT:]}
    assert [entry.name for entry in listed()][:2] == [last.name, plain[-1]]
    last.forget()


def test_a_name_says_the_model_and_leads_nowhere_else(root: Path) -> None:
    for name, kept in (("Über ../ mich", "ber-mich"), ("☃", "session"), ("x" * 300, "x" * 40), ("-rf", "rf")):
        place = SessionFolder()
        place.write(replace(HELLO, name=name.replace("/", "")))
        assert place.name == kept


def test_a_link_in_its_place_does_not_lead_out_of_the_folder(root: Path, tmp_path: Path) -> None:
    place, outside = SessionFolder(), tmp_path / "outside"
    outside.write_text("mine")
    place.write(HELLO, b"weights")
    for file in (root / "hello").iterdir():
        file.unlink()
        file.symlink_to(outside)
    place.write(HELLO, b"weights")
    assert outside.read_text() == "mine"
    (root / "linked").symlink_to(root / "hello")
    assert [entry.name for entry in listed()] == ["hello"]


# What goes wrong


def full_disk(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    """From now on there is no room for files that are called so."""
    replace_file = os.replace

    def full(source: str, target: str, **folders: int) -> None:
        if wanted in os.path.basename(target):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(source, target, **folders)

    monkeypatch.setattr(os, "replace", full)


@pytest.mark.parametrize("wanted", ["weights-", "session.json"])
def test_a_full_disk_leaves_what_was_kept_and_says_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    place = SessionFolder()
    place.write(HELLO, b"old")
    with monkeypatch.context() as patch:
        full_disk(patch, wanted)
        with pytest.raises(UserError, match="no space left on device"):
            place.write(replace(HELLO, position=4), b"new")
    assert place.failure is not None
    assert "\n" not in place.failure
    place.release()
    again = SessionFolder.claimed("hello")
    assert again.kept is not None
    assert (again.kept.position, (root / "hello" / str(again.kept.weights)).read_bytes()) == (3, b"old")
    again.write(replace(HELLO, position=5), b"newer")
    assert again.failure is None
    assert len([*(root / "hello").iterdir()]) == 3


def test_no_home_or_one_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    (tmp_path / ".local").write_text("no folder")
    for home, words in ((str(tmp_path), "cannot be written: "), ("nowhere", "there is no home folder")):
        monkeypatch.setenv("HOME", home)
        with pytest.raises(UserError, match=words):
            SessionFolder().write(HELLO)
        assert str(tmp_path) not in str(places.why_unwritable())
    monkeypatch.setenv("HOME", str(tmp_path))
    assert listed() == []
