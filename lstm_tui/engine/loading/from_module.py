"""A live `nn.Module` turned into the same stand-ins a file gives, so that one set of rules recognises both."""

from __future__ import annotations

import os

import torch
from torch import nn

from lstm_tui.checkpoints.foreign import PlainModel, kind_of, settle
from lstm_tui.checkpoints.layout.parameters import find_parameters
from lstm_tui.checkpoints.layout.recognition import recognise
from lstm_tui.checkpoints.layout.symbols import search
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.reply import described, distinct
from lstm_tui.checkpoints.sandbox.stand_ins import StandIn, Unordered
from lstm_tui.checkpoints.sandbox.tensors import FLOATS, Storage, Tensor
from lstm_tui.checkpoints.vocabulary_choice import Vocab, chosen, missing, unneeded
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.loading.foreign_model import ForeignModel
from lstm_tui.engine.loading.from_reply import assemble

MOST_MODULES = 5_000


def from_module(
    module: nn.Module, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None, *,
    head: str | None = None, rows: bool = False, classes: bool = False, part: str = "",
) -> ForeignModel:  # fmt: skip
    """The model in `module`, the rest as `read_plain` has it. Raises `UserError` where it is none that can be
    stepped."""
    held: dict[tuple[object, ...], torch.Tensor] = {}
    name = type(module).__name__
    try:
        found = find_parameters(_stand_in(module, held, {}))
        layout = recognise(found, part)
    except Unreadable as error:
        raise UserError(f"{visible(name)} {visible(str(error))[:900]}") from None
    symbols = search(found.mappings, layout.symbols)
    known = symbols.vocabulary is not None and vocab is None
    given = chosen(vocab, None if known else vocab_from, layout.symbols)
    vocabulary, source = given or (symbols.vocabulary, symbols.source.replace("in the file", "of the module"))
    notes = [] if given or vocabulary else symbols.notes
    if known and vocab_from is not None:
        notes = [unneeded(source)]
    about = described(layout, symbols, (), "live module")
    settle(about, visible(name), head=head, rows=rows, classes=classes)
    windows = list(distinct(layout).values())
    tensors = [held[window.place].detach().to("cpu", torch.float32, copy=True).contiguous() for window in windows]
    plain = PlainModel(
        kind=kind_of(about),
        hidden_sizes=tuple(layer[1].shape[1] for layer in layout.layers),
        symbols=layout.symbols,
        outputs=None,
        embedded=layout.embedding is not None,
        vocabulary=vocabulary,
        vocabulary_source=visible(source) if vocabulary else missing(layout.symbols),
        warnings=tuple(visible(line) for line in (*layout.warnings, *notes)),
        names=(),
        sha256="",
        numbers=bool(about["numbers"]),
        about=about,
        data=(),
    )
    return assemble(about, tensors, sorted({window.dtype for window in windows} - {"float32"}), plain)


def _stand_in(module: nn.Module, held: dict[tuple[object, ...], torch.Tensor], seen: dict[int, StandIn]) -> StandIn:
    """`module` as a file would describe it: its tensors as windows, its plain attributes as they are."""
    if id(module) in seen:
        return seen[id(module)]
    if len(seen) > MOST_MODULES:
        raise Unreadable("has far more modules than a recurrent model")
    kind = type(module)
    made = seen[id(module)] = StandIn(f"{kind.__module__}.{kind.__qualname__}")
    hidden = ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set")
    for key, value in vars(module).items():
        if key not in hidden and (key == "max_norm" or not key.startswith("_")):
            made.state[key] = _plain(value)
    made.state["_parameters"] = {k: _window(v, held) for k, v in module._parameters.items() if v is not None}
    made.state["_buffers"] = {k: _window(v, held) for k, v in module._buffers.items() if v is not None}
    made.state["_modules"] = {k: _stand_in(v, held, seen) for k, v in module._modules.items() if v is not None}
    made.state["_non_persistent_buffers_set"] = Unordered(list(module._non_persistent_buffers_set))
    return made


def _plain(value: object) -> object:
    """Plain attributes as they are; objects with a vocabulary's attributes as stand-ins; nothing is called."""
    if isinstance(value, (str, bytes, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if isinstance(k, (str, bytes, int)) and isinstance(v, (str, bytes, int))}
    if isinstance(value, (list, tuple)):
        return [entry for entry in value if isinstance(entry, (str, bytes, int))]
    if isinstance(value, (set, frozenset)):
        return Unordered(list(value))
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict) and not isinstance(value, (nn.Module, torch.Tensor, type)):
        inner = {k: v for k, v in attributes.items() if isinstance(v, (str, bytes, int, list, tuple, dict))}
        return StandIn(type(value).__name__, state={k: _plain(v) if k != "self" else None for k, v in inner.items()})
    return None


def _window(tensor: torch.Tensor, held: dict[tuple[object, ...], torch.Tensor]) -> Tensor:
    dtype = str(tensor.dtype).removeprefix("torch.")
    shape = tuple(tensor.shape)
    problem = "" if dtype in FLOATS else f"is of type {dtype}"
    if tensor.layout is not torch.strided or tensor.is_quantized:
        problem = f"is {'quantised' if tensor.is_quantized else str(tensor.layout).removeprefix('torch.')}"
    elif tensor.is_meta:
        problem = "is a meta tensor without numbers"
    if problem:
        return Tensor(None, 0, shape, (), dtype, problem)
    storage = tensor.untyped_storage()
    window = Tensor(
        Storage(f"{tensor.device}:{storage.data_ptr()}", dtype, storage.nbytes() // tensor.element_size()),
        int(tensor.storage_offset()),
        shape,
        tuple(tensor.stride()),
        dtype,
    )
    held[window.place] = tensor
    return window
