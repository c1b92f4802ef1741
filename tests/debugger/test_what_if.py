"""Values held and let go: what is shown, undone, written on, kept in a session, and how far it leads from the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.sessions.session import from_bytes, to_bytes
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare

TEXT = "abcab" * 4


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**{"text": TEXT, "hidden": 3, **said})).open()


def do(debugger: Debugger, job: Any) -> str:
    job.run()
    return debugger.commit(job)


def values(debugger: Debugger) -> list[Any]:
    return [[dict(layer.values) for layer in step.layers] for step in debugger.steps(0, debugger.length + 1)]


def test_what_is_held_is_undone_and_done_again_and_released() -> None:
    debugger = opened(layers=2)
    free = values(debugger)
    debugger.to(7)
    said = do(debugger, debugger.clamping("l1.c[2] = 0.5 from 3 to 9"))
    assert said.startswith("clamped: l1.c[2] = 0.5 from 3 to 9; what follows")
    held = values(debugger)
    assert (debugger.position, debugger.step.clamps[0].text) == (7, "l1.c[2] = 0.5 from 3 to 9")
    assert held[:4] == free[:4]
    assert held[10:] != free[10:]
    assert [layers[1]["c"][2] == 0.5 for layers in held] == [4 <= position <= 9 for position in range(21)]
    debugger.to(12)
    debugger.zero()
    both = values(debugger)
    listed = ("l1.c[2] = 0.5 from 3 to 9", "all states = 0 after step 12 (t = 11)")
    assert debugger.interventions == listed
    assert "instead of l1.c[2] = 0.5 from 3 to 9" in do(debugger, debugger.clamping("l1.c[2] = -1 from 8"))
    assert debugger.undo().startswith("undone: clamp l1.c[2] = -1 from 8")
    assert values(debugger) == both
    assert do(debugger, debugger.releasing([0])) == f"released: {listed[0]}; u holds it again"
    assert debugger.interventions == listed[1:]
    assert debugger.undo().startswith("undone: release")
    do(debugger, debugger.releasing([0, 1]))
    assert values(debugger) == free
    debugger.undo()
    debugger.reset()
    assert (values(debugger), debugger.interventions) == (free, ())
    for _ in range(3):
        debugger.undo()
    assert (values(debugger), debugger.undoable) == (free, None)
    debugger.redo()
    assert values(debugger) == held


def test_the_model_writes_on_with_the_value_held() -> None:
    debugger = opened(clamps=("h[0] = 0.9 from 4",), seed=3)
    debugger.to(6)
    debugger.imagine(12, 0.0)
    for step in debugger.steps(7, debugger.length):
        assert step.layers[0].values["h"][0] == pytest.approx(0.9)
        assert step.prediction is not None
        assert step.target == step.prediction.top[0].symbol


def test_a_session_brings_back_what_was_held_and_leaves_out_what_does_not_fit() -> None:
    prepared = prepare(ModelOptions(text=TEXT, hidden=3, clamps=("o[1] = 0 at 3",)))
    debugger = prepared.open()
    do(debugger, debugger.clamping("c[2] = 1 from 5"))
    kept = from_bytes(to_bytes(debugger.session(prepared)))
    assert kept.clamps == ("o[1] = 0 at 3", "c[2] = 1 from 5")
    again = prepare(kept.options).open()
    assert again.resume(kept, prepared)[1] == ""
    assert (values(again), again.interventions) == (values(debugger), debugger.interventions)
    smaller = opened(hidden=2)
    assert "does not exist here" in smaller.resume(kept, prepared)[1]
    assert smaller.interventions == ("o[1] = 0 at 3",)


def test_what_cannot_be_held_changes_nothing() -> None:
    debugger = opened()
    for text in ("c[3] = 1", "x = 1", "c[0] = 1 at 20"):
        with pytest.raises(UserError):
            debugger.clamping(text)
    assert (debugger.interventions, debugger.undoable) == ((), None)


def test_how_far_a_changed_run_is_from_the_untouched_one_is_said() -> None:
    debugger, alone = opened(seed=4), opened(seed=4)
    with pytest.raises(UserError, match="nothing is changed here"):
        debugger.beside()
    do(debugger, debugger.clamping("c[1] = 4 from 5 to 8"))
    debugger.to(9)
    kl = [0.0]
    for changed, free in zip(debugger.steps(1, 21), alone.steps(1, 21), strict=True):
        b, a = (
            np.exp(s.prediction.logits) / np.exp(s.prediction.logits).sum() for s in (changed, free) if s.prediction
        )
        kl.append(float((a * np.log(a / b)).sum()))
    far = [step for step, apart in enumerate(kl) if apart >= 1e-4]
    assert (far[0], 8 < far[-1] < 20) == (6, True)
    said = do(debugger, debugger.beside())
    top = max(range(21), key=kl.__getitem__)
    largest = f", largest {kl[top]:.4f} at step {top}"
    assert said == f"apart since step 6, KL {kl[9]:.4f} here{largest}, together again at step {far[-1] + 1}"
    assert debugger.position == 9
    pair = debugger.pair()
    assert pair is not None
    assert pair.kl == pytest.approx(kl[9], abs=1e-9)
    assert pair.a.layers[0].values == next(iter(alone.steps(9, 10))).layers[0].values
    debugger.undo()
    assert debugger.pair() is None
    debugger.redo()
    do(debugger, debugger.clamping("c[1] = 4 from 5"))
    assert "not together again up to step 20 (t = 19)" in do(debugger, debugger.beside())
