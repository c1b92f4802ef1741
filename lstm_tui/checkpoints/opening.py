"""Opening a model file, ours or foreign: a file and nothing else, whatever is under its name."""

from __future__ import annotations

from io import BufferedReader

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.vocabulary import visible


def open_model_file(path: str) -> BufferedReader:
    """The file at `path`. Raises `UserError` where there is none, or something else."""
    shown = visible(path)
    try:
        return reach.regular(reach.now().open(path))
    except FileNotFoundError:
        raise UserError(f"there is no file '{shown}': check the path") from None
    except IsADirectoryError:
        raise UserError(f"'{shown}' is a folder: name a model file inside it") from None
    except reach.NotRegular:
        raise UserError(f"'{shown}' is not a regular file: name a .safetensors file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(f"'{shown}' cannot be opened ({visible(why)}): check the path and its permissions") from None
