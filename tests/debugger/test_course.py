"""Training as time: every epoch that is kept can be opened at the present step, and nothing is lost by looking."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.loading.own_file import from_bytes, tensors_of
from lstm_tui.engine.network import fresh
from lstm_tui.engine.training.snapshots import MOST, Snapshots


def trained(epochs: int, **said: object) -> Debugger:
    debugger = prepare(ModelOptions(**{"text": "abcab" * 4, "hidden": 3, **said})).open()  # type: ignore[arg-type]
    debugger.to(7)
    training = debugger.training(epochs=epochs)
    training.run()
    debugger.adopt(training)
    return debugger


def go(debugger: Debugger, by: int) -> str:
    job = debugger.travelling(by)
    job.run()
    return debugger.commit(job)


def tensors(debugger: Debugger) -> list[torch.Tensor]:
    return list(tensors_of(debugger.debuggee.network).values())


def same(some: list[torch.Tensor], others: list[torch.Tensor]) -> bool:
    return all(map(torch.equal, some, others))


@pytest.mark.parametrize(
    "text", ["abcab" * 4, "abcab" * 110], ids=["short", "long"]
)  # whole; in batches, where the best epoch is kept
def test_each_epoch_is_what_a_training_of_so_many_epochs_ends_with(text: str) -> None:
    debugger = trained(5, text=text)
    course = debugger.course
    assert course is not None
    assert (course.kept, course.at) == (tuple(range(6)), course.last)
    assert course.last == (5 if len(text) < 512 else 1 + min(range(5), key=lambda at: course.figures[at].loss))
    while debugger.course.at:  # type: ignore[union-attr]
        go(debugger, -1)
    assert same(tensors(debugger), tensors(prepare(ModelOptions(text=text, hidden=3)).open()))
    for epoch in range(1, 6):
        assert go(debugger, 1) == f"epoch {epoch} of 5"
        shorter = trained(epoch, text=text)
        assert debugger.position == 7
        assert debugger.about.epochs == epoch
        assert debugger.about.loss == course.figures[epoch - 1].loss
        if shorter.course.last == epoch:  # type: ignore[union-attr]
            assert same(tensors(debugger), tensors(shorter))
            assert debugger.step.layers[0].values == shorter.step.layers[0].values
    with pytest.raises(UserError, match="epoch 5 was the training's last"):
        debugger.travelling(1)
    assert go(debugger, 0) == "epoch 0 of 5"
    with pytest.raises(UserError, match="that the training began with"):
        debugger.travelling(-1)


def test_a_look_at_an_epoch_changes_nothing_that_is_kept(tmp_path: Path) -> None:
    debugger = trained(4)
    after, prepared = tensors(debugger), prepare(ModelOptions(text="abcab" * 4, hidden=3))
    kept, session, now = debugger.weights(), debugger.session(prepared), debugger.weights_now
    assert kept is not None
    go(debugger, -2)
    there = tensors(debugger)
    assert not same(there, after)
    assert debugger.weights_now is now
    assert debugger.session(prepared) == session
    assert debugger.weights()() == kept()  # type: ignore[misc]
    debugger.save(str(tmp_path / "two.safetensors"))
    model, header, _ = from_bytes((tmp_path / "two.safetensors").read_bytes(), "two")
    assert header.epochs == 2
    assert same(list(tensors_of(model).values()), there)
    assert (debugger.about.unsaved, debugger.weights() is None) == (False, False)
    go(debugger, 1)
    assert debugger.about.unsaved
    go(debugger, -1)
    assert not debugger.about.unsaved


def test_states_set_by_hand_and_other_cells_go_along_and_the_training_is_undone_from_anywhere() -> None:
    debugger = trained(4)
    after = tensors(debugger)
    go(debugger, -2)
    debugger.zero()  # states set by hand and other cells go along
    debugger.switch_cell("builtin")
    go(debugger, 1)
    assert (debugger.about.cell, debugger.edits) == ("builtin", (7,))
    go(debugger, -1)
    for _ in range(2):
        debugger.undo()
    assert debugger.course is None
    assert debugger.about.epochs == 0
    debugger.redo()
    assert debugger.about.epochs == 4
    assert same(tensors(debugger), after)
    with pytest.raises(UserError, match="there is no training to go through"):
        prepare(ModelOptions(text="ab", hidden=3)).open().travelling(-1)


@pytest.mark.parametrize(("epochs", "first"), [(64, 64), (65, 32), (1000, 32)])
def test_of_a_long_training_a_bounded_number_is_kept(epochs: int, first: int) -> None:
    model = fresh(2, 1)
    snapshots = Snapshots(model)
    for epoch in range(1, epochs + 1):
        snapshots.add(epoch, lambda other, epoch=epoch: other.output.weight.fill_(epoch))  # type: ignore[misc]
    kept = snapshots.kept
    assert kept[: first + 1] == tuple(range(first + 1))
    assert len(kept) <= MOST + 1
    assert len({later - at for at, later in zip(kept[first:], kept[first + 1 :], strict=False)}) <= 1
    assert all(float(snapshots.network(epoch).output.weight[0, 0]) == epoch for epoch in kept[1:])  # type: ignore[union-attr]
