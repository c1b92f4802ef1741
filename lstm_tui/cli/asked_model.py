"""The model that the command line names: is there one?"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from lstm_tui.cli.flags.argument_types import closest
from lstm_tui.cli.usage import COMMANDS
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import MODEL_ENDING, check_encoding, quoted
from lstm_tui.core.options import ModelOptions

if TYPE_CHECKING:
    from lstm_tui.debugger.prepared import Prepared


def prepared_model(options: ModelOptions, or_command: bool = False) -> Prepared:
    """The model asked for on the command line, checked; see `debugger.prepare`."""
    from lstm_tui.debugger.prepare import prepare

    check_encoding(options.encoding)
    if options.model is not None:
        check_exists(options.model, or_command)
    return prepare(options)


def check_exists(model: str, or_command: bool) -> None:
    """A name that is neither a file nor a bundled model is probably a typo: say of what."""
    from lstm_tui.core.filesystem.bundled import bundled

    names = [name for name, _ in bundled()]
    if model in names:
        return
    place = reach.now().placed(model)
    if os.path.isdir(place):
        raise UserError(f"{quoted(model)} is a folder: name a model file in it")
    if os.path.lexists(place):
        return
    if model in COMMANDS:
        raise UserError(f"'{model}' is a command only as the first word, and not a file: write 'lstm-tui {model} …'")
    folder, name = os.path.split(place)
    with contextlib.suppress(OSError, ValueError):
        names += [entry for entry in os.listdir(folder or ".") if entry.endswith(MODEL_ENDING)]
    near = closest(name, [*names, *(COMMANDS if or_command and not os.path.dirname(model) else ())])
    kind = "model file or command" if or_command else "model file"
    if near in COMMANDS:
        hint = f"did you mean the command {near}?"
    elif near is not None:
        hint = f"did you mean {quoted(near)}?"
    else:
        hint = "give the path of a file, or name a bundled model: hello, brackets, python, weather and arabic"
    raise UserError(f"there is no {kind} {quoted(model)}: {hint}")
