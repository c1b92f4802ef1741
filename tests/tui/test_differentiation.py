"""`d`: derivatives in the place of values, in every view, and back."""

from __future__ import annotations

import re
from collections.abc import Callable

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.tracks import depth
from lstm_tui.debugger.prepare import prepare
from tests.engine import students
from tests.tui.staged import Staged, on_stage


def played(act: Callable[[Staged, Callable[[], str]], object], **options: object) -> None:
    async def acting(stage: Staged) -> None:
        await act(stage, lambda: "\n".join("".join(row) for row in stage.cells()))  # type: ignore[misc]

    asked = {"text": "the cat sat on the mat. the cat", "hidden": 4, "cell": "by-hand", **options}
    on_stage(prepare(ModelOptions(**asked)), acting)  # type: ignore[arg-type]


def test_it_goes_through_what_can_be_differentiated_and_back_to_values() -> None:
    async def act(stage: Staged, text: Callable[[], str]) -> None:
        debugger, selection = stage.screen.debugger, stage.screen.selection
        assert debugger is not None
        await stage.press("d")
        assert "nothing to differentiate at step 0" in text()
        for _ in range(5):
            await stage.press("right")
        values = text()
        await stage.press("d")
        assert "∂ the loss at t = 4" in text()
        assert "1 ∂f forget" in text()
        frame = stage.screen.frame
        assert frame.slopes is not None
        assert frame.slopes.values == debugger.slopes(Objective(4)).layers[0]
        for _ in range(2):  # what is differentiated stays, the step goes back
            await stage.press("left")
        assert selection.slope == Objective(4)
        assert "step 3/31  ∂ the loss at t = 4 by these values" in text()
        for _ in range(3):
            await stage.press("right")
        assert selection.slope == Objective(5)  # it goes along with a cursor that passes it
        await stage.press("d")
        assert selection.slope == Objective()
        await stage.press("d")
        assert debugger.step.prediction is not None
        assert selection.slope == Objective(5, debugger.step.prediction.top[0].index)
        await stage.press("d")
        assert selection.slope is None
        for key in ("left", "d", "escape"):
            await stage.press(key)
        assert text() == values

    played(act)


def test_every_view_shows_derivatives() -> None:
    async def act(stage: Staged, text: Callable[[], str]) -> None:
        debugger = stage.screen.debugger
        assert debugger is not None
        for key in ("g", "2", "5", "enter", "d"):
            await stage.press(key)
        for title in ("∂ by c of every unit", "∂c[0] over time", "∂ by c of all units", "coloured by |∂/∂x|"):
            await stage.press("v")
            assert title in text()
        data = stage.screen.frame.over_time
        assert data is not None
        await stage.screen.action_do("grad.reach")
        await stage.settle()
        assert "how far back ∂ the loss at t = 24 reaches" in text()
        assert re.search(r"Πf, the forget gates alone   halves in \S+ step", text())
        assert re.search(r"▲step 25 \(t = 24\)  '\S'  its start  ‖δh‖ \S+  ‖δc‖ \S+  Πf 1 ", text())
        sizes, signed = debugger.slopes_of_text(Objective(24), 1, 32)
        assert tuple(map(abs, data.values[0])) == sizes
        assert [value < 0 for value in data.values[0]] == [value < 0 for value in signed]
        assert max(sizes) <= data.scales[0] < 5 * max(sizes)

    played(act)


def test_s_walks_the_backward_pass_and_left_goes_on_to_the_step_before() -> None:
    async def act(stage: Staged, text: Callable[[], str]) -> None:
        for key in ("right", "right", "right", "d", "s", "s"):
            await stage.press(key)
        assert "2/17  δo = δh·tanh c = " in text()
        await stage.press("left")
        assert stage.screen.frame.position == 2
        assert [line.quantity for line in stage.screen.frame.equations] == ["δh"]
        for _ in range(20):
            await stage.press("s")
        assert "17/17" in text()
        await stage.press("S")
        assert len(stage.screen.frame.equations) == 16
        await stage.press("escape")
        await stage.press("s")
        assert "equation 1/" in text()

    played(act)


def test_a_cell_of_ones_own_has_derivatives_too_and_no_formulas() -> None:
    async def act(stage: Staged, text: Callable[[], str]) -> None:
        for key in ("right", "right", "d"):
            await stage.press(key)
        assert "2 ∂i input" in text()
        await stage.press("s")
        assert "no formulas" in text()

    played(act, cell=f"{students.__file__}:Chunks")


def test_a_unit_that_follows_a_track_colours_the_text_beside_the_track() -> None:
    async def act(stage: Staged) -> None:
        await stage.screen.action_do("units.find")
        await stage.press("enter")
        await stage.app.workers.wait_for_complete()
        await stage.press("enter")
        text = ["".join(row) for row in stage.cells()]
        assert "a perfect correlation is no cause: f holds this unit, y shows what changes" in text[2]
        title = next(at for at, line in enumerate(text) if "the text coloured by c[3]; below it depth" in line)
        read, track = text[title + 1].strip(), text[title + 3][1 : 1 + len(text[title + 1].strip())]
        ranks = sorted(set(track), key="·▁▂▃▄▅▆▇█".index)
        assert [ranks.index(mark) for mark in track] == list(depth(read))  # the text's first line begins at its start
        await stage.press("escape", "v", "v", "v", "v")
        assert "below it" not in "".join(map("".join, stage.cells()))

    on_stage(prepare(ModelOptions(model="brackets")), act)


def test_capital_m_goes_from_one_step_most_alike_to_the_next_and_back() -> None:
    async def act(stage: Staged, text: Callable[[], str]) -> None:
        debugger = stage.screen.debugger
        assert debugger is not None
        await stage.press("M")
        assert "every state is zero at step 0" in text()
        for key in ("g", "1", "0", "enter"):
            await stage.press(key)
        wanted = debugger.questions.alike()().steps
        for at, (position, _) in enumerate(wanted[:2], 1):
            await stage.press("M")
            await stage.settle(1.0)
            assert debugger.position == position
            assert f"{at} of {len(wanted)} most like step 10" in text()
        await stage.press("backspace", "backspace")
        assert debugger.position == 10

    played(act)
