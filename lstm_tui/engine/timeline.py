"""A network along a text, at any position, in bounded memory.

States are kept sparsely: one keyframe every `Timeline.block` steps, made by the fast scan. Everything else is
recomputed from the keyframe before it by the cells' own forward, one character at a time, so that stepping there,
jumping there and printing the whole trace give the same bits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from lstm_tui.core.clamps import Clamp
from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.blocks import Block, Named, StepTensors, only_named
from lstm_tui.engine.cells.held import Held
from lstm_tui.engine.expected import Expected
from lstm_tui.engine.interventions import NONE, Interventions, held_rows
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.runners.row_runner import RowRunner, compute_alike, row_runner
from lstm_tui.engine.segments import ScannedSegment, scan_segment, to_its_end

BLOCK = 256
"""Steps from keyframe to keyframe: as many as can be stepped without a noticeable delay."""
LOOKBACK = 1024
"""Steps that sums over time look back: they lie in the blocks kept."""
_BLOCKS_KEPT = 10


class Timeline:
    """`model` reading the inputs `indices`, symbols (T,) or rows (T, D).

    Position 0 is the zero state, position k the state after k. What `after` knows and holds here too is taken over.
    A keyframe is kept every `block` steps.
    """

    def __init__(
        self,
        model: Network,
        indices: Tensor,
        interventions: Interventions = NONE,
        *,
        after: Timeline | None = None,
        block: int | None = None,
        expected: Expected | None = None,
    ) -> None:
        self.model = model
        self.indices = indices
        self.interventions = interventions
        self.expected = expected or Expected(indices)
        self.block: int = block or (BLOCK if after is None else after.block)
        self._keyframes: list[Stack] = [interventions.after(0, model.zero_state())]
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        self._guesses: dict[int, dict[int, int]] = {}
        self._latest: tuple[int, StepTensors] | None = None
        self._fast: RowRunner | None = None
        self._held: dict[tuple[Clamp, ...], tuple[Held, ...]] = {}
        if after is not None:
            self.take_over(after)

    @property
    def edits(self) -> Mapping[int, Stack]:
        """The states set by hand, by the positions after which they are."""
        return self.interventions.states

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
        return min(len(self), len(self._keyframes) * self.block - 1)

    @torch.inference_mode()
    def at(self, position: int) -> StepTensors:
        """The network at `position`. Scans what is before it first, if that has not been done yet.

        What was asked for last is kept: a step is looked at from several sides before the next.
        """
        if self._latest is None or self._latest[0] != position:
            self._latest = position, self._at(position)
        return self._latest[1]

    def _at(self, position: int) -> StepTensors:
        if position == 0:
            after = self.state(0)
            layers = tuple(
                dict(zip(cell.states, state, strict=True)) for cell, state in zip(self.model.cells, after, strict=True)
            )
            return StepTensors(layers, after, after, self.model.logits(after[-1][0]), (), 0 in self.edits)
        before = self.entering(position - 1)
        x = self.model.read(self.indices[position - 1 : position])
        after, layers_now = self._advance(position, x, before)
        inputs = (x, *(values["h"] for values in layers_now[:-1]))
        if position in self.edits:
            after = self.interventions.after(position, after)
            for cell, values, state in zip(self.model.cells, layers_now, after, strict=True):
                values.update(zip(cell.states, state, strict=True))
        self._keep(position, after, layers_now)
        return StepTensors(
            tuple(layers_now), before, after, self.model.logits(after[-1][0]), inputs, position in self.edits,
            self.interventions.acting(position),
        )  # fmt: skip

    def moments(self, start: int, stop: int) -> Iterator[StepTensors]:
        """The positions start..stop-1, one by one; memory does not grow with their number."""
        for position in range(start, stop):
            yield self.at(position)

    @torch.inference_mode()
    def guess(self, position: int) -> int:
        """The likeliest next symbol after `position`, from the numbers `at` shows; kept as long as its block is."""
        number, offset = divmod(position, self.block)
        kept = self._guesses.setdefault(number, {})
        if position not in kept:
            # A block's first states are the scan's own: what is shown there was stepped from the block before.
            top = self.at(position).after[-1][0] if offset == 0 else self.state(position)[-1][0]
            logits = self.model.logits(top)
            assert logits is not None, "a model without an output layer is not asked for a guess"
            kept[position] = int(logits.argmax())
        return kept[position]

    @torch.inference_mode()
    def scan_block(self, number: int) -> Generator[int, None, list[ScannedSegment]]:
        """Read block `number`, whose start is scanned, a little at a time: gives the positions reached on the way.

        Its end becomes the next keyframe. A block in which something is held is stepped, and gives no stretches.
        """
        start, stack = number * self.block, self._keyframes[number]
        stop = min(start + self.block, len(self))
        if self.interventions.steps_between(start + 1, stop):
            stepped = self._blocks.get(number)
            if stepped is not None:  # as far as that goes, it has been done
                start, stack = start + len(stepped) - 1, stepped.stacks[-1]
            for position in range(start + 1, stop + 1):
                stack = self._entering(position - 1, stack)
                after, _ = self._advance(position, self.model.read(self.indices[position - 1 : position]), stack)
                stack = self.interventions.after(position, after)
                yield position
            self._reached_edge(number, stop, stack)
            return []
        most = min(self.block, self.fast.piece())
        stretches: list[ScannedSegment] = []
        for edge in [*self.interventions.between(start, stop), stop]:
            read = yield from scan_segment(self.fast, self.indices, start, edge, self._entering(start, stack), most)
            stretches.append(replace(read, after=self.interventions.after(edge, read.after)))
            start, stack = edge, stretches[-1].after
        self._reached_edge(number, stop, stack)
        return stretches

    def _reached_edge(self, number: int, stop: int, stack: Stack) -> None:
        """Block `number` was read up to `stop`: where that is its end, the states there are the next keyframe."""
        if stop == (number + 1) * self.block == len(self._keyframes) * self.block:
            self._keyframes.append(stack)

    def held(self, position: int) -> tuple[Held, ...]:
        """What is held in each layer at the step to `position`; () where nothing is."""
        acting = self.interventions.acting(position)
        if acting and acting not in self._held:
            self._held[acting] = held_rows(self.model, [acting])
        return self._held[acting] if acting else ()

    def fork(self) -> Timeline:
        """The same, to be scanned in another thread; `take_over` brings back what it found."""
        return Timeline(self.model, self.indices, self.interventions, after=self, expected=self.expected)

    def take_over(self, other: Timeline) -> None:
        """Know from now on what `other` knows of the steps that are the same ones here.

        Those are the steps before the inputs or the interventions part, of the same model; of another model that
        computes the same bits when it scans (the same weights in other cells) only the keyframes.
        """
        assert self.block == other.block, "keyframes of other steps"
        agree, same = self._agree_until(other), self.model is other.model
        if same:
            self._fast = self._fast or other._fast
        keyframes = other._keyframes[: agree // self.block + 1]
        if len(keyframes) > len(self._keyframes) and (same or compute_alike(self.model, other.model)):
            self._keyframes.extend(keyframes[len(self._keyframes) :])
        if not same:
            return
        for number, block in other._blocks.items():
            known = block.copy()
            known.cut(max(0, agree - number * self.block + 1))
            if known and known.knows_more(self._blocks.get(number)):
                self._blocks[number] = known
            if number in self._blocks:
                self._blocks.move_to_end(number)
        for number, guesses in other._guesses.items():
            known_here = {position: guess for position, guess in guesses.items() if position <= agree}
            self._guesses.setdefault(number, {}).update(known_here)
        self._forget_old_blocks()

    def _agree_until(self, other: Timeline) -> int:
        """The last position up to which both pass through the same states if their models do; -1 for none."""
        agree = min(len(self), len(other))
        if self.indices is not other.indices:
            apart = (self.indices[:agree] != other.indices[:agree]).nonzero()
            agree = int(apart[0, 0]) if len(apart) else agree
        return int(min(agree, self.interventions.parted(other.interventions) - 1))

    def like(self, other: Timeline) -> bool:
        """Whether both read the same text with the same model from the same states."""
        same = self.model is other.model and self.indices is other.indices
        return same and self.interventions is other.interventions

    def entering(self, position: int) -> Stack:
        """The states that the step after `position` starts from: `state`, or the zero state of a new window."""
        return self._entering(position, self.state(position))

    def _entering(self, position: int, stack: Stack) -> Stack:
        return self.model.zero_state() if self.interventions.resets(position) else stack

    def state(self, position: int) -> Stack:
        """The states after `position`, from its block; fills the block up to there."""
        number, offset = divmod(position, self.block)
        block = self._blocks.get(number)
        if block is None or len(block) <= offset:
            to_its_end(self.reaching(position))
            block = self._blocks[number]
        self._blocks.move_to_end(number)
        return block.stacks[offset]

    @torch.inference_mode()
    def reaching(self, position: int) -> Iterator[int]:
        """Make what `state` needs, a little at a time: gives the positions reached."""
        number, offset = divmod(position, self.block)
        while len(self._keyframes) <= number:
            yield from self.scan_block(len(self._keyframes) - 1)
            yield self.scanned
        block = self._blocks.setdefault(number, Block([self._keyframes[number]]))
        self._blocks.move_to_end(number)
        self._forget_old_blocks()
        while len(block) <= offset:
            at = number * self.block + len(block)
            before = self._entering(at - 1, block.stacks[-1])
            self._keep(at, *self._advance(at, self.model.read(self.indices[at - 1 : at]), before))
            yield at

    def named(self, position: int) -> tuple[Named, ...]:
        """What each layer's cell named at the step to `position` (from 1): see `Block.named`."""
        number, offset = divmod(position - 1, self.block)
        before = self.entering(position - 1)
        block = self._blocks[number]
        if len(block.named) <= offset:
            self._keep(
                position, *self._advance(position, self.model.read(self.indices[position - 1 : position]), before)
            )
        return block.named[offset]

    def unread(self, first: int, last: int) -> int:
        """How many steps have to be taken before those of first..last (0 for the zero state) can all be looked at."""
        missing = max(0, last // self.block - len(self._keyframes) + 1) * self.block
        for number in range(max(first, 0) // self.block, last // self.block + 1):
            offset = min(last - number * self.block, self.block - 1)
            block = self._blocks.get(number)
            missing += max(0, offset + 1 - (1 if block is None else len(block)))
        return missing

    def _advance(self, position: int, x: Tensor, stack: Stack) -> tuple[Stack, list[dict[str, Tensor]]]:
        """The step that leads to `position`; a user's cell that fails in it says which step it was."""
        try:
            return self.model.advance(x, stack, self.held(position))
        except CellError as error:
            error.position = position
            raise

    def _forget_old_blocks(self) -> None:
        while len(self._blocks) > _BLOCKS_KEPT:
            oldest, _ = self._blocks.popitem(last=False)
            self._guesses.pop(oldest, None)

    def _keep(self, position: int, stack: Stack, layers: list[dict[str, Tensor]]) -> None:
        """Spare the next step the work: what its block would compute for `position`."""
        number, offset = divmod(position - 1, self.block)
        block = self._blocks.get(number)
        if block is not None and len(block.named) == offset < len(block):
            block.named.append(only_named(self.model.cells, layers))
            if len(block) == offset + 1 < self.block:
                block.stacks.append(self.interventions.after(position, stack))
