"""What the source calls the numbers that a call made: a label, no evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from torch import Tensor, nn

from lstm_tui.engine.judging.shadowing import Ids, Recorder


@dataclass(frozen=True, eq=False)
class Label:
    """A name that a line bound to a tensor."""

    name: str
    line: int
    ids: Ids


class Labels:
    """A trace function that notes which names the lines of `file` bind while `recorder` records."""

    def __init__(self, file: str, recorder: Recorder) -> None:
        self.all: list[Label] = []
        self._file = file
        self._recorder = recorder
        self._seen: dict[int, dict[str, tuple[int, int]]] = {}
        self._lines: dict[int, int] = {}
        self._kept: list[Tensor] = []
        self.last_line: int | None = None
        """The line that ran last."""
        self.lines: set[int] = set()
        """All that ran."""

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        self._seen[id(frame)] = dict(self._tensors(frame))
        return self._inside

    def _inside(self, frame: FrameType, event: str, arg: object) -> Any:
        line = self._lines.get(id(frame), frame.f_lineno)
        seen = self._seen.setdefault(id(frame), {})
        for name, mark in self._tensors(frame):
            if seen.get(name) != mark:
                seen[name] = mark
                self._note(frame, name, line)
        if event == "return":
            self._seen.pop(id(frame), None)
            self._lines.pop(id(frame), None)
        else:
            self._lines[id(frame)] = self.last_line = frame.f_lineno
            self.lines.add(frame.f_lineno)
        return self._inside

    def _tensors(self, frame: FrameType) -> Iterator[tuple[str, tuple[int, int]]]:
        for name, value in _named(frame):
            self._kept.append(value)  # so that its id stays its own
            yield name, (id(value), value._version)

    def _note(self, frame: FrameType, name: str, line: int) -> None:
        value = dict(_named(frame))[name]
        if self._recorder.known(value):
            self.all.append(Label(name.removeprefix("self."), line, self._recorder.ids(value).reshape(-1)))

    def of(self, number: int) -> list[Label]:
        """The labels of tensors that hold this number, smaller tensors first."""
        return sorted((label for label in self.all if number in label.ids), key=lambda label: len(label.ids))


def _named(frame: FrameType) -> Iterator[tuple[str, Tensor]]:
    for name, value in frame.f_locals.items():
        if isinstance(value, Tensor):
            yield name, value
        elif name == "self" and isinstance(value, nn.Module):
            for own, kept in vars(value).items():
                if isinstance(kept, Tensor):
                    yield f"self.{own}", kept
