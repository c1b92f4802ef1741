"""Files beside a checkpoint that may say which symbol is which: each read by a child of its own, or named in a note.

The contents of a folder are not trusted. Only a plain file of the folder itself is opened: no link, which could lead
anywhere, no pipe, no device; and a fault in one does not make the model unusable.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from lstm_tui.checkpoints.reading_child import NoReply, child
from lstm_tui.checkpoints.sandbox.limits import MOST_SIDECAR_BYTES
from lstm_tui.core.filesystem import reach
from lstm_tui.core.vocabulary import visible

_NAMES = (
    *("{}.vocab.json", "{}_vocab.json", "{}.json", "vocab.json", "vocabulary.json", "chars.json"),
    *("{}_tokenizer.json", "tokenizer.json", "{}_vocab.csv", "vocab.csv", "vocabulary.txt"),
    *("tokens.json", "itos.json", "config.json", "{}.vocab.pickle", "vocab.pickle", "vocab.pkl"),
)
"""Under which people keep a vocabulary, in order of preference; {} is the model's own name."""
_ABOUT = re.compile(r"_(weights|model|lstm|gru|rnn)$")
"""What a model's name says of it, and its vocabulary's does not."""
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


def scalers(path: str) -> list[str]:
    """Names of files beside a model of numbers that may say how its numbers were scaled. None is read."""
    stem = os.path.splitext(os.path.basename(path))[0].removesuffix(".weights")
    names = [f"{start}scaler{end}" for start in ("", f"{stem}_", f"{stem}.") for end in (".pkl", ".joblib", ".json")]
    return [visible(name) for name in names if _there(os.path.join(os.path.dirname(path), name))]


def _there(path: str) -> bool:
    try:
        reach.regular(reach.now().open_beside(path)).close()
    except (OSError, reach.NotRegular):
        return False
    return True


def _names(path: str) -> Iterator[str]:
    stem = os.path.splitext(os.path.basename(path))[0].removesuffix(".weights")
    stems = dict.fromkeys((stem, _ABOUT.sub("", stem)))
    return (name.format(one) for name in _NAMES for one in (stems if "{}" in name else ("",)))


def _asked(path: str, size: int, seconds: float) -> dict[str, object]:
    """What a child says of the file at `path`; nothing where there is none. Raises `NoReply` and `_Unusable`."""
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
        descriptor = file.fileno()
        held = os.fstat(descriptor).st_size
        if held > MOST_SIDECAR_BYTES:
            raise _Unusable(f"has {held / 1e6:,.0f} MB, too large for a vocabulary")
        if seconds <= 0:
            raise _Unusable("would take too long to read after the others")
        with child(
            seconds, "beside", str(descriptor), os.path.basename(path), str(size), descriptor=descriptor
        ) as reader:
            return reader.read_reply()
