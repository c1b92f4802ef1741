"""Searches find what asking every step finds: forwards, backwards, edited, in blocks of any size."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.conditions.needs import Condition, Needs
from lstm_tui.core import quantities
from lstm_tui.core.clamps import Clamp
from lstm_tui.engine.cells import cell_named
from lstm_tui.engine.interventions import Interventions
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.search import search as stopping
from lstm_tui.engine.search.evaluate import evaluate
from lstm_tui.engine.search.scanner import Scanner, stepped
from lstm_tui.engine.search.search import Hit, Search, scan_to
from lstm_tui.engine.segments import ScannedSegment, to_its_end
from lstm_tui.engine.timeline import Timeline
from tests.engine.facts import edited
from tests.engine.worlds import NAMES, SYMBOLS, UNITS, Twice, World, conditions

relaxed = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def model(seed: int, scale: float = 4.0) -> Network:
    """Weights so large that every quantity moves."""
    made = fresh(len(SYMBOLS), UNITS, seed=seed)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(scale)
    return made


def world(timeline: Timeline) -> World:
    """What stepping shows, as plain lists."""
    moments = list(timeline.moments(1, len(timeline) + 1))
    values = {
        (layer, name): [moment.layers[layer][name][0].tolist() for moment in moments]
        for layer in range(len(UNITS))
        for name in NAMES.layers[layer]
    }
    logits = [moment.logits[0].tolist() for moment in moments if moment.logits is not None]
    return World(timeline.indices.tolist(), values, logits)


def found(timeline: Timeline, texts: list[str], forward: bool, first: int, last: int) -> list[tuple[int, ...]]:
    """Every hit's position and conditions."""
    wanted = [parse(text, NAMES) for text in texts]
    hits = [hit for hit in Search(timeline, wanted, forward, first, last) if isinstance(hit, Hit)]
    for hit in hits:
        assert all(hit.reason(wanted[which], SYMBOLS) for which in hit.which)
    return [(hit.position, *hit.which) for hit in hits]


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """A random text, read by a random model, with states set by hand and values held here and there."""
    made = model(draw(st.integers(0, 3)))
    text = draw(st.lists(st.integers(0, 2), min_size=1, max_size=30))
    edits = draw(st.dictionaries(st.integers(1, len(text)), st.sampled_from((0.0, 0.5, -1.0)), max_size=3))
    stacks = {
        at: tuple(tuple(torch.full_like(s, value) for s in state) for state in made.zero_state())
        for at, value in edits.items()
    }
    start, span = draw(st.integers(0, 29)), draw(st.sampled_from((1, 5, None)))
    clamp = Clamp("f", 1, 0.25, start, None if span is None else start + span, draw(st.integers(0, 1)))
    clamps = (clamp,) if draw(st.booleans()) else ()
    return Timeline(made, torch.tensor(text), Interventions(stacks, clamps))


@relaxed
@given(
    st.lists(conditions(), min_size=1, max_size=2),
    timelines(),
    st.sampled_from((1, 2, 4, 7)),
    st.integers(0, 31),
    st.integers(0, 31),
    st.booleans(),
    st.sampled_from((0, 2, 16)),
)
def test_any_search_is_the_brute_force(
    asked: list[Twice], timeline: Timeline, block: int, first: int, last: int, forward: bool, dense: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stopping, "_DENSE", dense)
        timeline = Timeline(timeline.model, timeline.indices, timeline.interventions, block=block)
        told = world(timeline)
        expected = [
            (t + 1, *which)
            for t in range(max(first, 1) - 1, min(last, len(timeline)))
            if (which := [n for n, twice in enumerate(asked) if twice.ask(told, t, 0)])
        ]
        texts = [twice.text for twice in asked]
        unscanned = Timeline(timeline.model, timeline.indices, timeline.interventions, block=block)
        hits = found(unscanned, texts, forward, first, last)
        assert hits == (expected if forward else expected[::-1])


@pytest.mark.parametrize("forward", [True, False])
def test_a_cell_without_a_fast_form_is_searched_all_the_same(forward: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    text = torch.randint(0, 3, (40,), generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(stopping, "can_scan", lambda *_: False)
    texts = ["c[1] > prev(c[1]) and char == 'a'", "loss > 1"]
    slow = found(Timeline(model(1), text, block=8), texts, forward, 1, 40)
    monkeypatch.undo()
    assert slow == found(Timeline(model(1), text), texts, forward, 1, 40) != []


def test_a_scan_that_parts_from_the_steps_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = torch.randint(0, 3, (600,), generator=torch.Generator().manual_seed(1))
    honest = found(Timeline(model(1), text), ["c[1] > 1"], True, 1, 600)
    lying = Timeline(model(1), text)
    with torch.no_grad():
        for parameter in lying.fast.parameters():
            parameter.mul_(1.001)
    shown = [t + 1 for t, row in enumerate(world(lying).values[0, "c"]) if row[1] > 1]
    assert [position for position, *_ in found(lying, ["c[1] > 1"], True, 1, 600)] == shown
    assert honest


def test_the_scan_is_the_steps_up_to_rounding() -> None:
    text = torch.randint(0, 3, (700,), generator=torch.Generator().manual_seed(2))
    zero = model(2).zero_state()
    line = Timeline(model(2), text, Interventions({300: zero, 301: zero, 512: zero}))
    everything = " + ".join(f"sum(l{layer}.{name})" for layer in (0, 1) for name in NAMES.layers[layer])
    needs = parse(f"{everything} + loss > 0", NAMES).needs
    stretches: list[ScannedSegment] = []
    for number in range(3):
        stretches += to_its_end(line.scan_block(number))
    chunk = Scanner(line, needs).read(stretches).chunk
    steps = stepped(line, needs, 0, 700)
    for key, rows in steps.values.items():
        assert torch.allclose(chunk.values[key], rows, rtol=1e-5, atol=1e-5), key
    assert chunk.logits is not None
    assert steps.logits is not None
    assert torch.allclose(chunk.logits, steps.logits, atol=2e-5)
    assert chunk.target.tolist() == steps.target.tolist() == [*text[1:].tolist(), -1]


def test_a_search_can_be_left_and_taken_up_again() -> None:
    line = Timeline(model(0), torch.zeros(100, dtype=torch.long), block=8)
    steps = iter(Search(line, [never()], True, 1, 100))
    assert next(steps) == 8
    assert line.scanned == 15
    assert list(steps)[-1] == 100


def test_characters_alone_are_found_without_running_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Timeline(model(0), torch.tensor([0, 1, 2] * 200))
    monkeypatch.setattr(line, "scan_block", None)
    monkeypatch.setattr(line, "at", None)
    text = "char == 'c' and prev(char) == 'b' and t > 590"
    assert found(line, [text], True, 1, 600) == [(594, 0), (597, 0), (600, 0)]


def test_what_a_run_scanned_is_what_a_jump_scans() -> None:
    """Keyframes made while searching are those made while jumping, bit by bit: the numbers shown after either agree."""
    text = torch.randint(0, 3, (1000,), generator=torch.Generator().manual_seed(3))
    searched, jumped = Timeline(model(3), text, Interventions({400: model(3).zero_state()})), Timeline(model(3), text)
    jumped = edited(jumped, 400, model(3).zero_state())
    assert found(searched, ["sum(c) > 1e9"], True, 1, 1000) == []
    walked = list(Timeline(model(3), text, Interventions(searched.edits)).moments(1, 1001))
    for position in (1000, 999, 513, 512, 400, 257, 1):
        for line in (searched, jumped):
            mine, theirs = line.at(position), walked[position - 1]
            assert mine.logits is not None
            assert theirs.logits is not None
            assert torch.equal(mine.logits, theirs.logits)
            assert all(torch.equal(mine.layers[0][name], theirs.layers[0][name]) for name in mine.layers[0])


def test_a_journey_scans_step_by_step_and_arrives() -> None:
    line = Timeline(model(0), torch.zeros(1024, dtype=torch.long))
    assert list(scan_to(line, 1024)) == [511, 767, 1023, 1024, *range(769, 1024)]
    assert list(scan_to(line, 700)) == list(range(513, 700))
    assert list(scan_to(line, 700)) == []


def test_what_a_scout_found_is_taken_over_unless_it_is_out_of_date() -> None:
    line = Timeline(model(0), torch.zeros(1024, dtype=torch.long))
    timeline = line.fork()
    list(scan_to(timeline, 1024))
    assert line.scanned == 255
    line.take_over(timeline)
    assert line.scanned == 1024
    late = line.fork()
    line = edited(line, 3, model(0).zero_state())
    line.take_over(late)
    assert line.scanned == 255
    assert torch.equal(line.at(2).after[0][0], late.at(2).after[0][0])


@pytest.mark.parametrize(
    "texts", [["l1.h[1] > prev(l1.h[1])", "loss > 1"], ["z[1] > prev(z[1]) and h[0] > prev(h[0])"]]
)
def test_a_gru_is_searched_by_its_h_or_step_by_step(texts: list[str]) -> None:
    gru = fresh(3, (4, 2), cell=cell_named("gru"), seed=2)
    names = NameSpace.of(quantities.GRU, (4, 2), SYMBOLS)
    line = Timeline(gru, torch.randint(0, 3, (600,), generator=torch.Generator().manual_seed(4)))
    wanted = [parse(text, names) for text in texts]
    scanned = [hit.position for hit in Search(line, wanted, True, 1, 600) if isinstance(hit, Hit)]
    needs = Needs.of(condition.truth for condition in wanted)
    steps = stepped(line, needs, 0, 600)
    holds = torch.stack([evaluate(condition, steps, tolerance=0.0).holds for condition in wanted]).any(dim=0)
    assert scanned == [t + 1 for t in holds.nonzero().flatten().tolist()] != []


def test_a_cell_that_computes_the_same_needs_no_second_scan() -> None:
    line = Timeline(model(0), torch.zeros(1024, dtype=torch.long))
    list(scan_to(line, 1024))
    other, trained = Timeline(model(0).with_cell(cell_named("fused")), line.indices), Timeline(model(1), line.indices)
    other.take_over(line)
    trained.take_over(line)
    assert (other.scanned, trained.scanned) == (1024, 255)
    alone = Timeline(other.model, line.indices)
    assert torch.equal(other.at(1000).layers[0]["c"], alone.at(1000).layers[0]["c"])


def never() -> Condition:
    return parse("sum(c) > 1e9", NAMES)
