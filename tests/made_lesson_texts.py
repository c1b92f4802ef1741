"""Makes the texts that lessons train on. Run as `python -m tests.made_lesson_texts`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.benchmarks.contrasts import reber_stream

PLACE = Path(__file__).parent.parent / "lstm_tui" / "lessons"
LINE = 24


def quotes(length: int = 12_000) -> str:
    """Letters a to d outside quotes and e to h inside, in lines of 24 characters."""
    draw, text, quoted, column = random.Random(0), list[str](), False, 0
    while len(text) < length:
        if column == LINE:
            text.append("\n")
            column = 0
            continue
        if draw.random() < 0.12:
            text.append('"')
            quoted = not quoted
        else:
            text.append(draw.choice("efgh" if quoted else "abcd"))
        column += 1
    return "".join(text)


def counted(length: int = 1200) -> str:
    """Lines of n a's, an X and n b's, n from 1 to 10."""
    draw, text = random.Random(3), "\n"
    while len(text) < length:
        n = draw.randint(1, 10)
        text += "a" * n + "X" + "b" * n + "\n"
    return text


TEXTS = {"quotes.txt": quotes, "counted.txt": counted, "reber.txt": lambda: reber_stream(500, 5)[:8000]}

if __name__ == "__main__":
    for name, made in TEXTS.items():
        (PLACE / name).write_text(made())
