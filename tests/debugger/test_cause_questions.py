"""What the palette asks about causes, in sentences."""

from __future__ import annotations

import math
import re

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare


def brackets(position: int) -> Debugger:
    debugger = prepare(ModelOptions(model="brackets")).open()
    debugger.to(position)
    return debugger


def test_a_gradient_is_told_by_its_size_beside_the_forget_gates() -> None:
    debugger = brackets(9)
    told = re.findall(r"(\d+) back: ‖δh‖ (\S+) ‖δc‖ (\S+)(?: Πf (\S+))?", debugger.questions.reach(Objective(8)))
    assert [int(back) for back, *_ in told] == [0, 1, 2, 5]
    kept = [1.0] * 4
    for position in range(9, 4, -1):
        for back, h, c, product in told:
            if 9 - int(back) == position:
                debugger.to(position)
                slopes = debugger.slopes(Objective(8)).layers[0]
                assert (h, c) == (f"{math.hypot(*slopes['h']):.2g}", f"{math.hypot(*slopes['c']):.2g}")
                assert product == (f"{sum(kept) / 4:.2g}" if back != "0" else "")
        gates = next(debugger.steps(position, position + 1)).layers[0].values["f"]
        kept = [so_far * f for so_far, f in zip(kept, gates, strict=True)]


def test_contributions_add_up_to_the_logit() -> None:
    debugger = brackets(9)
    prediction = debugger.step.prediction
    assert prediction is not None
    told = debugger.questions.contributions(prediction.top[0].index)
    total, parts = told.replace("(t = 8)", "(t 8)").split(" = ")
    assert total.startswith("logit of ')' at step 9 (t 8) ")
    numbers = [float(number) for number in re.findall(r"[+-]\d+\.\d{3}", parts)]
    assert sum(numbers) == pytest.approx(float(total.split()[-1]), abs=0.006)
    assert prediction.logits[prediction.top[0].index] == pytest.approx(float(total.split()[-1]), abs=6e-4)


def test_units_and_fixed_points_are_found_aside() -> None:
    debugger = brackets(9)
    found = debugger.questions.finding("depth")()
    assert (found.units[0].layer, found.units[0].unit) == (0, 3)
    assert found.units[0].words.startswith("c[3]   r 0.999")
    with pytest.raises(UserError, match="track"):
        debugger.questions.finding("nothing")
    told = debugger.questions.settling()()
    assert re.match(
        r"reading '\(' 1,000 times more: a stable fixed point is near; slowest modes: halves in \d+ steps", told
    )
    debugger.to(0)
    with pytest.raises(UserError, match="step 0"):
        debugger.questions.settling()
