"""A training that has to end before its time: what it has learned is kept, and opens again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from lstm_tui.cli.resume import resume_hint
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.sessions.places import SessionFolder
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.door import Progress
from lstm_tui.debugger.jobs import Job
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.loading.own_file import from_bytes, tensors_of
from lstm_tui.tui import jobs
from lstm_tui.tui.app import LstmTui, make_app
from lstm_tui.tui.messages import apart
from tests.tui.pilots import opened

FRESH = ModelOptions(text="abcab", hidden=3)
OWN = f"{Path(__file__).parents[1] / 'engine' / 'students.py'}:Textbook"


def trainable(epochs: int = 1_000_000) -> tuple[Debugger, TrainingJob]:
    debugger = prepare(FRESH).open()
    return debugger, debugger.training(epochs=epochs)


@contextmanager
def paused_after(training: TrainingJob, epochs: int) -> Iterator[None]:
    """Its thread has finished so many epochs, and makes no update before the end of this."""
    there, on = threading.Event(), threading.Event()

    def report(progress: Progress) -> None:
        if progress.epoch >= epochs:
            there.set()
            on.wait()

    thread = threading.Thread(target=training.run, args=(report,))
    thread.start()
    there.wait()
    try:
        yield
    finally:
        on.set()
        training.cancel()
        thread.join()


def test_a_training_whose_thread_does_not_end_in_time_is_kept_up_to_its_last_whole_epoch() -> None:
    debugger, training = trainable()
    before = tensors_of(debugger.debuggee.network)
    with paused_after(training, 3):
        aim = debugger.interrupted(training, 0)
        learned = tensors_of(training.reading.model)
        assert aim is not None
        make = debugger.weights(aim)
        assert make is not None
    model, header, _ = from_bytes(make(), "kept")
    assert (header.epochs, header.loss) == (3, pytest.approx(training.losses[2]))
    assert all(torch.equal(tensor, learned[name]) for name, tensor in tensors_of(model).items())
    assert not torch.equal(before["fc.bias"], learned["fc.bias"])
    assert not debugger.about.unsaved  # nothing was adopted
    assert debugger.weights() is None


def test_a_training_that_ends_in_time_is_kept_whole_one_that_learned_nothing_or_was_cancelled_is_not() -> None:
    debugger, training = trainable(4)
    training.run()
    aim = debugger.interrupted(training, 0)
    assert aim is not None
    assert (aim.about.epochs, aim.about.unsaved) == (4, True)
    debugger, training = trainable()
    assert debugger.interrupted(training, 0) is None
    debugger, training = trainable()
    with paused_after(training, 2):
        training.cancel()
        assert debugger.interrupted(training, 0) is None


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFolder:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return SessionFolder()


def kept_app(place: SessionFolder, options: ModelOptions = FRESH) -> LstmTui:
    return make_app(prepare(options), ScreenOptions(autosave=True, place=place), opening=apart)


def reopened(place: SessionFolder, cell: str | None = None) -> Debugger:
    name = place.name
    place.release()
    session = SessionFolder.claimed(name).kept
    assert session is not None
    prepared = prepare(replace(session.options, cell=cell or session.options.cell))
    debugger = prepared.open()
    assert debugger.resume(session, prepared)[1] == ""
    return debugger


@pytest.mark.parametrize("cell", [None, OWN])
async def test_a_signal_during_a_training_on_the_screen_keeps_what_it_has_learned(
    place: SessionFolder, cell: str | None
) -> None:
    app = kept_app(place, replace(FRESH, cell=cell))
    async with app.run_test() as pilot:
        await opened(pilot)
        screen = app.debugger_screen
        assert screen is not None
        assert screen.debugger is not None
        await pilot.press("right", "right")
        training = screen.debugger.training(epochs=1_000_000, fresh=True, text="xyzzy", hidden=2)
        screen.training.start(training)
        while len(training.losses) < 3:
            await pilot.pause()
        app.end(1)
        done = len(training.losses)
        app.end(15)  # impatient
    assert app.return_code == 128 + 15
    assert place.note == f"its training was stopped after {done} of 1000000 epochs"
    back = reopened(place, cell)
    assert (back.text, back.position, back.about.epochs) == ("xyzzy", 0, done)
    assert back.about.hidden_sizes == (2,)
    assert back.about.unsaved


async def test_a_signal_while_the_text_is_read_with_what_was_learned_keeps_that(
    place: SessionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "run", lambda *_: None)  # a text that takes its time
    monkeypatch.setattr(jobs, "run_in_thread", lambda *_: None)
    app = kept_app(place)
    async with app.run_test() as pilot:
        await opened(pilot)
        screen = app.debugger_screen
        assert screen is not None
        assert screen.debugger is not None
        assert isinstance(screen.debugger, Debugger)
        screen.debugger.to(2)
        training = screen.debugger.training(epochs=5)
        training.run()
        screen.post_message(jobs.JobEnded(partial(screen.training._ended, training)))
        await pilot.pause()
        assert screen.workspace.jobs.run is not None
        app.end(1)
    assert place.note == ""
    back = reopened(place)
    assert (back.about.epochs, back.position) == (5, 2)


@pytest.mark.parametrize("room", [True, False])
async def test_weights_that_cannot_be_kept_go_where_there_is_room(
    place: SessionFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    (tmp_path / "lstm-tui").write_text("no folder")
    (tmp_path / "room").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("room" if room else "none")))
    monkeypatch.chdir("/proc")
    app = kept_app(place)
    async with app.run_test() as pilot:
        await opened(pilot)
        screen = app.debugger_screen
        assert screen is not None
        assert screen.debugger is not None
        assert isinstance(screen.debugger, Debugger)
        training = screen.debugger.training(epochs=2)
        training.run()
        screen.debugger.adopt(training)
        app.end(1)
    said = resume_hint(129, place, FRESH)
    assert said is not None
    assert "\n" not in said
    found = [*(tmp_path / "room").iterdir()]
    if room:
        assert said.endswith(f"; its weights are in '{found[0]}'")
        assert prepare(ModelOptions(model=str(found[0]))).open().about.epochs == 2
    else:
        assert said.endswith("; its weights are lost")
        assert not found


async def test_weights_from_before_are_what_is_kept_of_a_training_that_learned_nothing(place: SessionFolder) -> None:
    app = kept_app(place)
    async with app.run_test() as pilot:
        await opened(pilot)
        screen = app.debugger_screen
        assert screen is not None
        assert screen.debugger is not None
        screen.workspace.jobs.training = screen.debugger.training()
        app.end(1)
        screen.workspace.jobs.training = None
    assert place.note == "its training had not finished its first epoch"
    assert reopened(place).about.epochs == 0


async def test_a_session_that_is_older_than_what_is_kept_already_is_dropped(place: SessionFolder) -> None:
    app = kept_app(place)
    async with app.run_test() as pilot:
        await opened(pilot)
        await pilot.press("right")
        older = app.autosave._pending(app.autosave._now())
        await pilot.press("right")
        app.autosave.end()
        assert older is not None
        app.autosave._write_in_thread(older)
    assert place.kept is not None
    assert place.kept.position == 2
