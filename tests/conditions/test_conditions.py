"""What a condition may say, what it needs, and what is said of everything else."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui import conditions
from lstm_tui.conditions import ConditionError, NameSpace, parse
from lstm_tui.conditions.needs import Needs
from lstm_tui.conditions.traversal import children, nodes
from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import GRU, LSTM

NAMES = NameSpace.of(LSTM, (8, 4), ("e", "h", "l", "o", "<eos>"))


SCRAPS = ["f[3]", "<", "t", "and", "(", ")", "'", "char", "p", ".", "l1", "h", "delta", "any", ",", "-", "**", "9"]


def refused(text: str, names: NameSpace = NAMES) -> ConditionError:
    with pytest.raises(ConditionError) as caught:
        parse(text, names)
    return caught.value


def _bones(text: str) -> list[object]:
    """A condition's tree without the words it was written in."""
    return [
        (type(node), getattr(node, "operator", None), getattr(node, "operators", None)) if [*children(node)] else node
        for node in nodes(parse(text, NAMES).truth)
    ]


class TestReading:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("f[3] < 0.1", "l0.f[3] < 0.1"),
            ("g[0] > 0", "c_tilde[0] > 0"),
            ("c\u0303[0] > 0", "c_tilde[0] > 0"),
            ("(f - i)[3] > 0", "f[3] - i[3] > 0"),
            ("prev(f)[3] > 0", "prev(f[3]) > 0"),
            ("delta(c[1]) > 0", "c[1] - prev(c[1]) > 0"),
            ("prev(f[1] + t) > 0", "prev(f[1]) + prev(t) > 0"),
            ("logits['l'] > 0", "logits[2] > 0"),
            ("  wrong  ", "guess != target"),
            ("- f[0] ** 2 < 1", "-(f[0] ** 2) < 1"),
            ("not wrong or t > 1 and t < 3", "(not wrong) or ((t > 1) and (t < 3))"),
        ],
    )
    def test_two_spellings_of_one_condition_make_one_tree(self, one: str, other: str) -> None:
        assert _bones(one) == _bones(other)

    def test_the_text_is_kept_as_typed(self) -> None:
        assert parse(" f[3]<.1 ", NAMES).text == "f[3]<.1"

    @pytest.mark.parametrize(
        "text",
        [
            "0.1 < f[3] <= 0.2 != t",
            "any(f > 0.9 and not i > 0.9 or t > 3)",
            "all(abs(delta(c)) < saturated(h, 0.3))",
            "char in 'aeiou' and target not in 'xyz'",
            "char == target == prev(guess)",
            "char == '<eos>' or char == '\\n' or char == 'ü'",
            "min(f) + max(f[0], i[1], t) - mean(logits) * sum(l1.h) > -entropy",
            "any(crosses(c, mean(c)))",
            "p('l') > p and loss < 1e-3",
            "t % 100 == 0 and step // 2 ** 3 >= 1",
            "prev(wrong) and prev(prev(char)) == 'l'",
        ],
    )
    def test_the_whole_language_is_read(self, text: str) -> None:
        assert parse(text, NAMES).text == text

    def test_a_gru_has_its_own_names(self) -> None:
        names = NameSpace.of(GRU, (3,), "ab")
        assert parse("z[2] > n[0]", names).needs.quantities == {(0, "z"): (2,), (0, "n"): (0,)}
        assert "r, z, n, h" in refused("f[0] > 1", names).problem


class TestNeeds:
    @pytest.mark.parametrize(
        ("text", "needs"),
        [
            ("f[3] < 0.1", Needs({(0, "f"): (3,)})),
            ("f[3] < f[1] or l1.h[0] > 0", Needs({(0, "f"): (1, 3), (1, "h"): (0,)})),
            ("any(f > 0.9) and f[3] > 0.5", Needs({(0, "f"): None})),
            ("f[3] > 0.5 and any(f > 0.9)", Needs({(0, "f"): None})),
            ("(f - i)[3] > mean(c)", Needs({(0, "f"): (3,), (0, "i"): (3,), (0, "c"): None})),
            ("loss > 1", Needs({}, output=True)),
            ("any(prev(logits) > 1)", Needs({}, output=True, depth=1)),
            ("guess == 'e'", Needs({}, output=True)),
            ("char == 'e' and t > 3", Needs({})),
            ("prev(delta(c[2])) > 0", Needs({(0, "c"): (2,)}, depth=2)),
            ("crosses(h[0], 0)", Needs({(0, "h"): (0,)}, depth=1)),
        ],
    )
    def test_are_the_named_units_and_steps_and_nothing_else(self, text: str, needs: Needs) -> None:
        assert parse(text, NAMES).needs == needs

    def test_of_several_conditions_are_taken_together(self) -> None:
        truths = [parse(text, NAMES).truth for text in ("f[1] > 0", "f[2] > prev(f[1])", "wrong")]
        assert Needs.of(truths) == Needs({(0, "f"): (1, 2)}, output=True, depth=1)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "column", "words"),
        [
            ("f > 0.5", 1, "any(…) or all(…)"),
            ("t > 3 and f > 0.5", 11, "any(…) or all(…)"),
            ("f", 1, "any() or all()"),
            ("t > 1 and f[3]", 11, "f[3] > 0.5"),
            ("char", 1, "char == 'e'"),
            ("f[9] < 1", 3, "0 to 7, not 9"),
            ("l1.f[4] < 1", 6, "0 to 3, not 4"),
            ("f[-1] < 1", 3, "0 to 7, not -1"),
            ("f[1:2] < 1", 3, "whole number"),
            ("f[t] < 1", 3, "whole number"),
            ("f[1.0] < 1", 3, "whole number"),
            ("f[True] < 1", 3, "whole number"),
            ("f[3][0] < 1", 1, "no units"),
            ("l2.f[0] < 1", 1, "l0 to l1"),
            ("l1.loss < 1", 1, "f, i, c_tilde, o, c, h"),
            ("forget[0] < 1", 1, "the names are f, i, c_tilde"),
            ("l1 > 0", 1, "l1.h[0]"),
            ("mean > 0", 1, "mean(f)"),
            ("ü > 1 and x > 1", 1, "no 'ü'"),
            ("char == 'ü' and x > 1", 17, "no 'x'"),
            ("char < 'e'", 8, "no order"),
            ("char == 3", 9, "cannot be compared"),
            ("char == 'he'", 9, "one character"),
            ("char == ''", 9, "one character"),
            ("'e' == 'e'", 8, "char, target or guess"),
            ("t in 'abc'", 6, "char in 'aeiou'"),
            ("char in f", 9, "char in 'aeiou'"),
            ("(t > 1) == (t > 2)", 2, "and, or, not"),
            ("wrong + 1 > 2", 1, "where a number is needed"),
            ("abs(char) > 2", 5, "where a number is needed"),
            ("any(f > l1.f)", 9, "8 units"),
            ("any(f)", 5, "any(f > 0.9)"),
            ("any(t > 1)", 5, "remove any()"),
            ("mean(f[3]) > 1", 6, "reduces a vector"),
            ("max(f, 1) > 1", 5, "takes one vector, or"),
            ("p('z') > 1", 3, "not in the model's vocabulary"),
            ("p(t) > 1", 3, "p('l')"),
            ("saturated(f, 0.2) > 0", 14, "from 0.5 to 1"),
            ("crosses(c[3])", 1, "crosses(c[3], 0)"),
            ("prev(c[3], 2) > 1", 1, "prev(c[3])"),
            ("f[3] = 0.1", 6, "write =="),
            ("f[3] < 1 && wrong", 10, "`and`"),
            ("f[3] < 1 || wrong", 10, "`or`"),
            ("!wrong", 1, "`not`"),
            ("char == '=' and", 16, "it is incomplete"),
            ("f[3] 0.1", 6, "cannot be understood from"),
            ("", 1, "empty"),
            ("   ", 1, "empty"),
        ],
    )
    def test_point_at_the_column_and_say_the_mend(self, text: str, column: int, words: str) -> None:
        error = refused(text)
        assert isinstance(error, UserError)
        assert error.column == column
        assert words in error.problem
        assert str(error).startswith(f"column {column} of the condition ")

    @pytest.mark.parametrize(
        "text",
        [
            "__import__('os').system('true')",
            "().__class__.__bases__[0].__subclasses__() > 1",
            "f.__class__ == 1",
            "l0.__class__ == 1",
            "(lambda: 1)() > 0",
            "[x for x in f] > 0",
            "any(x > 1 for x in f)",
            "{1: 2}[1] > 0",
            "(x := 3) > 2",
            "f'{t}' == char",
            "t if t else t",
            "open('/etc/passwd')",
            "max(*f) > 1",
            "max(f, key=abs) > 1",
            "abs.real(t) > 1",
            "await t",
            "(yield t)",
            "b'e' == char",
            "None == t",
            "True",
            "... == t",
            "1j > t",
            "t @ t > 1",
            "t << 9999999 > 1",
            "~t > 1",
            "import os",
            "t > 1; t > 2",
            "t > 1\nt > 2",
            "9 ** 9 ** 9 ** 9 > 1",
            "t ** 1000000 > 1",
            "t ** t > 1",
            "1e999 > t",
            "t > " + "9" * 900,
            "t > 0x" + "f" * 900,
            "a\0b",
            "t > 1 # \x1b[2J",
            "\u2028t > 1",
            "\ud800 > 1",
            "x" * 10_000,
            "(" * 10_000,
            "(" * 400 + "t" + ")" * 400 + " > 1",
            "-" * 900 + "t > 1",
            "not " * 240 + "wrong",
            "t" + "+t" * 400 + " > 1",
            "prev(" * 150 + "t" + ")" * 150 + " > 1",
            "delta(" * 60 + "t" + ")" * 60 + " > 1",
            "char == '\\d'",
        ],
    )
    def test_meet_every_text_that_reaches_for_python_or_for_memory(self, text: str) -> None:
        error = refused(text)
        assert 1 <= error.column <= len(text) + 1
        assert len(str(error)) < 400
        assert str(error).isprintable()

    @given(st.text(max_size=80) | st.lists(st.sampled_from(SCRAPS)).map(" ".join))
    def test_are_the_only_thing_that_ever_comes_of_a_text(self, text: str) -> None:
        with suppress(ConditionError):
            parse(text, NAMES)


def test_nothing_is_ever_evaluated_by_python() -> None:
    folder = Path(inspect.getfile(conditions)).parent
    for path in folder.glob("*.py"):
        called = set(map(_called, ast.walk(ast.parse(path.read_text()))))
        names = {"eval", "exec", "compile", "__import__"}
        if path.stem not in ("needs", "traversal"):  # which look at the fields of nodes, whatever was typed
            names.add("getattr")
        assert not called & names, path


def _called(node: ast.AST) -> str:
    """The name a node calls, "" for every other node."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def test_reading_a_condition_loads_no_torch() -> None:
    code = (
        "import sys; from lstm_tui.conditions import parse, NameSpace; from lstm_tui.core.quantities import LSTM\n"
        "parse('f[3] < 0.1', NameSpace.of(LSTM, (8,), 'ehlo')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
