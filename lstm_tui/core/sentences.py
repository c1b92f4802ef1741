"""Sentences that more than one room says. Those of one room are constants beside what says them; tests import both."""

from __future__ import annotations

EMPTY_TEXT = "the text is empty: type at least one character"
NOTHING_READ = "step 0 has read nothing yet: → reads a character, and i continues from there"
NO_GUESSES = "no output layer: no guesses"
NO_STOP = "there is no stop: b sets one, / finds text"
OWN_EQUATIONS = "this cell has its own equations: s walks through them"
WEIGHTS_KEPT = "the previous weights are kept"
