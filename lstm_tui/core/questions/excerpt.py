"""Which numbers of every step are wanted: of some layers, some units, some quantities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import LayerStep, Prediction, Step, Vector

OUTPUTS = ("logits", "loss")
"""What a step has besides its layers' quantities."""


@dataclass(frozen=True)
class Excerpt:
    """None stands for all there are; see `Excerpt.checked`."""

    layers: tuple[int, ...] | None = None
    units: tuple[int, ...] | None = None
    only: tuple[str, ...] | None = None
    """Names of quantities, `logits`, `loss`."""

    def wants(self, name: str) -> bool:
        """Whether a quantity, or `logits` or `loss`, is among them."""
        return self.only is None or name in self.only

    @property
    def quantities(self) -> bool:
        """Whether any quantity of a layer is wanted."""
        return self.only is None or any(name not in OUTPUTS for name in self.only)

    def layers_of(self, count: int) -> tuple[int, ...]:
        """The layers wanted of a network of `count`."""
        return tuple(range(count)) if self.layers is None else self.layers

    def units_of(self, width: int) -> Sequence[int]:
        """The units wanted of a layer that has `width`."""
        return range(width) if self.units is None else self.units

    def names_of(self, names: Iterable[str]) -> list[str]:
        """The quantities wanted among `names`, in their order."""
        return [name for name in names if self.wants(name)]

    def cut(self, step: Step) -> Step:
        """`step` with just these numbers."""
        layers = tuple(self._cut_layer(step.layers[index]) for index in self.layers_of(len(step.layers)))
        return replace(step, layers=layers, prediction=self._cut_prediction(step.prediction))

    def _cut_layer(self, layer: LayerStep) -> LayerStep:
        def cut(values: Mapping[str, Vector]) -> dict[str, Vector]:
            return {
                name: tuple(values[name][unit] for unit in self.units_of(layer.units)) for name in self.names_of(values)
            }

        return LayerStep(layer.index, cut(layer.values), cut(layer.before))

    def _cut_prediction(self, prediction: Prediction | None) -> Prediction | None:
        if prediction is None or self.wants("logits"):
            return prediction
        return replace(prediction, logits=())

    def checked(self, quantities: Sequence[str], sizes: Sequence[int], written: Mapping[str, str]) -> Excerpt:
        """The same with counts from the end made counts from the start.

        `sizes` are the units of each layer; `written` says how `layer`, `units` and `only` are written where this was
        asked for. Raises `UserError` for what the model does not have.
        """
        layers = self.layers and tuple(
            _within(index, len(sizes), written["layer"], "the model", "layer") for index in self.layers
        )
        units = self.units
        for index in layers or range(len(sizes)):
            where = "the model" if len(sizes) == 1 else f"layer {index}"
            units = units and tuple(_within(unit, sizes[index], written["units"], where, "unit") for unit in units)
        known = (*quantities, *OUTPUTS)
        for name in self.only or ():
            if name not in known:
                raise UserError(f"{written['only']} '{name}' is not known: choose among {', '.join(known)}")
        return Excerpt(layers, units, self.only)


WHOLE = Excerpt()


def _within(index: int, count: int, written: str, owner: str, what: str) -> int:
    if -count <= index < count:
        return index % count
    has = f"1 {what}, number 0" if count == 1 else f"{count} {what}s, 0 to {count - 1}"
    raise UserError(f"{written} {index} does not exist: {owner} has {has}")
