"""The two ways a command ends badly, and the sentences that more than one room says.

An error carries one sentence for the user; none is ever a traceback. Sentences of one room are constants beside what
says them; tests import both.
"""

from __future__ import annotations

EMPTY_TEXT = "the text is empty: type at least one character"
NOTHING_READ = "step 0 has read nothing yet: → reads a character, and i continues from there"
NO_GUESSES = "no output layer: no guesses"
NO_STOP = "there is no stop: b sets one, / finds text"
OWN_EQUATIONS = "this cell has its own equations: s walks through them"
WEIGHTS_KEPT = "the previous weights are kept"


class UserError(Exception):
    """Input that cannot be used: the sentence says what was wrong, where, and what to do. Exit code 2."""

    exit_code = 2


class RunFailed(Exception):
    """Something that was asked for correctly and went wrong while it ran. Exit code 1."""

    exit_code = 1
