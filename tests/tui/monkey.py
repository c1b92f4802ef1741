"""Random keys, clicks, pastes and sizes on the real program, seeded: nothing fails, nothing is stuck, no number is
wrong, and what stands on the screen is what would be painted now."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from random import Random

from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.keys import KEYS
from lstm_tui.tui.widgets.painted import Painted
from tests.tui.shown import numbers
from tests.tui.staged import Staged, keys, on_stage

SIZES = ((80, 24), (120, 40), (60, 16), (200, 60), (40, 10), (100, 30), (1, 1), (79, 23), (300, 100), (120, 20))
LOOKED_EVERY, DRAWN_EVERY, ESCAPED_EVERY = 5, 20, 100
"""Moves between two looks at the numbers, at the whole screen drawn anew, and two tests that everything closes."""
TRIES = 6

_NOT_ALONE = {"q", "/"}
"""Pressed only where they are meant: one ends the program, the other must not get into the name of a file."""
_TYPED = (*"0123456789abc+-.%[]<> ", "enter", "enter", "escape", "escape", "tab", "backspace", "delete", "up", "ctrl+c")
_PHRASES = (
    ("b", "any(c>.5)", "enter"), ("b", "f[3] <", "enter"), ("b", "up", "space", "escape"), ("/", "e", "enter"),
    ("g", "50%", "enter"), ("i", "tab", "7", "enter"), ("i", "0", "tab", "30", "enter"), ("t", "enter"),
    ("t", "down", "enter"), ("t", "tab", "90", "enter", "escape"), ("e", "he", "enter"), ("e", "enter", "escape"),
    ("e", "l\u0301\u05d0!", "enter", "enter"), ("w", "a.csv", "enter", "y"), ("w", "a.jsonl", "enter", "y"),
    ("w", "a.svg", "enter", "y"), ("w", "enter", "y"), ("o", "enter", "y"), ("o", "down", "enter", "y"),
    ("o", "down", "down", "enter", "y"), ("o", "none", "enter", "escape"), (":", "theme", "enter", "down", "enter"),
    (":", "keys", "enter"), (":", "a cell", "enter", "down", "enter"), ("a", "+", "+"), ("s", "s", "s"), ("enter",),
    ("v",), ("v", "v"), ("V",), ("u",), ("x",), ("m",), ("z",), ("end",), ("home",), ("c",), ("C",),
    ("q", "escape", "escape"), ("y", "cell:gru", "enter"), ("y", "cell:slstm", "enter"), ("Y",),
    ("W", "enter", "2", "enter"), (":", "take the state", "enter", "3", "enter"), ("f", "2", "enter"),
)  # fmt: skip
"""What a user does, each before any comes again."""

_PASTED = ("abc", "50%", "a\nb\r\nc", "\x1b[31m\x9b\u202e[/red]", "漢字 e\u0301", "any(c>.5)", "", " " * 300)

Move = tuple[str, ...]
"""Keys pressed at once, a size such as `80x24`, a click such as `click 3 4`, a paste such as `paste abc`."""


def moves(random: Random, count: int) -> Iterator[Move]:
    """`count` keys and sizes in all: what a user does, keys that do something, and some that are typed into dialogs."""
    bound = [name for key in KEYS for name in key.keys.split(",") if name not in _NOT_ALONE]
    phrases = _shuffled(random)
    while count > 0:
        kind = random.random()
        if kind < 0.04:
            made: list[Move] = [("x".join(map(str, random.choice(SIZES))),)]
        elif kind < 0.08:
            made = [(f"click {random.randrange(120)} {random.randrange(40)}",)]
        elif kind < 0.1:
            made = [(f"paste {random.choice(_PASTED)}",)]
        elif kind < 0.3:
            made = [keys(words) for words in next(phrases)]
            if random.random() < 0.3:  # some type faster than the program opens its dialogs
                made = [tuple(key for part in made for key in part)]
            if random.random() < 0.6:
                made.insert(0, ("escape", "escape"))
        else:
            made = [tuple(random.choice(bound if kind < 0.8 else _TYPED) for _ in range(random.choice((1, 1, 1, 3))))]
        for move in made:
            yield move[:count]
            count -= len(move[:count])
            if count <= 0:
                return


def _shuffled(random: Random) -> Iterator[tuple[str, ...]]:
    while True:
        yield from random.sample(_PHRASES, len(_PHRASES))


class Monkey:
    """Presses keys and looks at what they did."""

    def __init__(self, make: Callable[[], Prepared]) -> None:
        self.pressed = 0
        self.compared = 0
        """Numbers on the screen that were held against the engine's."""
        self.seen: set[str] = set()
        """Screens, views, cells and first words of messages."""
        self.left = 0
        """Times it has quit the program."""
        self._make = make
        self._latest: deque[str] = deque(maxlen=40)

    def play(self, seed: int, count: int) -> None:
        """Presses `count` keys; where it quits, in a new program. Raises AssertionError with the latest keys."""
        todo = moves(Random(seed), count)
        try:
            while self.pressed < count:
                on_stage(self._make(), lambda at: self._play(at, todo))
        except BaseException as error:
            raise AssertionError(f"seed {seed}, after {self.pressed} keys: … {' '.join(self._latest)}") from error

    async def _play(self, stage: Staged, todo: Iterator[Move]) -> None:
        opened = stage.screen.prepared.name
        for number, move in enumerate(todo, 1):
            self._latest.append("+".join(move))
            self.pressed += len(move)
            if re.fullmatch(r"\d+x\d+", move[0]):
                await stage.resize(*map(int, move[0].split("x")))
            elif move[0].startswith("click "):
                await stage.click(*map(int, move[0].split()[1:]))
            elif move[0].startswith("paste "):
                await stage.paste(move[0].removeprefix("paste "))
            elif move[0] != "/" or stage.alone:
                await stage.press(*move)
            if not stage.running:
                self.left += 1
                return
            self._see(stage)
            if number % LOOKED_EVERY == 0:
                await self._compare(stage)
            if number % DRAWN_EVERY == 0:
                await self._draw_anew(stage)
            if number % ESCAPED_EVERY == 0:
                await self._escape(stage)
                if stage.screen.prepared.name != opened:
                    return  # another kind of model was opened meanwhile: back to the one that is tried
        await self._escape(stage)

    def _see(self, stage: Staged) -> None:
        screen = stage.screen
        self.seen |= {type(stage.app.screen).__name__, screen.selection.view, *screen.message.split()[:1]}
        if screen.debugger is not None:
            self.seen.add(screen.debugger.about.cell)
        self.seen |= {name for name in ("-explaining", "-walking", "-training") if screen.has_class(name)}

    async def _compare(self, stage: Staged) -> None:
        """What plays by itself may be between two frames."""
        for _ in range(TRIES):
            found = numbers(stage)
            wrong = [str(number) for number in found if number.wrong]
            if not wrong:
                break
            await stage.settle(0.021)
        assert not wrong, "; ".join(wrong)
        self.compared += len(found)

    async def _escape(self, stage: Staged) -> None:
        """Whatever is open closes, what runs stops, and a step is a step."""
        await stage.resize(120, 40)
        for _ in range(8):
            await stage.press("escape")
        screen = stage.screen
        assert stage.alone, f"{stage.app.screen} does not close"
        assert (screen.selection.view, screen.selection.zoomed, screen.autoplay.playing) == ("bars", 0, False)
        assert screen.workspace.jobs.training is None
        assert screen.workspace.jobs.run is None
        assert not screen.has_class("-explaining")
        await stage.press("home", "right")
        assert screen.debugger is not None
        assert screen.debugger.position == 1
        before = self.compared
        await self._compare(stage)
        assert self.compared > before
        await self._draw_anew(stage)

    async def _draw_anew(self, stage: Staged) -> None:
        """What nobody has changed must not look different because it was painted again."""
        screen = stage.screen
        if not stage.alone or screen.autoplay.playing or screen.workspace.jobs.training or screen.workspace.jobs.run:
            return
        await stage.settle()  # what plays may have ended by itself, a moment ago
        shown = stage.cells()
        for leaf in screen.query(Painted):
            leaf._painted_for = None
        screen.program.redraw()
        await stage.settle()
        for row, (before, after) in enumerate(zip(shown, stage.cells(), strict=True)):
            assert after == before, f"row {row} is another, drawn anew:\n{''.join(before)}\n{''.join(after)}"
