"""`lstm-tui --resume`: what was open when the last session ended, opened again."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui import session
from lstm_tui.arguments import model_options, parse, screen_options
from lstm_tui.errors import UserError
from lstm_tui.tui.screen_options import ScreenOptions

if TYPE_CHECKING:
    from lstm_tui.debugger import Prepared


def resumed(arguments: Namespace) -> tuple[Prepared, ScreenOptions]:
    """The model that was open, and the screen with the session to go on from.

    Raises `UserError` where there is no session, where what it needs is gone, and where another model is asked for too.
    """
    if model_options(arguments) != model_options(parse([])):
        raise UserError("--resume opens what was open: leave out the model, the text and their options")
    kept = session.read()
    from lstm_tui.debugger import prepare

    prepared = replace(prepare(kept.options), name=kept.name)
    return prepared, replace(screen_options(arguments), theme=arguments.theme or kept.theme, session=kept)


def how_to(code: int) -> str | None:
    """What to say after a signal has ended the debugger; None where there is nothing to say.

    What is kept may be older than the debugger that ended, which perhaps had not come to open anything: so it is named.
    """
    if code <= 128:
        return None
    word = {129: "the connection was closed", 130: "interrupted"}.get(code, "told to stop")
    try:
        kept = session.read()
    except UserError:
        return word
    return f"{word}: 'lstm-tui --resume' goes on with {kept.name} at step {kept.position}"
