"""The tensors of a checkpoint by name, for a class of the user's own, which alone says what they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_tui.checkpoints.reading_child import ask
from lstm_tui.checkpoints.vocabulary_choice import Vocab, any_number, placeholders
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import Vocabulary, visible

_EMBEDDING = re.compile(r"emb|wte|lookup|lut|encoder")
_OUTPUT = re.compile(r"(^|[._])(fc|out|output|dec|decoder|linear|head|classifier|h2o|proj)\w*[.]weight$")


@dataclass(frozen=True, eq=False)
class NamedWeights:
    """What the reading child found."""

    shapes: Mapping[str, tuple[int, ...]]
    vocabulary: tuple[str, ...]
    """As given, or as the file has it; placeholders where unknown."""
    about: dict[str, Any] = field(repr=False)
    data: tuple[memoryview, ...] = field(repr=False)


def read_named(
    path: str, vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, text: str | None
) -> NamedWeights:
    """The checkpoint at `path`, read in a child process without torch. Raises `UserError` in one sentence."""
    reply = ask(path, task="named")
    try:
        listed = reply.about["tensors"]
        shapes = {str(name): tuple(int(n) for n in listed[at]["shape"]) for name, at in reply.about["named"]}
        found = {int(size): tuple(map(str, symbols)) for size, symbols in reply.about["vocabularies"].items()}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise UserError(f"'{visible(path)}' cannot be read: its contents are not a valid checkpoint") from None
    given = any_number(vocab, vocab_from, encoding)
    symbols = given.symbols if given is not None else _symbols(shapes, found, text)
    return NamedWeights(shapes, tuple(symbols), reply.about, reply.data)


def _symbols(
    shapes: Mapping[str, tuple[int, ...]], found: Mapping[int, tuple[str, ...]], text: str | None
) -> tuple[str, ...]:
    if len(found) == 1:
        return next(iter(found.values()))
    matrices = {name: shape for name, shape in shapes.items() if len(shape) == 2}
    ends = [shape[0] for name, shape in matrices.items() if _EMBEDDING.search(name.lower())]
    ends += [shape[0] for name, shape in matrices.items() if _OUTPUT.search(name.lower())]
    own = tuple(Vocabulary.of(text).symbols) if text else ()
    if own:
        return own  # whether they are as many as the class reads is seen when it is made
    return placeholders(ends[0] if ends else 1)
