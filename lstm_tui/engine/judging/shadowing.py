"""One call of a user's cell, as every number that it made and what each was made from.

A dispatch mode sees each aten operation with its real tensors, whatever the source looks like. Beside the memory of
every tensor lies a shadow of the same shape that holds, in place of each number, the number's id: a view or a chunk of
a tensor is the same view of its shadow, an operation that moves numbers moves ids, one in place overwrites them. So a
single h[u] can be followed back to x, h, c and the weights without knowing how tensors were cut up and put together.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

Ids = numpy.ndarray[Any, numpy.dtype[numpy.int64]]

_MOVES = (
    "cat stack clone contiguous index index_select gather repeat flip roll constant_pad_nd tril triu take "
    "repeat_interleave view_copy split_copy split_with_sizes_copy unbind_copy t_copy permute_copy expand_copy "
    "slice_copy select_copy narrow_copy unsqueeze_copy squeeze_copy transpose_copy diag_embed unfold_copy "
    "index_put index_copy scatter masked_fill _unsafe_index slice_scatter select_scatter"
)
_FACTORIES = (
    "zeros zeros_like ones ones_like full full_like empty empty_like empty_strided arange eye linspace scalar_tensor "
    "new_zeros new_ones new_full new_empty new_empty_strided lift_fresh zero fill"
)
_RANDOM = "rand randn rand_like randn_like randint bernoulli normal uniform dropout native_dropout"
MOVES = frozenset(_MOVES.split())
"""Operations whose results are numbers that were there before, so that they do the same to ids."""
FACTORIES = frozenset(_FACTORIES.split())
RANDOM = frozenset(_RANDOM.split())
RESHAPED = frozenset({"squeeze_", "unsqueeze_", "t_", "transpose_", "as_strided_", "detach_", "swapaxes_"})
"""Operations in place that change no number."""
ZERO = 0
"""The id of the number 0 that padding puts in."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """One operation: what it was given, as ids, and the numbers that it made."""

    op: str
    """`sigmoid`, `addmm`; `leaf` for what was there before, and `constant`."""
    start: int
    """The id of its first number; the others follow."""
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    values: numpy.ndarray[Any, Any]
    """Flat."""
    shape: tuple[int, ...]
    places: tuple[tuple[CodeType, int, int], ...]
    """Code, line and number of each frame of the user's file that it ran in, the innermost first."""
    output: int = 0
    """Which of several results."""
    name: str = ""
    """What a leaf is called: `x`, `h`, `c`, or the parameter's name."""
    func: Any = None
    """torch's operation, and which of its calls this is, from 0."""
    nth: int = 0

    @property
    def in_place(self) -> bool:
        """Whether it changes what was there."""
        return self.func is not None and self.func._schema.name.endswith("_")


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records what runs inside `with recorder:`; `leaves` are the tensors that go in, by name."""

    def __init__(self, file: str, leaves: Mapping[str, Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.records: list[Recorded] = []
        self.randoms: list[int | None] = []
        """The line of each operation that draws random numbers."""
        self.remade: list[int | None] = []
        """The line of each layer that is made anew, with weights drawn by chance."""
        self.read: list[int | None] = []
        """The line of each value that Python code looked at."""
        self._file = file
        self._starts: list[int] = []
        self._next = 0
        self._shadows: dict[int, Ids] = {}
        self._calls: dict[Any, int] = {}
        self._kept: list[Tensor] = []  # a storage that is freed would lend its address to another
        self._frames: dict[int, int] = {}
        self._frames_kept: list[FrameType] = []
        self._note("constant", (), {}, numpy.zeros(1), (1,), ())
        for name, tensor in leaves.items():
            self._leaf(tensor, name)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would load its compiler, which takes seconds, to be told not to compile this

    def of(self, number: int) -> tuple[Recorded, int]:
        """The operation that made a number, and which of its numbers it is."""
        found = self.records[bisect_right(self._starts, number) - 1]
        return found, number - found.start

    def ids(self, tensor: Tensor) -> Ids:
        """The ids of a tensor's numbers, in its shape."""
        return numpy.array(self._view(tensor))

    def known(self, tensor: Tensor) -> bool:
        """Whether the tensor's memory was seen."""
        return _address(tensor) in self._shadows

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        name = func._schema.name.partition("::")[2]
        self._calls[func] = self._calls.get(func, -1) + 1
        self._before: dict[int, Ids] = {}
        given, given_options = self._as_ids(args), self._as_ids(options)
        out = func(*args, **options)
        outputs = [one for one in tree_flatten(out)[0] if isinstance(one, Tensor)]
        inputs = {_address(one) for one in tree_flatten((args, options))[0] if isinstance(one, Tensor)}
        places = self._places()
        line = places[0][1] if places else None
        if name in RANDOM or torch.Tag.nondeterministic_seeded in func.tags:
            (self.remade if _making_a_layer() else self.randoms).append(line)
        if name in ("_local_scalar_dense", "item", "is_nonzero", "equal"):
            self.read.append(line)
        written = _written(func, args, options)
        if name in RESHAPED or (not written and all(_address(one) in inputs for one in outputs)):
            return out  # views: the shadow of their memory is there
        for at, one in enumerate(outputs):
            self._made(name, func, at, one, given, given_options, (args, options), places)
        if written and not outputs:
            self._made(name, func, 0, written[0], given, given_options, (args, options), places)
        return out

    def _made(
        self, name: str, func: Any, at: int, out: Tensor, given: Any, options: Any, real: Any, places: Any
    ) -> None:
        base = name if name.startswith("_") and name.count("_") == 1 else name.rstrip("_")
        moved = None
        if base == "copy":
            moved = numpy.broadcast_to(given[1], tuple(out.shape))
        elif base == "_to_copy":
            moved = given[0]
        elif base in MOVES:
            moved = self._moved(func, real)
        if moved is None:
            values = _numbers(out)
            kind = "constant" if base in FACTORIES else base
            ids = self._note(kind, given, options, values, tuple(out.shape), places, at, func=func)
        else:
            ids = moved.reshape(tuple(out.shape))
        self._write(out, ids)

    def _moved(self, func: Any, real: Any) -> Ids | None:
        """What the operation makes of the ids. None where it cannot be told."""

        def as_ids(one: Any) -> Any:
            if not isinstance(one, Tensor) or one.dtype in (torch.int64, torch.bool, torch.int32):
                return one
            return torch.from_numpy(numpy.ascontiguousarray(self._before[id(one)]))

        try:
            args, options = tree_map(as_ids, real)
            options = {key: value for key, value in options.items() if key not in ("dtype", "memory_format")}
            if func._schema.name in ("aten::masked_fill", "aten::masked_fill_", "aten::constant_pad_nd"):
                args, options = self._with_constant(args, options)
            out = func(*args, **options)
        except (RuntimeError, TypeError, IndexError, KeyError):
            return None
        return out.numpy() if isinstance(out, Tensor) and out.dtype == torch.int64 else None

    def _with_constant(self, args: Any, options: Any) -> tuple[Any, Any]:
        """The number put in is one of its own."""
        args = list(args)
        if len(args) > 2 and not isinstance(args[2], Tensor):
            value = float(args[2])
            args[2] = ZERO if value == 0 else int(self._note("constant", (), {}, numpy.full(1, value), (1,), ())[0])
        return tuple(args), options

    def _as_ids(self, things: Any) -> Any:
        def one(thing: Any) -> Any:
            if not isinstance(thing, Tensor):
                return thing
            found = self.ids(thing)
            self._before[id(thing)] = found
            return found

        return tree_map(one, things)

    def _leaf(self, tensor: Tensor, name: str) -> None:
        values = _numbers(tensor)
        self._write(tensor, self._note("leaf", (), {}, values, tuple(tensor.shape), (), name=name))

    def _note(
        self, op: str, arguments: Any, options: Any, values: Any, shape: tuple[int, ...], places: Any, output: int = 0,
        name: str = "", func: Any = None,
    ) -> Ids:  # fmt: skip
        start, count, nth = self._next, len(values), self._calls.get(func, 0)
        self._next += max(count, 1)
        self.records.append(Recorded(op, start, arguments, options, values, shape, places, output, name, func, nth))
        self._starts.append(start)
        return numpy.arange(start, start + count, dtype=numpy.int64).reshape(shape)

    def _view(self, tensor: Tensor) -> Ids:
        address = _address(tensor)
        if address not in self._shadows:
            whole = torch.as_strided(tensor.detach(), (_size(tensor),), (1,), 0) if tensor.numel() else tensor
            self._kept.append(tensor)
            ids = self._note("leaf", (), {}, _numbers(whole), (whole.numel(),), (), name="?")
            self._shadows[address] = ids.reshape(-1)
        shadow = self._shadows[address]
        item = shadow.itemsize
        return numpy.lib.stride_tricks.as_strided(
            shadow[tensor.storage_offset() :], tuple(tensor.shape), tuple(item * s for s in tensor.stride())
        )

    def _write(self, tensor: Tensor, ids: Ids) -> None:
        address = _address(tensor)
        if address not in self._shadows:
            self._kept.append(tensor)
            self._shadows[address] = numpy.zeros(max(_size(tensor), 1), dtype=numpy.int64)
        view = self._view(tensor)
        view[...] = ids

    def _places(self) -> tuple[tuple[CodeType, int, int], ...]:
        return tuple((f.f_code, f.f_lineno, self._number(f)) for f in _frames(sys._getframe(2), self._file))

    def _number(self, frame: FrameType) -> int:
        if id(frame) not in self._frames:
            self._frames[id(frame)] = len(self._frames)
            self._frames_kept.append(frame)  # so that no other frame is taken for it
        return self._frames[id(frame)]

    def line_here(self) -> int | None:
        """The line of the user's file that is running."""
        return next((frame.f_lineno for frame in _frames(sys._getframe(1), self._file)), None)

    def release(self) -> None:
        """Let go of the frames, which hold everything that they saw."""
        self._frames_kept.clear()


def _frames(frame: FrameType | None, file: str) -> Iterator[FrameType]:
    while frame is not None:
        if frame.f_code.co_filename == file:
            yield frame
        frame = frame.f_back


def _making_a_layer() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == "__init__" and isinstance(frame.f_locals.get("self"), nn.Module):
            return True
        frame = frame.f_back
    return False


def _address(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _size(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes() // tensor.element_size()


def _numbers(tensor: Tensor) -> numpy.ndarray[Any, Any]:
    return tensor.detach().to(torch.float64).reshape(-1).numpy().copy()


def _written(func: Any, args: Sequence[Any], options: Mapping[str, Any]) -> list[Tensor]:
    """The tensors that an operation changes in place."""
    found = []
    for at, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[at] if at < len(args) else options.get(argument.name)
            found += [one for one in tree_flatten(value)[0] if isinstance(one, Tensor)]
    return found
