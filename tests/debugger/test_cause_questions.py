"""What the palette asks about causes, in sentences."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.gradient_reach import half_life
from lstm_tui.core.questions.objective import Objective
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop


def brackets(position: int) -> Debugger:
    debugger = prepare(ModelOptions(model="brackets")).open()
    debugger.to(position)
    return debugger


def test_a_gradient_is_told_by_its_size_beside_the_forget_gates() -> None:
    debugger = brackets(9)
    told = debugger.questions.reach(Objective(8), 3)
    assert [size.position for size in told] == [9, 8, 7, 6, 5, 4, 3]
    kept = [1.0] * 4
    for size in told:
        position = size.position
        debugger.to(position)
        slopes = debugger.slopes(Objective(8)).layers[0]
        assert size.h == pytest.approx(math.hypot(*slopes["h"]), rel=1e-6)
        assert size.c == pytest.approx(math.hypot(*slopes["c"]), rel=1e-6)
        assert size.kept == pytest.approx(sum(kept) / 4, rel=1e-6)
        gates = next(debugger.steps(position, position + 1)).layers[0].values["f"]
        kept = [so_far * f for so_far, f in zip(kept, gates, strict=True)]


@pytest.mark.parametrize(
    ("values", "steps"),
    [([8.0, 4.0, 2.0, 1.0], 1.0), ([1.0, 0.5**0.1, 0.5**0.2], 10.0), ([1.0, 2.0, 4.0, math.nan], -1.0),
     ([3.0, 3.0, 3.0], math.inf), ([1.0, 0.0, 0.0, 0.5], None)],
)  # fmt: skip
def test_a_half_life_is_of_the_straight_line_through_the_logarithms(values: list[float], steps: float | None) -> None:
    assert half_life(values) == (None if steps is None else pytest.approx(steps))


def test_grad_norm_stops_where_what_d_shows_of_all_losses_is_that_long() -> None:
    debugger = brackets(0)
    norms = []
    for position in range(200, 300):
        debugger.to(position)
        slopes = debugger.slopes(Objective()).layers[0]
        norms.append(math.hypot(*slopes["c"], *slopes["h"]))
    level = sum(sorted(norms)[-6:-4]) / 2
    wanted = [at for at, (was, norm) in enumerate(pairwise(norms), 201) if norm >= level > was]
    debugger.stops.set([Stop(f"grad_norm >= {level:.7g} and prev(grad_norm) < {level:.7g}")])
    debugger.to(200)
    found = []
    for _ in wanted:
        job = debugger.stops.run()
        job.run()
        said = debugger.commit(job)
        found.append(debugger.position)
    assert found == wanted
    assert f"grad_norm = {norms[wanted[-1] - 200]:.4f} >= " in said


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
