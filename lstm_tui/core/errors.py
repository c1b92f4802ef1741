"""The two ways a command ends badly. Both carry one sentence for the user; neither is ever a traceback."""

from __future__ import annotations


class UserError(Exception):
    """Input that cannot be used: the sentence says what was wrong, where, and what to do. Exit code 2."""

    exit_code = 2


class RunFailed(Exception):
    """Something that was asked for correctly and went wrong while it ran. Exit code 1."""

    exit_code = 1
