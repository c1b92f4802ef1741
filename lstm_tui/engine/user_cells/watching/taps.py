"""Gates that no variable holds: caught where torch computes them, while the cell's own `forward` runs.

A gate is known by which call of which function makes it, such as the second `torch.sigmoid` of a step, and by which
block of what that call gives it is. A function that Python calls is watched for little; where a gate is made inside
one (`nn.LSTM`), torch's own operations are, which costs several times as much.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import get_ident
from types import CodeType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

Place = tuple[CodeType, int] | None
"""The code and the line of the user's file that were running."""


@dataclass(frozen=True, eq=False)
class Tap:
    """Where one quantity is made."""

    func: Any
    nth: int
    """Which of the calls of `func` in a step, from 0."""
    output: int
    """Which of the tensors that it gives."""
    block: int
    """Which of the `blocks` of H numbers in that tensor."""
    blocks: int
    interleaved: bool = False
    """Whether the blocks lie beside one another, a number of each in turn."""
    inside: bool = False
    """Whether `func` is an operation of torch's own."""

    def positions(self, units: int) -> tuple[int, int]:
        """Where in the flat tensor unit 0 is, and how far it is from one unit to the next."""
        return (self.block, self.blocks) if self.interleaved else (self.block * units, 1)

    def value(self, made: Tensor, units: int) -> Tensor | None:
        """(1, H); None where the tensor has another size than it should."""
        if made.numel() != units * self.blocks:
            return None
        if self.blocks == 1:
            return made if made.shape == (1, units) else made.reshape(1, units)
        first, stride = self.positions(units)
        return made.reshape(-1)[first::stride][:units].reshape(1, units).clone()


class TapTable:
    """Taps by the function, and by which of its calls they are at."""

    def __init__(self, taps: Mapping[str, Tap]) -> None:
        self.wanted: dict[Any, dict[int, list[tuple[str, Tap]]]] = {}
        for name, tap in taps.items():
            self.wanted.setdefault(tap.func, {}).setdefault(tap.nth, []).append((name, tap))


class TappedValues:
    """What the taps gave in one step."""

    def __init__(self, taps: Mapping[str, Tap] | TapTable, units: int, file: str | None = None) -> None:
        self.values: dict[str, Tensor] = {}
        """Quantity → (1, H)."""
        self.made: dict[str, Tensor] = {}
        """Quantity → the very tensor that it is a block of."""
        self.places: dict[str, Place] = {}
        """Quantity → where that was, if `file` is given."""
        self.finished: dict[str, int] = {}
        """Quantity → how many statements had run."""
        self.count: Callable[[], int] = lambda: 0
        self._units = units
        self._file = file
        self._wanted = taps.wanted if isinstance(taps, TapTable) else TapTable(taps).wanted
        self._seen = dict.fromkeys(self._wanted, 0)

    def wants(self, func: Any) -> bool:
        """Whether any tap is at this function."""
        return func in self._seen

    def saw(self, func: Any, out: Any) -> None:
        """A call of it has returned."""
        nth = self._seen[func]
        self._seen[func] = nth + 1
        for name, tap in self._wanted[func].get(nth, ()):
            made = out if isinstance(out, Tensor) else _tensors(out)[tap.output]
            value = tap.value(made, self._units)
            if value is not None:
                self.values[name], self.made[name] = value if self._file is None else value.clone(), made
                self.finished[name] = self.count()
                self.places[name] = None if self._file is None else _place(self._file)


class _Calls(TorchFunctionMode):
    def __init__(self, caught: TappedValues) -> None:
        super().__init__()
        self.caught = caught

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **kwargs) if kwargs else func(*args)
        if self.caught.wants(func):
            self.caught.saw(func, out)
        return out


class Patches:
    """Watches functions at the places where Python looks them up, which costs less than a mode that sees all calls.

    What was imported by its own name is not seen: whether the same is caught is found out once, by comparison.
    """

    def __init__(self, taps: Mapping[str, Tap]) -> None:
        self._caught: TappedValues | None = None
        self._thread = 0
        self._places: list[tuple[Any, str, Any, Any]] = []
        for func in {tap.func: None for tap in taps.values()}:
            name = getattr(func, "__name__", "")
            owners = [one for one in _OWNERS if getattr(one, name, None) is func]
            self._places += [(owner, name, func, self._watched(func)) for owner in owners]
        functions = {func for _, _, func, _ in self._places}
        self.complete = all(tap.func in functions and not tap.inside for tap in taps.values())

    def _watched(self, func: Any) -> Any:
        def watched(*args: Any, **options: Any) -> Any:
            out = func(*args, **options)
            if self._caught is not None and get_ident() == self._thread:
                self._caught.saw(func, out)
            return out

        return watched

    def catching(self, caught: TappedValues) -> Patches:
        """Inside `with` runs one step, whose numbers go to `caught`."""
        self._caught = caught
        return self

    def __enter__(self) -> None:
        self._thread = get_ident()
        for owner, name, _, watched in self._places:
            setattr(owner, name, watched)

    def __exit__(self, *_: object) -> None:
        self._caught = None
        for owner, name, func, _ in self._places:
            _put_back(owner, name, func)


_OWNERS = (torch, torch.Tensor, torch.nn.functional, torch.special)


def _put_back(owner: Any, name: str, func: Any) -> None:
    if owner is torch.Tensor and name not in _TENSORS_OWN:
        delattr(owner, name)  # it is inherited
    else:
        setattr(owner, name, func)


_TENSORS_OWN = frozenset(vars(torch.Tensor))


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, caught: TappedValues) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.caught = caught

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # see `Recorder`

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **kwargs) if kwargs else func(*args)
        if self.caught.wants(func):
            self.caught.saw(func, out)
        return out


@contextlib.contextmanager
def tapped(taps: Mapping[str, Tap], caught: TappedValues) -> Iterator[None]:
    """Inside runs one step, whose numbers go to `caught`."""
    if not taps:
        yield
    elif any(tap.inside for tap in taps.values()):
        # In inference mode torch hands on whole functions such as nn.LSTM's, not what they are made of.
        with torch.inference_mode(False), torch.no_grad(), unfused(), _Operations(caught):
            yield
    else:
        with _Calls(caught):
            yield


@contextlib.contextmanager
def unfused() -> Iterator[None]:
    """`nn.LSTM` computes by operations that can be seen, and so gives the same bits whether they are or not."""
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch._C._set_mkldnn_enabled(before)


def _tensors(out: Any) -> list[Tensor]:
    return [one for one in tree_flatten(out)[0] if isinstance(one, Tensor)]


def _place(file: str) -> Place:
    frame = sys._getframe(1)
    at: Any = frame
    while at is not None and at.f_code.co_filename != file:
        at = at.f_back
    return None if at is None else (at.f_code, at.f_lineno)
