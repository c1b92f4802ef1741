"""What `inspect` prints: a model file in aligned lines, every byte of it harmless to a terminal."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from lstm_tui.checkpoints.reading_child import SeveralParts
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.file_report import ForeignFile, Inspection, describe

_WIDTH = 78
_LABEL = 12
_TEXT_SHOWN = 60
_SYMBOLS_SHOWN = 500


def inspection_lines(found: Inspection) -> Iterator[str]:
    """The lines, without newlines."""
    about = found.about
    units = " + ".join(map(str, about.hidden_sizes))
    layers = len(about.hidden_sizes)
    yield visible(about.path or about.name)
    yield _row("cell", visible(about.cell))
    yield _row("layers", f"{layers}, of {units} units" if layers > 1 else f"1, of {units} unit{'s' * (units != '1')}")
    yield _row("parameters", f"{about.parameters:,}")
    if found.biases:
        yield _row("biases", found.biases)
    if found.foreign_file is None:
        yield from _rows(found) if about.channels else _vocabulary(found)
        yield _row("trained", _trained(found))
        yield _row("rows" if about.channels else "text", _text(found.text))
    else:
        yield _row("file", visible(found.foreign_file.form))
        yield from _wrapped("model", found.foreign_file.kind)
        yield from _wrapped("vocabulary", found.foreign_file.vocabulary)
        if found.foreign_file.named:
            yield from _vocabulary(found, "")
    yield from _tensors(found)
    if found.foreign_file is not None:
        yield from _of_foreign(found.foreign_file)
    yield _row("size", f"{found.size:,} bytes")
    yield _row("sha256", found.sha256)


def report_lines(model: str, part: str | None) -> Iterator[str]:
    """What a file, or a part of it, holds; the parts where there are several and none is named. Raises `UserError`."""
    try:
        return inspection_lines(describe(model, part))
    except SeveralParts as several:
        if part is not None:
            raise
        return _parts(model, several)


def _parts(model: str, several: SeveralParts) -> Iterator[str]:
    """The networks of a file that holds several."""
    yield visible(model)
    width = max(len(name) for name, _ in several.parts)
    yield from _wrapped("file", str(several))
    for index, (name, words) in enumerate(several.parts):
        yield _row("" if index else "parts", f"{name:{width}}  {words}")


def _vocabulary(found: Inspection, label: str = "vocabulary") -> Iterator[str]:
    symbols = found.about.vocabulary
    listed = " ".join(f"'{visible(symbol)}'" for symbol in symbols[:_SYMBOLS_SHOWN])
    more = f" and {len(symbols) - _SYMBOLS_SHOWN:,} more" if len(symbols) > _SYMBOLS_SHOWN else ""
    unit = " words" if found.about.words else ""
    return _wrapped(label, f"{len(symbols)}{unit}: {listed}{more}")


def _rows(found: Inspection) -> Iterator[str]:
    about = found.about
    yield from _wrapped("reads", f"{len(about.channels)} numbers: {', '.join(map(visible, about.channels))}")
    yield from _wrapped("predicts", f"{len(about.targets)}, one row ahead: {', '.join(map(visible, about.targets))}")
    yield from _wrapped("scale", about.scale if isinstance(about.scale, str) else json.dumps(about.scale))


def _tensors(found: Inspection) -> Iterator[str]:
    name_width = max((len(visible(name)) for name, _, _ in found.tensors), default=0)
    shapes = [" × ".join(map(str, shape)) or "1" for _, shape, _ in found.tensors]
    shape_width = max(map(len, shapes), default=0)
    for index, ((name, _, role), shape) in enumerate(zip(found.tensors, shapes, strict=True)):
        label = "tensors" if index == 0 else ""
        yield _row(label, f"{visible(name):{name_width}}  {shape:{shape_width}}  {visible(role)}")


def _of_foreign(foreign_file: ForeignFile) -> Iterator[str]:
    for label, lines in (("inferred", foreign_file.inferred), ("warnings", foreign_file.warnings)):
        for index, line in enumerate(lines):
            yield from _wrapped("" if index else label, f"- {line}", indent="  ")
    if foreign_file.names:
        yield from _wrapped(
            "mentions", f"{', '.join(map(visible, foreign_file.names))} (none was imported, no code ran)"
        )
    yield from _wrapped("checked", foreign_file.checked)


def _row(label: str, words: str) -> str:
    return f"  {label:{_LABEL}}{words}"


def _wrapped(label: str, words: str, indent: str = "") -> Iterator[str]:
    width = _WIDTH - _LABEL - 2
    lines = textwrap.wrap(
        visible(words), width, break_long_words=False, break_on_hyphens=False, subsequent_indent=indent
    )
    for index, line in enumerate(lines):
        yield _row("" if index else label, line)


def _trained(found: Inspection) -> str:
    about = found.about
    known = []
    if about.epochs is not None:
        known.append("not trained" if about.epochs == 0 else f"{about.epochs} epochs")
    if about.loss is not None:
        unit = "mean squared error, scaled" if about.channels else f"nats a {'word' if about.words else 'character'}"
        known.append(f"loss {about.loss:.6g} {unit}")
    if found.seed is not None:
        known.append(f"seed {found.seed}")
    return ", ".join(known) or "the file does not say"


def _text(text: str) -> str:
    if not text:
        return "none"
    shown = visible(text[:_TEXT_SHOWN]) + ("…" if len(text) > _TEXT_SHOWN else "")
    return f"{len(text):,} characters: {shown}"
