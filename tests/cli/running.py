"""The program in processes of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

Run = Callable[..., tuple[int, str, str]]
"""Runs a command: exit code, standard output, standard error."""


def subprocess_of(*argv: str, **options: Any) -> subprocess.Popen[bytes]:
    """The program in a process of its own, its standard error in a pipe."""
    return subprocess.Popen([sys.executable, "-m", "lstm_tui", *argv], stderr=subprocess.PIPE, **options)
