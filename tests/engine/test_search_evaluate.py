"""Conditions evaluated on chunks agree with plain Python asked step by step, and know what they do not know."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_tui.conditions import parse
from lstm_tui.engine.search.chunk import Chunk
from lstm_tui.engine.search.evaluate import evaluate
from lstm_tui.engine.search.operands import TOLERANCE
from lstm_tui.engine.search.reasons import explain_hit
from tests.engine.worlds import NAMES, SYMBOLS, Twice, World, conditions, worlds

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
few = settings(relaxed, max_examples=30)


def held(text: str, chunk: Chunk, before: Chunk | None = None) -> list[int]:
    """The rows where the condition holds."""
    return evaluate(parse(text, NAMES), chunk, before, 0.0).holds.nonzero().flatten().tolist()


def world(rows: int = 3) -> World:
    """f runs 0.0, 0.1 … over units and steps; c is its negative; the text is "abcabc…"."""
    values = {
        (layer, name): [[(t * units + u) / 10 * (-1 if name == "c" else 1) for u in range(units)] for t in range(rows)]
        for layer, units in enumerate((4, 2))
        for name in ("f", "i", "o", "c_tilde", "c", "h")
    }
    return World([t % 3 for t in range(rows)], values, [[2.0, 1.0, 0.0] for _ in range(rows)])


class TestAgainstBruteForce:
    @relaxed
    @given(conditions(), worlds(), st.lists(st.integers(1, 5), max_size=3))
    def test_every_step_of_any_chunking_is_judged_the_same(self, twice: Twice, told: World, cuts: list[int]) -> None:
        condition = parse(twice.text, NAMES)
        expected = [bool(twice.ask(told, t, 0)) for t in range(len(told))]
        whole = told.chunk()
        edges = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
        found: list[bool] = []
        for start, stop in pairwise(edges):
            before = whole.rows(0, start).last(condition.needs.depth) if start else None
            found += evaluate(condition, whole.rows(start, stop), before, 0.0).holds.tolist()
        assert found == expected

    @relaxed
    @given(conditions(), worlds(), st.integers(0, 2**31))
    def test_what_is_not_doubtful_survives_every_error_within_the_tolerance(
        self, twice: Twice, told: World, seed: int
    ) -> None:
        condition = parse(twice.text, NAMES)
        noise = torch.Generator().manual_seed(seed)

        def shake(x: torch.Tensor) -> torch.Tensor:
            push = torch.randint(-1, 2, x.shape, generator=noise) * 0.99  # as far as allowed, or not at all
            return x + push * TOLERANCE * (1 + x.abs())

        scanned = evaluate(condition, told.chunk(shake))
        truth = evaluate(condition, told.chunk(), tolerance=0.0)
        wrong = (scanned.holds != truth.holds) & ~scanned.doubtful
        assert not bool(wrong.any())

    @few
    @given(conditions(), worlds())
    def test_only_what_is_said_to_be_needed_is_read(self, twice: Twice, told: World) -> None:
        condition = parse(twice.text, NAMES)
        needs, whole = condition.needs, told.chunk()
        units = {key: chosen for key, chosen in needs.quantities.items() if chosen is not None}
        values = {
            key: whole.values[key] if chosen is None else whole.values[key][:, list(chosen)]
            for key, chosen in needs.quantities.items()
        }
        thrifty = Chunk(0, whole.char, whole.target, values, units, whole.logits if needs.output else None)
        assert evaluate(condition, thrifty).holds.tolist() == evaluate(condition, whole).holds.tolist()

    @few
    @given(conditions(), worlds())
    def test_every_hit_can_be_explained(self, twice: Twice, told: World) -> None:
        condition, chunk = parse(twice.text, NAMES), told.chunk()
        for row in range(len(told)):
            assert explain_hit(condition, chunk, row, SYMBOLS)


class TestWhatDoesNotExist:
    def test_the_last_loss_is_neither_above_nor_below_anything(self) -> None:
        for text in ("loss > 1", "loss <= 1", "loss != 1", "p < 2", "delta(loss) != 9"):
            assert 2 not in held(text, world().chunk())
        assert 2 in held("not (loss > 1)", world().chunk())

    def test_before_the_first_step_the_states_are_zero_and_the_gates_are_absent(self) -> None:
        chunk = world().chunk()
        assert held("prev(c[3]) == 0", chunk) == [0]
        assert held("prev(f[0]) >= 0", chunk) == [1, 2]
        assert held("prev(char) != 'z'", chunk) == [1, 2]
        assert held("prev(t) == -1", chunk) == [0]
        assert held("saturated(prev(f), 0.9) >= 0", chunk) == [1, 2]

    def test_without_an_output_layer_nothing_about_guesses_holds(self) -> None:
        full = world().chunk()
        chunk = Chunk(0, full.char, full.target, full.values)
        for text in ("guess == 'a'", "guess != 'a'", "p('a') >= 0", "any(logits < 9)", "loss >= 0", "wrong"):
            assert held(text, chunk) == []
            assert not bool(evaluate(parse(text, NAMES), chunk).doubtful.any())

    def test_dividing_by_zero_and_nan_make_the_comparison_false(self) -> None:
        chunk = world().chunk()
        for text in ("1 / (t - t) > 0", "1 // (t - t) != 0", "1 % (t - t) >= 0", "(-1 - t) ** 0.5 != 7"):
            assert held(text, chunk) == []
        values = {**chunk.values, (0, "f"): torch.full((3, 4), torch.nan)}
        broken = Chunk(0, chunk.char, chunk.target, values)
        assert held("f[0] != 1", broken) == held("any(f < 1)", broken) == held("f[0] ** 0 == 1", broken) == []

    def test_looking_back_past_what_is_given_is_the_callers_mistake(self) -> None:
        chunk = world().chunk()
        with pytest.raises(ValueError, match="not given"):
            evaluate(parse("prev(c[0]) > 0", NAMES), chunk.rows(1, 3))
        with pytest.raises(ValueError, match="has to end"):
            evaluate(parse("prev(c[0]) > 0", NAMES), chunk.rows(2, 3), chunk.rows(0, 1))


class TestDoubt:
    @pytest.mark.parametrize(
        ("text", "doubtful"),
        [
            ("f[3] < 0.3", [0]),
            ("f[3] < 0.299", []),
            ("(f[3] - 0.3) * 100000 < 0.5", [0]),
            ("t < 1", []),
            ("t % 2 == 1", []),
            ("t // 2 == 1", []),
            ("f[3] < 0.3 and t < 0", []),
            ("f[3] < 0.3 or t >= 0", []),
            ("any(f > 0.3)", [0]),
            ("all(f <= 0.3)", [0]),
            ("saturated(f, 0.7) > 0.1", [1]),
            ("guess == 'a'", []),
        ],
    )
    def test_is_where_the_scan_could_be_wrong(self, text: str, doubtful: list[int]) -> None:
        found = evaluate(parse(text, NAMES), world().chunk())
        assert found.doubtful.nonzero().flatten().tolist() == doubtful

    def test_two_guesses_as_likely_as_each_other(self) -> None:
        told = world()
        told.logits[1] = [1.0, 1.000001, 0.0]
        found = evaluate(parse("guess == 'b'", NAMES), told.chunk())
        assert found.holds.tolist() == [False, True, False]
        assert found.doubtful.tolist() == [False, True, False]


class TestReasons:
    @pytest.mark.parametrize(
        ("text", "row", "reason"),
        [
            ("f[3] < 0.35", 0, "f[3] = 0.3000 < 0.35"),
            ("0.1 < l1.f[1] < 0.4", 1, "0.1 < l1.f[1] = 0.3000 < 0.4"),
            ("f[0] > 0.39999", 1, "f[0] = 0.4000 > 0.39999"),
            ("f[0] < 0.40000001", 1, "f[0] = 0.4000 < 0.40000001"),
            ("char == 'b'", 1, "char == 'b'"),
            ("wrong", 0, "guess = 'a' != target = 'b'"),
            ("char in 'xyzb'", 1, "char = 'b' in 'xyzb'"),
            ("step == 2", 1, "step = 2 (t = 1) == 2"),
            ("t > 9 or f[0] >= 0", 0, "f[0] = 0.0000 >= 0"),
            ("t >= 0 and not (loss > 5)", 2, "t = 2 (step 3) >= 0 and not (loss = – > 5)"),
            ("any(f > 0.5)", 1, "f[2] = 0.6000 > 0.5 (2 of 4 units)"),
            ("all(f - 0.1 < 0.9)", 1, "(f - 0.1)[3] = 0.6000 < 0.9 (4 of 4 units)"),
            ("crosses(c[3], -0.5)", 1, "c[3] from -0.3000 to -0.7000 crosses -0.5"),
            ("delta(c[3]) < 0", 1, "delta(c[3]) = -0.4000 < 0"),
        ],
    )
    def test_are_the_conditions_own_words_with_the_values(self, text: str, row: int, reason: str) -> None:
        chunk = world().chunk()
        assert row in held(text, chunk)
        assert explain_hit(parse(text, NAMES), chunk, row, SYMBOLS) == reason

    def test_never_round_a_comparison_into_nonsense(self) -> None:
        told = world()
        told.values[0, "f"][0][0] = 0.0999999
        assert explain_hit(parse("f[0] < 0.1", NAMES), told.chunk(), 0, SYMBOLS) == "f[0] = 0.0999999 < 0.1"

    def test_hold_no_control_characters(self) -> None:
        told = world()
        symbols = ("\x1b", "b", "c")
        assert "\x1b" not in explain_hit(parse("prev(char) != char", NAMES), told.chunk(), 1, symbols)
