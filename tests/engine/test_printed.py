"""Steps for programs: the numbers of stepping, float32 as nine digits at most, and the parts of them asked for."""

from __future__ import annotations

import json
import random
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.excerpt import Excerpt
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.spans.shortest import shortest
from lstm_tui.tracing.formats import csv_lines, jsonl

TEXT = "".join(random.Random(3).choice("abcde ") for _ in range(300))
OWN = "tests/engine/students.py:InPlace"
"""It goes on writing into the tensors that it showed."""
WRITTEN = {"layer": "--layer", "units": "--units", "only": "--only"}


def opened(cell: str, text: str = TEXT, layers: int = 1) -> Debugger:
    return prepare(ModelOptions(text=text, cell=cell, hidden=5, layers=layers)).open()


def as_float32(value: float) -> bytes:
    return struct.pack("f", value)


@given(
    st.lists(st.floats(width=32) | st.integers(0, 2**32 - 1).map(lambda n: struct.unpack("f", struct.pack("I", n))[0]))
)
def test_the_shortest_decimal_reads_back_as_the_same_float32(values: list[float]) -> None:
    tensor = torch.tensor(values, dtype=torch.float32)
    for exact, decimal in zip(tensor.tolist(), shortest(tensor).tolist(), strict=True):
        if exact != exact:
            assert decimal != decimal
            continue
        assert as_float32(decimal) == as_float32(exact)
        digits = next(d for d in range(1, 10) if _reads_back(f"{exact:.{d}g}", exact))
        assert decimal == float(f"{exact:.{digits}g}")


def _reads_back(text: str, exact: float) -> bool:
    try:
        return as_float32(float(text)) == as_float32(exact)
    except OverflowError:
        return False


def test_float64_stays_whole() -> None:
    third = torch.tensor([1 / 3], dtype=torch.float64)
    assert shortest(third).tolist() == [1 / 3]


@pytest.mark.parametrize("cell", ["by-hand", "builtin", "gru", OWN])
def test_many_at_once_are_the_steps_one_by_one(cell: str) -> None:
    debugger = opened(cell, TEXT)
    stepped = list(debugger.steps(1, 301))
    for whole, step in zip(stepped, debugger.printed(1, 301), strict=True):
        assert (step.position, step.char, step.target) == (whole.position, whole.char, whole.target)
        for one, other in zip(whole.layers, step.layers, strict=True):
            assert list(one.values) == list(other.values)
            for name in one.values:
                assert list(map(as_float32, other.values[name])) == list(map(as_float32, one.values[name]))
        assert step.prediction is not None
        assert whole.prediction is not None
        assert step.prediction.loss == whole.prediction.loss


class TestParts:
    """`--layer`, `--units` and `--only`: numbers are left out, never changed."""

    @pytest.fixture
    def debugger(self) -> Debugger:
        return opened("by-hand", "abcab", layers=2)

    def test_a_part_of_jsonl(self, debugger: Debugger) -> None:
        whole = [json.loads(line) for line in jsonl(debugger.about, 5, debugger.printed(1, 6), "1")][1:]
        excerpt = Excerpt((1,), (3, 0), ("c", "loss"))
        header, *steps = map(json.loads, jsonl(debugger.about, 5, debugger.printed(1, 6, excerpt), "1", excerpt))
        assert (header["layers"], header["units"]) == ([1], [3, 0])
        for step, all_of_it in zip(steps, whole, strict=True):
            c = all_of_it["layers"][1]["c"]
            assert step == {
                "t": all_of_it["t"],
                "char": all_of_it["char"],
                "target": all_of_it["target"],
                "layers": [{"c": [c[3], c[0]]}],
                "loss": all_of_it["loss"],
            }

    def test_a_part_of_csv(self, debugger: Debugger) -> None:
        excerpt = Excerpt(units=(2,), only=("h",))
        names, first, *_ = csv_lines(debugger.about, debugger.printed(1, 6, excerpt), excerpt)
        assert names == "t,char,target,l0.h[2],l1.h[2]\n"
        assert len(first.split(",")) == 5

    @pytest.mark.parametrize(
        ("excerpt", "says"),
        [
            (Excerpt((2,)), "--layer 2 does not exist: the model has 2 layers, 0 to 1"),
            (Excerpt(units=(0, 99)), "--units 99 does not exist: layer 0 has"),
            (Excerpt(only=("c", "q")), "--only 'q' is not known: choose among f, i, c_tilde, o, c, h, logits, loss"),
        ],
    )
    def test_what_is_not_there_is_refused(self, debugger: Debugger, excerpt: Excerpt, says: str) -> None:
        with pytest.raises(UserError, match=says):
            excerpt.checked([q.name for q in debugger.quantities], debugger.about.hidden_sizes, WRITTEN)
