"""A network along a text, at any position, in bounded memory.

States are kept sparsely: one keyframe every `BLOCK` steps, made by the fast scan. Everything else is recomputed from
the keyframe before it by the cells' own forward, one character at a time, so that stepping there, jumping there and
printing the whole trace give the same bits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.blocks import Block, Named, only_named
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.segments import ScannedSegment, scan_segment, to_its_end
from lstm_tui.engine.unfused_network import RowRunner, compute_alike, row_runner

BLOCK = 256
"""Steps from keyframe to keyframe: as many as can be stepped while nobody notices."""
LOOKBACK = 1024
"""Steps that sums over time look back: they lie in the blocks kept."""
_BLOCKS_KEPT = 10


@dataclass(frozen=True, eq=False)
class StepTensors:
    """Everything about one position, as tensors."""

    layers: tuple[dict[str, Tensor], ...]
    """Each layer's quantities, (1, H) each; at position 0 only its states."""
    before: Stack
    """The states the step started from; the zero state itself at position 0."""
    after: Stack
    """The states the next step starts from."""
    logits: Tensor | None  # (1, V); None without an output layer
    inputs: tuple[Tensor, ...]
    """What each layer read, (1, D) each: the symbol, then the h of the layer below; nothing at position 0."""
    edited: bool


class Timeline:
    """`model` reading the characters `indices` (T,). Position 0 is the zero state, position k the state after k.

    `edits` replaces the states *after* a position; later steps continue from there.
    """

    def __init__(self, model: Network, indices: Tensor, edits: Mapping[int, Stack] | None = None) -> None:
        self.model = model
        self.indices = indices
        self.edits = dict(edits or {})
        self.version = 0
        """Grows with every edit: what was computed aside under an older one is of no use any more."""
        self._keyframes: list[Stack] = [self._edited(0, model.zero_state())]
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        self._guesses: dict[int, dict[int, int]] = {}
        self._latest: tuple[int, int, StepTensors] | None = None
        self._fast: RowRunner | None = None

    @property
    def fast(self) -> RowRunner:
        """The network over many rows at once: a copy of its weights, made when it is first needed."""
        if self._fast is None:
            self._fast = row_runner(self.model).eval()
        return self._fast

    def __len__(self) -> int:
        """Characters in the text: positions run from 0 to this number."""
        return len(self.indices)

    @property
    def scanned(self) -> int:
        """The last position whose block's start is known: jumps up to here cost one block at most."""
        return min(len(self), len(self._keyframes) * BLOCK - 1)

    @torch.inference_mode()
    def at(self, position: int) -> StepTensors:
        """The network at `position`. Scans what is before it first, if that has not been done yet.

        What was asked for last is kept: a step is looked at from several sides before the next.
        """
        if self._latest is None or self._latest[:2] != (position, self.version):
            self._latest = position, self.version, self._at(position)
        return self._latest[2]

    def _at(self, position: int) -> StepTensors:
        if position == 0:
            after = self.state(0)
            layers = tuple(
                dict(zip(cell.states, state, strict=True)) for cell, state in zip(self.model.cells, after, strict=True)
            )
            return StepTensors(layers, after, after, self.model.logits(after[-1][0]), (), 0 in self.edits)
        before = self.state(position - 1)
        x = self.model.read(self.indices[position - 1 : position])
        after, layers_now = self._advance(position, x, before)
        inputs = (x, *(values["h"] for values in layers_now[:-1]))
        if position in self.edits:
            after = self.edits[position]
            for cell, values, state in zip(self.model.cells, layers_now, after, strict=True):
                values.update(zip(cell.states, state, strict=True))
        self._keep(position, after, layers_now)
        return StepTensors(
            tuple(layers_now), before, after, self.model.logits(after[-1][0]), inputs, position in self.edits
        )

    def moments(self, start: int, stop: int) -> Iterator[StepTensors]:
        """The positions start..stop-1, one by one; memory does not grow with their number."""
        for position in range(start, stop):
            yield self.at(position)

    def edit(self, position: int, stack: Stack | None) -> None:
        """Replace the states after `position` (None: as computed again) and forget what followed from them."""
        self.version += 1
        if stack is None:
            self.edits.pop(position, None)
        else:
            self.edits[position] = stack
        keep = position // BLOCK
        if position == 0:
            self._keyframes = [self._edited(0, self.model.zero_state())]
        else:
            del self._keyframes[keep + 1 :]
        for number in [b for b in self._blocks if b > keep or not position]:
            del self._blocks[number]
        if keep in self._blocks:
            self._blocks[keep].cut(position - keep * BLOCK)
            if not self._blocks[keep]:
                del self._blocks[keep]
        for block in [b for b in self._guesses if b >= keep]:
            del self._guesses[block]
        if keep and position == keep * BLOCK:  # the keyframe itself is what was edited
            del self._keyframes[keep:]

    def branch(self, position: int, indices: Tensor) -> Timeline:
        """Another text that agrees with this one up to `position`: what was scanned and edited up to there is kept."""
        edits = {at: stack for at, stack in self.edits.items() if at <= position}
        other = Timeline(self.model, indices, edits)
        other._keyframes = self._keyframes[: position // BLOCK + 1]
        return other

    @torch.inference_mode()
    def scan(self, position: int, proceed: Callable[[int], bool] = lambda _: True) -> bool:
        """Make the keyframes needed to show `position`; `proceed(scanned)` is asked block by block.

        Returns False, with what was scanned kept, where `proceed` said no.
        """
        while len(self._keyframes) <= position // BLOCK:
            if not proceed(self.scanned):
                return False
            self.sweep(len(self._keyframes) - 1)
        return True

    @torch.inference_mode()
    def guess(self, position: int) -> int:
        """The likeliest next symbol after `position`, from the numbers `at` shows; kept as long as its block is."""
        number, offset = divmod(position, BLOCK)
        kept = self._guesses.setdefault(number, {})
        if position not in kept:
            # A block's first states are the scan's own: what is shown there was stepped from the block before.
            top = self.at(position).after[-1][0] if offset == 0 else self.state(position)[-1][0]
            logits = self.model.logits(top)
            assert logits is not None, "a model without an output layer is not asked for a guess"
            kept[position] = int(logits.argmax())
        return kept[position]

    def sweep(self, number: int) -> list[ScannedSegment]:
        """Read block `number`, whose start is scanned, at once; its end becomes the next keyframe."""
        return to_its_end(self.scan_block(number))

    @torch.inference_mode()
    def scan_block(self, number: int) -> Generator[int, None, list[ScannedSegment]]:
        """`sweep` a little at a time: gives the positions reached on the way."""
        start, stack, most = number * BLOCK, self._keyframes[number], min(BLOCK, self.fast.piece())
        stop = min(start + BLOCK, len(self))
        stretches: list[ScannedSegment] = []
        for edge in sorted({*(p for p in self.edits if start < p < stop), stop}):
            read = yield from scan_segment(self.fast, self.indices, start, edge, stack, most)
            stretches.append(replace(read, after=self._edited(edge, read.after)))
            start, stack = edge, stretches[-1].after
        if stop == (number + 1) * BLOCK == len(self._keyframes) * BLOCK:
            self._keyframes.append(stack)
        return stretches

    def fork(self) -> Timeline:
        """The same text and edits, to be scanned in another thread; `learn` takes over what it found."""
        other = object.__new__(Timeline)
        other.__dict__.update(self.__dict__)
        other.edits, other._keyframes = dict(self.edits), list(self._keyframes)
        other._blocks = OrderedDict((number, block.copy()) for number, block in self._blocks.items())
        other._guesses = {}
        return other

    def inherit(self, other: Timeline) -> None:
        """Take over what `other` scanned of the same text, where its fast form computes the same bits: cells that
        differ only in how they are written need no second scan."""
        edited = {**self.edits, **other.edits}
        if not all(self.edits.get(at) is other.edits.get(at) for at in edited):
            return
        if other.model is self.model:
            self._fast = other._fast
        more = len(other._keyframes) > len(self._keyframes)
        if more and (other.model is self.model or compute_alike(self.model, other.model)):
            self._keyframes = list(other._keyframes)

    def learn(self, scout: Timeline) -> None:
        """Take over the keyframes and blocks of a scout that is no longer running, unless they are out of date."""
        if not scout.like(self):
            return
        self._keyframes.extend(scout._keyframes[len(self._keyframes) :])
        self._fast = self._fast or scout._fast
        for number, block in scout._blocks.items():
            if block.knows_more(self._blocks.get(number)):
                self._blocks[number] = block.copy()
            self._blocks.move_to_end(number)
        for number, guesses in scout._guesses.items():
            self._guesses.setdefault(number, {}).update(guesses)
        self._forget_old_blocks()

    def like(self, other: Timeline) -> bool:
        """Whether both read the same text with the same model from the same states."""
        return self.version == other.version and self.model is other.model and self.indices is other.indices

    def state(self, position: int) -> Stack:
        """The states after `position`, from its block; fills the block up to there."""
        number, offset = divmod(position, BLOCK)
        block = self._blocks.get(number)
        if block is None or len(block) <= offset:
            to_its_end(self.reaching(position))
            block = self._blocks[number]
        self._blocks.move_to_end(number)
        return block.stacks[offset]

    @torch.inference_mode()
    def reaching(self, position: int) -> Iterator[int]:
        """Make what `state` needs, a little at a time: gives the positions reached."""
        number, offset = divmod(position, BLOCK)
        while len(self._keyframes) <= number:
            yield from self.scan_block(len(self._keyframes) - 1)
            yield self.scanned
        block = self._blocks.setdefault(number, Block([self._keyframes[number]]))
        self._blocks.move_to_end(number)
        self._forget_old_blocks()
        while len(block) <= offset:
            at = number * BLOCK + len(block)
            self._keep(at, *self._advance(at, self.model.read(self.indices[at - 1 : at]), block.stacks[-1]))
            yield at

    def named(self, position: int) -> tuple[Named, ...]:
        """What each layer's cell named at the step to `position` (from 1): see `Block.named`."""
        number, offset = divmod(position - 1, BLOCK)
        before = self.state(position - 1)
        block = self._blocks[number]
        if len(block.named) <= offset:
            self._keep(
                position, *self._advance(position, self.model.read(self.indices[position - 1 : position]), before)
            )
        return block.named[offset]

    def unread(self, first: int, last: int) -> int:
        """How many steps have to be taken before those of first..last (0 for the zero state) can all be looked at."""
        missing = max(0, last // BLOCK - len(self._keyframes) + 1) * BLOCK
        for number in range(max(first, 0) // BLOCK, last // BLOCK + 1):
            offset = min(last - number * BLOCK, BLOCK - 1)
            block = self._blocks.get(number)
            missing += max(0, offset + 1 - (1 if block is None else len(block)))
        return missing

    def _advance(self, position: int, x: Tensor, stack: Stack) -> tuple[Stack, list[dict[str, Tensor]]]:
        """The step that leads to `position`; a user's cell that fails in it says which step it was."""
        try:
            return self.model.advance(x, stack)
        except CellError as error:
            error.position = position
            raise

    def _forget_old_blocks(self) -> None:
        while len(self._blocks) > _BLOCKS_KEPT:
            oldest, _ = self._blocks.popitem(last=False)
            self._guesses.pop(oldest, None)

    def _keep(self, position: int, stack: Stack, layers: list[dict[str, Tensor]]) -> None:
        """Spare the next step the work: what its block would compute for `position`."""
        number, offset = divmod(position - 1, BLOCK)
        block = self._blocks.get(number)
        if block is not None and len(block.named) == offset < len(block):
            block.named.append(only_named(self.model.cells, layers))
            if len(block) == offset + 1 < BLOCK:
                block.stacks.append(self._edited(position, stack))

    def _edited(self, position: int, stack: Stack) -> Stack:
        return self.edits.get(position, stack)
