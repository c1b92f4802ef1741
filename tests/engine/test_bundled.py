"""The models that ship do what the README says they do. Asserted on the files, not on the training."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import lstm_tui
from lstm_tui.core.filesystem.bundled import bundled
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.rollout import Rollout
from tests import made_weather

COUNTER = 3
"""The unit of `brackets` whose cell is the number of open brackets."""


def reading(name: str) -> Rollout:
    return prepare(ModelOptions(model=name)).open().debuggee.rollout


def depths(text: str) -> list[int]:
    deep, found = 0, []
    for character in text:
        deep += {"(": 1, ")": -1}.get(character, 0)
        found.append(deep)
    return found


@pytest.mark.parametrize("name", [name for name, _ in bundled()])
def test_each_opens_with_its_own_text_and_knows_it(name: str) -> None:
    model = reading(name)
    loss = model.mean_loss()
    assert loss is not None
    assert loss < 0.6 * math.log(len(model.vocabulary))


@pytest.mark.parametrize("name", [name for name, _ in bundled()])
def test_each_is_small(name: str) -> None:
    folder = Path(lstm_tui.__file__).parent / "models"
    assert (folder / f"{name}.safetensors").stat().st_size < 300_000


def test_weather_says_the_next_hour_better_than_that_it_stays_as_it_is() -> None:
    steps = lstm_tui.trace("weather")
    rows = torch.tensor([step.row.x[0] for step in steps if step.row and step.row.x])
    spread = steps.about.scale["std"][0]  # type: ignore[index]
    assert float(torch.tensor(steps.to_numpy("loss")[:-1]).mean()) < 0.25 * float(
        (rows.diff() / spread).square().mean()
    )
    assert made_weather.PLACE.read_text() == made_weather.weather()


def test_arabic_expects_a_woman_after_a_verb_that_says_so() -> None:
    for verb, subject in (("ذهب", "الولد"), ("ذهبت", "البنت"), ("شرب", "الرجل"), ("شربت", "المرأة")):
        (step,) = lstm_tui.trace("arabic", text=verb)
        assert step.prediction is not None
        assert step.prediction.top[0].symbol == subject


def test_python_reads_the_cell_it_is_made_of() -> None:
    source = Path(lstm_tui.__file__).parent / "engine" / "cells" / "by_hand.py"
    assert reading("python").text == source.read_text(encoding="utf-8")


class TestBrackets:
    @pytest.fixture(scope="class")
    def model(self) -> Rollout:
        return reading("brackets")

    def test_one_cell_counts_the_open_brackets(self, model: Rollout) -> None:
        steps = 1500
        cells = [float(moment.layers[0]["c"][0, COUNTER]) for moment in model.timeline.moments(1, steps + 1)]
        both = torch.tensor([cells, [float(deep) for deep in depths(model.text[:steps])]])
        assert float(torch.corrcoef(both)[0, 1]) > 0.99

    @pytest.mark.parametrize("unit", range(4))
    def test_zeroing_that_cell_ends_the_string_and_no_other_does(self, model: Rollout, unit: int) -> None:
        """After two or more open brackets, with `)` to be read next: is a full stop the top guess then?"""
        stop, ended = model.vocabulary.symbols.index("."), []
        deep = depths(model.text)
        for position in range(1, 600):
            if deep[position - 1] < 3 or model.text[position] != ")":
                continue
            h, c = (state.clone() for state in model.timeline.at(position).after[0])
            c[0, unit] = 0.0
            row = model.model.inputs(model.indices[position : position + 1])
            (after,), _ = model.model.advance(row, ((h, c),))
            ended.append(int(model.model.logits(after[0]).argmax()) == stop)
        assert len(ended) > 30
        share = sum(ended) / len(ended)
        assert share == 1.0 if unit == COUNTER else share == 0.0
