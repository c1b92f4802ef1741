"""`--resume` as a command: which session, whose code, and what is not taken over."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_tui.cli.arguments import parse
from lstm_tui.cli.resume import resume_hint, resumed
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.sessions.places import SessionFolder
from lstm_tui.core.sessions.session import Session
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from tests.cli.running import Run
from tests.cli.test_trust import EVIL


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def keep(options: ModelOptions, **changes: object) -> tuple[Debugger, str]:
    """A session of a program that has ended; its name."""
    prepared = prepare(options)
    debugger = prepared.open()
    debugger.to(2)
    place = SessionFolder()
    weights = debugger.weights()
    place.write(replace(debugger.session(prepared), **changes), weights and weights())  # type: ignore[arg-type]
    name = place.name
    place.release()
    return debugger, name


def resume(*words: str) -> tuple[Debugger, Session, str]:
    found = resumed(parse(["--resume", *words]))
    assert isinstance(found, tuple)
    prepared, screen = found
    assert screen.session is not None
    assert screen.place is not None
    debugger = prepared.open()
    fitted, missed = debugger.resume(screen.session, prepared)
    screen.place.release()
    return debugger, fitted, missed


def refused(*words: str) -> str:
    with pytest.raises(UserError) as caught:
        resumed(parse(["--resume", *words]))
    return str(caught.value)


def test_a_users_own_cell_comes_back_only_with_the_path_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(EVIL.format(mark=str(tmp_path / "mark")))
    debugger, name = keep(ModelOptions(cell="mine.py:Evil", text="abcab", hidden=3))
    (tmp_path / "mark").unlink()
    kept = next((tmp_path / "state").rglob("session.json")).read_text()
    assert "mine" not in kept
    again = f"lstm-tui --resume {name} --cell path/to/file.py:Evil"
    assert refused() == f"session fresh: it uses your class Evil; say where its code is: {again}"
    for cell in ("mine.py:Other", "by-hand", "Evil"):
        assert refused("--cell", cell) == f"session fresh: it uses your class Evil, but --cell names another: {again}"
    assert not (tmp_path / "mark").exists()
    back, _, missed = resume("--cell", "mine.py:Evil")
    assert (tmp_path / "mark").exists()
    assert missed == ""
    assert back.step.layers[0].values == debugger.step.layers[0].values
    said = resume_hint(143, SessionFolder.claimed("fresh"), ModelOptions(cell="my cell.py:Evil"))
    assert said == "asked to stop: 'lstm-tui --resume fresh --cell 'my cell.py:Evil'' continues fresh at step 2 (t = 1)"


def test_a_cell_of_ours_takes_no_code(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(EVIL.format(mark=str(tmp_path / "mark")))
    keep(ModelOptions(model="hello"))
    assert "leave out --cell" in refused("--cell", "evil.py:Evil")
    file = next((tmp_path / "state").rglob("session.json"))
    for field in ("model", "file", "cell", "vocab", "vocab_from", "names", "text", "unknown", "encoding", "device"):
        for form in ("evil.py:Evil", f"{tmp_path}/evil.py:Evil", f"{tmp_path}/evil.py", "evil.Evil", "evil"):
            said = json.loads(file.read_text())
            said["options"][field] = form
            (file.parent / "other.json").write_text(json.dumps(said))
            (file.parent / "other.json").replace(file)
            with contextlib.suppress(UserError):
                resume()
            said["options"][field] = getattr(ModelOptions(model="hello"), field)
            file.write_text(json.dumps(said))
    assert resume()[2] == ""
    assert not (tmp_path / "mark").exists()


def test_what_only_the_open_model_can_tell_is_fitted_and_said() -> None:
    keep(ModelOptions(model="hello"), position=999, layer=7, unit=1_000_000, zoomed=9, edited=(1, 4, 77), cell="Other")
    debugger, fitted, missed = resume()
    assert (fitted.position, fitted.layer, fitted.unit, fitted.zoomed, fitted.edited) == (5, 0, 7, 0, (1, 4))
    assert debugger.position == 5
    assert "there is no cell 'Other'" in missed
    assert missed.endswith("the session belongs to a larger model or text: what does not exist here was left out")
    assert debugger.to(4).edited


def test_of_several_sessions_there_is_a_list_and_a_name_opens_one(run: Run) -> None:
    keep(ModelOptions(model="hello"))
    keep(ModelOptions(model="brackets"))
    running = SessionFolder()
    running.write(Session(ModelOptions(model="hello"), "mine", "by-hand", None, 3))
    code, out, said = run("--resume")
    assert (code, said) == (0, "")
    rows = out.splitlines()
    assert rows[0].split() == ["session", "model", "step", "kept"]
    assert {row.split()[0] for row in rows[1:4]} == {"mine", "brackets", "hello"}
    assert [row.split()[1:3] for row in rows[1:4] if row.startswith("brackets")] == [["brackets", "2"]]
    assert sum("still open (process " in row for row in rows) == 1
    assert "--resume NAME" in rows[-1]
    assert "delete its folder" in rows[-1]
    code, out, said = run("--resume", "mine")
    assert code == 2
    assert "session mine is still open in another lstm-tui" in said
    code, out, said = run("--resume", "nobody's")
    assert code == 2
    assert "there is no session" in said


def test_a_text_from_a_pipe_or_after_random_ones_comes_back(tmp_path: Path) -> None:
    for options in (ModelOptions(model="hello", random=9, seed=3), ModelOptions(random=9, seed=3, text=None)):
        prepared = prepare(options)
        debugger = prepared.open()
        debugger.read(debugger.text[:4])
        place = SessionFolder()
        place.write(debugger.session(prepared))
        name = place.name
        place.release()
        assert resume(name)[0].text == debugger.text
    reader, writer = os.pipe()
    os.write(writer, b"hole")
    os.close(writer)
    _, name = keep(ModelOptions(model="hello", file=f"/dev/fd/{reader}"))
    os.close(reader)
    assert resume(name)[0].text == "hole"


def test_what_is_said_after_a_signal() -> None:
    place = SessionFolder()
    assert resume_hint(129, place, ModelOptions()) == "the connection was closed"
    place.write(Session(ModelOptions(model="hello"), "hello", "by-hand", None, 3))
    place.note = "its training was stopped after 3 of 9 epochs"
    said = resume_hint(129, place, ModelOptions())
    assert (
        said == f"the connection was closed: 'lstm-tui --resume hello' continues hello at step 3 (t = 2); {place.note}"
    )
    place.failure = "no space left on device"
    assert (
        resume_hint(143, place, ModelOptions()) == f"asked to stop, but the session could not be kept: {place.failure}"
    )
