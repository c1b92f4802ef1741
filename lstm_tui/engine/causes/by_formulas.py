"""A layer's backward pass by the formulas of its kind: no graph, one pass over a block's steps.

Every factor of the chain rule is worked out for all steps at once; what is left to do step by step is to multiply and
add them up, and one product with U.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from lstm_tui.core.formulas import read_formula
from lstm_tui.core.kinds.chain_rule import Link, backward_order, links, recalled_links
from lstm_tui.engine.cells import Cell
from lstm_tui.engine.cells.gates import with_biases

FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "exp": torch.exp, "log": torch.log,
}  # fmt: skip
"""The functions of formulas, of tensors."""
Slope = Sequence[Tensor] | Sequence[float]
"""A factor of the chain rule: (H,) a step, or a number a step."""


def has_formulas(cell: Cell) -> bool:
    """Whether the description of its kind says all that is needed."""
    return cell.described and cell.kind.elementwise


@dataclass(eq=False)
class LayerGradients:
    """The derivatives by everything in one layer over T steps."""

    values: dict[str, Tensor]
    """By quantity, (T, H) each."""
    rows: Tensor
    """By W x, the part of the pre-activations that comes from what the layer reads: (T, R·H)."""
    rows_of_h: Tensor
    """By U h, the part that comes from the states: (T, R·H)."""
    before: dict[str, Tensor]
    """By the states before the first step, (H,) each."""
    weight_ih: Tensor = field(repr=False)

    def x(self) -> Tensor:
        """By what the layer read, (T, D)."""
        return self.rows @ self.weight_ih


class LayerSteps:
    """T steps of one layer: what it read, `x` (T, D), its `values` and the states `before` each step, (T, H) each."""

    def __init__(self, cell: Cell, x: Tensor, values: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> None:
        self.kind, self.states, self.units, self.count = cell.kind, cell.states, cell.hidden_size, len(x)
        self.weights = {name: weight.detach() for name, weight in cell.weights().items()}
        self.like, self.x = next(iter(values.values())), x
        self._known = {name: rows.double() for name, rows in values.items()}
        self._known |= {f"{name}'": rows.double() for name, rows in before.items()}
        self._known |= {n: w.double() for n, w in self.weights.items() if w.shape == (self.units,)}
        self._add_sums(x)

    def _add_sums(self, x: Tensor) -> None:
        """The pre-activations, and their parts, that formulas name."""
        named = {name for part in links(self.kind).values() for link in part for name in link.slope.names()}
        wanted = {name for name in named if name[:2] in ("z_", "x_", "u_")}
        if not wanted:
            return
        biases = with_biases(self.weights)
        of_x = functional.linear(x, self.weights["weight_ih"], biases["bias_ih"]).double()
        of_h = biases["bias_hh"].double().expand_as(of_x)
        if "weight_hh" in self.weights:
            of_h = of_h + self._known["h'"] @ self.weights["weight_hh"].double().t()
        for part, sums in (("z_", of_x + of_h), ("x_", of_x), ("u_", of_h)):
            self._known |= {part + row: self.of_row(sums, row) for row in self.kind.gate_rows if part + row in wanted}

    def of_row(self, stacked: Tensor, row: str) -> Tensor:
        """The row's block of (…, R·H)."""
        return stacked.narrow(-1, self.kind.gate_rows.index(row) * self.units, self.units)

    def slope(self, link: Link) -> Slope:
        """∂of/∂by at every step."""
        value = link.slope.value(self._known, FUNCTIONS)
        if not isinstance(value, Tensor):
            return [float(value)] * self.count
        return value.to(self.like.dtype).expand(self.count, -1).unbind()

    def numbers(self, unit: int) -> dict[str, float]:
        """Everything that formulas name, of one unit at the first of the steps."""
        return {name: float(rows.expand(self.count, -1)[0, unit]) for name, rows in self._known.items()}

    def recalled(self, row: str) -> Tensor:
        """What U of a row is multiplied with, (T, H)."""
        formula = self.kind.recalled.get(row)
        made: Tensor = self._known["h'"] if formula is None else read_formula(formula).value(self._known, FUNCTIONS)
        return made

    def zeros(self, width: int) -> Tensor:
        """(T, width)."""
        return self.like.new_zeros(self.count, width)


@torch.inference_mode()
def layer_backward(
    layer: LayerSteps, seeds: Tensor | None, after: Mapping[str, Tensor], cut: frozenset[int]
) -> LayerGradients:
    """The derivatives, given those by each step's h from elsewhere than the next step, `seeds` (T, H), and those by the
    states after the last step, (H,) each. The states after the steps (from 0) in `cut` were set by hand."""
    reverse = _ReversePass(layer)
    carried = dict(after)
    for at in reversed(range(layer.count)):
        if seeds is not None:
            carried["h"] = carried["h"] + seeds[at]
        carried = reverse.cut(at, carried) if at in cut else reverse.step(at, carried)
    return LayerGradients(reverse.values, reverse.of_x, reverse.of_h, carried, layer.weights["weight_ih"])


@dataclass(frozen=True, eq=False)
class _Targets:
    """What the derivative by one quantity is handed on to."""

    name: str
    kept: Sequence[Tensor]
    """Where it is kept, (H,) a step."""
    to_rows: list[tuple[Slope, Sequence[Tensor]]]
    """Factors, and the places of pre-activations, (H,) a step."""
    to_others: list[tuple[Slope, str]]
    through: list[tuple[Tensor, Sequence[Tensor], list[tuple[Slope, str]]]]
    """For a row whose U is multiplied with something else than h': U (H, H), the places of its pre-activation, and
    whom what comes out of it is handed on to."""


class _ReversePass:
    """The part that has to be done step by step, in as few operations as it takes."""

    def __init__(self, layer: LayerSteps) -> None:
        width = len(layer.kind.gate_rows) * layer.units
        order = links(layer.kind)
        parted = any(link.by.startswith("u_") for part in order.values() for link in part)
        self.values = {name: layer.zeros(layer.units) for name in backward_order(layer.kind)}
        self.of_x = layer.zeros(width)
        self.of_h = of_h = layer.zeros(width) if parted else self.of_x
        self._states, self._zero = layer.states, layer.like.new_zeros(layer.units)
        self._h_places, self._u = of_h.unbind(), layer.weights.get("weight_hh")
        self._plan = [self._targets(layer, name, of_h) for name in self.values]
        if self._u is not None and layer.kind.recalled:
            self._u = self._u.clone()
            for row in layer.kind.recalled:
                layer.of_row(self._u.t(), row).zero_()

    def _targets(self, layer: LayerSteps, name: str, of_h: Tensor) -> _Targets:
        found = _Targets(name, self.values[name].unbind(), [], [], [])
        for link in links(layer.kind)[name]:
            part, row = link.by[:2], link.by[2:]
            if part not in ("z_", "x_", "u_"):
                found.to_others.append((layer.slope(link), link.by))
                continue
            places = {"z_": [self.of_x, of_h], "x_": [self.of_x], "u_": [of_h]}[part]
            for place in places[: 1 if of_h is self.of_x else None]:
                found.to_rows.append((layer.slope(link), layer.of_row(place, row).unbind()))
        if name in layer.kind.recalled and self._u is not None:
            block = layer.of_row(self._u.t(), name).t().clone()
            links_through = [(layer.slope(link), link.by) for link in recalled_links(layer.kind, name)]
            found.through.append((block, layer.of_row(of_h, name).unbind(), links_through))
        return found

    def step(self, at: int, carried: dict[str, Tensor]) -> dict[str, Tensor]:
        """The derivatives by the states before the step, given those by the states after it."""
        known = carried
        for targets in self._plan:
            slope = known.get(targets.name)
            if slope is None:  # nothing depends on it
                continue
            targets.kept[at].copy_(slope)
            for factors, places in targets.to_rows:
                places[at].add_(slope * factors[at])
            _propagate(known, slope, targets.to_others, at)
            for block, places, links_through in targets.through:
                _propagate(known, places[at] @ block, links_through, at)
        before = {name: known.get(f"{name}'", self._zero) for name in self._states}
        if self._u is not None:
            before["h"] = torch.addmv(before["h"], self._u.t(), self._h_places[at])
        return before

    def cut(self, at: int, carried: dict[str, Tensor]) -> dict[str, Tensor]:
        """A step after which the states were set by hand: nothing flows through them."""
        for targets in self._plan:
            if targets.name in carried:
                targets.kept[at].copy_(carried[targets.name])
        return dict.fromkeys(self._states, self._zero)


def _propagate(known: dict[str, Tensor], slope: Tensor, to: list[tuple[Slope, str]], at: int) -> None:
    for factors, name in to:
        there, factor = known.get(name), factors[at]
        if there is None:
            known[name] = slope * factor
        elif isinstance(factor, Tensor):
            known[name] = torch.addcmul(there, slope, factor)
        else:
            known[name] = torch.add(there, slope, alpha=factor)
