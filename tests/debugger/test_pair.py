"""Two models side by side: what is said of both is what each says alone, and they stay at one place of one text."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import Step
from lstm_tui.core.vocabulary import UnknownCharacters
from lstm_tui.debugger.contrasts.asked_pair import SharedText, asked_beside, asked_pair
from lstm_tui.debugger.contrasts.pair import Pair
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop

TEXT = "hello, hollow hell" * 2
Names = tuple[str, ...]


def opened(symbols: str = "") -> tuple[Debugger, Debugger, Pair]:
    """An LSTM, and a GRU of other sizes that knows more symbols, in another order."""
    a = prepare(ModelOptions(text=TEXT, hidden=5, seed=3, forget_bias=3.0)).open()
    vocabulary = tuple(dict.fromkeys("zw" + TEXT[::-1] + symbols))
    b = prepare(ModelOptions(text=TEXT, cell="gru", hidden=4, layers=2, seed=7, vocab=vocabulary)).open()
    return a, b, Pair(a, b)


@cache
def walked() -> tuple[Debugger, Debugger, tuple[Names, Names], list[tuple[Step, Step]]]:
    """Both, and each of their steps."""
    a, b, _ = opened()
    steps = [(a.to(at), b.to(at)) for at in range(1, a.length + 1)]
    return a, b, (a.about.vocabulary, b.about.vocabulary), steps


def shared(step: Step, names: Names, both: Names) -> np.ndarray:
    logits = np.array(step.prediction.logits)[[names.index(symbol) for symbol in both]]
    p: np.ndarray = np.exp(logits - logits.max())
    return p / p.sum()  # type: ignore[no-any-return]


def kl(a: Step, b: Step, names: tuple[Names, Names]) -> float:
    both = tuple(symbol for symbol in names[0] if symbol in names[1])
    p, q = shared(a, names[0], both), shared(b, names[1], both)
    return float((p * np.log(p / q)).sum())


ASKED: tuple[tuple[str, Callable[[Step, Step, float], bool]], ...] = (
    ("differs", lambda a, b, kl: a.guess != b.guess),
    ("kl > 0.04", lambda a, b, kl: kl > 0.04),
    ("a.c[3] > 0.1", lambda a, b, kl: a.layers[0].values["c"][3] > 0.1),
    ("c[3] > 0.1 and b.l1.z[2] > 0.5", lambda a, b, kl: a.layers[0].values["c"][3] > 0.1
        and b.layers[1].values["z"][2] > 0.5),
    ("b.loss > 2.1", lambda a, b, kl: (b.loss or 0) > 2.1),
    ("a.loss < b.loss", lambda a, b, kl: a.loss is not None and b.loss is not None and a.loss < b.loss),
    ("b.guess == 'z' or b.guess == a.char", lambda a, b, kl: b.guess in ("z", a.char)),
    ("b.logits['z'] > 0 and char in 'lo'", lambda a, b, kl: b.prediction.logits[0] > 0 and a.char in "lo"),
    ("any(b.r > 0.6)", lambda a, b, kl: max(b.layers[0].values["r"]) > 0.6),
    ("b.wrong and not a.wrong", lambda a, b, kl: b.prediction.wrong and not a.prediction.wrong),
)  # fmt: skip


@pytest.mark.parametrize(("text", "holds"), ASKED, ids=[text for text, _ in ASKED])
def test_a_stop_about_both_is_met_where_each_alone_says_so(
    text: str, holds: Callable[[Step, Step, float], bool]
) -> None:
    a, b, names, steps = walked()
    expected = [one.position for one, other in steps if holds(one, other, kl(one, other, names))]
    for which, forward in ((0, True), (1, False)):  # of whichever has the stops
        leader, other = (a, b) if which == 0 else (b, a)
        leader.stops.set([Stop(text)])
        leader.to(0 if forward else leader.length + 1)
        other.to(leader.position)
        found = []
        while True:
            job = leader.stops.run(forward)
            job.run()
            other.take_over(job)
            leader.commit(job)
            if not job.stopped:
                break
            assert other.near(leader.position)
            found.append(leader.position)
        inner = [at for at in expected if at < a.length or forward]
        assert found == (inner if forward else inner[::-1])


def test_kl_and_the_first_difference_are_the_definitions() -> None:
    a, b, pair = opened()
    names = a.about.vocabulary, b.about.vocabulary
    assert pair.shared == len(names[0])
    assert pair.kl() is None
    first = None
    for at in range(1, a.length + 1):
        one, other = a.to(at), b.to(at)
        assert pair.kl() == pytest.approx(kl(one, other, names), abs=1e-12)
        first = at if first is None and one.guess != other.guess else first
    job = pair.parting()
    job.run()
    assert (job.stopped, job.goal) == (True, first)
    same = Pair(a, prepare(ModelOptions(text=TEXT, hidden=5, seed=3, forget_bias=3.0)).open()).parting()
    same.run()
    assert (same.stopped, same.goal) == (False, len(TEXT))


def test_the_other_one_goes_along_and_reads_what_the_leader_reads() -> None:
    a, b, pair = opened()
    a.to(7)
    a.into()
    pair.follow(0)
    assert b.position == 7  # the step that is walked through is not finished
    b.clamping("h[1] = 0.5 from 3").run()
    job = b.clamping("h[1] = 0.5 from 3")
    job.run()
    b.commit(job)
    a.to(9)
    a.imagine(20, 0.0)
    pair.follow(0)
    assert (b.text, b.position) == (a.text, 9)
    assert b.interventions == ("h[1] = 0.5 from 3",)
    assert b.to(12).layers[0].values["h"][1] == 0.5
    b.read("hello")
    pair.follow(1)
    assert (a.text, a.position) == ("hello", 0)
    b.read("hello zoo")
    with pytest.raises(UnknownCharacters):
        pair.follow(1)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("hello", "weather"), "reads rows of numbers"),
        (("hello", "cell:nope"), "there is no such cell"),
        (("hello", "arabic"), "the model's vocabulary lacks"),
    ],
)
def test_what_cannot_stand_beside_is_said_in_a_sentence(names: tuple[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        asked_pair(names, ModelOptions(), ())
    a = prepare(ModelOptions(model=names[0])).open()
    known = SharedText(a.text, a.about.vocabulary, a.about.words, a.about.hidden_sizes)
    with pytest.raises(UserError, match=said):
        asked_beside(names[1], known, ModelOptions())


def test_a_fresh_one_beside_a_model_of_words_reads_words() -> None:
    a, b = (each.open() for each in asked_pair(("arabic", "cell:janet"), ModelOptions(), ()))
    assert Pair(a, b).shared is None
    assert list(a.symbols) == list(b.symbols)


def test_a_fresh_one_beside_an_open_one_has_its_symbols_and_sizes() -> None:
    a = prepare(ModelOptions(text="abca", hidden=3, layers=2, seed=5)).open()
    known = SharedText(a.text, a.about.vocabulary, a.about.words, a.about.hidden_sizes)
    b = asked_beside("cell:slstm", known, ModelOptions(seed=5)).open()
    pair = Pair(a, b)
    assert (b.text, b.about.hidden_sizes, b.about.vocabulary) == (a.text, (3, 3), a.about.vocabulary)
    assert pair.shared is None
    a.to(2)
    b.to(2)
    assert math.isfinite(pair.kl() or 0)
    pair.close()
    assert a.stops.mistake("kl > 1") is not None
