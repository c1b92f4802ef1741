"""A debugger's model as the bytes of a model file."""

from __future__ import annotations

from lstm_tui.engine.checkpoint import tensors_of, to_bytes
from lstm_tui.engine.reading import Reading
from lstm_tui.model_file import TEXT_KEPT, ModelHeader
from lstm_tui.options import ModelOptions
from lstm_tui.step import About


def model_bytes(reading: Reading, about: About, options: ModelOptions) -> bytes:
    """The file as `checkpoint.to_bytes` makes it; the text remembered is the start of the one being read."""
    header = ModelHeader(
        cell=about.cell,
        vocabulary=reading.vocabulary,
        text=reading.text[:TEXT_KEPT],
        seed=options.seed or 0,
        epochs=about.epochs,
        loss=about.loss,
        shapes={name: tuple(tensor.shape) for name, tensor in tensors_of(reading.model).items()},
    )
    return to_bytes(reading.model, header)
