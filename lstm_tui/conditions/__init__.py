"""The language of stop conditions: `parse("f[3] < 0.1", names)`.

A condition is one comparison or several joined by `and`, `or`, `not`. It is asked after every step and says yes or
no. Names, functions and operators are a closed list; everything else Python could say is refused.

What does not exist (the loss after the last character, a gate of the zero state, anything divided by zero) makes *the
comparison it is in* false, whichever way that comparison points: neither `loss > 1` nor `loss <= 1` holds after
the last character, and `not (loss > 1)` does.
"""

from lstm_tui.conditions.error import ConditionError
from lstm_tui.conditions.namespace import NameSpace
from lstm_tui.conditions.needs import Condition, Needs
from lstm_tui.conditions.parser import parse

__all__ = ["Condition", "ConditionError", "NameSpace", "Needs", "parse"]
