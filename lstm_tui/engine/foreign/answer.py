"""What crosses from the reading child to the program: one JSON object and plain bytes. No pickle, no objects."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lstm_tui.engine.foreign.common import MOST_WEIGHT_BYTES, Opened, Unreadable, new_machine
from lstm_tui.engine.foreign.containers import open_container
from lstm_tui.engine.foreign.layouts import Layout, recognise
from lstm_tui.engine.foreign.symbols import Search, search
from lstm_tui.engine.foreign.tensors import ITEM_SIZES, Tensor
from lstm_tui.engine.foreign.walk import walk
from lstm_tui.engine.inert import BadPickle

MOST_SIDECAR_BYTES = 8 << 20
MOST_NAMES = 200


def answer(file: IO[bytes], size: int, path: str) -> tuple[dict[str, Any], Iterator[bytes]]:
    """What the checkpoint in `file` says, and the bytes of its tensors in the order listed. Raises `Unreadable`."""
    opened = open_container(file, size, os.path.basename(path))
    found = walk(opened.root, opened.ties)
    if opened.form == "torch zip" and not found.parameters and opened.names:
        raise Unreadable(_no_weights(opened))
    layout = recognise(found)
    symbols = search(found.mappings, layout.symbols)
    if symbols.vocabulary is None:
        symbols = _beside(path, layout.symbols, symbols)
    return described(layout, symbols, opened.names, opened.form), _bytes(layout, opened)


def _no_weights(opened: Opened) -> str:
    listed = ", ".join(opened.names[:5]) + (" …" if len(opened.names) > 5 else "")
    return (
        f"holds no weights, only objects of {listed} (nothing of it was run); "
        'save weights: torch.save(model.state_dict(), "weights.pt")'
    )


def distinct(layout: Layout) -> dict[tuple[object, ...], Tensor]:
    """Each tensor once: tied ones share their place."""
    return {tensor.place: tensor for _, tensor in layout.tensors()}


def described(layout: Layout, symbols: Search, names: tuple[str, ...], form: str) -> dict[str, Any]:
    """The JSON half."""
    order = {place: index for index, place in enumerate(distinct(layout))}

    def number(tensor: Tensor | None) -> int | None:
        return None if tensor is None else order[tensor.place]

    return {
        "kind": layout.kind,
        "layers": [[number(tensor) for tensor in layer] for layer in layout.layers],
        "embedding": number(layout.embedding),
        "output_weight": number(layout.output_weight),
        "output_bias": number(layout.output_bias),
        "tied": layout.tied,
        "symbols": layout.symbols,
        "log_softmax": layout.log_softmax,
        "max_norm": layout.max_norm,
        "roles": [[name, list(shape), role] for name, shape, role in layout.roles],
        "inferred": layout.inferred,
        "warnings": layout.warnings,
        "vocabulary": None if symbols.vocabulary is None else list(symbols.vocabulary),
        "vocabulary_source": symbols.source,
        "vocabulary_notes": symbols.notes[:5],
        "names": list(names[:MOST_NAMES]),
        "form": form,
        "tensors": [
            {"dtype": t.dtype, "shape": list(t.shape), "stride": list(t.stride), "nbytes": t.span * ITEM_SIZES[t.dtype]}
            for t in distinct(layout).values()
        ],
    }


def _bytes(layout: Layout, opened: Opened) -> Iterator[bytes]:
    """The span of each tensor. One storage is kept: flattened weights are many windows on one."""
    tensors = distinct(layout).values()
    if sum(t.span * ITEM_SIZES[t.dtype] for t in tensors) > MOST_WEIGHT_BYTES:
        raise Unreadable(f"has more than {MOST_WEIGHT_BYTES >> 20} MB of weights; use a smaller model")
    key, held = None, b""
    for tensor in tensors:
        assert tensor.storage is not None, "a tensor without a storage has a problem and is refused before"
        if tensor.storage.key != key:
            held = b""  # before the next: never two storages at once
            key, held = tensor.storage.key, opened.read(tensor.storage)
        item = ITEM_SIZES[tensor.dtype]
        begin = tensor.offset * item
        data = memoryview(held)[begin : begin + tensor.span * item]
        if len(data) != tensor.span * item:
            raise Unreadable("ends before its tensors do; save or download it again")
        yield bytes(data)


def _beside(path: str, size: int, so_far: Search) -> Search:
    """A vocabulary in a file beside the checkpoint, under one of the names people use."""
    folder, stem = Path(path).parent, Path(path).stem
    names = [f"{stem}.vocab.json", f"{stem}_vocab.json", f"{stem}.json", "vocab.json", "vocabulary.json", "chars.json"]
    names += ["tokens.json", "itos.json", "config.json", f"{stem}.vocab.pickle", "vocab.pickle", "vocab.pkl"]
    for name in names:
        try:
            data = _sidecar(folder / name)
            root = _plain(name, data) if data else None
            if root is None:
                continue
            found = walk({"vocab": root})
        except (OSError, ValueError, RecursionError, BadPickle, Unreadable):
            continue  # what lies beside a model is nobody's promise: unreadable is as good as absent
        result = search(found.mappings, size)
        if result.vocabulary is not None:
            result.source = f"{name} beside the file"
            return result
    return so_far


def _sidecar(path: Path) -> bytes | None:
    # A FIFO must not make us wait for its writer, nor a link lead to what does not lie beside the model.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_SIDECAR_BYTES:
            return None
        return file.read(MOST_SIDECAR_BYTES)


def _plain(name: str, data: bytes) -> object:
    if name.endswith(".json"):
        return json.loads(data.decode("utf-8"))
    return new_machine(_no_storage).load(io.BytesIO(data))


def _no_storage(_: object) -> object:
    raise BadPickle("a vocabulary has no tensors")
