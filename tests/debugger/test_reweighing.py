"""A weight typed anew, states from elsewhere, and what a changed model writes on: all by the cell's own equations."""

from __future__ import annotations

import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.contrasts.pair import Pair
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.jobs import Job
from lstm_tui.debugger.prepare import prepare

TEXT = "abcab, bacca"


def opened(cell: str = "by-hand", **more: object) -> Debugger:
    said = {"text": TEXT, "cell": cell, "hidden": 4, "layers": 2, "seed": 3, **more}
    return prepare(ModelOptions(**said)).open()  # type: ignore[arg-type]


def done(debugger: Debugger, job: Job) -> str:
    job.run()
    return debugger.commit(job)


@pytest.mark.parametrize("cell", IMPLEMENTATIONS)
def test_a_weight_typed_anew_is_that_weight_and_nothing_else(cell: str) -> None:
    debugger = opened(cell)
    debugger.to(5)
    before = debugger.debuggee.network
    numbers = {at: debugger.steps(at, at + 1).__next__().prediction.logits for at in (1, 5, 12)}
    sources: set[str] = set()
    for layer in (0, 1):
        for weight in {weight.tensor: weight for weight in debugger.weights_at(layer, 2)}.values():
            sources.add(weight.tensor)
            done(debugger, debugger.reweighing(weight, "0.5"))
            (found,) = [w for w in debugger.weights_at(layer, 2) if w.name == weight.name]
            assert found.value == pytest.approx(0.5, abs=1e-6)
            if cell not in ("gru", "peephole", "lnlstm"):  # where more than the weight and one value is multiplied
                lines = {line.symbols.split()[0]: line for line in debugger.equations(layer, 2)}
                (term,) = [term for term in lines[weight.row].terms if weight.name.endswith(f" {term.name}")]
                assert term.value == pytest.approx(0.5 * (1 if term.factor is None else term.factor), abs=1e-6)
            pairs = zip(before.cells, debugger.debuggee.network.cells, strict=True)
            changed = [
                (at, name)
                for at, (old, new) in enumerate(pairs)
                for name, tensor in old.weights().items()
                for _ in (new.weights()[name] != tensor).nonzero()
                if weight.tensor != "bias_ih" or name != "bias_hh"
            ]
            assert changed == [(layer, weight.tensor)]
            assert debugger.about.unsaved
            assert debugger.about.loss is None
            assert debugger.undo().startswith(f"undone: weight {weight.name}")
            assert not debugger.about.unsaved
    assert ({"weight_ih", "bias_ih"} if cell != "lnlstm" else {"bias_ih"}) <= sources
    assert {at: debugger.steps(at, at + 1).__next__().prediction.logits for at in numbers} == numbers


def test_what_is_no_weight_is_refused_in_a_sentence() -> None:
    debugger = opened()
    with pytest.raises(UserError, match="no contributions at step 0"):
        debugger.weights_at(0, 0)
    debugger.to(3)
    weight = debugger.weights_at(0, 0)[0]
    for typed in ("", "x", "nan", "inf", "1e99"):
        with pytest.raises(UserError, match="is not a finite number"):
            debugger.reweighing(weight, typed)
    with pytest.raises(UserError, match="there is no step 13: the text has steps 0 to 12"):
        debugger.patching(13)


def test_states_of_another_step_are_gone_on_from_and_taken_back() -> None:
    debugger = opened("slstm")
    debugger.to(3)
    taken = debugger.step
    debugger.to(8)
    untouched = debugger.to(9).prediction.logits
    debugger.to(8)
    assert "those of step 3" in done(debugger, debugger.patching(3))
    for mine, theirs in zip(debugger.step.layers, taken.layers, strict=True):
        assert all(mine.values[name] == theirs.values[name] for name in ("h", "c", "n", "m"))
    assert debugger.interventions == ("all states from elsewhere after step 8 (t = 7)",)
    after, network = debugger.to(9), debugger.debuggee.network
    state = debugger.debuggee.rollout.untouched().timeline.state(3)
    with torch.inference_mode():
        stack, _ = network.advance(network.read(debugger.debuggee.rollout.indices[8:9]), state)
        logits = network.scores(stack[-1][0])
    assert after.prediction.logits == tuple(logits[0].tolist())
    debugger.undo()
    assert debugger.to(9).prediction.logits == untouched


def test_states_of_the_other_model_have_to_fit() -> None:
    a, b, c = opened("by-hand"), opened("builtin", seed=5), opened("gru")
    pair = Pair(a, b)
    for each in (a, b, c):
        each.to(6)
    assert "those of the other model" in done(a, pair.patching(0))
    assert [layer.values["c"] for layer in a.step.layers] == [layer.values["c"] for layer in b.step.layers]
    assert a.step.prediction.logits != b.step.prediction.logits
    with pytest.raises(UserError, match="do not fit each other: h, c of 4/4 units and h of 4/4 units"):
        Pair(a, c).patching(0)


@pytest.mark.parametrize("changed", ["c[1] = 3 from 4", "z", "patch", "weight"])
def test_what_a_changed_model_writes_is_its_own_top_guess_at_every_step(changed: str) -> None:
    debugger = opened(layers=1, forget_bias=2.0)
    debugger.to(6)
    plain = opened(layers=1, forget_bias=2.0)
    plain.to(6)
    if changed == "z":
        debugger.zero()
    elif changed == "patch":
        done(debugger, debugger.patching(2))
    elif changed == "weight":
        done(debugger, debugger.reweighing(debugger.weights_at(0, 1)[0], "9"))
    else:
        done(debugger, debugger.clamping(changed))
    debugger.imagine(30, 0.0)
    assert len(debugger.text) == 36
    steps = list(debugger.steps(6, 37))
    assert [step.guess for step in steps[:-1]] == [step.char for step in steps[1:]]
    if changed.startswith("c"):
        assert {step.layers[0].values["c"][1] for step in steps} == {3.0}


def test_what_is_held_is_held_in_a_forecast() -> None:
    debugger = prepare(ModelOptions(model="weather", clamps=("c[2] = 1 from 3",))).open()
    debugger.to(10)
    debugger.imagine(12)
    outputs = [step.row.output or () for step in debugger.steps(10, 22)]
    read = [step.row.x or () for step in debugger.steps(11, 23)]
    assert [row[0] for row in read] == pytest.approx([row[0] for row in outputs], rel=1e-5)
