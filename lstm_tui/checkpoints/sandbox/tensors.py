"""Tensors as a checkpoint describes them: a storage somewhere in the file, and a window on it. No numbers yet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lstm_tui.checkpoints.sandbox.stand_ins import BadPickle, Constructor, Global

ITEM_SIZES = {
    "float32": 4,
    "float64": 8,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
    "complex128": 16,
}
FLOATS = ("float32", "float64", "float16", "bfloat16")

_STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8",
}


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """One run of numbers in the file."""

    key: str
    dtype: str
    """A name out of `ITEM_SIZES`, or what the file called a type we do not know."""
    numel: int


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """A window on a storage, checked to lie inside it. `problem` says why its numbers cannot be used, if so."""

    storage: Storage | None
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str
    problem: str = ""

    @property
    def numel(self) -> int:
        """How many numbers it shows."""
        return math.prod(self.shape)

    @property
    def span(self) -> int:
        """How many numbers of the storage lie between its first and its last, both counted."""
        if self.numel == 0:
            return 0
        return 1 + sum((n - 1) * s for n, s in zip(self.shape, self.stride, strict=True))

    @property
    def place(self) -> tuple[object, ...]:
        """What two names of one tensor share."""
        key = self.storage.key if self.storage else id(self)
        return key, self.offset, self.shape, self.stride, self.dtype


def storage_of(kind: object, key: object, numel: object) -> Storage:
    """The storage a persistent id describes. Raises `BadPickle`."""
    if not isinstance(kind, Global) or not isinstance(key, (str, int)) or not isinstance(numel, int) or numel < 0:
        raise BadPickle("a tensor's storage is described wrongly")
    name = kind.name.rpartition(".")[2]
    return Storage(str(key), _STORAGES.get(name, name), numel)


def _sizes(value: object) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or len(value) > 8:
        raise BadPickle("a tensor has an impossible shape")
    if not all(type(n) is int and 0 <= n < 1 << 48 for n in value):
        raise BadPickle("a tensor has an impossible shape")
    return tuple(value)


def window(storage: object, offset: object, shape: object, stride: object, dtype: str | None = None) -> Tensor:
    """The tensor that shows `storage` from `offset` (in numbers of its dtype). Raises `BadPickle` outside of it."""
    if not isinstance(storage, Storage) or type(offset) is not int or offset < 0:
        raise BadPickle("a tensor has no storage")
    sizes, steps = _sizes(shape), _sizes(stride)
    if len(sizes) != len(steps):
        raise BadPickle("a tensor has an impossible shape")
    dtype = dtype or storage.dtype
    made = Tensor(storage, offset, sizes, steps, dtype, "" if dtype in FLOATS else f"is of type {dtype}")
    stored = storage.numel * ITEM_SIZES.get(storage.dtype, 1)
    if (offset + made.span) * ITEM_SIZES.get(dtype, 1) > stored and made.numel:
        raise BadPickle(f"a tensor of shape {sizes} reaches outside its storage of {storage.numel:,} numbers")
    if made.numel > made.span:
        return Tensor(storage, offset, sizes, steps, dtype, "repeats its numbers (it claims more than are stored)")
    return made


def _rebuild_v2(storage: object, offset: object, shape: object, stride: object, *_: object) -> object:
    return window(storage, offset, shape, stride)


def _rebuild_v3(storage: object, offset: object, shape: object, stride: object, *rest: object) -> object:
    dtype = rest[2] if len(rest) > 2 else None
    if not isinstance(dtype, Global):
        raise BadPickle("a tensor has no type")
    return window(storage, offset, shape, stride, dtype.name.rpartition(".")[2])


def _rebuild_parameter(data: object, *_: object) -> object:
    return data


def _rebuild_typed(function: object = None, _kind: object = None, args: object = (), *_: object) -> object:
    """A tensor of a subclass: what makes its data is in front, with its arguments."""
    if not isinstance(function, Global) or function.name not in TORCH or not isinstance(args, tuple):
        raise BadPickle("a tensor is made in an unknown way")
    if function.name.endswith("_rebuild_from_type_v2"):
        raise BadPickle("a tensor is made in an unknown way")  # no use has nested them; nesting could go deep
    return TORCH[function.name](*args)


def _unusable(problem: str) -> Constructor:
    def make(*_: object) -> object:
        return Tensor(None, 0, (), (), problem, problem=f"is {problem}")

    return make


def _size(*args: object) -> object:
    return tuple(args[0]) if args and isinstance(args[0], (tuple, list)) else args


TORCH: dict[str, Constructor] = {
    "torch._utils._rebuild_tensor": _rebuild_v2,
    "torch._utils._rebuild_tensor_v2": _rebuild_v2,
    "torch._utils._rebuild_tensor_v3": _rebuild_v3,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": _rebuild_parameter,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": _rebuild_parameter,
    "torch.nn.parameter.Parameter": _rebuild_parameter,
    "torch._tensor._rebuild_from_type_v2": _rebuild_typed,
    "torch._utils._rebuild_qtensor": _unusable("quantised"),
    "torch._utils._rebuild_sparse_tensor": _unusable("sparse"),
    "torch._utils._rebuild_meta_tensor_no_storage": _unusable("a meta tensor without numbers"),
    "torch._utils._rebuild_nested_tensor": _unusable("a nested tensor"),
    "torch._utils._rebuild_wrapper_subclass": _unusable("a tensor subclass without numbers of its own"),
    "torch._utils._rebuild_device_tensor_from_numpy": _unusable("kept as a numpy array"),
    "torch.Size": _size,
}
"""How torch writes tensors, re-read by our own functions: none of them makes more than a description."""

QUIET = frozenset(
    {f"torch.{name}" for name in (*_STORAGES, *ITEM_SIZES, "device")}
    | {f"torch.storage.{name}" for name in _STORAGES}
    | {"torch.serialization._get_layout", "torch.Tensor"}
)
"""Names that every checkpoint mentions: not worth showing as foreign."""
