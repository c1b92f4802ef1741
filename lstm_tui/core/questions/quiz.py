"""Small wrong cells for a class to find the mistake in: one equation changed in each, the same ones for a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from lstm_tui.core.questions.written_cells import MUTATIONS, Style, drawn, possible, source

LARGEST = len(MUTATIONS)
_READABLE = ("linear", "pair", "parameters", "dict", "functional")
_PLAIN = ("{f} * {c0} + {i} * {g}", "{i} * {g} + {f} * {c0}")
_SYMBOLS = {"f": "f", "i": "i", "g": "c̃", "c": "c", "o": "o", "h": "h"}


@dataclass(frozen=True)
class Exercise:
    """One wrong cell."""

    source: str
    """The file; its class is `Cell`."""
    quantity: str
    """The equation that is wrong."""
    line: int
    wrong: str
    right: str
    """The line as it is, and as it should be."""

    @property
    def answer(self) -> str:
        """`c, line 24: cy = … (right: cy = …)`."""
        return f"{self.quantity}, line {self.line}: {self.wrong}   right: {self.right}"


def exercises(count: int, seed: int) -> list[Exercise]:
    """`count` of them, no mistake twice."""
    random = Random(seed)
    return [_exercise(random, mistake) for mistake in random.sample(sorted(MUTATIONS), count)]


def _exercise(random: Random, mistake: str) -> Exercise:
    quantity, change = MUTATIONS[mistake]
    while True:
        style = _plain(drawn(random), random)
        right, wrong = source(style).splitlines(), source(change(style)).splitlines()
        at = [k for k, (a, b) in enumerate(zip(right, wrong, strict=False)) if a != b]
        if possible(style, mistake) and len(right) == len(wrong) and len(at) == 1:
            k = at[0]
            return Exercise("\n".join(wrong) + "\n", _SYMBOLS[quantity], k + 1, wrong[k].strip(), right[k].strip())
        if "blind" in mistake and possible(style, mistake):  # a line more, which the gate reads
            k = next(k for k, text in enumerate(wrong) if text not in right and "z0 =" not in text)
            stem = wrong[k].partition("=")[0]
            like = next(text for text in right if text.startswith(stem))
            return Exercise("\n".join(wrong) + "\n", _SYMBOLS[quantity], k + 1, wrong[k].strip(), like.strip())


def _plain(style: Style, random: Random) -> Style:
    """A style that is read without effort: what is to be found is the equation."""
    return replace(
        style,
        weights=random.choice(_READABLE),
        squash="torch",
        names=random.choice(("short", "torch", "time", "long")),
        call=random.choice(("x, h, c", "x, hc")),
        late=False,
        cell=random.choice(_PLAIN),
        hidden="{o} * {tanh_c}",
    )
