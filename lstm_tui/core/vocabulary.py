"""Characters ⇄ indices, and the one rule for what may reach a terminal.

Text and vocabularies are data from elsewhere: a control character, a bidi override or an escape sequence in them must
show as something harmless. `visible()` is the only place that decides how, and everything printed passes through it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from lstm_tui.core.errors import UserError

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters, marks and signs that draw nothing at all: fillers, joiners, variation selectors, the empty braille cell."""


def visible(text: str) -> str:
    """`text` with every character that a terminal might obey, hide or reorder replaced by a picture or its number.

    C0 controls become the pictures U+2400.., DEL U+2421; C1, format, surrogate, private and unassigned characters,
    the line separators, every space but the common one and what draws nothing become `U+009B`-style labels. A mark
    that would combine with what is before it gets a dotted circle to stand on when it comes first.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = [_visible_char(ch) for ch in text]
    if unicodedata.category(shown[0][0]) in ("Mn", "Me", "Mc"):
        shown.insert(0, "\u25cc")
    return "".join(shown)


@lru_cache(maxsize=4096)
def _visible_char(ch: str) -> str:
    code = ord(ch)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if ch != " " and (unicodedata.category(ch) in _HIDDEN or _BLANK.match(ch)):
        return f"U+{code:04X}"
    return ch


BLANK_LTR = "\u2800"
"""The empty braille cell: one column wide, draws nothing, and counts as a left-to-right letter."""
_RIGHT_TO_LEFT = ("R", "AL", "AN")


def is_from_right(text: str) -> bool:
    """Whether any of its letters is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(ch) in _RIGHT_TO_LEFT for ch in text)


def in_place(symbol: str) -> str:
    """`visible`, and what follows stays in its place even where a terminal turns letters round: a number behind them
    would go with them."""
    shown = visible(symbol)
    return shown + BLANK_LTR if is_from_right(symbol) else shown


MOST_SYMBOLS = 400_000
LONGEST_SYMBOL = 1_000
MOST_CHARACTERS = 4_000_000
"""Of all symbols together. The largest word vocabularies have 270,000 of 7 characters, the longest tokens 128 each."""


def excess(symbols: Collection[str]) -> str:
    """Which limit `symbols` exceed, as a predicate; "" where none."""
    if len(symbols) > MOST_SYMBOLS:
        return f"has {len(symbols):,} symbols, more than {MOST_SYMBOLS:,}"
    longest = max(map(len, symbols), default=0)
    if longest > LONGEST_SYMBOL:
        return f"has a symbol of {longest:,} characters, more than {LONGEST_SYMBOL:,}"
    total = sum(map(len, symbols))
    return f"has symbols of {total:,} characters, more than {MOST_CHARACTERS:,}" if total > MOST_CHARACTERS else ""


class Vocabulary:
    """An ordered set of symbols. A symbol is usually one character; `<eos>`-like tokens are allowed.

    Raises `UserError` where a symbol is empty or occurs twice, where there is none, or for an `excess`.
    """

    def __init__(self, symbols: Iterable[str], words: bool = False) -> None:
        self.symbols: tuple[str, ...] = tuple(symbols)
        self.words = words
        """Whether a text is cut into words, and its symbols are joined by one space."""
        self._index = {symbol: index for index, symbol in enumerate(self.symbols)}
        if not self.symbols:
            raise UserError("the vocabulary is empty: it needs at least one character")
        if over := excess(self.symbols):
            raise UserError(f"the vocabulary {over}: use a smaller one")
        if "" in self._index:
            raise UserError(f"the vocabulary holds an empty symbol at index {self._index['']}: remove it")
        if len(self._index) != len(self.symbols):
            twice = next(s for s, n in Counter(self.symbols).items() if n > 1)
            raise UserError(f"the vocabulary holds '{visible(twice)}' more than once: every symbol needs its own index")
        self._longer = any(len(symbol) > 1 for symbol in self.symbols)
        self._tokens: _Tokens | None = None
        self._split: tuple[str, list[str]] = "", []

    @classmethod
    def of(cls, text: str, words: bool = False) -> Vocabulary:
        """The text's own vocabulary, `sorted(set(text))`: the same for every run, unlike a bare set's order."""
        return cls(sorted(set(words_of(text) if words else text)), words)

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and (self.symbols, self.words) == (other.symbols, other.words)

    def __hash__(self) -> int:
        return hash(self.symbols)

    def split(self, text: str) -> Sequence[str]:
        """`text` as symbols, the longest match first; characters outside the vocabulary stand alone.

        As words: what stands between spaces, where that is a symbol; else cut as `words_of` does.
        """
        if self.words:
            if self._split[0] != text:
                self._split = text, words_of(text, self._index)
            return self._split[1]
        if not self._longer:
            return text
        if self._split[0] != text:  # one text is split three times on its way to the screen
            self._tokens = self._tokens or _Tokens(self.symbols)
            self._split = text, self._tokens.split(text)
        return self._split[1]

    def joined(self, symbols: Iterable[str]) -> str:
        """A text that is read as `symbols`."""
        return (" " if self.words else "").join(symbols)

    def unknown(self, text: str) -> dict[str, int]:
        """Characters of `text` that the vocabulary lacks, with their counts, in order of first appearance."""
        missing: dict[str, int] = {}
        for symbol in self.split(text):
            if symbol not in self._index:
                missing[symbol] = missing.get(symbol, 0) + 1
        return missing

    def codes(self, text: str, unknown: str | None = None) -> array[int]:
        """`text` as indices, 4 bytes each; characters the vocabulary lacks become `unknown` where that is given.

        Raises `UnknownCharacters` (all of them with counts, the first position, the mend) where it is not.
        """
        if unknown is not None and unknown not in self._index:
            raise UserError(f"--unknown '{visible(unknown)}' is not in the vocabulary: choose one of its symbols")
        symbols = self.split(text)
        table = {symbol: self._index.get(symbol) for symbol in set(symbols)}
        if None in table.values():
            if unknown is None:
                stands = next((symbol for symbol in _UNKNOWN if symbol in self._index), None)
                raise UnknownCharacters(self.unknown(text), self._first_unknown(text, symbols), self.words, stands)
            table = {symbol: self._index.get(symbol, self._index[unknown]) for symbol in table}
        if not isinstance(symbols, str):
            return array("i", [table[symbol] or 0 for symbol in symbols])
        # Indices written as code points: for a million characters ten times as fast as a loop.
        indices = symbols.translate({ord(symbol): index for symbol, index in table.items()})
        return array("i", indices.encode(f"utf-32-{sys.byteorder[0]}e", "surrogatepass"))

    def _first_unknown(self, text: str, symbols: Sequence[str]) -> int:
        """Counted in characters of the text from 0, whatever the symbols before it are made of."""
        first, at = next(at for at, symbol in enumerate(symbols) if symbol not in self._index), 0
        for symbol in symbols[:first] if self.words else ():
            at = text.index(symbol, at) + len(symbol)
        return text.index(symbols[first], at) if self.words else sum(len(symbol) for symbol in symbols[:first])


_UNKNOWN = ("<unk>", "<UNK>", "[UNK]", "<oov>", "<OOV>", "UNK", "unk")
"""How vocabularies call what stands for all that they lack."""
_PIECES = ("##", "\u0120", "\u2581", "@@")
"""With what the parts of words begin that tokenizers of sub-words make."""


def of_words(symbols: Collection[str]) -> bool:
    """Whether a vocabulary is one of whole words: most symbols are longer than a character, and none holds a space."""
    plain = [symbol for symbol in symbols if not (symbol.startswith("<") and symbol.endswith(">"))]
    if any(symbol.startswith(_PIECES) or any(map(str.isspace, symbol)) for symbol in plain):
        return False
    return sum(len(symbol) > 1 for symbol in plain) * 2 > len(plain) > 0


def words_of(text: str, known: Collection[str] = ()) -> list[str]:
    """`text` as words: runs of letters, marks and digits; every other character but white space stands alone.

    What is in `known` just as it stands between spaces (`<unk>`, `don't`) stays whole.
    """
    # Python's \w knows no marks: those of this text are added, which costs less than a category a character.
    marks = "".join(sorted(ch for ch in set(text) if unicodedata.category(ch)[0] == "M"))
    letters = r"[^\W_]" if not marks else rf"(?:[^\W_]|[{re.escape(marks)}])"
    words = re.compile(rf"{letters}+|\S")
    found: list[str] = []
    for piece in text.split():
        if piece in known:
            found.append(piece)
        else:
            found += words.findall(piece)
    return found


class _Tokens:
    """Symbols longer than a character, found in time linear in the text whatever a foreign vocabulary is like.

    The symbols in order, each with the next shorter one that it begins with, are a trie in three flat arrays. The
    longest symbol a text begins with is the last one not after the text in that order, or one that *it* begins with.
    """

    def __init__(self, symbols: Iterable[str]) -> None:
        self._sorted = ["", *sorted(symbols)]  # "" begins everything
        self._shorter = array("i", [0]) * len(self._sorted)
        self._far = array("i", [0]) * len(self._sorted)
        """Some way down the chain of `_shorter`, so that a chain of any length takes a few steps."""
        self._from: dict[str, tuple[int, int, int]] = {}
        """First character → where the symbols that begin with it are, and how long the longest is."""
        self._link()
        for at, symbol in enumerate(self._sorted[1:], 1):
            begin, _, longest = self._from.get(symbol[0], (at, 0, 0))
            self._from[symbol[0]] = begin, at + 1, max(longest, len(symbol))

    def _link(self) -> None:
        depth = array("i", [0]) * len(self._sorted)
        shorter, far = self._shorter, self._far
        chain = [0]
        for at, symbol in enumerate(self._sorted[1:], 1):
            while not symbol.startswith(self._sorted[chain[-1]]):
                chain.pop()
            below = shorter[at] = chain[-1]
            depth[at] = depth[below] + 1
            jump = far[below]
            even = depth[below] - depth[jump] == depth[jump] - depth[far[jump]]
            far[at] = far[jump] if even else below
            chain.append(at)

    def split(self, text: str) -> list[str]:
        """`text` as symbols, the longest match first; characters outside the vocabulary stand alone."""
        symbols: list[str] = []
        at, end = 0, len(text)
        while at < end:
            char = text[at]
            begin, stop, longest = self._from.get(char, (0, 0, 1))
            symbol = char if longest == 1 else self._longest(text[at : at + longest], begin, stop) or char
            symbols.append(symbol)
            at += len(symbol)
        return symbols

    def _longest(self, piece: str, begin: int, stop: int) -> str:
        ordered = self._sorted
        at = bisect_right(ordered, piece, begin, stop) - 1
        if at < begin:
            return ""
        while not piece.startswith(ordered[at]):
            at = self._shorter[at] if piece.startswith(ordered[self._far[at]]) else self._far[at]
        return ordered[at]


class UnknownCharacters(UserError):
    """A text holds characters the model has no index for."""

    def __init__(self, counts: dict[str, int], first: int, words: bool = False, stands: str | None = None) -> None:
        self.counts = counts
        self.first = first
        most = 20 if words else len(counts)
        listed = ", ".join(f"'{visible(s)}' ×{n}" for s, n in list(counts.items())[:most])
        listed += f" and {len(counts) - most:,} more" if len(counts) > most else ""
        unit = "word" if words else "character"
        what = f"a {unit}" if len(counts) == 1 else f"{len(counts)} {unit}s"
        super().__init__(
            f"the text has {what} the model's vocabulary lacks: {listed} (the first at position {first}); "
            + (
                f"add --unknown '{stands}', which stands for them, or change the text"
                if stands is not None
                else "change the text, or name with --unknown the symbol that stands for them"
            )
        )
