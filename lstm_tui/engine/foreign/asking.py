"""The program's side of reading a stranger's file: opens it, starts the child, waits five seconds at most."""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from lstm_tui import reach
from lstm_tui.engine.foreign.common import MOST_FILE_BYTES, MOST_WEIGHT_BYTES
from lstm_tui.errors import UserError
from lstm_tui.vocabulary import visible

SECONDS = 5.0
MOST_ANSWER_BYTES = 64 << 20
_ROOT = str(Path(__file__).resolve().parents[3])
_BOOT = "import sys; sys.path.append(sys.argv[1]); from lstm_tui.engine.reading_child import main; main()"


@dataclass(frozen=True, eq=False)
class Reply:
    """What the child said of a file: plain JSON values, and the bytes of the tensors they list."""

    about: dict[str, Any]
    data: tuple[memoryview, ...]
    sha256: str


def ask(path: str, seconds: float = SECONDS) -> Reply:
    """Has the file at `path` read by a child. Raises `UserError`: one sentence, whatever the file is."""
    shown = visible(os.path.basename(path) or path)[:120]
    with _open(path, shown) as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest() if before.st_size <= MOST_FILE_BYTES else ""
        try:
            about, data = _converse(file, reach.now().placed(path), seconds)
        except _Silent as error:
            raise UserError(f"{shown} {error}") from None
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UserError(f"{shown} was changed while it was read; open it again when it is complete")
    if "refused" in about:
        raise UserError(f"{shown} {visible(str(about['refused']))[:900]}")
    return Reply(about, data, digest)


class _Silent(Exception):
    """The child gave no whole answer; a predicate as the child's own refusals are."""


def _open(path: str, shown: str) -> BufferedReader:
    """The regular file at `path`. What it is gets decided on the open descriptor: the name may change its meaning."""
    try:
        descriptor = reach.now().open(path)
    except FileNotFoundError:
        raise UserError(f"there is no file {visible(path)}: check the name") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no possible file name"
        raise UserError(f"{shown} cannot be opened: {visible(why)}") from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise UserError(f"{shown} is a folder; name the checkpoint in it{_inside(path)}")
    kind = "a pipe (FIFO)" if stat.S_ISFIFO(mode) else "a device"
    raise UserError(f"{shown} is {kind}, not a file; write the checkpoint to a file and name that")


def _inside(path: str) -> str:
    try:
        names = sorted(
            n for n in os.listdir(path) if n.endswith((".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".tar"))
        )
    except OSError:
        return ""
    return ", for example " + visible(os.path.join(os.path.basename(path), names[0])) if names else ""


def _converse(file: IO[bytes], path: str, seconds: float) -> tuple[dict[str, Any], tuple[memoryview, ...]]:
    descriptor = file.fileno()
    if not sys.executable:
        raise _Silent("cannot be read: this Python does not know its own program, so no child can be started")
    arguments = [sys.executable, "-I", "-S", "-c", _BOOT, _ROOT, str(descriptor), os.path.abspath(path)]
    child = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        cwd="/",
    )
    try:
        assert child.stdout is not None, "stdout is a pipe"
        return _listen(child.stdout, time.monotonic() + seconds, seconds)
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _listen(out: IO[bytes], deadline: float, seconds: float) -> tuple[dict[str, Any], tuple[memoryview, ...]]:
    with selectors.DefaultSelector() as ready:
        ready.register(out, selectors.EVENT_READ)

        def take(count: int) -> memoryview:
            data = memoryview(bytearray(count))
            filled = 0
            while filled < count:
                if not ready.select(max(0.0, deadline - time.monotonic())):
                    raise _Silent(f"takes longer than {seconds:g} s to read: it is no ordinary checkpoint, or damaged")
                got = os.read(out.fileno(), min(count - filled, 1 << 20))
                if not got:
                    raise _Silent("cannot be read: reading it needed more memory or time than any checkpoint should")
                data[filled : filled + len(got)] = got
                filled += len(got)
            return data

        length = int.from_bytes(take(8), "little")
        if length > MOST_ANSWER_BYTES:
            raise _Silent("cannot be read: it describes far more than a recurrent model")
        about = json.loads(bytes(take(length)))
        sizes = [int(entry["nbytes"]) for entry in about.get("tensors", ())]
        if sum(sizes) > MOST_WEIGHT_BYTES:
            raise _Silent("has more weights than are opened here; use a smaller model")
        return about, tuple(take(size) for size in sizes)
