"""A foreign checkpoint, once understood, becomes a network of our own cells that reads a text."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from lstm_tui.checkpoints.foreign import PlainModel
from lstm_tui.checkpoints.vocabulary_choice import unnamed
from lstm_tui.core.errors import NO_GUESSES
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About
from lstm_tui.core.text import Text
from lstm_tui.core.user_cell import is_user_cell, parse_names, parse_plain
from lstm_tui.engine.cells import Cell, Weights, cell_named
from lstm_tui.engine.devices import device_named
from lstm_tui.engine.head import Head
from lstm_tui.engine.loading.foreign_model import ForeignModel, LayerWeights
from lstm_tui.engine.loading.from_reply import build
from lstm_tui.engine.loading.fused_check import Checked, self_check
from lstm_tui.engine.loading.open import about_model, ends_of, survey, worse_than_guessing
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.process_settings import compute_alone_and_exactly, settings_kept
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.pasting import pasted


def open_foreign(
    name: str,
    sequence: Text | Rows,
    options: ModelOptions,
    found: PlainModel | ForeignModel,
    path: str | None,
    text_is_placeholder: bool,
    *,
    unchecked: bool = False,
) -> tuple[Rollout, About]:
    """The network in `found` reading `sequence` from its start, and what to show about it.

    `text_is_placeholder`: nobody gave the text. Raises `UserError` for an unknown cell, or a device that is not there.
    """
    compute_alone_and_exactly()
    if isinstance(found, PlainModel):
        found = build(found)
    device_named(options.device)
    kind = _kind(found, options)
    model, (reads, says) = network(found, None if options.fresh else kind), ends_of(sequence)
    if options.fresh:
        sizes, cell, seed = _sizes(options, model.hidden_sizes), kind or model.cell_type, options.seed or 0
        model = fresh(reads, sizes, cell=cell, seed=seed, forget_bias=options.forget_bias, like=model, outputs=says)
    reading = Rollout(model, sequence)
    notes = () if unchecked else survey(reading)
    if options.fresh:
        return reading, about_model(name, reading, 0, None, None, notes, options.device)
    if unchecked:
        return reading, about_model(name, reading, None, None, path, notes, options.device)
    known = found.vocabulary is not None and not text_is_placeholder
    checked = self_check(model, found, reading.indices)
    notes += tuple(_notes(found, model, checked, reading if known else None, options.classes is None))
    return reading, about_model(name, reading, None, None, path, notes, options.device)


def network(found: ForeignModel, kind: type[Cell] | None = None) -> Network:
    """`found` as a network of our own cells (None: PyTorch's own kind); biases it lacks stay absent."""
    kind = kind or cell_named(KINDS[found.kind].native)
    output = found.output_weight
    with torch.random.fork_rng(devices=[]):  # drawn only to be overwritten: no other random stream moves
        model = Network(
            found.symbols,
            [layer.hidden_size for layer in found.layers],
            None if output is None else output.shape[0],
            cell=kind,
            embedding=found.embedding,
            tied=found.tied and output is not None,
            max_norm=found.max_norm,
            log_softmax=bool(found.log_softmax) and output is not None,
            bias=found.layers[0].bias_ih is not None,
            output_bias=found.output_bias is not None,
            head=Head(found.head) if found.head else None,
        )
    model.load(map(_weights, found.layers))
    if model.output is not None and output is not None:
        bias = {} if found.output_bias is None else {"bias": found.output_bias}
        model.output.load_state_dict({"weight": output, **bias})
    return model.eval().requires_grad_(False)


def check(found: ForeignModel) -> Checked:
    """The self-check without a text: over symbols drawn evenly, the same ones every time."""
    draw = torch.Generator().manual_seed(0)
    with settings_kept():
        compute_alone_and_exactly()  # and two threads take seconds to wait for one another
        drawn = torch.randint(found.symbols, (1000,), generator=draw)
        if found.numbers:
            drawn = torch.randn(1000, found.symbols, generator=draw)
        return self_check(network(found), found, drawn)


def _weights(layer: LayerWeights) -> Weights:
    return {part: tensor for part, tensor in vars(layer).items() if tensor is not None}


def _kind(found: ForeignModel, options: ModelOptions) -> type[Cell] | None:
    if options.cell is None:
        return None
    if not is_user_cell(options.cell):
        return cell_named(options.cell)
    first = found.layers[0]
    names, arguments = parse_names(options.names), parse_plain(options.args)
    return pasted(options.cell, first.input_size, first.hidden_size, options.seed or 0, names, arguments)


def _sizes(options: ModelOptions, now: tuple[int, ...]) -> tuple[int, ...]:
    if options.hidden is None and options.layers is None:
        return now
    return (options.hidden or now[0],) * (options.layers or len(now))


def _notes(
    found: ForeignModel, model: Network, checked: Checked, reading: Rollout | None, unnamed_classes: bool
) -> Iterator[str]:
    """What the reader must know, the most urgent first."""
    if not checked.agrees and not checked.broken:  # what is broken is one of the warnings
        yield checked.note
    yield from found.warnings
    if reading is not None:
        yield from worse_than_guessing(reading)
    if found.vocabulary is None and not found.numbers:
        yield unnamed(found.symbols)
    if found.classes and unnamed_classes:
        yield f"classes unnamed (--classes a,b,c): #0 to #{found.classes - 1}"
    if model.log_softmax:
        yield "log-softmax: logits are log-probabilities"
    if part := next((line for line in found.inferred if line.startswith("the part ")), ""):
        yield part
    elif model.output is None:
        yield next((line for line in found.inferred if " are shown" in line), NO_GUESSES)
    if checked.agrees:
        yield checked.note
