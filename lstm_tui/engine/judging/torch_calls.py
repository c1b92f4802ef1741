"""The functions of torch that a recorded call ran, as Python calls them, and which numbers each gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten

from lstm_tui.engine.judging.shadowing import Ids, Recorder


@dataclass(frozen=True, eq=False)
class Returned:
    """One tensor that one call gave."""

    func: Any
    nth: int
    """Which of the calls of `func`, from 0."""
    output: int
    ids: Ids
    """Flat, as they were when the call returned."""


class FunctionCalls(TorchFunctionMode):
    """Notes what `recorder` knows of every call inside `with`; a dropout that is on in evaluation is left out."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.all: list[Returned] = []
        self.dropped: list[int | None] = []
        """The line of each such dropout."""
        self._recorder = recorder
        self._counts: dict[Any, int] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if "dropout" in getattr(func, "__name__", "") and _drops(args, kwargs or {}):
            self.dropped.append(self._recorder.line_here())
            return args[0].clone()
        out = func(*args, **(kwargs or {}))
        nth = self._counts[func] = self._counts.get(func, -1) + 1
        tensors = [one for one in tree_flatten(out)[0] if isinstance(one, Tensor)]
        for at, one in enumerate(tensors):
            if self._recorder.known(one):
                self.all.append(Returned(func, nth, at, self._recorder.ids(one).reshape(-1)))
        return out


def _drops(args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    share = args[1] if len(args) > 1 else options.get("p", 0.5)
    on = args[2] if len(args) > 2 else options.get("training", options.get("train", True))
    return bool(args) and isinstance(args[0], Tensor) and bool(on) and bool(share)
