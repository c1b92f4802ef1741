"""What crosses the door between the debugger and everyone who looks: frozen values, plain numbers, no tensors.

Every class compares by identity (`eq=False`): to compare thousands of floats takes long, and NaN differs from itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lstm_tui.core.clamps import Clamp

Vector = tuple[float, ...]


@dataclass(frozen=True, eq=False, repr=False)
class LayerStep:
    """One layer after one time step."""

    index: int
    values: Mapping[str, Vector]
    """Quantity name → one value a unit, in panel order. At step 0 only the states (c and h) are there; while a step is
    walked through, only what has been computed so far."""
    before: Mapping[str, Vector]
    """The states of step k - 1, by name. Empty at step 0."""
    grad: Mapping[str, Vector] | None = None
    """Quantity name → the derivative of what was asked by each unit's value; None where nothing was asked."""

    @property
    def units(self) -> int:
        """How many units the layer has."""
        return len(next(iter((self.values or self.before).values())))

    def __repr__(self) -> str:
        return f"<layer {self.index}: {', '.join(self.values)} of {self.units} units>"


@dataclass(frozen=True, eq=False)
class Guess:
    """One symbol the model considers next, and the probability it gives it."""

    index: int
    symbol: str
    p: float


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """The distribution over the next symbol, made from the top layer's h."""

    logits: Vector
    top: tuple[Guess, ...]
    """The likeliest symbols, best first, equal ones in vocabulary order; empty in what is printed for programs."""
    target: Guess | None
    """The true next symbol with its probability; None after the last character."""
    loss: float | None
    """-ln p(target), in nats; of numbers the mean squared error in scaled units. None without a target."""
    entropy: float
    """Of the whole distribution, in nats."""

    @property
    def wrong(self) -> bool:
        """True where the likeliest symbol is not the target; False without a target."""
        return self.target is not None and bool(self.top) and self.top[0].index != self.target.index

    def __repr__(self) -> str:
        return f"<prediction of {len(self.logits)} symbols{_described(self)}>"


def _described(prediction: Prediction | None) -> str:
    """The guess and what it cost, for a `repr`."""
    if prediction is None or not prediction.top:
        return ""
    best = prediction.top[0]
    loss = "" if prediction.loss is None else f", loss {loss_words(prediction.loss)}"
    return f", guess {best.symbol!r} {best.p:.2f}{loss}"


@dataclass(frozen=True, eq=False)
class Assigned:
    """A named tensor that a line has just made."""

    name: str
    """As the source calls it."""
    quantity: str | None
    """The quantity it is, where it is one."""
    values: Vector
    """The first of them; a long one is not kept whole."""
    size: int
    """How many there are in all."""
    labels: tuple[str, ...] = ()
    """The symbols the values belong to, where they are one a symbol."""


@dataclass(frozen=True, eq=False)
class Source:
    """The code being walked through."""

    title: str
    """Which class, in which file."""
    lines: tuple[tuple[int | None, str], ...]
    """Line number in the file, None for a line of no file, and the text."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A point inside a time step: between two lines of a cell. Rows count the lines of `source` from 0."""

    index: int
    """1 after the step's first line."""
    count: int
    """Stages in the step; at the last one everything has been computed."""
    layer: int
    equation: str
    """What was just computed, in a line: `c̃ = tanh(…)`."""
    source: Source
    ran: int | None
    """The row that has just run."""
    next: int | None
    """The row about to run; None where the code is done."""
    made: Mapping[int, tuple[Assigned, ...]]
    """Row → what it made, for every row of this layer that has run."""
    printed: str = ""
    """What the cell has printed in this step."""
    error: str | None = None
    """What the row `ran` raised: the step cannot be finished."""

    @property
    def done(self) -> bool:
        """Whether everything has been computed, so that the step can be called finished."""
        return self.index == self.count and self.error is None


@dataclass(frozen=True, eq=False)
class NumberRow:
    """What a step of a model of numbers reads and says, in raw units."""

    x: Vector | None
    """The row's channels. None at step 0."""
    scaled: Vector | None
    """The same as the model reads them."""
    target: Vector | None
    """The targets in the next row; None after the last one."""
    output: Vector | None
    """What the model says they will be; None at step 0 and without an output layer."""
    time: str | None = None
    """The row's name, where a column gives it."""


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """The network at one position of the text. Position 0 is the zero state before any character."""

    position: int
    length: int
    """Characters in the text: the last position is `length`."""
    char: str | None
    """The character just read: the text's character number `position - 1`. None at position 0."""
    target: str | None
    """The character that truly comes next, None after the last one; of a classifier the label, there alone."""
    layers: tuple[LayerStep, ...]
    prediction: Prediction | None
    """None at position 0 and for a model without an output layer."""
    edited: bool = False
    """True where the state shown was set by hand (zeroed) instead of computed."""
    stage: Stage | None = None
    """How far the step has been walked through; None for a step shown whole."""
    row: NumberRow | None = None
    """Of a model of numbers; its `char` and `target` are the names of the rows. None for a text."""
    problem: str | None = None
    """The first thing a user's cell computed wrongly here, as a sentence; None where all holds."""
    clamps: tuple[Clamp, ...] = ()
    """What was held at this step."""

    @property
    def t(self) -> int:
        """The time step as traces and conditions count it: from 0, so -1 at the zero state."""
        return self.position - 1

    @property
    def loss(self) -> float | None:
        """-ln p, in nats; None where there is no target or no guess."""
        return None if self.prediction is None else self.prediction.loss

    @property
    def p(self) -> float | None:
        """The probability that the model gave to the true next symbol; None where there is none."""
        return None if self.prediction is None or self.prediction.target is None else self.prediction.target.p

    @property
    def guess(self) -> str | None:
        """The likeliest next symbol; None where nothing is guessed."""
        return self.prediction.top[0].symbol if self.prediction is not None and self.prediction.top else None

    def __repr__(self) -> str:
        read = "" if self.char is None else f": read {self.char!r}"
        return f"<step {self.position}/{self.length} (t = {self.t}){read}{_described(self.prediction)}>"


@dataclass(frozen=True, eq=False)
class Character:
    """One character of the text as the text row needs it."""

    position: int
    """The step that reads it: 1 for the first character."""
    symbol: str
    wrong: bool | None
    """Whether the guess before it missed it; None where there was no guess (the first) or it is not known yet."""
    level: float | None = None
    """Of a row of numbers: where the first target is between its least and its largest value, 0..1."""


class Term(NamedTuple):
    """One addend of a pre-activation, by the name a reader would give it: `x 'e'`, `h'[3]`, `bias`.

    A prime is the step before: `h[3]` stands in the panels with another number.
    """

    name: str
    value: float
    factor: float | None = None
    """What the weight was multiplied by to make the value; None where the value is the weight."""


@dataclass(frozen=True, eq=False)
class Equation:
    """One line of a unit's arithmetic, the numbers filled in: what it makes, how, and out of what."""

    quantity: str
    text: str
    """Plain text such as `f = σ(-6.2077) = 0.0020`."""
    value: float
    terms: tuple[Term, ...] = ()
    """The pre-activation's addends, largest magnitude first, where the equation has a pre-activation."""
    sums: tuple[Term, ...] = ()
    """The same added up: over x, over h', and the bias."""
    symbols: str = ""
    """The equation without numbers: `f = σ(W_f·[h', x] + b_f)`."""
    summed: str = ""
    """What the sums make, where the equation gives it a name: `z_i` in `i = exp(z_i - m)`."""


@dataclass(frozen=True, eq=False)
class About:
    """Which model is open."""

    name: str
    """A file's name or a bundled model's, without folders and endings."""
    cell: str
    vocabulary: tuple[str, ...]
    hidden_sizes: tuple[int, ...]
    epochs: int | None
    """Epochs trained in all; 0 for a fresh model; None where a file does not say."""
    loss: float | None
    """Mean loss in nats a character at the end of training; None where unknown."""
    path: str | None = None
    unsaved: bool = False
    """True while trained or edited weights exist nowhere but in memory."""
    parameters: int = 0
    trained_on: str = ""
    """Where it is trained, if not on the CPU alone: `cuda`, `cpu or cuda`. Everything else is done on the CPU."""
    log_probabilities: bool = False
    """Whether the logits are log-probabilities: the model's output is a log-softmax."""
    channels: tuple[str, ...] = ()
    """What a model of numbers reads; it has no vocabulary. Empty for one of symbols."""
    targets: tuple[str, ...] = ()
    """What it predicts."""
    scale: str | Mapping[str, object] = "none"
    """How those are scaled: see `Scaling.described`."""
    words: bool = False
    """Whether the symbols are words."""
    classes: tuple[str, ...] = ()
    """What a classifier's outputs are; empty for a model that says what comes next."""
    notes: tuple[str, ...] = ()
    """Sentences that the reader must know."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the logits are of: classes or symbols."""
        return self.classes or self.vocabulary


def loss_words(loss: float) -> str:
    """`0.0123`, as a loss in nats is written. One too small for that is `< 0.0001`: no softmax makes it zero."""
    return "< 0.0001" if loss < 1e-4 else f"{loss:.4f}".replace("inf", "Inf").replace("nan", "NaN")


def step_name(position: int) -> str:
    """A step by both its numbers, the screen's and the trace's: `step 3 (t = 2)`. Step 0 is before any character."""
    return f"step {position:,} (t = {position - 1:,})" if position else "step 0"
