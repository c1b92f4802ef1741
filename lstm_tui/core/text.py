"""What a model reads: one input a step, each with a name. Whatever splits, joins, codes or names inputs is here.

`Text` is symbols of a vocabulary, characters or words, which enter the model by their number (one-hot, or as a row of
its embedding). A sequence of another kind has the same attributes: `core.number_rows` has one whose `codes` are rows of
numbers themselves.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Protocol, Self

from lstm_tui.core.vocabulary import Vocabulary, in_place

if TYPE_CHECKING:
    from lstm_tui.core.classes import Classes


class InputSequence(Protocol):
    """What a model can be given to read."""

    @property
    def unit(self) -> str:
        """What one input is called: character, word, row."""

    @property
    def classes(self) -> Classes | None:
        """What its model says of it; None where that is the next input."""

    @property
    def symbols(self) -> Sequence[str]:
        """The name of every step's input."""

    @property
    def codes(self) -> array[int]:
        """What enters the model, one a step."""

    def split(self, typed: str) -> Sequence[str]:
        """What somebody typed, as names of inputs."""

    def named(self, step: int) -> tuple[str, ...]:
        """What `step` (from 1) reads, as an explanation calls each number that is added up: `x 'e'`."""

    def then(self, position: int, codes: Iterable[int]) -> Self:
        """The inputs up to `position`, going on with `codes`."""

    def common_prefix(self, other: Self) -> int:
        """How many inputs both begin with."""

    def find(self, typed: str, position: int, forward: bool) -> int | None:
        """The next step after `position` (before it) where what was typed begins; None where there is none."""

    def start(self, most: int) -> str:
        """As much of the start, in at most `most` characters, as reads the same again."""


class Text:
    """`source` as symbols of `vocabulary`; `unknown` stands for those that it lacks.

    Raises `UnknownCharacters` where the text has some and `unknown` is None, and `UserError` for an `unknown` that the
    vocabulary lacks.
    """

    def __init__(
        self, vocabulary: Vocabulary, source: str, unknown: str | None = None, classes: Classes | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.classes = classes
        self.source = source
        self.unknown = unknown
        self.symbols: Sequence[str] = vocabulary.split(source)
        self.codes = vocabulary.codes(source, unknown)

    @property
    def unit(self) -> str:
        """See `InputSequence.unit`."""
        return "word" if self.vocabulary.words else "character"

    def __len__(self) -> int:
        return len(self.codes)

    def split(self, typed: str) -> Sequence[str]:
        """See `InputSequence.split`."""
        return self.vocabulary.split(typed)

    def named(self, step: int) -> tuple[str, ...]:
        """See `InputSequence.named`."""
        return (f"x '{in_place(self.symbols[step - 1])}'",)

    def then(self, position: int, codes: Iterable[int]) -> Self:
        """See `InputSequence.then`. Symbols stay what they are, whatever a text made of them would be split into."""
        added = array("i", codes)
        other = copy(self)
        other.symbols = [*self.symbols[:position], *(self.vocabulary.symbols[code] for code in added)]
        other.source = self.vocabulary.joined(other.symbols)
        other.codes = self.codes[:position] + added
        return other

    def common_prefix(self, other: Self) -> int:
        """See `InputSequence.common_prefix`."""
        low, high = 0, min(len(self), len(other))
        while low < high:  # halves compared at once: a loop over a million symbols takes longer than a key may
            middle = (low + high + 1) // 2
            same = self.codes[low:middle] == other.codes[low:middle]
            low, high = (middle, high) if same else (low, middle - 1)
        return low

    def find(self, typed: str, position: int, forward: bool) -> int | None:
        """See `InputSequence.find`."""
        wanted = self.split(typed)
        # The step `position` reads symbol number position - 1.
        first, last = (position, len(self)) if forward else (0, position - 2 + len(wanted))
        if isinstance(self.symbols, str) and isinstance(wanted, str):
            search = self.symbols.find if forward else self.symbols.rfind
            at = search(wanted, first, max(last, 0))
            return None if at < 0 else at + 1
        listed = list(wanted)
        places = range(first, min(last, len(self)) - len(listed) + 1)
        for at in places if forward else reversed(places):
            if self.symbols[at] == listed[0] and list(self.symbols[at : at + len(listed)]) == listed:
                return at + 1
        return None

    def start(self, most: int) -> str:
        """See `InputSequence.start`. Whole symbols only, `unknown` where it stands for others; it ends before a lone
        surrogate, which no file can hold."""
        kept: list[str] = []
        for symbol in self.symbols[:most]:
            read = symbol if symbol in self.vocabulary else self.unknown or ""
            most -= len(read) + (self.vocabulary.words and bool(kept))
            if most < 0 or any("\ud800" <= ch <= "\udfff" for ch in read):
                break
            kept.append(read)
        return self.vocabulary.joined(kept)


def first_symbols(vocabulary: Vocabulary, most: int, first: int = 0) -> str:
    """`most` symbols from number `first` on, as far as their text is read as just them ("<" before "eos>" is not)."""
    symbols: list[str] = []
    for symbol in vocabulary.symbols[first : first + most]:
        if list(vocabulary.split(vocabulary.joined([*symbols, symbol]))) == [*symbols, symbol]:
            symbols.append(symbol)
    return vocabulary.joined(symbols)
