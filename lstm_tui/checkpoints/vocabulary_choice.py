"""The vocabulary the user names: `--vocab FILE` or a preset, `--vocab-from TEXT`. The file's own comes after these."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from lstm_tui.checkpoints.layout.parameters import find_parameters
from lstm_tui.checkpoints.layout.symbols import PRESETS, one_a_line, read_symbols, search, tokenizer
from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import read_text
from lstm_tui.core.vocabulary import Vocabulary, visible, words_of

MOST_BYTES = 64 << 20
Vocab = str | os.PathLike[str] | Sequence[str] | None


def chosen(
    vocab: Vocab, vocab_from: str | os.PathLike[str] | None, size: int, encoding: str = "utf-8", words: bool = False
) -> tuple[tuple[str, ...], str] | None:
    """The `size` symbols the user asked for and where they come from; None where nothing was said.

    `vocab` is the name of a preset, the path of a JSON list (or dict in either direction, or tokenizer) or of a text
    with a symbol a line, or the symbols themselves.
    Raises `UserError` where they are not exactly `size` different symbols.
    """
    asked = _asked(vocab, vocab_from, encoding, words, size)
    if asked is None:
        return None
    value, option, source = asked
    if vocab_from is not None:
        symbols = tuple(value)
        if len(symbols) != size:
            unit = "words" if words else "characters"
            raise UserError(
                f"{option} has {len(symbols):,} different {unit}, but the model has {size:,} symbols; "
                "name the text it was trained on, or list its symbols with --vocab"
            )
        return symbols, source
    fitting, why = _fitted(value, size)
    if fitting is None:
        reason = visible(why) or "it is not a list of symbols"
        raise UserError(f"{option} does not fit this model: {reason}; list its {size:,} symbols in index order")
    return fitting, source


def any_number(
    vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, words: bool = False
) -> Vocabulary | None:
    """The same, however many they are, for a model whose size they give: a list then, and no dict."""
    asked = _asked(vocab, vocab_from, encoding, words)
    if asked is None:
        return None
    value, option, _ = asked
    if not isinstance(value, list | tuple) or not all(isinstance(symbol, str) for symbol in value):
        raise UserError(_no_vocabulary(option))
    return Vocabulary(value, words)


def missing(size: int) -> str:
    """How to give a vocabulary where the file has none; names the presets that would fit."""
    preset = "".join(f", --vocab {name} (a preset of just that size)" for name in _fitting(size))
    return (
        f"none: the file does not say which of its {size:,} symbols is which; give them with --vocab FILE (a JSON list)"
        f"{preset}, or --vocab-from TEXTFILE (the text it was trained on)"
    )


def unnamed(size: int) -> str:
    """`missing` in a few words: for a row of the screen, where `inspect` says the rest."""
    fitting = _fitting(size)
    how = f"--vocab {fitting[0]} fits" if fitting else "--vocab, --vocab-from"
    return f"symbols unnamed ({how}): #0 to #{size - 1}"


def _fitting(size: int) -> list[str]:
    """The presets of just that size."""
    return [name for name, symbols in PRESETS.items() if len(symbols) == size]


def placeholders(size: int) -> tuple[str, ...]:
    """`#0`, `#1` …: names for symbols without one."""
    return tuple(f"#{index}" for index in range(size))


def unneeded(source: str) -> str:
    """Why `--vocab-from` was not read: the file itself is certain, the order of a sorted text is a guess."""
    return f"--vocab-from is not used: the model itself says which symbol is which ({source}); --vocab overrides it"


def _asked(
    vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, words: bool = False, size: int = -1
) -> tuple[Any, str, str] | None:
    """What the user gives, not yet looked at: its value, the option as sentences name it, and where it comes from."""
    if vocab is not None and vocab_from is not None:
        raise UserError("--vocab and --vocab-from both name a vocabulary: give one of them")
    if vocab_from is not None:
        path = os.fspath(vocab_from)
        text = read_text(path, encoding, MOST_BYTES).text
        unit = "words" if words else "characters"
        found = sorted(set(words_of(text) if words else text))
        return found, f"--vocab-from {visible(path)}", f"the sorted {unit} of {visible(path)}"
    if vocab is None:
        return None
    if not isinstance(vocab, str | os.PathLike):
        return list(vocab), "--vocab as given", "the list given"
    name = os.fspath(vocab)
    if name in PRESETS and isinstance(vocab, str):
        return PRESETS[name], f"--vocab {name}", f"the preset {name}"
    option = f"--vocab '{visible(name)}'"
    source = f"--vocab {visible(name)}"
    try:
        text = read_text(name, most=MOST_BYTES).text
        if name.lower().endswith((".txt", ".csv")) and not text.lstrip().startswith(("[", "{")):
            return one_a_line(text, size), option, source
        return tokenizer(bounded_json.loads(text), size) if size > 0 else bounded_json.loads(text), option, source
    except ValueError:
        raise UserError(_no_vocabulary(option)) from None


def _no_vocabulary(option: str) -> str:
    return f"{option} is not a vocabulary: give a JSON list of strings in index order, or a text with one a line"


def _fitted(value: object, size: int) -> tuple[tuple[str, ...] | None, str]:
    """The `size` symbols that `value` lists, or some mapping in it does; None, and why."""
    symbols, why = read_symbols(value, size)
    if symbols is not None or not isinstance(value, dict):
        return symbols, why
    try:
        found = search(find_parameters(value).mappings, size)
    except Unreadable as error:
        return None, f"it {error}"
    return found.vocabulary, why or "; ".join(found.notes)
