"""What a user can ask for when opening a model: the command line's model options as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_tui.core.number_rows.number_table import NumberTable

CPU, AUTO = "cpu", "auto"
DEVICES = (AUTO, CPU, "cuda", "mps")
"""What `--device` takes: where a model is trained."""
STANDARD, MINMAX, PLAIN = "standard", "minmax", "none"
SCALES = (STANDARD, MINMAX, PLAIN)
"""What `--scale` takes."""
THEMES = ("dark", "light", "contrast", "projector")
"""The colour themes by name, as `--theme` takes them and a kept session remembers them."""


@dataclass(frozen=True)
class ModelOptions:
    """Every field is None (or False) where the user said nothing, so that "not said" and "said 0" stay apart."""

    model: str | None = None
    """A path, or the name of a bundled model."""
    text: str | None = None
    file: str | None = None
    """A path, or `-` for standard input."""
    random: int | None = None
    """Characters drawn from the vocabulary with the seed, instead of a text."""
    encoding: str = "utf-8"
    words: bool = False
    """Whether the symbols are words."""
    rows: str | NumberTable | None = None
    """A file of rows of numbers, or `-` for CSV on standard input; from Python also the rows themselves."""
    columns: str | None = None
    """`a,b`: which of its columns are read; None for all that hold numbers."""
    target: str | None = None
    """`a,b`: which are predicted; None for all that are read."""
    time: str | None = None
    """The column that names the steps."""
    scale: str | None = None
    """`standard`, `minmax` or `none`."""
    scaler: str | Mapping[str, object] | None = None
    """The path of a file that says how numbers are scaled; what it says, once it was read."""
    missing: str | None = None
    """What stands for values that are not there: `previous` or `zero`."""
    window: int | None = None
    """After how many rows the state starts from zero again."""
    cell: str | None = None
    """A cell's name, or `path/to/file.py:Class`."""
    names: str | None = None
    """`f=fgate,g=cand`: variables of a user's class that are not spelled as usual."""
    args: str | None = None
    """`output_size=10`: what the constructor of a user's class needs besides the sizes."""
    hidden: int | None = None
    layers: int | None = None
    seed: int | None = None
    forget_bias: float | None = None
    fresh: bool = False
    train: bool = False
    epochs: int | None = None
    lr: float | None = None
    vocab: str | tuple[str, ...] | None = None
    """A preset's name or a path; from Python also the symbols themselves."""
    vocab_from: str | None = None
    unknown: str | None = None
    gates: str | None = None
    """What makes gates, where a Keras file does not say: `sigmoid` or `hard`."""
    reset: str | None = None
    """Where a GRU's reset gate stands, where a Keras file does not say: `before` or `after` the product."""
    head: str | None = None
    """`relu,tanh`: activations of the layers below the output layer, where a file does not say."""
    classes: str | tuple[str, ...] | None = None
    """`a,b,c` or a file's path: what the outputs of a classifier are; from Python also the names themselves."""
    label: str | None = None
    """The class that the last step should say."""
    part: str | None = None
    """Which of several networks in a file: `encoder`, `forward` or as it is called there."""
    device: str = CPU
    stops: tuple[str, ...] = ()
    """Conditions to stop at, or to print steps for."""
    clamps: tuple[str, ...] = ()
    """What is held at a number while the text is read: see `core.clamps`."""
