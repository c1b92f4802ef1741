"""The vocabulary a checkpoint carries, or has beside it. Exactly V symbols in index order, or none: no guesses."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import LONGEST_SYMBOL, MOST_CHARACTERS, MOST_SYMBOLS
from lstm_tui.checkpoints.sandbox.stand_ins import StandIn, Unordered

KEYS = (
    *("tokens", "chars", "vocab", "itos", "idx_to_char", "stoi", "char_to_idx", "vocab_mapping", "dictionary"),
    # the same by other names
    *("vocabulary", "alphabet", "characters", "all_characters", "symbols"),
    *("int2char", "idx2char", "ix_to_char", "id2char", "idx2item", "idx2word", "idx2token", "idx_to_token"),
    *("int_to_char", "index2char", "index2word", "char2int", "char2idx", "char_to_ix", "char2id", "item2idx"),
    *("word2idx", "token2idx", "token_to_idx", "char_to_int", "char2index", "word2index"),
)
"""In order of preference. Compared without case and leading underscores."""
_RANK = {key: rank for rank, key in enumerate(KEYS)}
_LONGEST_KEY = 40

PRESETS: dict[str, tuple[str, ...]] = {"printable": tuple(string.printable)}
"""Vocabularies that are the same for everybody, by name."""

PADDING = "<pad>"
"""What stands for index 0 in a vocabulary that is counted from 1."""
MOST_LOOKED_AT = 5_000


@dataclass(eq=False)
class FoundSymbols:
    """What was found, and why the rest was not taken."""

    vocabulary: tuple[str, ...] | None = None
    source: str = ""
    notes: list[str] = field(default_factory=list)


def search(mappings: Iterable[tuple[str, Mapping[object, object]]], size: int) -> FoundSymbols:
    """The vocabulary of `size` symbols among the file's plain data. Two that differ are none, and a note."""
    candidates: list[tuple[int, int, str, object]] = []
    for depth, (path, mapping) in enumerate(mappings):
        for key, value in mapping.items():
            short = isinstance(key, str) and len(key) <= _LONGEST_KEY
            rank = _RANK.get(key.lower().strip("_")) if short and isinstance(key, str) else None
            if rank is not None:
                where = f"{path}.{key}" if path and isinstance(key, str) else str(key)
                candidates.append((rank, depth, where, value))
        if len(candidates) > MOST_LOOKED_AT:
            break
    found = FoundSymbols()
    for _, _, where, value in sorted(candidates, key=lambda c: c[:2]):
        symbols, why = read_symbols(value, size)
        if symbols is None:
            if why:
                found.notes.append(f"{where} is not a vocabulary for this model: {why}")
        elif found.vocabulary is None:
            found.vocabulary, found.source = symbols, f"{where} in the file"
        elif symbols != found.vocabulary:
            found.notes.append(f"{found.source} and {where} list the symbols in different orders, so neither is used")
            return FoundSymbols(None, "", found.notes)
    if found.vocabulary is not None:
        found.notes.clear()
    return found


def read_symbols(value: object, size: int) -> tuple[tuple[str, ...] | None, str]:
    """`value` as `size` different symbols in index order; or None and why ("" where it never tried to be one)."""
    if isinstance(value, (Unordered, set, frozenset)):
        return None, "a set has no order"
    if isinstance(value, StandIn):
        value = value.entries or value.items
        if not value:
            return None, ""  # its attributes are looked through by their own names
    listed: list[object] | None
    if isinstance(value, dict):
        listed, why = _from_dict(value, size)
    elif isinstance(value, (list, tuple, str)):
        if len(value) != size:
            return None, f"it has {len(value):,} entries, but the model has {size:,} symbols"
        listed, why = list(value), ""
    else:
        return None, ""
    if listed is None:
        return None, why
    symbols = [_symbol(entry) for entry in listed]
    if any(symbol is None for symbol in symbols):
        return None, "not all its entries are text"
    if "" in symbols:
        return None, "it contains an empty symbol"
    if len(set(symbols)) != size:
        return None, "it lists a symbol twice"
    made = tuple(symbol for symbol in symbols if symbol is not None)
    if (longest := max(map(len, made), default=0)) > LONGEST_SYMBOL:
        return None, f"it has a symbol of {longest:,} characters, more than {LONGEST_SYMBOL:,}"
    if (total := sum(map(len, made))) > MOST_CHARACTERS:
        return None, f"it has symbols of {total:,} characters, more than {MOST_CHARACTERS:,}"
    return made, ""


def _symbol(entry: object) -> str | None:
    if isinstance(entry, (bytes, bytearray)):
        return bytes(entry).decode("utf-8", "surrogateescape")
    return entry if isinstance(entry, str) else None


def _index(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _from_dict(value: Mapping[object, object], size: int) -> tuple[list[object] | None, str]:
    """Either direction: symbol → index, or index (an int, or its digits as text) → symbol."""
    if not value:
        return None, ""
    forward = all(type(index) is int for index in value.values())
    if forward and not all(type(key) is int for key in value):
        pairs = [(index, symbol) for symbol, index in value.items()]
    else:
        pairs = [(_index(key), symbol) for key, symbol in value.items()]
    if any(index is None for index, _ in pairs):
        return None, ""
    by_index = {index: symbol for index, symbol in pairs}
    if len(by_index) != len(pairs):
        return None, "it gives two symbols the same index"
    if set(by_index) == set(range(1, size)) and PADDING not in by_index.values():
        by_index[0] = PADDING  # Keras counts from 1
        return [by_index[index] for index in range(size)], ""
    if len(pairs) != size:
        return None, f"it has {len(pairs):,} entries, but the model has {size:,} symbols"
    if set(by_index) != set(range(size)):
        return None, f"its indices are not 0 to {size - 1}"
    return [by_index[index] for index in range(size)], ""


def tokenizer(root: object, size: int) -> object:
    """The symbols of a tokenizer, of which a model of `size` symbols knows the first; `root` where it is none.

    Keras's (`word_index`, as JSON in `Tokenizer.to_json()` or pickled) counts from 1, and may know more or fewer words
    than the model has room for; Hugging Face's keeps a `vocab` and tokens that were added to it.
    """
    state = root.state if isinstance(root, StandIn) else root
    if not isinstance(state, dict):
        return root
    model = state.get("model")
    if isinstance(model, dict) and isinstance(model.get("vocab"), dict):
        added = state.get("added_tokens")
        extra = [one for one in added if isinstance(one, dict)] if isinstance(added, list) else []
        return model["vocab"] | {one.get("content"): one.get("id") for one in extra}
    config = state.get("config")
    listed = config.get("word_index") if isinstance(config, dict) else state.get("word_index")
    if isinstance(listed, str):
        try:
            listed = bounded_json.loads(listed)
        except ValueError:
            return root
    if not isinstance(listed, dict):
        return root
    known = {word: index for word, index in listed.items() if type(index) is int and 0 < index < size}
    missing = set(range(1, size)) - set(known.values()) if len(known) < size <= MOST_SYMBOLS else set()
    return known | {f"#{index}": index for index in sorted(missing)}


def one_a_line(text: str, size: int) -> list[str]:
    """The symbols of a text file or of a table of one column, without its heading."""
    lines = text.removesuffix("\n").split("\n")
    lines = [line.removesuffix("\r") for line in lines]
    return lines[1:] if len(lines) == size + 1 else lines
