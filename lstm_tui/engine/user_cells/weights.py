"""The weights of someone's LSTM cell, in the parameters where they are: read there, and written there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.gates import BIASES, Weights, with_biases
from lstm_tui.engine.judging.recording import RecordedCall
from lstm_tui.engine.judging.weight_places import NONE, GatePlaces, NotPlain

ROWS = KINDS["lstm"].gate_rows


@dataclass(frozen=True, eq=False)
class _Piece:
    """Entries of one parameter, and where they go in a matrix, both flat."""

    name: str
    entries: Tensor
    places: Tensor


@dataclass(frozen=True, eq=False)
class LstmWeights:
    """Where `weight_ih` (4H, D), `weight_hh` (4H, H) and the biases (4H,) are."""

    pieces: Mapping[str, tuple[_Piece, ...]]
    shapes: Mapping[str, tuple[int, ...]]
    offset: Tensor
    """(4H,): what the source adds to the first bias."""

    def read(self, inner: nn.Module) -> dict[str, Tensor]:
        """The tensors by name, differentiable. Both biases are there where there is one; the second is zero then."""
        held = _tensors(inner)
        like = next(iter(held.values()))
        found = {}
        for name, shape in self.shapes.items():
            flat = like.new_zeros(numpy.prod(shape, dtype=int))
            for piece in self.pieces[name]:
                values = held[piece.name].reshape(-1)[piece.entries.to(like.device)]
                flat = flat.index_put((piece.places.to(like.device),), values)
            found[name] = flat.view(shape)
        if bool(self.offset.any()):
            found[BIASES[0]] = found[BIASES[0]] + self.offset.to(like)
        return found

    @torch.no_grad()
    def write(self, inner: nn.Module, weights: Weights) -> None:
        """Take them over. A cell with one bias gets the sum of the two. Raises `UserError` where there is no place."""
        given = with_biases(weights)
        one, other = BIASES
        given = {**given, one: given[one] - self.offset.to(given[one])}
        if not self.pieces.get(other):
            given = {**given, one: given[one] + given[other]}
        if not self.pieces.get(one) and bool(given[one].any()):
            raise UserError("the cell has no bias, but the weights to carry over have one")
        held = _tensors(inner)
        for name, pieces in self.pieces.items():
            for piece in pieces:
                tensor = held[piece.name]
                flat = tensor.reshape(-1).clone()
                flat[piece.entries.to(flat.device)] = given[name].reshape(-1)[piece.places.to(flat.device)].to(flat)
                tensor.copy_(flat.view_as(tensor))


def lstm_weights(recording: RecordedCall, gates: Mapping[str, GatePlaces]) -> LstmWeights:
    """Those of the four gates. Raises `NotPlain` where a gate has none, or others than an LSTM's."""
    missing = [name for name in ROWS if name not in gates]
    if missing:
        raise NotPlain(f"no sum of weights was found inside {missing[0]}")
    if any((gates[name].c != NONE).any() for name in ROWS):
        raise NotPlain("a gate looks at c")
    matrices: dict[str, Sequence[numpy.ndarray]] = {
        "weight_ih": [gates[name].x for name in ROWS],
        "weight_hh": [gates[name].h for name in ROWS],
    }
    if any((one == NONE).any() for parts in matrices.values() for one in parts):
        raise NotPlain("a gate does not read all of x and h")
    if any(gates[name].biases for name in ROWS):
        nothing = numpy.full(recording.units, NONE)
        if any(len(gates[name].biases) > 2 for name in ROWS):
            raise NotPlain("a gate has more than two biases")
        for at, bias in enumerate(BIASES):
            matrices[bias] = [
                gates[name].biases[at] if at < len(gates[name].biases) else nothing for name in ROWS
            ]  # fmt: skip
    offset = torch.from_numpy(numpy.concatenate([gates[name].offset for name in ROWS]))
    if BIASES[0] not in matrices and bool(offset.any()):
        raise NotPlain("a number is added to a gate that has no bias")
    whole = {name: numpy.concatenate(parts) for name, parts in matrices.items()}
    return LstmWeights(
        {name: tuple(_pieces(recording, ids)) for name, ids in whole.items()},
        {name: ids.shape for name, ids in whole.items()},
        offset,
    )


def _pieces(recording: RecordedCall, ids: numpy.ndarray) -> list[_Piece]:
    flat, found = ids.reshape(-1), []
    for record in recording.recorder.records:
        if record.op != "leaf":
            continue
        inside = (flat >= record.start) & (flat < record.start + len(record.values))
        if inside.any():
            if record.name in ("x", "h", "c", "?"):
                raise NotPlain("a weight is no parameter")
            places = numpy.nonzero(inside)[0]
            entries = flat[places] - record.start
            found.append(_Piece(record.name, torch.from_numpy(entries), torch.from_numpy(places)))
    if sum(len(piece.places) for piece in found) != int((flat != NONE).sum()):
        raise NotPlain("a weight is computed from others")
    return found


def _tensors(inner: nn.Module) -> dict[str, Tensor]:
    return {**dict(inner.named_parameters()), **dict(inner.named_buffers())}
