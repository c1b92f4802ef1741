"""The steps of a text whose states are most like those at one of them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lstm_tui.conditions.needs import Needs
from lstm_tui.engine.search.scanner import Scanner, can_scan, stepped
from lstm_tui.engine.segments import to_its_end
from lstm_tui.engine.timeline import Timeline

MOST_STEPS, MOST_NUMBERS = 65_536, 16_000_000
"""Steps around the one asked about that are compared, and numbers of state in them."""
STEPPED = 4_096
"""The same where nothing but stepping tells the states."""


def compared(timeline: Timeline, position: int) -> tuple[int, int]:
    """The steps first..last that the one at `position` is compared with."""
    numbers = sum(cell.hidden_size * len(cell.states) for cell in timeline.model.cells)
    most = max(2, min(MOST_STEPS if _scans(timeline) else STEPPED, MOST_NUMBERS // numbers))
    block = timeline.block
    first = max(0, position - most // 2) // block * block
    return first + 1, min(len(timeline), first + max(most, block))


def alike(timeline: Timeline, position: int, count: int) -> list[tuple[int, float]]:
    """The `count` positions most alike and how far they are from it, the nearest first; of a run of neighbours only
    the nearest.

    How far: the root mean square, over every number of every state (c and h of all layers), of the difference in
    standard deviations that the number has over the steps compared. Raises what the cell raises.
    """
    first, last = compared(timeline, position)
    states = _states(timeline, first, last)  # (T, n)
    spread = states.std(dim=0)
    spread = torch.where(spread > 1e-6 * states.abs().amax(dim=0), spread, torch.inf)  # what never changes
    far = ((states - states[position - first]) / spread).square().mean(dim=1).sqrt()
    here = torch.arange(first, last + 1)
    padded = torch.nn.functional.pad(far, (1, 1), value=torch.inf)
    nearest = (far <= padded[:-2]) & (far <= padded[2:]) & (here != position)
    found = sorted(zip(far[nearest].tolist(), here[nearest].tolist(), strict=True), key=lambda one: one)[:count]
    return [(at, distance) for distance, at in found]


@torch.inference_mode()
def _states(timeline: Timeline, first: int, last: int) -> Tensor:
    """Every number of every state after the steps first..last, (T, n)."""
    layers = list(enumerate(timeline.model.cells))
    needs = Needs({(at, name): None for at, cell in layers for name in cell.states})
    rows: list[Tensor] = []
    scanner = Scanner(timeline, needs) if _scans(timeline) else None
    for start, stop in _blocks(timeline, first, last):
        if scanner is None:
            chunk = stepped(timeline, needs, start, stop)
        else:
            to_its_end(timeline.reaching(start))
            chunk = scanner.read(to_its_end(timeline.scan_block(start // timeline.block))).chunk
        rows.append(torch.cat([chunk.values[key][: stop - start] for key in needs.quantities], dim=1))
    return torch.cat(rows)


def _blocks(timeline: Timeline, first: int, last: int) -> Iterator[tuple[int, int]]:
    """t from `first` - 1 to `last` - 1, cut where blocks end."""
    for start in range(first - 1, last, timeline.block):
        yield start, min(start + timeline.block, last)


def _scans(timeline: Timeline) -> bool:
    return can_scan(timeline) and not timeline.interventions.steps_between(1, len(timeline))
