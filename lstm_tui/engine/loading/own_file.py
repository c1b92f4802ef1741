"""Our own model file ⇄ a network: safetensors with PyTorch's own tensor names, so that plain PyTorch reads it too."""

from __future__ import annotations

import json

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from lstm_tui.checkpoints.own.model_file import ModelHeader, parse
from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells import Cell, Weights, cell_named
from lstm_tui.engine.network import Network
from lstm_tui.engine.user_cells.cell import Pasted, unwrapped


def to_bytes(model: Network, header: ModelHeader) -> bytes:
    """The whole file: `lstm.weight_ih_l0` … as `nn.LSTM` names them (rows i, f, g, o), `fc.weight`, `fc.bias`.

    `model_header` says what else there may be.
    The same model gives the same bytes: safetensors writes its metadata in a random order, which is put right here.
    """
    tensors, metadata = tensors_of(model), header.metadata()
    data = save_tensors(tensors, metadata)
    end = 8 + int.from_bytes(data[:8], "little")
    entries = json.loads(data[8:end])
    text = json.dumps({"__metadata__": metadata, **{name: entries[name] for name in tensors}}).encode()
    text += b" " * (-len(text) % 8)  # the numbers start at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + data[end:]


def tensors_of(model: Network) -> dict[str, Tensor]:
    """The network's tensors under PyTorch's own names and in its order, contiguous, on the CPU."""
    if not model.cell_type.described:
        return _own_tensors(model)
    tensors: dict[str, Tensor] = {}
    if model.embedding is not None:
        tensors["embedding.weight"] = model.embedding.detach()
    for layer, weights in enumerate(model.weights()):
        for part, tensor in weights.items():
            tensors[model.cell_type.kind.in_file(part, layer)] = tensor
    tensors |= _output_tensors(model)
    return {name: tensor.to("cpu", torch.float32).contiguous() for name, tensor in tensors.items()}


def _output_tensors(model: Network) -> dict[str, Tensor]:
    if model.output is None:
        return {}
    weight = model.output.weight.detach()
    bias = {"fc.bias": model.output.bias.detach()} if model.output_biased else {}
    return {"fc.weight": weight.clone() if model.tied else weight, **bias}


def _own_tensors(model: Network) -> dict[str, Tensor]:
    """A user's class: its own state dict a layer, under its own names after `cell.0.`, and the output layer."""
    tensors = {
        f"cell.{layer}.{name}": tensor
        for layer, cell in enumerate(model.cells)
        for name, tensor in own_module(cell).state_dict().items()
    }
    if model.embedding is not None:
        tensors["embedding.weight"] = model.embedding
    tensors |= _output_tensors(model)
    return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}


def own_module(cell: Cell) -> nn.Module:
    """The user's own module in a cell that is his."""
    assert isinstance(cell, Pasted)
    return unwrapped(cell.inner)


def _load_own(model: Network, tensors: dict[str, Tensor], path: str) -> None:
    for layer, cell in enumerate(model.cells):
        start = f"cell.{layer}."
        given = {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
        try:
            own_module(cell).load_state_dict(given)
        except RuntimeError as error:
            message = visible(" ".join(str(error).split())[:200])
            raise UserError(f"'{visible(path)}' does not fit the class given with --cell: {message}") from None


def from_bytes(
    data: bytes, path: str, cell: type[Cell] | str | None = None
) -> tuple[Network, ModelHeader, tuple[str, ...]]:
    """The network in a file of ours, made of its own cell or of the one named; its header; warnings.

    Raises `UserError` for a damaged file. Weights that are NaN or infinite open, with a warning.
    """
    header = parse(data, path)
    try:
        tensors = {name: _float32(name, tensor) for name, tensor in load_tensors(data).items()}
    except (SafetensorError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise UserError(f"'{visible(path)}' is damaged ({visible(str(error))}): save the model again") from None
    if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != header.shapes:
        raise UserError(f"'{visible(path)}' is damaged (its header can be read in two ways): save the model again")
    kind = cell if isinstance(cell, type) else cell_named(cell or header.cell)
    if kind.kind is not header.kind:
        named, holds = visible(kind.name), header.kind.words
        raise UserError(f"'{visible(path)}' holds {holds}, which --cell {named} cannot compute: leave --cell out")
    model = _empty(header, kind, tensors.get("embedding.weight"))
    if header.own_class is not None:
        _load_own(model, tensors, path)
    else:
        model.load(_weights(header, tensors, layer) for layer in range(len(model.cells)))
    if model.output is not None:
        parts = ("weight", "bias") if header.output_bias else ("weight",)
        model.output.load_state_dict({part: tensors[f"fc.{part}"] for part in parts})
    broken = [name for name, tensor in tensors.items() if not bool(tensor.isfinite().all())]
    warnings = (
        (f"{broken[0]} holds NaN or infinite weights: every number computed from it is suspect",) if broken else ()
    )
    return model.eval().requires_grad_(False), header, warnings


def _empty(header: ModelHeader, kind: type[Cell], embedding: Tensor | None) -> Network:
    """The network the header describes, its weights still to be given."""
    with torch.random.fork_rng(devices=[]):  # drawn only to be overwritten: no other random stream moves
        return Network(
            header.reads,
            header.hidden_sizes,
            header.says if header.output else None,
            cell=kind,
            embedding=embedding,
            tied=header.tied,
            max_norm=header.max_norm,
            log_softmax=header.log_softmax,
            bias=header.bias,
            output_bias=header.output_bias,
        )


def _weights(header: ModelHeader, tensors: dict[str, Tensor], layer: int) -> Weights:
    kind = header.kind
    return {part: tensors[kind.in_file(part, layer)] for part in kind.shapes(0, 0, header.bias)}


def _float32(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        raise TypeError(f"{name} holds {tensor.dtype}, which cannot be weights")
    return tensor.float()
