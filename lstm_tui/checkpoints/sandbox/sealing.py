"""Walls around a process that reads a foreign file, built from the inside, for good, and without privileges.

Resource limits everywhere: memory, processor time, no byte written to a file, no new descriptor, no new process. On
Linux a seccomp filter besides, under which the kernel answers EPERM to everything but reading and writing what is
open, memory, and the end. What a system lacks is left out; `measured` tells what holds here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable

_LIMITS = ("RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
"""What is limited to nothing: bytes in a file, core dumps, processes, descriptors beyond those open."""
_NO_NEW_PRIVS, _DUMPABLE, _SECCOMP = 38, 4, 22
_FILTER = 2
_ARCHITECTURES: dict[str, tuple[int, tuple[int, ...]]] = {
    # in this order: read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn
    # pread64 mremap madvise sigaltstack futex clock_gettime exit exit_group getrandom
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 25, 28, 131, 202, 228, 60, 231, 318),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 216, 233, 132, 98, 113, 93, 94, 278),
    ),
}
"""Machine → the kernel's number for it, and those of the calls that are left."""


def seal(memory: int, seconds: int) -> None:
    """Limits this process for good. Everything it will need is to be imported and open by now."""
    _limit_resources(memory, seconds)
    _filter_calls()


def _limit_resources(memory: int, seconds: int) -> None:
    for name, most in {"RLIMIT_AS": memory, "RLIMIT_CPU": seconds, **dict.fromkeys(_LIMITS, 0)}.items():
        _limit(name, most)


def _filter_calls() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            _seal_linux()


def _limit(name: str, most: int) -> None:
    with contextlib.suppress(ValueError, OSError, AttributeError):  # a system that has no such limit keeps the others
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _seal_linux() -> None:
    libc = ctypes.CDLL(None)
    zero = ctypes.c_ulong(0)
    libc.prctl(_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero)
    libc.prctl(_DUMPABLE, zero, zero, zero, zero)
    machine = os.uname().machine
    if machine not in _ARCHITECTURES or sys.maxsize < 2**32:
        return
    program = ctypes.create_string_buffer(_filter(*_ARCHITECTURES[machine]))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(program))
    libc.prctl(_SECCOMP, ctypes.c_ulong(_FILTER), described, zero, zero)


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    """The filter as instructions of eight bytes (code, jump if true, if false, constant): an allow-list, else EPERM."""
    load, equal, give = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 1  # the number of EPERM
    count = len(calls)
    lines = [
        (load, 0, 0, 4),  # the architecture the call was made for: numbers mean something else in another
        (equal, 0, count + 1, architecture),
        (load, 0, 0, 0),  # the number of the call
        *((equal, count - at, 0, number) for at, number in enumerate(calls)),
        (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def measured(memory: int, seconds: int) -> dict[str, bool]:
    """Seals this process, tries what it is to be kept from, and says of each whether it was refused."""
    import socket  # not before: the reading child does without it

    pid = os.getpid()
    _limit_resources(memory, seconds)
    timed = resource.getrlimit(resource.RLIMIT_CPU)[0] <= seconds
    _filter_calls()
    return {
        "open files": _refused(lambda: os.close(os.open(os.devnull, os.O_RDONLY))),
        "use the network": _refused(lambda: socket.socket().close()),
        "start processes": _refused(_fork),
        "signal other processes": _refused(lambda: os.kill(pid, 0)),
        "see other files": _refused(lambda: os.stat("/")),
        f"take {memory >> 20} MB of memory": _refused(lambda: bytearray(memory)),
        f"compute for {seconds} s": timed,
    }


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False
