"""Files beside a checkpoint that may say which symbol is which: each read by a child of its own, or named in a note.

The contents of a folder are not trusted. Only a plain file of the folder itself is opened: no link, which could lead
anywhere, no pipe, no device; and a fault in one does not make the model unusable.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from lstm_tui.checkpoints.opening import open_model_file
from lstm_tui.checkpoints.reading_child import NoReply, child
from lstm_tui.checkpoints.sandbox.limits import MOST_SIDECAR_BYTES
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.vocabulary import visible

_NAMES = (
    *("{}.vocab.json", "{}_vocab.json", "{}.json", "vocab.json", "vocabulary.json", "chars.json"),
    *("{}_tokenizer.json", "tokenizer.json", "{}_word_index.json", "word_index.json", "{}_vocab.csv", "vocab.csv"),
    *("{}_vocab.txt", "{}.vocab.txt", "vocab.txt", "vocabulary.txt", "itos.txt", "tokens.json", "itos.json"),
    *("config.json", "{}_tokenizer.pickle", "tokenizer.pickle", "{}_tokenizer.pkl", "tokenizer.pkl"),
    *("{}.vocab.pickle", "{}_vocab.pkl", "vocab.pickle", "vocab.pkl", "word_index.pkl"),
)
"""Under which people keep a vocabulary, in order of preference; {} is the model's own name."""
_ABOUT = re.compile(r"_(weights|model|lstm|gru|rnn)$")
"""What a model's name says of it, and its vocabulary's does not."""
PICKLED = (".pkl", ".joblib", ".pickle", ".save", ".gz")
"""Endings of files that scikit-learn's scalers are kept in."""
_ABSENT = (errno.ENOENT, errno.ENAMETOOLONG, errno.ENOTDIR)


@dataclass(eq=False)
class VocabularyBeside:
    """The symbols found, and what was passed over."""

    vocabulary: tuple[str, ...] | None = None
    source: str = ""
    notes: list[str] = field(default_factory=list)


class _Unusable(Exception):
    """Why a file is not read, as a predicate."""


def find_vocabulary_beside(path: str, size: int, seconds: float) -> VocabularyBeside:
    """The vocabulary of `size` symbols in a file beside the checkpoint at `path`; all of them within `seconds`."""
    found = VocabularyBeside()
    deadline = time.monotonic() + seconds
    for name in _names(path):
        try:
            about = _asked(os.path.join(os.path.dirname(path), name), size, deadline - time.monotonic())
        except (NoReply, _Unusable) as error:
            found.notes.append(f"{visible(name)} beside the file is not used: it {error}")
            continue
        symbols = about.get("vocabulary")
        if isinstance(symbols, list) and len(symbols) == size and all(isinstance(one, str) for one in symbols):
            found.vocabulary, found.source = tuple(symbols), f"{name} beside the file"
            break
        notes = about.get("notes")
        why = about.get("refused") or (notes[0] if isinstance(notes, list) and notes else "")
        if why:
            found.notes.append(f"{visible(name)} beside the file is not used: it {visible(str(why)[:200])}")
    return found


@dataclass(frozen=True, eq=False)
class ScalerFile:
    """How numbers were scaled, as a file says it: see `core.number_rows.scaling.said`."""

    name: str
    content: Mapping[str, object]

    @property
    def words(self) -> str:
        """`scaler.pkl (StandardScaler)`."""
        return f"{visible(self.name)} ({visible(str(self.content.get('kind'))[:40])})"


def look_for_scaler(path: str, seconds: float) -> tuple[ScalerFile | None, list[str]]:
    """The scaler beside the model of numbers at `path`, and why others are not used."""
    stem, notes = os.path.splitext(os.path.basename(path))[0].removesuffix(".weights"), list[str]()
    stems = dict.fromkeys((f"{stem}_", f"{stem}.", f"{_ABOUT.sub('', stem)}_", ""))
    deadline = time.monotonic() + seconds
    for name in (f"{start}scaler{end}" for start in stems for end in (*PICKLED, ".json")):
        try:
            about = _asked(os.path.join(os.path.dirname(path), name), None, deadline - time.monotonic())
        except (NoReply, _Unusable) as error:
            about = {"refused": str(error)}
        if "refused" in about:
            notes.append(f"{visible(name)} beside the file is not used: it {visible(str(about['refused'])[:200])}")
        elif about:
            return ScalerFile(name, about), notes
    return None, notes


def read_scaler(path: str, seconds: float = 15.0) -> dict[str, object]:
    """The scaler in the file that `--scaler` names. Raises `UserError` in one sentence."""
    try:
        with open_model_file(path) as file:
            about = _read(file, os.path.basename(path), None, seconds)
    except (NoReply, _Unusable) as error:
        about = {"refused": str(error)}
    if "refused" in about:
        raise UserError(f"--scaler '{visible(path)}' {visible(str(about['refused'])[:300])}")
    return about


def _names(path: str) -> Iterator[str]:
    stem = os.path.splitext(os.path.basename(path))[0].removesuffix(".weights")
    stems = dict.fromkeys((stem, _ABOUT.sub("", stem)))
    return (name.format(one) for name in _NAMES for one in (stems if "{}" in name else ("",)))


def _asked(path: str, size: int | None, seconds: float) -> dict[str, object]:
    """What a child says of the file at `path`, of the symbols in it or of a scaler (None); nothing where there is none.

    Raises `NoReply` and `_Unusable`.
    """
    try:
        file = reach.regular(reach.now().open_beside(path))
    except (IsADirectoryError, reach.NotRegular):
        raise _Unusable("is not a regular file") from None
    except OSError as error:
        if error.errno in _ABSENT:
            return {}
        if error.errno == errno.ELOOP:
            raise _Unusable(
                "is a link, and only files in the model's own folder are read; name it with --vocab"
            ) from None
        raise _Unusable(f"cannot be opened ({visible(error.strerror or 'no reason given')})") from None
    with file:
        return _read(file, os.path.basename(path), size, seconds)


def _read(file: IO[bytes], name: str, size: int | None, seconds: float) -> dict[str, object]:
    descriptor, what = file.fileno(), "a scaler" if size is None else "a vocabulary"
    held = os.fstat(descriptor).st_size
    if held > MOST_SIDECAR_BYTES:
        raise _Unusable(f"has {held / 1e6:,.0f} MB, too large for {what}")
    if seconds <= 0:
        raise _Unusable("would take too long to read after the others")
    task = ("scaler", str(descriptor), name) if size is None else ("beside", str(descriptor), name, str(size))
    with child(seconds, *task, descriptor=descriptor) as reader:
        return reader.read_reply()
