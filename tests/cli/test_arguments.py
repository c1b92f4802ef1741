"""What the command line accepts, and the sentence for everything it does not."""

from __future__ import annotations

import contextlib
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.cli.arguments import model_options, parse, screen_options
from lstm_tui.cli.usage import COMMANDS, DEBUGGER
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions


def refusal(*argv: str) -> str:
    with pytest.raises(UserError) as caught:
        parse(argv)
    return str(caught.value)


def test_nothing_said_is_nothing_asked_for() -> None:
    arguments = parse([])
    assert arguments.command == DEBUGGER
    assert model_options(arguments) == ModelOptions()
    assert screen_options(arguments) == ScreenOptions(autosave=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_only_as_the_first_word(command: str) -> None:
    assert parse([command]).command == command
    assert parse([f"./{command}"]).command == DEBUGGER
    assert parse(["--fresh", command]).model == command
    assert "must come first" in refusal("hello", command)


SAID = {
    "--text": "hi",
    "--cell": "fused",
    "--hidden": "3",
    "--layers": "2",
    "--seed": "7",
    "--forget-bias": "-1.5",
    "--epochs": "9",
    "--lr": "0.5",
    "--vocab": "v.json",
    "--unknown": "?",
    "--encoding": "latin-1",
    "--device": "cuda",
}
MEANT = ModelOptions(
    model="m",
    text="hi",
    cell="fused",
    hidden=3,
    layers=2,
    seed=7,
    forget_bias=-1.5,
    fresh=True,
    train=True,
    epochs=9,
    lr=0.5,
    vocab="v.json",
    unknown="?",
    encoding="latin-1",
    device="cuda",
)


@given(order=st.permutations([*SAID.items(), ("--fresh",), ("--train",), ("m",)]), equals=st.booleans())
@pytest.mark.parametrize("command", [(), ("trace",), ("train",)])
def test_model_options_mean_the_same_for_every_command_in_any_order(
    command: tuple[str, ...], order: list[tuple[str, ...]], equals: bool
) -> None:
    words = [("=".join(part),) if equals and len(part) == 2 else part for part in order]
    assert model_options(parse([*command, *itertools.chain.from_iterable(words)])) == MEANT


@pytest.mark.parametrize("text", ["-x", "--nonsense", "-", "---", "- a", "-1", "", "=", "--text", "é\n"])
def test_a_text_may_be_anything(text: str) -> None:
    assert parse([f"--text={text}"]).text == text
    if text != "--text":
        assert parse(["--text", text, "m"]).text == text


def test_two_dashes_as_a_value_are_a_sentence_or_a_text() -> None:
    try:
        assert parse(["--text=--"]).text == "--"  # Python 3.13 and later
    except UserError as error:
        assert "--file" in str(error)  # noqa: PT017


def test_after_two_dashes_comes_the_model() -> None:
    assert parse(["--", "--fresh"]).model == "--fresh"


def test_the_screen_options() -> None:
    said = ["--theme", "projector", "--color", "16", "--ascii", "--no-mouse", "--show-keys", "--no-autosave"]
    assert screen_options(parse(said)) == ScreenOptions("projector", "16", ascii=True, mouse=False, show_keys=True)


@pytest.mark.parametrize(
    ("option", "values", "mend"),
    [
        ("--hidden", ["1.5", "x", "", "１", "1_0", "9" * 5000], "is not a whole number: give one of at least 1"),
        ("--hidden", ["0", "-3"], "cannot be less than 1"),
        ("--hidden", ["99999999"], "cannot be more than"),
        ("--layers", ["0", "-1"], "cannot be less than 1"),
        ("--layers", ["65"], "cannot be more than 64"),
        ("--epochs", ["0", "-1"], "cannot be less than 1"),
        ("--epochs", ["1e3"], "is not a whole number"),
        ("--seed", ["-1"], "cannot be less than 0"),
        ("--seed", ["x"], "is not a whole number"),
        ("--seed", [str(2**63)], "cannot be more than"),
        ("--lr", ["0", "-0.1", "nan", "inf", "-inf", "1e-400", "1e39"], "above 0"),
        ("--lr", ["x", ""], "0.01"),
        ("--forget-bias", ["nan", "inf", "-inf", "1e39"], "finite number"),
        ("--forget-bias", ["x", ""], "give one such as 1.0"),
        ("--device", ["tpu"], "auto, cpu, cuda, mps"),
        ("--theme", ["blue"], "dark, light, contrast, projector"),
        ("--color", ["17"], "auto, truecolor, 256, 16, none"),
    ],
)
def test_values_that_make_no_sense_name_the_option_and_the_mend(option: str, values: list[str], mend: str) -> None:
    for value in values:
        sentence = refusal(option, value)
        assert sentence.startswith(f"{option} ")
        assert mend in sentence


@pytest.mark.parametrize("word", ["", "3", "a:b", "1:2:3", "1.5:2", ":x", "--:"])
def test_spans_that_are_none(word: str) -> None:
    assert "write A:B" in refusal("trace", "--steps", word)


@pytest.mark.parametrize(
    ("word", "span"),
    [("0:10", (0, 10)), ("5:", (5, None)), (":", (None, None)), ("-3:", (-3, None)), (":+2", (None, 2))],
)
def test_spans(word: str, span: tuple[int | None, int | None]) -> None:
    assert parse(["trace", "--steps", word]).steps == span


def test_a_mistyped_option_is_named_with_the_closest() -> None:
    assert refusal("--hiden", "0") == "'lstm-tui' has no option --hiden: did you mean --hidden?"
    assert refusal("trace", "--frmt=csv") == "'lstm-tui trace' has no option --frmt: did you mean --format?"
    assert "--help" in refusal("train", "--zzz")


def test_options_are_never_abbreviated() -> None:
    assert "no option --epoch" in refusal("--epoch", "3")
    assert "no option --forget" in refusal("trace", "--forget", "1")


def test_values_missing_or_too_many() -> None:
    assert refusal("--text") == "--text needs a value (one that begins with a dash is written --text=VALUE)"
    assert refusal("--text", "--fresh").startswith("--text needs a value")
    assert refusal("--fresh=1").startswith("--fresh takes no value")
    assert refusal("a", "b").startswith("'b' is an extra argument")
    assert refusal("cells", "x").startswith("'x' is an extra argument")
    assert "no option --hidden" in refusal("cells", "--hidden", "3")


@given(word=st.text(min_size=1))
def test_no_sentence_holds_what_a_terminal_would_obey(word: str) -> None:
    for argv in (["--hidden", word], ["a", word], [f"--{word}"], ["--theme", word], ["trace", "--steps", word]):
        said = ""
        with contextlib.suppress(SystemExit):  # --help is a word, too
            try:
                parse(argv)
            except UserError as error:
                said = str(error)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", said)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse([word for word in (command, "--help") if word])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert "example" in out
    assert f"  lstm-tui {command}".rstrip() in out
    if not command:
        assert all(re.search(rf"^  {name} ", out, re.MULTILINE) for name in COMMANDS)
