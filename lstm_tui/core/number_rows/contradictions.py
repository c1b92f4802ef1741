"""Options about rows of numbers that contradict each other or say nothing."""

from __future__ import annotations

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import SCALES, ModelOptions
from lstm_tui.core.vocabulary import visible


def check_row_options(options: ModelOptions) -> None:
    """Raises `UserError` for options that contradict each other, or mean nothing without rows."""
    about_rows = {
        "--columns": options.columns,
        "--target": options.target,
        "--time": options.time,
        "--missing": options.missing,
    }
    for option, value, known in (("scale", options.scale, SCALES), ("missing", options.missing, ("previous", "zero"))):
        if value is not None and value not in known:
            raise UserError(f"--{option} '{visible(str(value))}' is not known: choose one of {', '.join(known)}")
    if options.rows is None:
        for name, value in about_rows.items():
            if value is not None:
                raise UserError(f"{name} is about rows of numbers: add --rows FILE.csv")
        return
    others = {
        "--text": options.text,
        "--file": options.file,
        "--random": options.random,
        "--words": options.words or None,
        "--vocab": options.vocab,
        "--vocab-from": options.vocab_from,
        "--unknown": options.unknown,
    }
    for name, other in others.items():
        if other is not None:
            raise UserError(f"--rows reads numbers and {name} is about text: use one of them")
    if options.scale is not None and options.scaler is not None:
        raise UserError("--scale and --scaler both say how numbers are scaled: use one of them")
