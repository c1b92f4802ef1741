"""Changes far into a long text: the text is read again in a run of its own, and nothing changes before it arrives."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from lstm_tui.core.errors import WEIGHTS_KEPT, UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.jobs import Job
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.network import Network
from lstm_tui.engine.timeline import BLOCK, Timeline

FAR = 12 * BLOCK + 5


@pytest.fixture
def far() -> Debugger:
    debugger = prepare(ModelOptions(text="abcab" * (FAR // 4), hidden=3)).open()
    debugger.to(FAR)
    return debugger


def trained(debugger: Debugger) -> TrainingJob:
    training = debugger.training(epochs=1)
    training.run()
    return training


def values(debugger: Debugger) -> object:
    return [dict(layer.values) for layer in debugger.step.layers]


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which thread read which block of the text."""
    seen: list[tuple[int, int]] = []
    sweep = Timeline.scan_block

    def watched(self: Timeline, number: int) -> object:
        seen.append((threading.get_ident(), number))
        return sweep(self, number)

    monkeypatch.setattr(Timeline, "scan_block", watched)
    return seen


def aside(run: Job) -> None:
    """In a thread of its own."""
    thread = threading.Thread(target=run.run)
    thread.start()
    thread.join()


def test_a_training_is_adopted_where_the_cursor_is_and_its_text_is_read_in_the_runs_thread(
    far: Debugger, swept: list[tuple[int, int]]
) -> None:
    before, training = values(far), trained(far)
    swept.clear()
    run = far.adopting(training)
    assert run is not None
    assert (values(far), far.undoable, swept) == (before, None, [])
    aside(run)
    assert values(far) == before
    assert len(swept) == 12
    assert far.commit(run) == training.sentence
    assert far.position == FAR
    assert far.undoable == "train"
    assert threading.get_ident() not in {thread for thread, _ in swept}
    plain = prepare(ModelOptions(text=far.text, hidden=3)).open()
    plain.to(FAR)
    plain.adopt(training)
    assert values(far) == values(plain) != before


def test_what_was_read_before_a_training_is_known_again_after_its_undo(
    far: Debugger, swept: list[tuple[int, int]]
) -> None:
    before = values(far)
    far.adopt(trained(far))
    after = values(far)
    swept.clear()
    far.undo()
    assert values(far) == before
    far.redo()
    assert values(far) == after
    assert swept == []


def test_states_set_by_hand_are_taken_back_in_a_run_too(far: Debugger, swept: list[tuple[int, int]]) -> None:
    far.to(4)
    before = values(far)
    far.back()
    far.zero()
    far.forward()
    assert values(far) != before
    far.to(FAR)
    swept.clear()
    run = far.undoing()
    aside(run)
    assert far.commit(run) == "undone: zero at step 3 (t = 2); ctrl+r: redo"
    assert far.position == FAR
    assert len(swept) == 12
    assert threading.get_ident() not in {thread for thread, _ in swept}
    far.to(4)
    assert values(far) == before


def test_a_second_edit_taken_back_leaves_what_was_read_up_to_it(far: Debugger, swept: list[tuple[int, int]]) -> None:
    far.to(3)
    far.zero()
    far.to(FAR)
    far.zero()
    swept.clear()
    far.undo()
    assert swept == []
    far.to(3)
    assert far.step.edited


def test_given_up_it_changes_nothing(far: Debugger) -> None:
    before = values(far)
    run = far.adopting(trained(far))
    assert run is not None
    run.cancel()
    aside(run)
    assert WEIGHTS_KEPT in far.commit(run)
    assert (values(far), far.undoable) == (before, None)
    far.to(3)
    far.zero()
    far.to(FAR)
    edited = values(far)
    run = far.undoing()
    run.cancel()
    aside(run)
    assert "nothing was undone" in far.commit(run)
    assert (values(far), far.undoable) == (edited, "zero at step 3 (t = 2)")
    assert far.undo().startswith("undone")
    assert values(far) == before


@pytest.mark.parametrize("meanwhile", [Debugger.back, lambda d: d.zero(), Debugger.switch_cell, lambda d: d.reset()])
def test_whatever_happens_meanwhile_the_numbers_are_the_trained_models(
    far: Debugger, meanwhile: Callable[[Debugger], object]
) -> None:
    training = trained(far)
    run = far.adopting(training)
    assert run is not None
    run.run()
    meanwhile(far)
    far.commit(run)
    plain = prepare(ModelOptions(text=far.text, hidden=3)).open()
    plain.to(FAR)
    meanwhile(plain)
    plain.adopt(training)
    assert far.position == plain.position
    assert far.about.cell == plain.about.cell
    assert values(far) == values(plain)


def test_there_is_nothing_to_undo(far: Debugger) -> None:
    with pytest.raises(UserError, match="nothing to undo"):
        far.undoing()


def test_of_a_cancelled_training_there_is_nothing_to_adopt(far: Debugger) -> None:
    training = far.training(epochs=1)
    training.cancel()
    training.run()
    assert far.adopting(training) is None
    assert far.adopt(training).startswith("training cancelled")


class TestWhatTakesLong:
    """Is done aside, piece by piece: nothing is another one before it is committed."""

    def test_imagining_is_cancelled_in_the_middle(self) -> None:
        debugger = prepare(ModelOptions(model="hello")).open()
        debugger.to(3)
        job = debugger.imagining(50, 1.0)
        job.run(0.0)
        assert (job.outcome, debugger.text) == ("running", "hello")
        job.cancel()
        job.run()
        assert job.outcome == "cancelled"
        assert debugger.commit(job).endswith("nothing was imagined")
        assert debugger.text == "hello"

    def test_imagining_writes_what_it_writes_at_once(self) -> None:
        one, other = (prepare(ModelOptions(model="hello")).open() for _ in range(2))
        one.to(3)
        other.to(3)
        one.imagine(20)
        job = other.imagining(20)
        while job.outcome == "running":
            job.run(0.0)
        assert other.text == "hello"
        assert other.commit(job) == "imagined 20 characters after step 3 (t = 2): → steps into them, u removes them"
        assert other.text == one.text

    def test_what_was_imagined_of_a_state_that_is_gone_is_not_taken(self) -> None:
        debugger = prepare(ModelOptions(model="hello")).open()
        debugger.to(3)
        job = debugger.imagining(5)
        debugger.zero()
        job.run()
        assert "has changed: nothing was imagined" in debugger.commit(job)
        assert debugger.text == "hello"

    @pytest.mark.parametrize("hidden", [8, 512])
    def test_what_a_large_model_has_not_read_yet_is_not_begun_on_the_screens_thread(self, hidden: int) -> None:
        debugger = prepare(ModelOptions(text="abc" * 300, hidden=hidden)).open()
        assert not debugger.stops.goto(5).heavy
        assert debugger.stops.goto(800).heavy == (hidden == 512)
        assert debugger.switching().heavy == (hidden == 512)

    def test_no_weights_are_copied_before_the_first_piece(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A large model's are copied where nobody waits: the screen begins such a job in its thread."""
        debugger = prepare(ModelOptions(model="hello")).open()
        copies: list[str] = []
        copying = Network.with_cell
        monkeypatch.setattr(Network, "with_cell", lambda model, cell: copies.append("x") or copying(model, cell))
        job = debugger.switching()
        job.run(0.0)
        assert not copies
        while job.outcome == "running":
            job.run(0.0)
        assert copies
        assert debugger.about.cell == "by-hand"
        assert debugger.commit(job).startswith("fused: same numbers")
        assert debugger.about.cell == "fused"
