"""What Textual's compositor writes, drawn at random: positioned strips of styled text."""

from __future__ import annotations

from random import Random

from rich.cells import cell_len

PLAIN = "abcxyz 0123456789.+-█▌▏·─│▸"
WIDE = PLAIN + "漢字語🙂"
MARKED = ["é", "ñ", "o\u0308\u0301", *WIDE]
JOINED = ["👩\u200d💻", *MARKED]
STYLES = [
    "", "1", "2", "3;31", "4", "7", "1;2;91", "9;44", "21;53", "38;5;17", "48;5;200",
    "38;2;1;2;3", "38;2;1;2;3;48;2;9;8;7", "1;38;2;1;2;3;48;2;9;8;7", "1;7;48;2;9;8;7", "107;30", "4;38;5;17;48;5;200",
]  # fmt: skip


def text(random: Random, width: int, alphabet: str | list[str]) -> str:
    """Text of exactly `width` columns, as Textual crops it."""
    parts: list[str] = []
    left = width
    while left:
        part = random.choice(alphabet)
        if cell_len(part) <= left:
            parts.append(part)
            left -= cell_len(part)
    return "".join(parts)


def strip(random: Random, width: int, alphabet: str | list[str]) -> str:
    """Segments that together are `width` columns wide, each reset at its end."""
    parts = []
    while width:
        part = random.randint(1, width)
        style = random.choice(STYLES)
        inner = text(random, part, alphabet)
        styled = f"\x1b[{style}m{inner}\x1b[0m" if style else inner
        if random.random() < 0.05:
            styled = f"\x1b]8;id=1;https://example.org\x1b\\{styled}\x1b]8;;\x1b\\"
        parts.append(styled)
        width -= part
    return "".join(parts)


def frame(random: Random, width: int, height: int, alphabet: str | list[str], whole: bool = False) -> str:
    """A layout update of the whole screen, or chops of some rows; the cursor is placed last."""
    parts = []
    ys = range(height) if whole else sorted(random.sample(range(height), random.randint(1, height)))
    for y in ys:
        start = 0 if whole else random.randrange(width)
        size = width if whole else random.randint(1, width - start)
        parts.append(f"\x1b[{y + 1};{start + 1}H" + strip(random, size, alphabet))
    end = f"\x1b[{random.randint(1, height)};{random.randint(1, width)}H"
    return "\n".join(parts) + end
