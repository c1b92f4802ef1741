"""What `inspect` prints: a model file in aligned lines, every byte of it harmless to a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from lstm_tui.debugger.inspection import Inspection
from lstm_tui.vocabulary import visible

_WIDTH = 78
_LABEL = 12
_TEXT_SHOWN = 60


def inspection_lines(found: Inspection) -> Iterator[str]:
    """The lines, without newlines."""
    about = found.about
    units = " + ".join(map(str, about.hidden_sizes))
    layers = len(about.hidden_sizes)
    yield visible(about.path or about.name)
    yield _row("cell", visible(about.cell))
    yield _row("layers", f"{layers}, of {units} units" if layers > 1 else f"1, of {units} unit{'s' * (units != '1')}")
    yield _row("parameters", f"{about.parameters:,}")
    yield from _wrapped(
        "vocabulary", f"{len(about.vocabulary)}: " + " ".join(f"'{visible(s)}'" for s in about.vocabulary)
    )
    yield _row("trained", _trained(found))
    yield _row("text", _text(found.text))
    name_width = max((len(visible(name)) for name, _, _ in found.tensors), default=0)
    shapes = [" × ".join(map(str, shape)) or "1" for _, shape, _ in found.tensors]
    shape_width = max(map(len, shapes), default=0)
    for index, ((name, _, role), shape) in enumerate(zip(found.tensors, shapes, strict=True)):
        label = "tensors" if index == 0 else ""
        yield _row(label, f"{visible(name):{name_width}}  {shape:{shape_width}}  {role}")
    yield _row("size", f"{found.size:,} bytes")
    yield _row("sha256", found.sha256)


def _row(label: str, words: str) -> str:
    return f"  {label:{_LABEL}}{words}"


def _wrapped(label: str, words: str) -> Iterator[str]:
    lines = textwrap.wrap(words, _WIDTH - _LABEL - 2, break_long_words=False, break_on_hyphens=False)
    for index, line in enumerate(lines):
        yield _row("" if index else label, line)


def _trained(found: Inspection) -> str:
    about = found.about
    known = []
    if about.epochs is not None:
        known.append("not trained" if about.epochs == 0 else f"{about.epochs} epochs")
    if about.loss is not None:
        known.append(f"loss {about.loss:.6g} nats a character")
    if found.seed is not None:
        known.append(f"seed {found.seed}")
    return ", ".join(known) or "the file does not say"


def _text(text: str) -> str:
    if not text:
        return "none"
    shown = visible(text[:_TEXT_SHOWN]) + ("…" if len(text) > _TEXT_SHOWN else "")
    return f"{len(text):,} characters: {shown}"
