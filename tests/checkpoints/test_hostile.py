"""Files made to harm: nothing in them runs, nothing is believed, and each ends as a model or one sentence."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import subprocess
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from lstm_tui.checkpoints import reading_child
from lstm_tui.checkpoints.sandbox.limits import MOST_FILE_BYTES
from lstm_tui.checkpoints.sandbox.pickle_machine import Machine
from lstm_tui.checkpoints.sandbox.stand_ins import Global, StandIn
from lstm_tui.core.errors import UserError
from tests.benchmarks.fuzz_checkpoints import run
from tests.checkpoints.nets import Net, read_foreign
from tests.checkpoints.wild import VOCAB


class Payload:
    """Pickles as a call of `function(*args)`."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> Any:
        return self.call

    def __call__(self) -> None:
        """Only so that one payload can be what another calls."""


class Stated:
    """Pickles with a state whose key is a payload's own method."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __setstate__(self, state: Any) -> None:
        raise AssertionError("a foreign __setstate__ ran")


def payloads(mark: Path) -> dict[str, Any]:
    touch = f"touch {mark}"
    return {
        "os.system": Payload(os.system, touch),
        "subprocess": Payload(subprocess.call, ["touch", str(mark)]),
        "builtins.eval": Payload(eval, f"open({str(mark)!r}, 'w')"),
        "builtins.exec": Payload(exec, f"open({str(mark)!r}, 'w')"),
        "builtins.getattr": Payload(getattr, Payload(__import__, "os"), "system"),
        "builtins.open": Payload(builtins.open, str(mark), "w"),
        "a chain of calls": Payload(Payload(getattr, Payload(__import__, "os"), "system"), touch),
        "__setstate__": Stated(Payload(os.system, touch)),
        "torch.load itself": Payload(torch.load, str(mark)),
        "os.mkdir": Payload(os.mkdir, str(mark)),
    }


WRAPPED = {
    "dict value": lambda p, state: {"state_dict": state, "extra": p},
    "list": lambda p, state: [state, [p]],
    "tuple": lambda p, state: (state, (p, 1)),
    "nested": lambda p, state: {"a": [{"b": ({"c": p},)}], "state_dict": state},
    "ordered dict": lambda p, state: OrderedDict(state_dict=state, x=OrderedDict(y=p)),
    "vocabulary": lambda p, state: {"state_dict": state, "tokens": p},
    "beside the weights": lambda p, state: {**state, "hook": p},
}


@pytest.mark.parametrize("what", payloads(Path("x")))
def test_nothing_runs_wherever_it_stands(what: str, tmp_path: Path) -> None:
    """One file a payload, the payload in every kind of container at once."""
    mark = tmp_path / "ran"
    state = Net(10, 8, 1).state_dict()
    payload = payloads(mark)[what]
    saved = {name: wrap(payload, {}) for name, wrap in WRAPPED.items()} | {"state_dict": state}
    for options in ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}):
        torch.save(saved, tmp_path / "m.pt", **options)
        found = read_foreign(tmp_path / "m.pt")
        assert not mark.exists()
        assert found.kind == "lstm"
        assert found.names


@pytest.mark.parametrize("where", WRAPPED)
def test_a_command_opens_inert_in_every_container(where: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    torch.save(WRAPPED[where](Payload(os.system, f"touch {mark}"), Net(10, 8, 1).state_dict()), tmp_path / "m.pt")
    found = read_foreign(tmp_path / "m.pt")
    assert not mark.exists()
    assert any(name.endswith(".system") for name in found.names)
    assert found.vocabulary is None


def test_a_payload_alone_is_refused_with_its_name(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    torch.save(Payload(os.system, f"touch {mark}"), tmp_path / "m.pt")
    with pytest.raises(UserError, match=r"posix\.system"):
        read_foreign(tmp_path / "m.pt")
    assert not mark.exists()


def test_a_sidecar_pickle_is_read_as_inertly(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    torch.save(Net(10, 8, 1).state_dict(), tmp_path / "m.pt")
    (tmp_path / "vocab.pickle").write_bytes(pickle.dumps([Payload(os.system, f"touch {mark}"), list(VOCAB)]))
    read_foreign(tmp_path / "m.pt")
    assert not mark.exists()


def nothing(_: object) -> object:
    raise AssertionError("no storages here")


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_gives_data_and_names_only(protocol: int) -> None:
    value = {
        "a": [1, -(2**70), 2.5, None, True, "é\ud800", b"\x00\xff", (1, 2, 3, 4)],
        "p": Payload(os.system, "false"),
    }
    machine = Machine({}, nothing)
    made = machine.load(io.BytesIO(pickle.dumps(value, protocol)))
    assert isinstance(made, dict)
    if protocol > 2:  # before, bytes and lone surrogates are written as calls or in other forms
        assert made["a"] == value["a"]
    assert isinstance(made["p"], StandIn)
    assert made["p"].of == "posix.system"
    assert made["p"].args == ("false",)
    assert "posix.system" in machine.names


def test_a_call_of_what_a_call_made_is_a_stand_in() -> None:
    stream = b"\x80\x02cbuiltins\ngetattr\ncos\nsystem\n\x85R(X\x01\x00\x00\x00xtR."
    made = Machine({}, nothing).load(io.BytesIO(stream))
    assert isinstance(made, StandIn)
    assert not isinstance(made, Global)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    torch.save(Net(10, 8, 1).state_dict(), tmp_path / "plain.pt")
    return tmp_path / "plain.pt"


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_foreign(path)
    return str(caught.value)


class TestTheChild:
    """The walls around the reading."""

    def test_a_file_that_shrinks_while_it_is_read(self, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = reading_child._converse

        def cut(*args: Any) -> Any:
            os.truncate(plain, 2000)
            return real(*args)

        monkeypatch.setattr(reading_child, "_converse", cut)
        assert refusal(plain)

    def test_a_file_that_changes_after_it_was_read(self, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = reading_child._converse

        def grown(*args: Any) -> Any:
            answer = real(*args)
            with plain.open("ab") as file:
                file.write(b"x")
            return answer

        monkeypatch.setattr(reading_child, "_converse", grown)
        assert "changed while it was being read" in refusal(plain)

    def test_a_child_that_never_answers_is_ended(self, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading_child, "_BOOT", "import time; time.sleep(100)")
        with pytest.raises(UserError, match=r"takes longer than 0\.2 s"):
            read_foreign(plain, seconds=0.2)

    @pytest.mark.parametrize("boot", ["import os; os.abort()", "print('x' * 100)", "", "import sys; sys.exit(3)"])
    def test_a_child_that_dies_or_babbles_is_one_sentence(
        self, boot: str, plain: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading_child, "_BOOT", boot)
        assert "cannot be read" in refusal(plain)

    def test_reading_does_not_touch_the_loader_of_the_running_program(self, plain: Path) -> None:
        before = torch.serialization.get_safe_globals()
        read_foreign(plain)
        assert torch.serialization.get_safe_globals() == before


def test_a_file_larger_than_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "m.pt").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(MOST_FILE_BYTES + 1)
    assert "more than the" in refusal(tmp_path / "m.pt")


@pytest.mark.parametrize("keras", [False, True])
def test_500_damaged_checkpoints_are_models_or_sentences(keras: bool) -> None:
    tally = run(500, seed=5, keras=keras)
    assert tally.failures == []
    assert tally.opened > 50
    assert tally.refused > 200
    assert tally.peak_kib < 1 << 20
