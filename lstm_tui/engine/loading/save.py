"""A debugger's model as the bytes of a model file."""

from __future__ import annotations

from lstm_tui.checkpoints.own.model_file import TEXT_KEPT, ModelHeader
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About
from lstm_tui.engine.loading.own_file import tensors_of, to_bytes
from lstm_tui.engine.rollout import Rollout


def model_bytes(reading: Rollout, about: About, options: ModelOptions) -> bytes:
    """The file as `checkpoint.to_bytes` makes it; the text remembered is the start of the one being read."""
    if reading.model.head is not None:
        raise UserError("this model cannot be saved: our files have no place for Dense layers below the output layer")
    own = not reading.model.cell_type.described
    header = ModelHeader(
        cell=about.cell,
        vocabulary=reading.vocabulary,
        text=remembered(reading),
        seed=options.seed or 0,
        epochs=about.epochs,
        loss=about.loss,
        shapes={name: tuple(tensor.shape) for name, tensor in tensors_of(reading.model).items()},
        own_class=about.cell if own else None,
        own_hidden=reading.model.hidden_sizes if own else (),
        tied=reading.model.tied,
        max_norm=reading.model.max_norm,
        log_softmax=reading.model.log_softmax,
        output=reading.model.output is not None,
        bias=own or all(cell.biased for cell in reading.model.cells),
        output_bias=reading.model.output_biased,
    )
    return to_bytes(reading.model, header)


def remembered(reading: Rollout) -> str:
    """The start of the text as the model reads it, at most `TEXT_KEPT` characters, so that the file opens with it.

    Whole symbols only, `unknown` where it stands for others; it ends before a lone surrogate, which no file can hold.
    """
    kept: list[str] = []
    room = TEXT_KEPT
    for symbol in reading.symbols[:TEXT_KEPT]:
        read = symbol if symbol in reading.vocabulary else reading.unknown or ""
        room -= len(read)
        if room < 0 or any("\ud800" <= ch <= "\udfff" for ch in read):
            break
        kept.append(read)
    return "".join(kept)
