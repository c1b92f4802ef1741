"""Text that nobody typed: written on by the model, or drawn from the vocabulary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Run


def steps(run: Run, *argv: str) -> list[dict]:  # type: ignore[type-arg]
    code, out, err = run("trace", *argv, "--format", "jsonl")
    assert code == 0, err
    header, *lines = map(json.loads, out.splitlines())
    assert header["text_length"] >= len(lines)
    return lines


def chars(lines: list[dict]) -> str:  # type: ignore[type-arg]
    return "".join(line["char"] for line in lines)


class TestImagine:
    def test_the_model_writes_what_it_learned(self, run: Run) -> None:
        lines = steps(run, "hello", "--text", "h", "--imagine", "4", "--temperature", "0")
        assert chars(lines) == "hello"
        assert [line["target"] for line in lines] == [*"ello", None]

    def test_the_same_seed_writes_the_same(self, run: Run) -> None:
        argv = ("hello", "--imagine", "30", "--temperature", "5")
        first = steps(run, *argv, "--seed", "1")
        assert first == steps(run, *argv, "--seed", "1")
        assert chars(first) != chars(steps(run, *argv, "--seed", "2"))
        assert chars(steps(run, *argv)) == chars(steps(run, *argv, "--seed", "0"))

    def test_a_part_of_it_and_the_steps_where_something_holds(self, run: Run) -> None:
        argv = ("hello", "--imagine", "10", "--temperature", "5")
        whole = steps(run, *argv)
        assert steps(run, *argv, "--steps", "7:12") == whole[7:12]
        wanted = [line for line in whole if line["char"] == "o"]
        assert steps(run, *argv, "--where", "char == 'o'") == wanted

    @pytest.mark.parametrize(
        ("argv", "mend"),
        [
            (("--temperature", "1"), "add --imagine N"),
            (("--imagine", "0"), "--imagine cannot be less than 1"),
            (
                ("--imagine", "3", "--temperature", "-1"),
                "--temperature cannot be less than 0 (got -1); 0 always takes the top guess",
            ),
            (("--imagine", "3", "--temperature", "nan"), "give a finite number"),
            (("--imagine", "3", "--steps", "8:"), "the text has 8"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, refused: Callable[..., str], argv: tuple[str, ...], mend: str
    ) -> None:
        assert mend in refused("trace", "hello", *argv)


class TestRandom:
    def test_a_fresh_model_reads_the_characters_of_hello(self, run: Run) -> None:
        lines = steps(run, "--fresh", "--hidden", "3", "--random", "200")
        assert len(lines) == 200
        assert set(chars(lines)) == set("helo")

    def test_the_vocabulary_is_the_models_or_the_one_given(self, run: Run, tmp_path: Path) -> None:
        assert set(chars(steps(run, "brackets", "--random", "100"))) == set("().")
        (tmp_path / "digits").write_text("2718281828")
        argv = ("--fresh", "--vocab-from", "digits", "--random", "100")
        assert set(chars(steps(run, *argv))) == set("1278")

    def test_the_seed_draws_it(self, run: Run) -> None:
        argv = ("hello", "--random", "50")
        first = chars(steps(run, *argv, "--seed", "1"))
        assert first == chars(steps(run, *argv, "--seed", "1")) != chars(steps(run, *argv, "--seed", "2"))
        assert chars(steps(run, *argv)) == chars(steps(run, *argv, "--seed", "0"))
        assert max(first.count(ch) for ch in "helo") < 30

    @pytest.mark.parametrize("argv", [("--text", "hello"), ("--file", "somewhere")])
    def test_one_text_is_enough(self, refused: Callable[..., str], argv: tuple[str, ...]) -> None:
        assert "use one of them" in refused("trace", "hello", "--random", "5", *argv)

    def test_nothing_is_said_of_how_badly_it_is_guessed(self, run: Run) -> None:
        _, _, err = run("trace", "hello", "--random", "100", "--format", "jsonl")
        assert err == ""
