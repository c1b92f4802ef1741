"""A model's steps along a text, as a sequence, as arrays, as a table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

from lstm_tui.api.in_python import in_python
from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.excerpt import Excerpt
from lstm_tui.core.step import About, Step, Vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

    from lstm_tui.debugger.debugger import Debugger

_SAID = {"layer": "layer", "units": "unit", "only": "quantity"}
"""How what is asked for is called in sentences."""


@contextmanager
def worded_for_python() -> Iterator[None]:
    """A `UserError` names arguments instead of options."""
    try:
        yield
    except UserError as error:
        error.args = tuple(in_python(argument) if isinstance(argument, str) else argument for argument in error.args)
        raise


class Trace(Sequence[Step]):
    """The steps of a model along a text: `trace[t]` read the character number t, from 0.

    Numbers are plain floats (`trace[1].layers[0].values["f"][3]`). Steps are computed when they are asked for, so
    memory does not grow with the text.
    """

    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    @property
    def about(self) -> About:
        """Which model, and its notes: sentences the reader must know."""
        about = self._debugger.about
        return replace(about, notes=tuple(map(in_python, about.notes)))

    @property
    def text(self) -> str:
        """The text read."""
        return self._debugger.text

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities, in order: f, i, c_tilde, o, c, h, or r, z, n, h."""
        return tuple(quantity.name for quantity in self._debugger.quantities)

    def __len__(self) -> int:
        return self._debugger.length

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...

    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        if isinstance(index, slice):
            return tuple(self._at(t) for t in range(*index.indices(len(self))))
        t = index + len(self) if index < 0 else index
        if not 0 <= t < len(self):
            raise IndexError(f"there is no t = {index}: the text has {len(self)} steps, from t = 0 to {len(self) - 1}")
        return self._at(t)

    def __iter__(self) -> Iterator[Step]:
        with worded_for_python():
            yield from self._debugger.steps(1, len(self) + 1)

    def _at(self, t: int) -> Step:
        with worded_for_python():
            return next(iter(self._debugger.steps(t + 1, t + 2)))

    def series(self, quantity: str, unit: int, layer: int = 0) -> Vector:
        """One unit's values over time, one a step. Raises `UserError` for what the model does not have."""
        return tuple(self._array(quantity, layer, (unit,))[:, 0].tolist())

    def to_numpy(self, name: str, layer: int = 0) -> NDArray[Any]:
        """A quantity of a layer at every step, (T, units); or `logits` (T, V), `loss` or `p` (T,).

        NaN where there is no value: the last loss. Raises `UserError` for what the model does not have.
        """
        return self._array(name, layer, None)

    def _array(self, name: str, layer: int, units: tuple[int, ...] | None) -> NDArray[Any]:
        asked = Excerpt((layer,), units, ("loss" if name == "p" else name,))
        with worded_for_python():
            checked = asked.checked(self.names, self.about.hidden_sizes, _SAID)
            found = self._debugger.arrays(checked)
        assert checked.layers is not None
        if name in self.names:
            return found[checked.layers[0], name]
        if (None, name) not in found:
            raise UserError(f"'{name}' does not exist: the model has no output layer")
        return found[None, name]

    def to_frame(
        self,
        layer: int | None = None,
        units: Sequence[int] | None = None,
        only: Sequence[str] | None = None,
    ) -> DataFrame:
        """A pandas `DataFrame` with a row a step: t, char, target, guess, p, loss, and a column a unit.

        Columns are called `c[3]`, and `l1.c[3]` where there are several layers; `only` names quantities and logits
        (`"c"` or `["c", "h"]`). Raises `UserError` without pandas, and for what the model does not have.
        """
        try:
            import pandas
        except ImportError:
            raise UserError("to_frame needs pandas, which is not installed: pip install pandas") from None
        from lstm_tui.tracing.formats import columns

        names = (only,) if isinstance(only, str) else None if only is None else tuple(only)
        asked = Excerpt(None if layer is None else (layer,), None if units is None else tuple(units), names)
        with worded_for_python():
            excerpt = asked.checked(self.names, self.about.hidden_sizes, _SAID)
            found = self._debugger.arrays(excerpt)
        symbols, outputs = list(self._debugger.symbols), self.about.outputs
        labelled: list[str | None] = [*symbols[1:], None]
        targets = [*(None for _ in symbols[1:]), self[-1].target] if self.about.classes else labelled
        table: dict[str, Any] = {"t": range(len(symbols)), "char": symbols, "target": targets}
        if (None, "guess") in found:
            table["guess"] = [outputs[index] for index in found[None, "guess"]]
            table |= {name: found[None, name] for name in ("p", "loss")}
        blocks = [pandas.DataFrame(table)]
        if (None, "output") in found:
            said = [f"output[{name}]" for name in self.about.targets]
            blocks += [
                pandas.DataFrame({"loss": found[None, "loss"]}),
                pandas.DataFrame(found[None, "output"], columns=said),
            ]
        for (index, name), rows in found.items():
            if index is not None or (name == "logits" and excerpt.wants(name)):
                blocks.append(pandas.DataFrame(rows, columns=columns(self.about, index, name, excerpt)))
        return pandas.concat(blocks, axis=1)

    def to_jsonl(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write every step as `lstm-tui trace --format jsonl` prints it. Raises `UserError` where the file exists."""
        from lstm_tui import __version__
        from lstm_tui.core.filesystem.files import write_atomically
        from lstm_tui.tracing.formats import jsonl

        steps = self._debugger.printed(1, len(self) + 1)
        done = self._debugger.interventions
        lines = jsonl(self._debugger.about, len(self), steps, __version__, interventions=done)
        with worded_for_python():
            write_atomically(path, (line.encode() for line in lines), force)

    def to_html(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write a page that steps through all of it in a browser and needs nothing else.

        Raises `UserError` where the file exists, and where the steps are too many for a page.
        """
        from lstm_tui import __version__
        from lstm_tui.core.filesystem.files import write_atomically
        from lstm_tui.pages.page import trace_page

        with worded_for_python():
            pieces = trace_page(self._debugger, self._debugger.steps(0, len(self) + 1), __version__)
            write_atomically(path, (piece.encode() for piece in pieces), force)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page of as many steps as it should keep, in a frame of its own."""
        from lstm_tui import __version__
        from lstm_tui.pages.notebook import element

        return element(self._debugger, __version__)

    def __repr__(self) -> str:
        return f"<trace of {self.about.name}: {len(self)} steps of {', '.join(self.names)}>"
