"""A debugger's model as the bytes of a model file."""

from __future__ import annotations

from lstm_tui.checkpoints.own.model_file import TEXT_KEPT, ModelHeader
from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About
from lstm_tui.engine.loading.own_file import tensors_of, to_bytes
from lstm_tui.engine.rollout import Rollout


def model_bytes(reading: Rollout, about: About, options: ModelOptions) -> bytes:
    """The file as `checkpoint.to_bytes` makes it; the text remembered is the start of the one being read."""
    if reading.classes is not None:
        raise UserError("this model cannot be saved: our files have no place for a classifier's classes")
    if reading.model.head is not None:
        raise UserError("this model cannot be saved: files of lstm-tui cannot hold Dense layers below the output layer")
    own = not reading.model.cell_type.described
    header = ModelHeader(
        cell=about.cell,
        vocabulary=reading.vocabulary,
        text=reading.sequence.start(TEXT_KEPT),
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
        rows=reading.sequence.form if isinstance(reading.sequence, Rows) else None,
    )
    return to_bytes(reading.model, header)
