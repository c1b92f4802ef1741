"""A foreign model, understood: first as plain bytes and words (no torch), then as tensors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lstm_tui.engine.foreign.asking import SECONDS, Reply, ask
from lstm_tui.engine.foreign.beside import look_beside
from lstm_tui.engine.foreign.vocabularies import chosen, missing, unneeded
from lstm_tui.errors import UserError
from lstm_tui.vocabulary import visible

if TYPE_CHECKING:
    from torch import Tensor, nn

Vocab = str | os.PathLike[str] | Sequence[str] | None


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """One recurrent layer, float32, rows in PyTorch's order (i, f, g, o; r, z, n). G is 4 (LSTM) or 3 (GRU)."""

    weight_ih: Tensor
    """(G·H, D)"""
    weight_hh: Tensor
    """(G·H, H)"""
    bias_ih: Tensor | None
    """(G·H,); None where the layer has no biases."""
    bias_hh: Tensor | None

    @property
    def hidden_size(self) -> int:
        """H."""
        return int(self.weight_hh.shape[1])

    @property
    def input_size(self) -> int:
        """D."""
        return int(self.weight_ih.shape[1])


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """What a checkpoint or live module says about its model. Every string but the vocabulary is fit to be shown."""

    kind: Literal["lstm", "gru"]
    layers: tuple[LayerWeights, ...]
    embedding: Tensor | None
    """(V, E); None for one-hot input."""
    output_weight: Tensor | None
    """(V, H); None for a model that guesses nothing. The same tensor as `embedding` where tied."""
    output_bias: Tensor | None
    log_softmax: bool | None
    """Whether the raw outputs are log-probabilities; None where the file cannot say."""
    tied: bool
    symbols: int
    """V."""
    vocabulary: tuple[str, ...] | None
    """Raw symbols in index order: `visible()` before showing. None where nobody said."""
    vocabulary_source: str
    """Where it comes from; without one, how to give it."""
    roles: tuple[tuple[str, tuple[int, ...], str], ...]
    """(tensor name, shape, role)."""
    inferred: tuple[str, ...]
    """What was concluded from what."""
    broken: str
    """The first tensor that holds NaN or infinite weights, as `fc.weight holds 3 NaN weights`; empty without one."""
    warnings: tuple[str, ...]
    """What the reader must know."""
    names: tuple[str, ...]
    """Foreign classes and functions the file mentions: none was looked up or run."""
    form: str
    """torch zip, torch legacy, safetensors, or live module."""
    sha256: str
    """Of the file; "" for a live module."""
    max_norm: float | None
    """Embedding rows longer than this are scaled down to it when read (2-norm)."""


@dataclass(frozen=True, eq=False)
class PlainModel:
    """What the reading child found, before torch is imported: names, sizes and vocabulary can be shown at once."""

    kind: Literal["lstm", "gru"]
    hidden_sizes: tuple[int, ...]
    symbols: int
    vocabulary: tuple[str, ...] | None
    vocabulary_source: str
    warnings: tuple[str, ...]
    names: tuple[str, ...]
    sha256: str
    about: dict[str, Any]
    """The child's whole answer."""
    data: tuple[memoryview, ...]
    """The bytes of the tensors it lists."""

    def build(self) -> ForeignModel:
        """The same as tensors. Imports torch."""
        from lstm_tui.engine.foreign.building import build

        try:
            return build(self)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError):
            raise UserError("no sense can be made of what was found in the file; save or download it again") from None


def read_plain(
    path: str | os.PathLike[str], *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None,
    encoding: str = "utf-8", seconds: float = SECONDS,
) -> PlainModel:  # fmt: skip
    """Reads the checkpoint at `path` in a child process, without torch. Raises `UserError` with one sentence.

    `vocab`: a preset's name (`printable`), the path of a JSON list, or the symbols themselves; `vocab_from`: the text
    it was trained on, in `encoding`. Before the latter comes what the file and the files beside it say; never a guess.
    """
    name = os.fspath(path)
    reply = ask(name, seconds)
    try:
        return _understood(reply, name, vocab, vocab_from, encoding, seconds)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # what the child says is a stranger's too
        shown = visible(os.path.basename(name))[:120]
        raise UserError(f"{shown} cannot be read: no sense can be made of what was found in it") from None


def _understood(
    reply: Reply, path: str, vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, seconds: float
) -> PlainModel:
    about = reply.about
    size = int(about["symbols"])
    warnings = [visible(str(warning)[:900]) for warning in about["warnings"]]
    vocabulary: tuple[str, ...] | None = None if about["vocabulary"] is None else tuple(about["vocabulary"])
    source, notes = visible(str(about["vocabulary_source"])), [visible(str(n)[:900]) for n in about["vocabulary_notes"]]
    if vocabulary is None and vocab is None:
        beside = look_beside(path, size, seconds)
        vocabulary, source = beside.vocabulary, visible(beside.source)
        notes = beside.notes if vocabulary else [*notes, *beside.notes]
    if vocabulary is not None and vocab is None and vocab_from is not None:
        warnings.append(unneeded(source))
        vocab_from = None
    given = chosen(vocab, vocab_from, size, encoding)
    if given is not None:
        vocabulary, source = given
    elif vocabulary is None:
        source = missing(size)
    warnings += notes if given is None else []
    sizes = tuple(int(about["tensors"][layer[1]]["shape"][1]) for layer in about["layers"])
    names = tuple(visible(str(name)[:200]) for name in about["names"])
    kind: Literal["lstm", "gru"] = "gru" if about["kind"] == "gru" else "lstm"
    return PlainModel(
        kind, sizes, size, vocabulary, source, tuple(warnings), names, reply.sha256, about, reply.data
    )  # fmt: skip


def read_foreign(
    path: str | os.PathLike[str], *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None,
    seconds: float = SECONDS,
) -> ForeignModel:  # fmt: skip
    """The model in the checkpoint at `path`, as tensors. See `read_plain`. Raises `UserError` with one sentence."""
    return read_plain(path, vocab=vocab, vocab_from=vocab_from, seconds=seconds).build()


def from_module(
    module: nn.Module, *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None
) -> ForeignModel:
    """The model in a live module, recognised by the same rules. The weights are copies; the module is not touched."""
    from lstm_tui.engine.foreign.live import from_module as read

    return read(module, vocab, vocab_from)
