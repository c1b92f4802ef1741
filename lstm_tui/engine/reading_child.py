"""The process that reads a stranger's file: started bare, capped before the first byte is read, standard library only.

It imports neither torch nor any package outside this one, writes no file, and says one thing on standard output: eight
bytes of length, a JSON object, and the tensors' bytes it lists. `lstm_tui.engine.foreign.asking` starts it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import IO, Any

MOST_MEMORY = 1 << 30
MOST_SECONDS = 5


def cap(memory: int = MOST_MEMORY, seconds: int = MOST_SECONDS) -> None:
    """Limits this process for good: address space, processor time, no files written, no core dump."""
    import resource

    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for which, most in limits:
        with contextlib.suppress(ValueError, OSError):  # a system that has no such limit keeps the others
            resource.setrlimit(which, (most, most))


def reply(file: IO[bytes], size: int, path: str, out: IO[bytes]) -> None:
    """Reads the checkpoint and writes the answer, or `{"refused": sentence}`: whatever the file does to us."""
    from lstm_tui.engine.foreign.answer import answer
    from lstm_tui.engine.foreign.common import Unreadable

    try:
        about, data = answer(file, size, path)
        chunks = list(data)
    except Unreadable as error:
        about, chunks = {"refused": str(error)}, []
    except MemoryError:
        about, chunks = {"refused": "needs far more memory than it should; save or download it again"}, []
    except Exception as error:  # a damaged file may trip anything; nothing of the error but its class may leave
        about, chunks = {"refused": f"cannot be read ({type(error).__name__}); save or download it again"}, []
    _write(about, chunks, out)


def _write(about: dict[str, Any], chunks: list[bytes], out: IO[bytes]) -> None:
    head = json.dumps(about).encode("ascii")  # lone surrogates travel as \\u escapes
    out.write(len(head).to_bytes(8, "little") + head)
    for chunk in chunks:
        out.write(chunk)
    out.flush()


def main() -> None:
    """`… FD PATH`: the descriptor to read, and the path for the names beside it."""
    descriptor, path = int(sys.argv[-2]), sys.argv[-1]
    cap()
    with open(descriptor, "rb") as file:
        reply(file, os.fstat(descriptor).st_size, path, sys.stdout.buffer)
