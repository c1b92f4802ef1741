"""What crosses from the reading child to the program: one JSON object and plain bytes. No pickle, no objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from lstm_tui.checkpoints.layout.keras.model import recognise_keras
from lstm_tui.checkpoints.layout.parameters import find_parameters
from lstm_tui.checkpoints.layout.recognition import ModelLayout, NormLayer, recognise
from lstm_tui.checkpoints.layout.symbols import FoundSymbols, one_a_line, search, tokenizer
from lstm_tui.checkpoints.sandbox import bounded_json
from lstm_tui.checkpoints.sandbox.containers import open_container
from lstm_tui.checkpoints.sandbox.hdf5.keras_file import KerasFile
from lstm_tui.checkpoints.sandbox.limits import MOST_SIDECAR_BYTES, Unreadable
from lstm_tui.checkpoints.sandbox.opened import OpenedFile, load_pickle, new_machine
from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle
from lstm_tui.checkpoints.sandbox.tensors import ITEM_SIZES, Storage, Tensor

MOST_NAMES = 200
MOST_SIZES = 40


def answer(file: IO[bytes], size: int, name: str, part: str = "") -> tuple[dict[str, Any], Iterator[memoryview]]:
    """What the checkpoint in `file`, or the `part` of it, says, and the bytes of its tensors in the order listed.

    Raises `Unreadable`.
    """
    opened = open_container(file, size, name)
    if isinstance(opened.root, KerasFile):
        return _answer_keras(opened, opened.root, part)
    found = find_parameters(opened.root, opened.ties)
    if opened.form == "torch zip" and not found.parameters and opened.names:
        raise Unreadable(_no_weights(opened))
    layout = recognise(found, part)
    symbols = search(found.mappings, layout.symbols)
    _check_overlaps(layout)
    return described(layout, symbols, opened.names, opened.form), _bytes(layout, opened)


@dataclass(frozen=True, eq=False)
class NamedTensors:
    """Every tensor of a checkpoint by its name, whatever it means."""

    named: tuple[tuple[str, Tensor], ...]

    def tensors(self) -> Iterable[tuple[str, Tensor]]:
        """See `ModelLayout`."""
        return self.named


def answer_named(file: IO[bytes], size: int, name: str) -> tuple[dict[str, Any], Iterator[memoryview]]:
    """The checkpoint's tensors by name, for a class that the user names, and the vocabularies of any size that fits.

    Raises `Unreadable`.
    """
    opened = open_container(file, size, name)
    if isinstance(opened.root, KerasFile):
        raise Unreadable("is a Keras file, whose layers are not a class of yours; leave --cell out")
    found = find_parameters(opened.root, opened.ties)
    if not found.parameters:
        raise Unreadable(_no_weights(opened))
    for parameter in found.parameters:
        if parameter.tensor.problem:
            raise Unreadable(f"has a tensor whose numbers cannot be used: {parameter.name} {parameter.tensor.problem}")
    held = NamedTensors(tuple((parameter.name, parameter.tensor) for parameter in found.parameters))
    _check_overlaps(held)
    order = {place: index for index, place in enumerate(distinct(held))}
    sizes = sorted({n for p in found.parameters if len(p.tensor.shape) == 2 for n in p.tensor.shape})[:MOST_SIZES]
    symbols = {size: listed for size in sizes if (listed := search(found.mappings, size).vocabulary) is not None}
    return {
        "named": [[name, order[tensor.place]] for name, tensor in held.named],
        "vocabularies": {str(size): list(listed) for size, listed in symbols.items()},
        "tensors": [_listed(tensor) for tensor in distinct(held).values()],
    }, _bytes(held, opened)


def _listed(tensor: Tensor) -> dict[str, Any]:
    return {
        "dtype": tensor.dtype, "shape": list(tensor.shape), "stride": list(tensor.stride), "nbytes": _size(tensor),
    }  # fmt: skip


def _answer_keras(opened: OpenedFile, file: KerasFile, part: str) -> tuple[dict[str, Any], Iterator[memoryview]]:
    layout, read = recognise_keras(file, opened.read, part)
    lists: list[tuple[str, Mapping[object, object]]] = [
        (name, {"vocab": text.split("\n")}) for name, text in file.vocabularies.items()
    ]
    symbols = search(lists, layout.symbols)
    _check_overlaps(layout)
    return described(layout, symbols, (), opened.form), _bytes(layout, OpenedFile(None, read, opened.form))


def answer_beside(file: IO[bytes], name: str, size: int) -> dict[str, Any]:
    """The vocabulary of `size` symbols in a file beside a checkpoint, or notes. Raises `Unreadable`."""
    data = file.read(MOST_SIDECAR_BYTES)
    if name.endswith(".json"):
        try:
            root: object = bounded_json.loads(data.decode("utf-8"))
        except ValueError:
            raise Unreadable("is not JSON, or is larger than a vocabulary") from None
    elif name.endswith((".csv", ".txt")):
        root = one_a_line(data.decode("utf-8", "replace"), size)
    else:
        root = load_pickle(new_machine(_no_storage), io.BytesIO(data))
    root = tokenizer({"word_index": root} if "word_index" in name else root, size)
    found = search(find_parameters({"vocab": root}).mappings, size)
    return {"vocabulary": found.vocabulary, "notes": found.notes[:1]}


def _no_weights(opened: OpenedFile) -> str:
    listed = ", ".join(opened.names[:5]) + (" …" if len(opened.names) > 5 else "")
    return (
        f"contains no weights, only objects of {listed} (none of it was run); "
        'save weights: torch.save(model.state_dict(), "weights.pt")'
    )


def distinct(layout: ModelLayout | NamedTensors) -> dict[tuple[object, ...], Tensor]:
    """Each tensor once, tied ones share their place; those in one storage one by one, so it is read once."""
    found = {tensor.place: tensor for _, tensor in layout.tensors()}
    first: dict[object, int] = {}
    for key, *_ in found:
        first.setdefault(key, len(first))
    return dict(sorted(found.items(), key=lambda entry: first[entry[0][0]]))


_PLAIN = (
    "kind", "tied", "output_activation", "gates", "gates_said", "reset_said", "content", "content_said", "numbers",
    "masked", "classes", "symbols", "log_softmax", "max_norm", "inferred", "warnings",
)  # fmt: skip
"""What of a layout is said as it is."""


def described(layout: ModelLayout, symbols: FoundSymbols, names: tuple[str, ...], form: str) -> dict[str, Any]:
    """The JSON half."""
    order = {place: index for index, place in enumerate(distinct(layout))}

    def number(tensor: Tensor | None) -> int | None:
        return None if tensor is None else order[tensor.place]

    return {
        **{name: getattr(layout, name) for name in _PLAIN},
        "layers": [[number(tensor) for tensor in layer] for layer in layout.layers],
        "embedding": number(layout.embedding),
        "output_weight": number(layout.output_weight),
        "output_bias": number(layout.output_bias),
        "head": [
            [number(of.weight), number(of.bias), of.activation]
            + ([number(of.mean), number(of.variance), of.epsilon] if isinstance(of, NormLayer) else [])
            for of in layout.head
        ],
        "roles": [[name, list(shape), role] for name, shape, role in layout.roles],
        "vocabulary": None if symbols.vocabulary is None else list(symbols.vocabulary),
        "vocabulary_source": symbols.source,
        "vocabulary_notes": symbols.notes[:5],
        "names": list(names[:MOST_NAMES]),
        "form": form,
        "tensors": [_listed(tensor) for tensor in distinct(layout).values()],
    }


def _check_overlaps(layout: ModelLayout | NamedTensors) -> None:
    """A thousand windows on one storage would be a thousand times the file."""
    storages: dict[object, int] = {}
    for tensor in distinct(layout).values():
        storage = _storage(tensor)
        nbytes = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
        storages[storage.key] = max(nbytes, storages.get(storage.key, 0))
    if sum(map(_size, distinct(layout).values())) > 2 * sum(storages.values()):
        raise Unreadable("has tensors that repeat the same numbers; save plain, separate tensors")


def _storage(tensor: Tensor) -> Storage:
    assert tensor.storage is not None, "a tensor without a storage has a problem and is refused before"
    return tensor.storage


def _size(tensor: Tensor) -> int:
    return tensor.span * ITEM_SIZES[tensor.dtype]


def _bytes(layout: ModelLayout | NamedTensors, opened: OpenedFile) -> Iterator[memoryview]:
    """The span of each tensor. One storage is kept: flattened weights are many windows on one."""
    key, held = None, b""
    for tensor in distinct(layout).values():
        storage = _storage(tensor)
        if storage.key != key:
            held = b""  # before the next: never two storages at once
            key, held = storage.key, opened.read(storage)
        begin = tensor.offset * ITEM_SIZES[tensor.dtype]
        data = memoryview(held)[begin : begin + _size(tensor)]
        if len(data) != _size(tensor):
            raise Unreadable("ends before its tensors do; save or download it again")
        yield data


def _no_storage(_: object) -> object:
    raise BadPickle("a vocabulary has no tensors")
