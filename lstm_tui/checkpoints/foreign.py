"""A foreign model, understood as plain bytes and words: nothing in its file is run, and no torch is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from lstm_tui.checkpoints.beside import look_beside
from lstm_tui.checkpoints.reading_child import SECONDS, Reply, ask
from lstm_tui.checkpoints.vocabulary_choice import Vocab, chosen, missing, unneeded
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible


@dataclass(frozen=True, eq=False)
class PlainModel:
    """What the reading child found, before torch is imported: names, sizes and vocabulary can be shown at once."""

    kind: Literal["lstm", "gru"]
    hidden_sizes: tuple[int, ...]
    symbols: int
    vocabulary: tuple[str, ...] | None
    vocabulary_source: str
    warnings: tuple[str, ...]
    names: tuple[str, ...]
    sha256: str
    about: dict[str, Any]
    """The child's whole answer."""
    data: tuple[memoryview, ...]
    """The bytes of the tensors it lists."""


def read_plain(
    path: str | os.PathLike[str], *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None,
    encoding: str = "utf-8", seconds: float = SECONDS,
) -> PlainModel:  # fmt: skip
    """Reads the checkpoint at `path` in a child process, without torch. Raises `UserError` with one sentence.

    `vocab`: a preset's name (`printable`), the path of a JSON list, or the symbols themselves; `vocab_from`: the text
    it was trained on, in `encoding`. Before the latter comes what the file and the files beside it say; never a guess.
    """
    name = os.fspath(path)
    reply = ask(name, seconds)
    try:
        return _understood(reply, name, vocab, vocab_from, encoding, seconds)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # what the child says is foreign too
        shown = visible(os.path.basename(name))[:120]
        raise UserError(f"{shown} cannot be read: its contents are not a valid checkpoint") from None


def _understood(
    reply: Reply, path: str, vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, seconds: float
) -> PlainModel:
    about = reply.about
    size = int(about["symbols"])
    warnings = [visible(str(warning)[:900]) for warning in about["warnings"]]
    vocabulary: tuple[str, ...] | None = None if about["vocabulary"] is None else tuple(about["vocabulary"])
    source, notes = visible(str(about["vocabulary_source"])), [visible(str(n)[:900]) for n in about["vocabulary_notes"]]
    if vocabulary is None and vocab is None:
        beside = look_beside(path, size, seconds)
        vocabulary, source = beside.vocabulary, visible(beside.source)
        notes = beside.notes if vocabulary else [*notes, *beside.notes]
    if vocabulary is not None and vocab is None and vocab_from is not None:
        warnings.append(unneeded(source))
        vocab_from = None
    given = chosen(vocab, vocab_from, size, encoding)
    if given is not None:
        vocabulary, source = given
    elif vocabulary is None:
        source = missing(size)
    warnings += notes if given is None else []
    sizes = tuple(int(about["tensors"][layer[1]]["shape"][1]) for layer in about["layers"])
    names = tuple(visible(str(name)[:200]) for name in about["names"])
    kind: Literal["lstm", "gru"] = "gru" if about["kind"] == "gru" else "lstm"
    return PlainModel(
        kind, sizes, size, vocabulary, source, tuple(warnings), names, reply.sha256, about, reply.data
    )  # fmt: skip
