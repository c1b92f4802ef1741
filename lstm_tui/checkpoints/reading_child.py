"""The program's side of reading a foreign file: opens it, starts the child, waits a few seconds at most."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from lstm_tui.checkpoints.opening import open_model_file
from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.limits import most_unpacked
from lstm_tui.checkpoints.sandbox.process import BYTES_A_SECOND, READY, REFUSED
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

Task = Literal["model", "named"]
SECONDS = 15.0
"""And one more for every 100 MB of the file. The child has a third of it in processor time: the machine may be busy."""
MOST_ANSWER_BYTES = 64 << 20
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path += sys.argv[1].split('\\n'); from lstm_tui.checkpoints.sandbox.process import main; main()"
)
PACKAGES = ("pyfive", "numpy", "numcodecs", "fsspec", "typing_extensions")
"""What the child may import for a Keras file: `pyfive` and what that needs."""
_NEEDED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Environment without which some Pythons do not start; the rest is kept from the child."""


@dataclass(frozen=True, eq=False)
class Reply:
    """What the child said of a file: plain JSON values, and the bytes of the tensors they list."""

    about: dict[str, Any]
    data: tuple[memoryview, ...]
    sha256: str


class SeveralParts(UserError):
    """A file of several networks, none of which is named; `parts` gives each one's name and what it is."""

    def __init__(self, sentence: str, parts: tuple[tuple[str, str], ...]) -> None:
        super().__init__(sentence)
        self.parts = parts


def ask(path: str, seconds: float = SECONDS, task: Task = "model", part: str = "") -> Reply:
    """Has the file at `path`, or the `part` of it, read by a child: as a model, or as no more than its `named` tensors.

    Raises `UserError`: one sentence, whatever the file is.
    """
    shown = visible(os.path.basename(path) or path)[:120]
    with open_model_file(path) as file:
        before = os.fstat(file.fileno())
        try:
            most = seconds + before.st_size / BYTES_A_SECOND
            about, data = _converse(file, os.path.basename(path), most, task, part)
        except NoReply as error:
            raise UserError(f"{shown} {error}") from None
        if "refused" in about:
            raise _refused(f"{shown} {visible(str(about['refused'])[:2000])[:900]}", about.get("parts"))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UserError(f"{shown} changed while it was being read; open it again when it is complete")
    return Reply(about, data, digest)


def walls(seconds: float = SECONDS) -> dict[str, bool]:
    """What a reading child is kept from on this system, each tried in one. Raises `UserError` where none starts."""
    try:
        with child(seconds, "walls") as reader:
            return {str(what): bool(kept) for what, kept in reader.read_reply().items()}
    except NoReply as error:
        raise UserError(f"a model file {error}") from None


class NoReply(Exception):
    """The child gave no whole answer; a predicate as the child's own refusals are."""


def _refused(sentence: str, parts: object) -> UserError:
    listed = parts if isinstance(parts, list) else []
    named = tuple((visible(str(one[0])[:80]), visible(str(one[1])[:200])) for one in listed[:100] if len(one) == 2)
    return SeveralParts(sentence, named) if named else UserError(sentence)


def _converse(
    file: IO[bytes], name: str, seconds: float, task: Task, part: str
) -> tuple[dict[str, Any], tuple[memoryview, ...]]:
    descriptor = file.fileno()
    with child(seconds, task, str(descriptor), name, part, descriptor=descriptor) as reader:
        about = reader.read_reply()
        sizes = [int(entry["nbytes"]) for entry in about.get("tensors", ())]
        if sum(sizes) > 2 * most_unpacked(os.fstat(descriptor).st_size) or min(sizes, default=0) < 0:
            raise NoReply("cannot be read: it describes more weights than it holds")
        data = []
        for size in sizes:
            length = bytes(reader.take(8))
            if length == REFUSED:
                return reader.read_reply(), ()
            if int.from_bytes(length, "little") != size:
                raise NoReply("cannot be read: its tensors do not have the sizes it says")
            data.append(reader.take(size))
        return about, tuple(data)


class ReplyReader:
    """What a child says, bounded in time and length. Raises `NoReply` where it stops short."""

    def __init__(self, out: IO[bytes], seconds: float) -> None:
        self._out, self._seconds = out, seconds
        self._deadline = time.monotonic() + seconds

    def read_reply(self) -> dict[str, Any]:
        """One JSON object."""
        length = int.from_bytes(self.take(8), "little")
        if length > MOST_ANSWER_BYTES:
            raise NoReply("cannot be read: it describes far more than a recurrent model")
        try:
            about = bounded_json.loads(str(self.take(length), "ascii"))
        except ValueError:
            about = None
        if not isinstance(about, dict):
            raise NoReply("cannot be read: its contents are not a valid checkpoint")
        return about

    def take(self, count: int, otherwise: str = "reading it takes more memory or time than it should") -> memoryview:
        """The next `count` bytes; `otherwise` is why there are fewer."""
        data = memoryview(bytearray(count))
        filled = 0
        with selectors.PollSelector() as ready:  # needs no descriptor of its own, of which there may be none left
            ready.register(self._out, selectors.EVENT_READ)
            while filled < count:
                if not ready.select(max(0.0, self._deadline - time.monotonic())):
                    raise NoReply(f"takes longer than {self._seconds:.2g} s to read: not a regular file, or damaged")
                got = os.read(self._out.fileno(), min(count - filled, 1 << 20))
                if not got:
                    raise NoReply(f"cannot be read: {otherwise}")
                data[filled : filled + len(got)] = got
                filled += len(got)
        return data


@functools.cache
def package_folders() -> tuple[str, ...]:
    """The folders of what `pyfive` needs: a child knows of no packages that are not named to it."""
    found = (importlib.util.find_spec(name) for name in PACKAGES)
    origins = (spec.origin for spec in found if spec is not None and spec.origin)
    return tuple(dict.fromkeys(str(Path(origin).parent.parent) for origin in origins if "__init__" in origin))


@contextlib.contextmanager
def child(seconds: float, *task: str, descriptor: int | None = None) -> Iterator[ReplyReader]:
    """A reading child at its task, sealed; ended in any case. Raises `NoReply` where none can be started."""
    if not sys.executable:
        raise NoReply(
            "cannot be read: this Python does not know its own executable, so no child process can be started"
        )
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT, "\n".join((_ROOT, *package_folders())), *task],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=() if descriptor is None else (descriptor,),
            cwd="/",
            env={name: os.environ[name] for name in _NEEDED if name in os.environ},
        )
    except (OSError, MemoryError) as error:
        why = visible(getattr(error, "strerror", None) or "out of memory").lower()
        raise NoReply(
            f"cannot be read: the process that reads foreign files cannot be started ({why}); "
            f"check that {visible(sys.executable)} can be run, and the limits that ulimit -a shows"
        ) from None
    assert process.stdout is not None, "stdout is a pipe"
    try:
        reader = ReplyReader(process.stdout, seconds)
        if bytes(reader.take(1, "the process that reads foreign files ends immediately; check ulimit -a")) != READY:
            raise NoReply(
                "cannot be read: the process that reads foreign files is not part of lstm-tui; reinstall lstm-tui"
            )
        yield reader
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
