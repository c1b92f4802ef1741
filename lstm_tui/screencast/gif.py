"""A recording as a GIF, made by `agg`, which the extra `lstm-tui[gif]` brings along."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.files import quoted
from lstm_tui.core.vocabulary import visible

ENDING = ".gif"
LONGEST_WAIT = 3600
"""Seconds: agg cuts every wait to five of its own accord, and a script's waits are meant."""


def find_agg() -> str:
    """Where agg is: beside our own command, or where commands are looked for. Raises `UserError` where it is not."""
    beside = sysconfig.get_path("scripts")
    found = shutil.which("agg", path=beside) or shutil.which("agg")
    if found is None:
        raise UserError("a GIF is made by agg, which is not installed: install it with pip install 'lstm-tui[gif]'")
    return found


def gif_of(cast: str, folder: str, named: str, idle: float = LONGEST_WAIT) -> bytes:
    """The GIF of the recording at `cast`, made in `folder`; no wait is longer than `idle` seconds.

    Raises `RunFailed`, in which it is called `named`.
    """
    made = os.path.join(folder, "made.gif")
    command = [find_agg(), "--font-size", "15", "--idle-time-limit", f"{idle:g}", cast, made]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode == 0:
            with open(made, "rb") as file:
                return file.read()
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        message = next((line for line in reversed(lines) if line.strip()), "nothing")
    except OSError as error:
        message = error.strerror or type(error).__name__
    hint = "; install a monospace font, such as DejaVu Sans Mono" if "font" in message else ""
    raise RunFailed(f"{quoted(named)} could not be made: agg said {visible(message.strip())}{hint}")
