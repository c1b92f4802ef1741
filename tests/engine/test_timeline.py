"""Stepping, jumping and iterating are the same bits, edited or not, in bounded memory."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_tui.core.clamps import Clamp
from lstm_tui.engine import timeline as module
from lstm_tui.engine.blocks import StepTensors
from lstm_tui.engine.interventions import Interventions
from lstm_tui.engine.network import Network, Stack, fresh
from lstm_tui.engine.timeline import Timeline
from tests.engine.facts import CELLS, edited

BLOCK = 32
LENGTH = 2 * BLOCK + 5
BORDERS = (0, 1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, LENGTH)
MODEL = fresh(3, 4, 2, seed=1)
INDICES = torch.randint(0, 3, (LENGTH,), generator=torch.Generator().manual_seed(0))


def same(one: StepTensors, other: StepTensors) -> bool:
    """Whether two moments are equal bit by bit."""
    assert one.logits is not None
    assert other.logits is not None
    pairs = [(one.logits, other.logits)]
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        assert mine.keys() == theirs.keys()
        pairs += [(mine[name], theirs[name]) for name in mine]
    for mine_s, theirs_s in ((one.before, other.before), (one.after, other.after)):
        pairs += [(a, b) for m, t in zip(mine_s, theirs_s, strict=True) for a, b in zip(m, t, strict=True)]
    return one.edited == other.edited and all(torch.equal(a, b) for a, b in pairs)


def brute(model: Network, indices: torch.Tensor, edits: Mapping[int, Stack]) -> list[Stack]:
    """The states after every position, by the plainest loop there is."""
    stacks = [edits.get(0, model.zero_state())]
    for position, row in enumerate(torch.split(model.inputs(indices), 1), 1):
        stack, _ = model.advance(row, stacks[-1])
        stacks.append(edits.get(position, stack))
    return stacks


def close(stack: Stack, wanted: Stack) -> bool:
    return all(
        torch.all((a - b).abs() <= 5e-5 * (1 + b.abs()))
        for mine, theirs in zip(stack, wanted, strict=True)
        for a, b in zip(mine, theirs, strict=True)
    )


def constant(value: float, model: Network = MODEL) -> Stack:
    return tuple(tuple(torch.full_like(s, value) for s in state) for state in model.zero_state())


@pytest.mark.parametrize("cell", list(CELLS))
def test_jumping_is_stepping_is_iterating(cell: str) -> None:
    model = MODEL.with_cell(CELLS[cell])
    walked = list(Timeline(model, INDICES, block=BLOCK).moments(0, LENGTH + 1))
    back = Timeline(model, INDICES, block=BLOCK)
    for position in reversed(BORDERS):
        assert same(back.at(position), walked[position]), position
        assert same(Timeline(model, INDICES, block=BLOCK).at(position), walked[position]), position
    wanted = brute(model, INDICES, {})
    assert all(close(moment.after, stack) for moment, stack in zip(walked, wanted, strict=True))


def test_the_real_borders() -> None:
    real = module.BLOCK
    model, indices = fresh(3, 2, seed=2), INDICES.repeat(-(-(2 * real + 5) // LENGTH))[: 2 * real + 5]
    walked = list(Timeline(model, indices).moments(0, len(indices) + 1))
    jumping = Timeline(model, indices)
    for position in (2 * real + 1, 2 * real, 2 * real - 1, real + 1, real, real - 1, 0, 1, 2 * real + 5):
        assert same(jumping.at(position), walked[position]), position
    assert close(walked[-1].after, brute(model, indices, {})[-1])


def test_a_moment_starts_where_the_one_before_ended() -> None:
    line = Timeline(MODEL, INDICES, block=BLOCK)
    moments = list(line.moments(BLOCK - 3, BLOCK))
    for earlier, later in itertools.pairwise(moments):
        for mine, theirs in zip(earlier.after, later.before, strict=True):
            assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
    border, after = line.at(BLOCK), line.at(BLOCK + 1)
    assert close(border.after, after.before)  # a keyframe of the fast scan stands between the two


def test_what_is_held_is_the_same_bits_however_one_comes_there() -> None:
    """A run knows what another knows of the steps before they part, and nothing of those after."""
    free = Timeline(MODEL, INDICES, block=BLOCK)
    free.at(LENGTH)
    clamps = (Clamp("c", 2, 0.5, BLOCK + 3, BLOCK + 9), Clamp("o", 1, 1.0, 4, 5, 1))
    walked = list(Timeline(MODEL, INDICES, Interventions({}, clamps), block=BLOCK).moments(0, LENGTH + 1))
    held = Timeline(MODEL, INDICES, Interventions({}, clamps), after=free)
    for position in reversed(BORDERS):
        assert same(held.at(position), walked[position]), position
    assert all(same(held.at(position), free.at(position)) for position in range(5))
    assert [position for position in range(LENGTH + 1) if walked[position].layers[0]["c"][0, 2] == 0.5] == [
        *range(BLOCK + 4, BLOCK + 10)
    ]
    again = Timeline(MODEL, INDICES, after=held)
    assert all(same(again.at(position), free.at(position)) for position in BORDERS)


@settings(max_examples=30)
@given(
    length=st.integers(1, 30),
    edits=st.dictionaries(st.integers(0, 30), st.floats(-2, 2, width=32), max_size=4),
    visits=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    late=st.integers(0, 12),
)
def test_edits_anywhere(length: int, edits: dict[int, float], visits: list[int], late: int) -> None:
    """Blocks of four steps, so that borders, edits and visits meet in every way; edits come between the visits."""
    edits = {position: value for position, value in edits.items() if position <= length}
    stacks = {position: constant(value) for position, value in edits.items()}
    line = Timeline(MODEL, INDICES[:length], block=4)
    for visit in visits[:late]:
        line.at(min(visit, length))
    for position, stack in stacks.items():
        line = edited(line, position, stack)
    wanted = brute(MODEL, INDICES[:length], stacks)
    fresh_line = Timeline(MODEL, INDICES[:length], Interventions(stacks), block=4)
    for visit in visits:
        position = min(visit, length)
        moment = line.at(position)
        assert close(moment.after, wanted[position])
        assert moment.edited == (position in stacks)
        assert same(moment, fresh_line.at(position))
    for position in stacks:
        line = edited(line, position, None)
    untouched = Timeline(MODEL, INDICES[:length], block=4)
    assert all(same(line.at(p), untouched.at(p)) for p in range(length + 1))


@pytest.mark.parametrize("position", [p for p in BORDERS if p])
def test_an_edit_changes_what_follows_and_nothing_before(position: int) -> None:
    before = Timeline(MODEL, INDICES, block=BLOCK)
    line = Timeline(MODEL, INDICES, block=BLOCK)
    line.at(LENGTH)
    line = edited(line, position, constant(0.5))
    assert same(line.at(position - 1), before.at(position - 1))
    assert line.at(position).edited
    assert torch.equal(line.at(position).layers[0]["c"], constant(0.5)[0][1])
    assert torch.equal(line.at(position).layers[0]["f"], before.at(position).layers[0]["f"])
    if position < LENGTH:
        assert torch.allclose(line.at(position + 1).before[0][0], constant(0.5)[0][0])
        assert not same(line.at(position + 1), before.at(position + 1))
    line = edited(line, position, None)
    assert same(line.at(LENGTH), before.at(LENGTH))


def test_memory_is_bounded() -> None:
    line = Timeline(MODEL, INDICES.repeat(9), block=BLOCK)
    for _ in line.moments(0, len(line) + 1):
        pass
    for position in (0, 500, 17, 600, 300):
        line.at(position)
        assert len(line._blocks) <= module._BLOCKS_KEPT
    kept = sum(len(block) for block in line._blocks.values()) + len(line._keyframes)
    assert kept <= module._BLOCKS_KEPT * BLOCK + len(line) // BLOCK + 1


@pytest.mark.parametrize("length", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1])
def test_the_ends_of_texts_of_any_length(length: int) -> None:
    line = Timeline(MODEL, INDICES[:length], block=BLOCK)
    assert len(line) == length
    assert same(line.at(length), Timeline(MODEL, INDICES, block=BLOCK).at(length))
    assert [set(layer) for layer in line.at(0).layers] == [{"h", "c"}] * 2
    assert not line.at(0).after[0][0].any()


def test_the_guess_is_the_likeliest_of_the_step_itself() -> None:
    for edits in ({}, {BLOCK: constant(-1.0), 7: constant(0.5)}):
        line = Timeline(MODEL, INDICES, Interventions(edits), block=BLOCK)
        for position in (*range(12), *(p for b in (BLOCK, 2 * BLOCK) for p in range(b - 3, b + 4)), LENGTH):
            assert line.guess(position) == int(line.at(position).logits.argmax()), position


def test_a_guess_forgets_what_was_edited_away() -> None:
    line = Timeline(MODEL, INDICES, block=BLOCK)
    before = [line.guess(position) for position in range(50)]
    line = edited(line, 3, constant(2.0))
    after = [line.guess(position) for position in range(50)]
    assert after == [int(line.at(position).logits.argmax()) for position in range(50)]
    line = edited(line, 3, None)
    assert [line.guess(position) for position in range(50)] == before


def test_what_a_layer_read_is_not_what_an_edit_put_there() -> None:
    """A gate of layer 1 was made from the h of layer 0 as computed; zeroing the state afterwards changes no gate."""
    line = Timeline(MODEL, INDICES, block=BLOCK)
    computed = line.at(5)
    line = edited(line, 5, MODEL.zero_state())
    changed = line.at(5)
    assert torch.equal(changed.inputs[1], computed.layers[0]["h"])
    assert not changed.layers[0]["h"].any()
