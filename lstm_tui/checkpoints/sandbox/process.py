"""The process that reads a foreign file: started bare, sealed before the first byte of it means anything.

It imports neither torch nor, for most files, any package outside this one and the standard library; for a file that
begins as Keras's do it imports `pyfive`, and with it numpy, before it is sealed. It says what it found on standard
output: a byte when it is sealed, then eight bytes of length and a JSON object, then the tensors' bytes it lists, each
behind its length.
`lstm_tui.checkpoints.reading_child` starts it with one of four tasks.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
from typing import IO, Any

from lstm_tui.checkpoints.sandbox import sealing, sniff
from lstm_tui.checkpoints.sandbox.limits import MOST_FILE_BYTES, Unreadable

MEMORY = 640 << 20
"""Beside the file itself, one storage of which is held at a time."""
SIDECAR_MEMORY = 512 << 20
SECONDS = 5
BYTES_A_SECOND = 100_000_000
READY = b"R"
REFUSED = b"\xff" * 8
"""Stands where a tensor's length would, before a refusal: the file turned out to be damaged on the way."""
_ENCODINGS = ("cp437", "ascii", "latin-1", "utf-8", "raw_unicode_escape", "unicode_escape")


def prepare(hdf5: bool = False) -> None:
    """Loads all that reading may need: sealed, nothing more can be imported."""
    import lstm_tui.checkpoints.sandbox.reply
    import lstm_tui.checkpoints.sandbox.scaler_file  # noqa: F401

    if hdf5:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each takes memory, and none is needed
        with contextlib.suppress(ImportError):  # said when the file is read
            import pyfive  # noqa: F401

    for encoding in _ENCODINGS:
        codecs.lookup(encoding)


def reply(file: IO[bytes], size: int, name: str, out: IO[bytes], named: bool = False, part: str = "") -> None:
    """Reads the checkpoint and writes the answer, or `{"refused": sentence}`: whatever the file does to us.

    `named`: its tensors by name, whatever they mean; `part`: one network of several.
    """
    from lstm_tui.checkpoints.sandbox.reply import answer, answer_named

    begun = False
    try:
        about, data = answer_named(file, size, name) if named else answer(file, size, name, part)
        _say(about, out)
        begun = True
        for chunk in data:
            out.write(len(chunk).to_bytes(8, "little"))
            out.write(chunk)
    except Exception as error:
        if begun:
            out.write(REFUSED)
        _say({"refused": _refusal(error), "parts": list(getattr(error, "parts", ()))}, out)
    out.flush()


def reply_beside(file: IO[bytes], name: str, size: int | None, out: IO[bytes]) -> None:
    """Reads a file beside a checkpoint and writes the `size` symbols it lists, or why it lists none; None: a scaler."""
    from lstm_tui.checkpoints.sandbox.reply import answer_beside
    from lstm_tui.checkpoints.sandbox.scaler_file import answer_scaler

    try:
        about = answer_scaler(file, name) if size is None else answer_beside(file, name, size)
    except Exception as error:
        about = {"refused": _refusal(error)}
    _say(about, out)
    out.flush()


def _refusal(error: Exception) -> str:
    """A predicate. Nothing of an error that is not ours leaves but its class: a damaged file may trip anything."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, MemoryError):
        return "needs far more memory than it should; save or download it again"
    return f"cannot be read ({type(error).__name__}); save or download it again"


def _say(about: dict[str, Any], out: IO[bytes]) -> None:
    head = json.dumps(about).encode("ascii")  # lone surrogates travel as \\u escapes
    out.write(len(head).to_bytes(8, "little") + head)


def _ready(out: IO[bytes]) -> None:
    out.write(READY)
    out.flush()


def main() -> None:
    """`… model FD NAME PART`, `… named FD NAME`, `… beside FD NAME V`, `… scaler FD NAME`, or `… walls`."""
    task, out = sys.argv[2], sys.stdout.buffer
    if task == "walls":
        prepare()
        walls = sealing.measured(MEMORY, SECONDS)
        _ready(out)
        _say(walls, out)
    else:
        name = sys.argv[4]
        with open(int(sys.argv[3]), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(sniff.HEAD)  # compared with a few signatures, and no more
            file.seek(0)
            prepare(task in ("model", "named") and sniff.container(head, size, name) in ("hdf5", "keras"))
            if task in ("model", "named"):
                read = min(size, MOST_FILE_BYTES)
                sealing.seal(MEMORY + read, SECONDS + read // BYTES_A_SECOND + 1)
                _ready(out)
                reply(file, size, name, out, task == "named", sys.argv[5] if task == "model" else "")
            else:
                sealing.seal(SIDECAR_MEMORY, SECONDS + 1)
                _ready(out)
                reply_beside(file, name, None if task == "scaler" else int(sys.argv[5]), out)
    out.flush()
    os._exit(0)
