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
            return made.reshape(1, units).clone()
        first, stride = self.positions(units)
        return made.reshape(-1)[first::stride][:units].reshape(1, units).clone()


class Caught:
    """What the taps gave in one step."""

    def __init__(self, taps: Mapping[str, Tap], units: int, file: str | None = None) -> None:
        self.values: dict[str, Tensor] = {}
        """Quantity → (1, H)."""
        self.places: dict[str, Place] = {}
        """Quantity → where that was, if `file` is given."""
        self.finished: dict[str, int] = {}
        """Quantity → how many statements had run."""
        self.count: Callable[[], int] = lambda: 0
        self._units = units
        self._file = file
        self._wanted: dict[Any, dict[int, list[tuple[str, Tap]]]] = {}
        for name, tap in taps.items():
            self._wanted.setdefault(tap.func, {}).setdefault(tap.nth, []).append((name, tap))
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
                self.values[name] = value
                self.finished[name] = self.count()
                self.places[name] = None if self._file is None else _place(self._file)


class _Calls(TorchFunctionMode):
    def __init__(self, caught: Caught) -> None:
        super().__init__()
        self.caught = caught

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **kwargs) if kwargs else func(*args)
        if self.caught.wants(func):
            self.caught.saw(func, out)
        return out


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, caught: Caught) -> None:
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
def tapped(taps: Mapping[str, Tap], caught: Caught) -> Iterator[None]:
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
