"""Which two models stand side by side, and what both of them read: checked before torch is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.user_cell import is_user_cell
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.prepare import TEXT, prepare

if TYPE_CHECKING:
    from lstm_tui.debugger.prepared import Prepared

FRESH = "cell:"
_ONLY_FRESH = ("hidden", "layers", "seed", "forget_bias", "train", "epochs", "lr")


@dataclass(frozen=True)
class SharedText:
    """What is known of the other model: it is read what this one reads, and a fresh one gets this one's sizes."""

    text: str
    vocabulary: tuple[str, ...]
    words: bool
    hidden_sizes: tuple[int, ...]

    @classmethod
    def of(cls, prepared: Prepared) -> SharedText:
        """Of one that was checked."""
        vocabulary = prepared.vocabulary
        return cls(prepared.text, vocabulary.symbols, vocabulary.words, prepared.hidden_sizes)


def is_fresh(name: str) -> bool:
    """Whether `cell:KIND` was asked for."""
    return name.startswith(FRESH)


def asked_pair(
    names: tuple[str, str],
    options: ModelOptions,
    clamps_b: tuple[str, ...],
    check: Callable[[ModelOptions], Prepared] = prepare,
) -> tuple[Prepared, Prepared]:
    """Both, reading the same text: the one given, or the first that one of them brings. Raises `UserError`."""
    if options.cell is not None:
        raise UserError("compare takes no --cell: name a fresh one of a kind as cell:KIND, such as cell:gru")
    for name in names:
        _check_kind(name)
    if not any(map(is_fresh, names)):
        for field in _ONLY_FRESH:
            if getattr(options, field) not in (None, False) and not (field == "seed" and options.random):
                flag = field.replace("_", "-")
                raise UserError(f"--{flag} is for a fresh model: make one of the two cell:KIND, such as cell:gru")
    known: list[Prepared | None] = [None, None]
    order = sorted((0, 1), key=lambda at: is_fresh(names[at]))  # those that bring a text and a vocabulary first
    for at in order:
        other = next((SharedText.of(one) for one in known if one is not None), None)
        held = replace(options, clamps=(*options.clamps, *(clamps_b if at else ())))
        known[at] = _checked(names[at], held, other, check)
    a, b = known
    assert a is not None, "prepared above"
    assert b is not None, "prepared above"
    return a, b


def check_company(options: ModelOptions) -> None:
    """Raises `UserError` where nothing can stand beside a model that was opened with `options`: where a class of the
    user's own runs in a process of its own."""
    if options.cell is not None and is_user_cell(options.cell):
        raise UserError("a class of your own stands alone: 'lstm-tui check' compares it with the textbook")


def asked_beside(
    name: str, beside: SharedText, options: ModelOptions, check: Callable[[ModelOptions], Prepared] = prepare
) -> Prepared:
    """The model `name` (a file, a bundled model, cell:KIND) to be put beside one that is open, which was opened with
    `options`. Raises `UserError`."""
    _check_kind(name)
    check_company(options)
    if name.rpartition(":")[0].endswith((".py", ".ipynb")):
        check_company(ModelOptions(cell=name))
    given = ModelOptions(seed=options.seed, unknown=options.unknown, device=options.device, words=beside.words)
    return _checked(name, given, beside, check)


def _check_kind(name: str) -> None:
    if is_fresh(name) and name.removeprefix(FRESH) not in IMPLEMENTATIONS:
        raise UserError(f"{visible(name)}: there is no such cell; 'lstm-tui cells' lists them")


def _check_symbols(prepared: Prepared) -> None:
    if prepared.rows is not None:
        raise UserError(
            f"{visible(prepared.name)} reads rows of numbers: side by side stand models of symbols, whose guesses "
            "can be compared"
        )


def _checked(
    name: str, options: ModelOptions, other: SharedText | None, check: Callable[[ModelOptions], Prepared]
) -> Prepared:
    """One of them. Raises `UserError` that says which it is about."""
    reading = _reading(options, other)
    wanted = _of_kind(name, reading, other) if is_fresh(name) else _of_file(name, reading)
    try:
        prepared = check(wanted)
    except UserError as error:
        if name in str(error):
            raise
        raise UserError(f"{visible(name)}: {error}") from None
    _check_symbols(prepared)
    return replace(prepared, name=name) if is_fresh(name) else prepared


def _reading(options: ModelOptions, other: SharedText | None) -> ModelOptions:
    """The options with what has been read already: the text, and a vocabulary that was given, may come from pipes."""
    if other is None:
        return options
    if options.vocab is not None or options.vocab_from is not None:
        options = replace(options, vocab=other.vocabulary, vocab_from=None)
    return replace(options, text=other.text, file=None, random=None)


def _of_file(name: str, options: ModelOptions) -> ModelOptions:
    return replace(
        options, hidden=None, layers=None, seed=options.seed if options.random is not None else None, forget_bias=None,
        train=False, epochs=None, lr=None, model=name, fresh=False,
    )  # fmt: skip


def _of_kind(name: str, options: ModelOptions, other: SharedText | None) -> ModelOptions:
    """A fresh one with the other's vocabulary, and with its sizes where none are said."""
    sizes: Sequence[int] = () if other is None or len(set(other.hidden_sizes)) > 1 else other.hidden_sizes
    given = options.vocab is not None or options.vocab_from is not None
    untold = options.text is None and options.file is None and options.random is None
    return replace(
        options,
        hidden=options.hidden or (sizes[0] if sizes else None),
        layers=options.layers or len(sizes) or None,
        model=None,
        fresh=True,
        cell=name.removeprefix(FRESH),
        vocab=options.vocab if given or other is None else other.vocabulary,
        words=options.words or (other is not None and other.words),
        text=TEXT if untold else options.text,
    )
