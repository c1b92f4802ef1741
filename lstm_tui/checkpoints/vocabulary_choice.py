"""The vocabulary the user names: `--vocab FILE` or a preset, `--vocab-from TEXT`. The file's own comes after these."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lstm_tui.checkpoints.layout.parameters import walk
from lstm_tui.checkpoints.layout.symbols import PRESETS, read_symbols, search
from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import read_text
from lstm_tui.core.vocabulary import visible

MOST_BYTES = 64 << 20


def chosen(
    vocab: str | os.PathLike[str] | Sequence[str] | None,
    vocab_from: str | os.PathLike[str] | None,
    size: int,
    encoding: str = "utf-8",
) -> tuple[tuple[str, ...], str] | None:
    """The `size` symbols the user asked for and where they come from; None where nothing was said.

    `vocab` is the name of a preset, the path of a JSON list (or dict in either direction), or the symbols themselves.
    Raises `UserError` where they are not exactly `size` different symbols.
    """
    if vocab is not None and vocab_from is not None:
        raise UserError("--vocab and --vocab-from both name a vocabulary: give one of them")
    if vocab_from is not None:
        return _of_text(os.fspath(vocab_from), size, encoding)
    if vocab is None:
        return None
    if isinstance(vocab, os.PathLike) or (isinstance(vocab, str) and vocab not in PRESETS):
        return _of_json(os.fspath(vocab), size)
    name = vocab if isinstance(vocab, str) else None
    symbols, why = read_symbols(PRESETS[name] if name else list(vocab), size)
    if symbols is None:
        raise UserError(
            f"--vocab {name or 'as given'} does not fit this model: {why}; give its {size:,} symbols in order"
        )
    return symbols, f"the preset {name}" if name else "the list given"


def missing(size: int) -> str:
    """How to give a vocabulary where the file has none; names the presets that would fit."""
    preset = "".join(f", --vocab {name} (a preset of just that size)" for name in _fitting(size))
    return (
        f"none: the file does not say which of its {size:,} symbols is which; give it with --vocab FILE (a JSON list)"
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
    """`#0`, `#1` …: what stands for symbols nobody has named."""
    return tuple(f"#{index}" for index in range(size))


def unneeded(source: str) -> str:
    """Why `--vocab-from` was not read: what the file says itself is no guess, and the order of a sorted text is one."""
    return f"--vocab-from was not used: the model says itself which symbol is which ({source}); --vocab overrides it"


def _read(path: str, option: str, encoding: str = "utf-8") -> str:
    if path == "-" or encoding != "utf-8":
        return read_text(path, encoding).text
    shown = visible(path)
    try:
        with open(reach.now().open(path), "rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UserError(f"{option} {shown} is larger than {MOST_BYTES >> 20} MB; name the vocabulary's own file")
        return data.decode("utf-8").removeprefix("\ufeff")
    except OSError as error:
        raise UserError(f"{option} {shown} cannot be read: {visible(error.strerror or 'unreadable')}") from None
    except ValueError:
        raise UserError(f"{option} {shown} is not UTF-8 text; save it as UTF-8") from None


def _of_json(path: str, size: int) -> tuple[tuple[str, ...], str]:
    shown = visible(path)
    try:
        value = bounded_json.loads(_read(path, "--vocab"))
    except ValueError:
        raise UserError(f"--vocab {shown} is not JSON; it should be a list of symbols in index order") from None
    symbols, why = read_symbols(value, size)
    if symbols is None and isinstance(value, dict):
        try:
            result = search(walk(value).mappings, size)
            symbols, why = result.vocabulary, why or "; ".join(result.notes)
        except Unreadable as error:
            why = f"it {error}"
    if symbols is None:
        reason = visible(why) or "it is no list of symbols"
        raise UserError(f"--vocab {shown} does not fit this model: {reason}; list its {size:,} symbols in index order")
    return symbols, f"--vocab {shown}"


def _of_text(path: str, size: int, encoding: str) -> tuple[tuple[str, ...], str]:
    shown = visible(path)
    symbols = tuple(sorted(set(_read(path, "--vocab-from", encoding))))
    if len(symbols) != size:
        raise UserError(
            f"--vocab-from {shown} has {len(symbols):,} different characters where the model has {size:,} symbols; "
            "name the text it was trained on, or list its symbols with --vocab"
        )
    return symbols, f"the sorted characters of {shown}"
