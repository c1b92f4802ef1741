"""Two models side by side as jsonl, csv and a table: a line a step, one step held at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from lstm_tui.core.questions.comparison import ComparedStep, Tally
from lstm_tui.core.step import About, loss_words
from lstm_tui.core.vocabulary import visible
from lstm_tui.tracing.formats import Json, dumped, header, number
from lstm_tui.tracing.table import fixed, heading

COLUMNS = ("t", "char", "target", "loss_a", "loss_b", "p_a", "p_b", "guess_a", "guess_b", "kl")
_WIDTHS = (6, 8, 8, 9, 9, 7, 7, 9, 9, 10)


def jsonl_compared(
    models: Sequence[tuple[About, Sequence[str]]],
    length: int,
    symbols: Sequence[str] | None,
    steps: Iterable[ComparedStep],
    version: str,
) -> Iterator[str]:
    """The header, then an object a step.

    `models` are what each is and what is done to it; `symbols` those that both know, None where these are all.
    """
    described = [{"name": about.name, **_described(about, length, done)} for about, done in models]
    first: Json = {"lstm_tui": version, "models": described, "text_length": length}
    yield dumped(first | ({} if symbols is None else {"symbols": list(symbols)}))
    for step in steps:
        yield dumped(
            {
                "t": step.a.t,
                "char": step.a.char,
                "target": step.a.target,
                "loss": step.loss,
                "p": step.p,
                "guess": step.guess,
                "kl": step.kl,
            }
        )


def _described(about: About, length: int, done: Sequence[str]) -> Json:
    """Of a trace's first line what is the model's own."""
    described = header(about, length, "", interventions=done)
    return {name: value for name, value in described.items() if name not in ("lstm_tui", "text_length")}


def csv_compared(steps: Iterable[ComparedStep]) -> Iterator[str]:
    """The names of the columns, then a row a step. Symbols are JSON strings; what is not there is an empty field."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    yield line.getvalue()
    for step in steps:
        line.seek(0)
        line.truncate()
        symbols = (step.a.char, step.a.target), step.guess
        numbers = ["" if value is None else number(value) for value in (*step.loss, *step.p, step.kl)]
        read, guessed = (["" if symbol is None else json.dumps(symbol) for symbol in pair] for pair in symbols)
        writer.writerow([step.a.t, *read, *numbers[:4], *guessed, numbers[4]])
        yield line.getvalue()


def compared_table(
    models: Sequence[tuple[About, Sequence[str]]],
    length: int,
    symbols: Sequence[str] | None,
    steps: Iterable[ComparedStep],
) -> Iterator[str]:
    """What a and b are, a line for each step, and a summary at the end."""
    for letter, (about, done) in zip("ab", models, strict=True):
        yield f"{letter}  {heading(about, length)}\n"
        yield from (f"   clamped: {visible(text)}\n" for text in done)
    if symbols is not None:
        yield f"guesses are compared over the {len(symbols)} symbols that both know\n"
    yield _row(("t", "char", "next", "loss a", "loss b", "p a", "p b", "guess a", "guess b", "KL(a‖b)"))
    tally = Tally()
    for step in tally.counting(steps):
        guesses = [_symbol(symbol) for symbol in step.guess]
        yield _row(
            (
                str(step.a.t),
                _symbol(step.a.char),
                _symbol(step.a.target),
                *("–" if loss is None else loss_words(loss) for loss in step.loss),
                *("–" if p is None else fixed(p, False, 4) for p in step.p),
                guesses[0],
                guesses[1] + (" ≠" if step.differs else ""),
                "–" if step.kl is None else fixed(step.kl, False, 4),
            )
        )
    yield from _summary(tally)


def _summary(tally: Tally) -> Iterator[str]:
    if tally.first is None:
        yield f"the top guesses are the same at all {tally.steps} steps\n"
    else:
        yield f"the top guesses differ at {tally.differing} of {tally.steps} steps, first at t = {tally.first}\n"
    if tally.largest[0] > 0:
        yield f"largest KL {fixed(tally.largest[0], False, 4)} at t = {tally.largest[1]}\n"
    if tally.mean_losses is not None:
        a, b = tally.mean_losses
        yield f"mean loss: a {loss_words(a)}, b {loss_words(b)}\n"


def _row(cells: Sequence[str]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip() + "\n"


def _symbol(symbol: str | None) -> str:
    return "–" if symbol is None else f"'{visible(symbol)}'"
