"""What goes between a debugger in a process of its own and the one who uses it: pickled messages over a socket."""

from __future__ import annotations

import copyreg
import io
import pickle
import socket
from typing import Any

from lstm_tui.core.errors import RunFailed, UserError

_LENGTH = 8


class _Pickler(pickle.Pickler):
    """What was read of a foreign file is in views of memory."""

    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[memoryview] = lambda view: (memoryview, (bytes(view),))


def send(connection: socket.socket, message: object) -> None:
    """One whole message. Raises `OSError` where the other end is gone."""
    out = io.BytesIO()
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(message)
    data = out.getbuffer()
    connection.sendall(len(data).to_bytes(_LENGTH, "little"))
    connection.sendall(data)


def receive(connection: socket.socket) -> Any:
    """The next message. Raises `EOFError` where the other side is gone."""
    return pickle.loads(_exactly(connection, int.from_bytes(_exactly(connection, _LENGTH), "little")))


def _exactly(connection: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view, filled = memoryview(data), 0
    while filled < count:
        try:
            got = connection.recv_into(view[filled:])
        except OSError:
            got = 0
        if not got:
            raise EOFError
        filled += got
    return data


Packed = tuple[type[UserError | RunFailed], tuple[Any, ...], dict[str, Any]]


def packed(error: UserError | RunFailed) -> Packed:
    """An error of ours, to be raised on the other side as itself."""
    return type(error), error.args, vars(error)


def unpacked(error: Packed) -> UserError | RunFailed:
    """The error again, with all its attributes."""
    kind, arguments, held = error
    made = kind.__new__(kind, *arguments)
    vars(made).update(held)
    return made
