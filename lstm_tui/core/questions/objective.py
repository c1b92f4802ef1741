"""What a gradient is the derivative of: a loss, the sum of all losses, or one symbol's logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

FORMS = "loss, loss@T or logit:SYMBOL@T"


@dataclass(frozen=True)
class Objective:
    """The loss at time step `t` (the sum of all losses where `t` is None), or the logit of symbol number `symbol`."""

    t: int | None = None
    symbol: int | None = None

    def words(self, symbols: Sequence[str]) -> str:
        """As a sentence calls it: `the logit of 'l' at t = 2`."""
        if self.t is None:
            return "the sum of all losses"
        what = "loss" if self.symbol is None else f"logit of '{visible(symbols[self.symbol])}'"
        return f"the {what} at t = {self.t}"


def read_objective(text: str, symbols: Sequence[str], length: int, labelled: bool | None = None) -> Objective:
    """The objective that `text` names, for a text of `length` characters: `loss`, `loss@T` or `logit:SYMBOL@T`.

    T counts time steps from 0. `symbols` are what the logits are of. A classifier has one loss, at the last step, where
    it is `labelled` (None for other models). Raises `UserError` for another form, an unknown symbol and a T that has no
    such number.
    """
    if labelled is False and text.partition("@")[0] == "loss":
        raise UserError(f"{visible(text)}: a classifier has a loss where the text has a label: give it with --label")
    if text == "loss":
        if length < 2 and labelled is None:
            raise UserError("loss: a text of one character has no loss, because nothing comes after it")
        return Objective()
    what, at, when = text.rpartition("@")
    kind, colon, symbol = what.partition(":")
    if not at or (kind, colon) not in (("loss", ""), ("logit", ":")):
        raise UserError(f"'{visible(text)}' is not something to differentiate: write {FORMS}")
    t = _time_step(when, length)
    if kind == "loss":
        if labelled and t < length - 1:
            raise UserError(f"loss@{t}: a classifier's loss is at the last step, loss@{length - 1}")
        if t == length - 1 and labelled is None:
            raise UserError(f"loss@{t}: the last step has no target and so no loss: T goes from 0 to {length - 2}")
        return Objective(t)
    if symbol not in symbols:
        known = ", ".join(f"'{visible(each)}'" for each in symbols[:20]) + (" …" if len(symbols) > 20 else "")
        raise UserError(f"logit:{visible(symbol)}@{t}: there is no '{visible(symbol)}' among the outputs: {known}")
    return Objective(t, list(symbols).index(symbol))


def _time_step(when: str, length: int) -> int:
    if not (when.isascii() and when.isdigit()) or len(when) > 12:
        raise UserError(f"@{visible(when)}: T is a whole number, a time step counted from 0")
    if int(when) >= length:
        raise UserError(f"@{int(when)}: the text has {length} steps: T goes from 0 to {length - 1}")
    return int(when)
