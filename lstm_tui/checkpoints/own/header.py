"""What a model file of ours says about itself: which tensors it must hold, and its metadata.

Format 1 is a one-hot LSTM with an output layer: `lstm.weight_ih_l0` …, `fc.weight`, `fc.bias`. Format 2 is that with
other people's ends and cells, and is written only where it is needed, so that an older lstm-tui still opens the rest
and says of these that it must be updated: `embedding.weight` (V, E) in front; `gru.…` (3H rows r, z, n) instead of
`lstm.…`; metadata `tied`, `max_norm`, `log_softmax`, and `output` = `none` where there is no `fc`; `bias` = `none`
(`output_bias` = `none`) where the layers (`fc`) have no biases and the file no such tensors. A tied weight is in
the file twice, so that plain PyTorch loads every part from its own name. `tokens` = `words` where symbols are words;
`rows` instead of `vocab` for a model of numbers, whose `text` is CSV: see `RowFormat.described`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstm_tui.core.kinds import IMPLEMENTATIONS, KINDS
from lstm_tui.core.kinds.cell_kind import CellKind
from lstm_tui.core.vocabulary import Vocabulary, visible

if TYPE_CHECKING:
    from lstm_tui.core.number_rows.row_sequence import RowFormat

FORMAT, FORMAT_OTHER = "1", "2"
_LONGEST_NAME = 80
TEXT_KEPT = 4096
"""Characters of its text that a model file remembers."""


@dataclass(frozen=True, eq=False)
class ModelHeader:
    """What a model file says about itself."""

    cell: str
    vocabulary: Vocabulary
    text: str
    seed: int | None
    epochs: int | None
    loss: float | None
    shapes: Mapping[str, tuple[int, ...]]
    """Tensor name → shape."""
    own_class: str | None = None
    """The user's class whose own state dict the file holds, as `cell.0.…` a layer; None for an LSTM's weights."""
    own_hidden: tuple[int, ...] = ()
    """Units a layer of such a class: its tensors' shapes do not say."""
    tied: bool = False
    """Whether the embedding is the output weight too."""
    max_norm: float | None = None
    """Embedding rows longer than this are scaled down to it when read."""
    log_softmax: bool = False
    """Whether the raw outputs are log-probabilities."""
    output: bool = True
    """Whether there is an output layer."""
    bias: bool = True
    """Whether the layers have biases."""
    output_bias: bool = True
    """Whether the output layer has one."""
    rows: RowFormat | None = None
    """What a model of numbers reads and says, and their scale; its `vocabulary` is the columns' names."""

    @property
    def reads(self) -> int:
        """Symbols, or channels."""
        return len(self.vocabulary) if self.rows is None else len(self.rows.channels)

    @property
    def says(self) -> int:
        """Symbols, or targets."""
        return len(self.vocabulary) if self.rows is None else len(self.rows.targets)

    @property
    def kind(self) -> CellKind:
        """Which kind of layers the file holds, as their tensors' names say; where PyTorch has no names for them, the
        cell's."""
        found = [k for k in KINDS.values() if k.fused is not None and k.in_file("weight_hh", 0) in self.shapes]
        if self.own_class is None and not found and self.cell in IMPLEMENTATIONS:
            found = [IMPLEMENTATIONS[self.cell].kind]
        return found[0] if found and self.own_class is None else KINDS["lstm"]

    @property
    def user_class(self) -> str | None:
        """The user's class that computes it, fit to be shown; None where that is a cell of ours.

        What a file calls its cell is never where code is: of whatever looks like a path only the class is left.
        """
        spec = self.own_class if self.own_class is not None else self.cell
        if self.own_class is None and spec in IMPLEMENTATIONS:
            return None
        name = re.split(r"\W", spec[-_LONGEST_NAME:])[-1]
        return visible(name) if name.isidentifier() and name not in ("py", "ipynb") else "Class"

    @property
    def embedding_size(self) -> int | None:
        """E; None where characters enter one-hot."""
        shape = self.shapes.get("embedding.weight", ())
        return shape[1] if len(shape) == 2 else None

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units a layer, from its tensors' shapes."""
        if self.own_class is not None:
            return self.own_hidden
        (name, axis, count), sizes = self.kind.measured(), list[int]()
        dimensions = len(self.kind.tensors[name])
        while len(shape := self.shapes.get(self.kind.in_file(name, len(sizes)), ())) == dimensions:
            sizes.append(shape[axis] // count)
        return tuple(sizes)

    def expected(self) -> dict[str, tuple[int, ...]]:
        """Every tensor a file with these sizes and this vocabulary must hold, in PyTorch's own names and order."""
        wanted: dict[str, tuple[int, ...]] = {}
        below, size = self.reads, self.says
        if self.embedding_size is not None:
            below = self.embedding_size
            wanted["embedding.weight"] = (size, below)
        if self.own_class is not None:
            wanted |= {name: shape for name, shape in self.shapes.items() if name.startswith("cell.")}
            below = self.own_hidden[-1]
        for layer, units in enumerate(() if self.own_class is not None else self.hidden_sizes):
            for part, shape in self.kind.shapes(below, units, self.bias).items():
                wanted[self.kind.in_file(part, layer)] = shape
            below = units
        if self.output:
            wanted["fc.weight"] = (size, below)
        if self.output and self.output_bias:
            wanted["fc.bias"] = (size,)
        return wanted

    def metadata(self) -> dict[str, str]:
        """As safetensors wants it: strings only; what is not known is left out."""
        plain = self.kind is KINDS["lstm"] and self.embedding_size is None and self.output and not self.log_softmax
        plain = plain and self.bias and self.output_bias and self.rows is None and not self.vocabulary.words
        known = {
            "lstm_tui.format": FORMAT if plain else FORMAT_OTHER,
            "cell": self.cell,
            "vocab": json.dumps(list(self.vocabulary.symbols)) if self.rows is None else None,
            "tokens": "words" if self.vocabulary.words else None,
            "rows": None if self.rows is None else json.dumps(self.rows.described()),
            "text": self.text[:TEXT_KEPT],
            "seed": self.seed,
            "epochs": self.epochs,
            "loss": self.loss,
            "class": self.own_class,
            "hidden": json.dumps(self.own_hidden) if self.own_class is not None else None,
            "tied": "true" if self.tied else None,
            "max_norm": self.max_norm,
            "log_softmax": "true" if self.log_softmax else None,
            "output": None if self.output else "none",
            "bias": None if self.bias else "none",
            "output_bias": None if self.output_bias else "none",
        }
        return {key: str(value) for key, value in known.items() if value is not None}

    def with_text(self, text: str) -> ModelHeader:
        """The same model remembering another text."""
        return replace(self, text=text[:TEXT_KEPT])
