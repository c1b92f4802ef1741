"""Two models, each with its title, panels and guess, and between them how far they are apart."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Container

from lstm_tui.core.quantities import Quantity
from lstm_tui.tui.frame import Between, Frame
from lstm_tui.tui.paint import Line
from lstm_tui.tui.paint.runs import fit
from lstm_tui.tui.paired.two_rooms import TwoRooms
from lstm_tui.tui.system.characters import cell
from lstm_tui.tui.widgets.background import Ground
from lstm_tui.tui.widgets.guess import GuessRow
from lstm_tui.tui.widgets.painted import Painted, shown
from lstm_tui.tui.widgets.quantity import Panels
from lstm_tui.tui.widgets.title import TitleRow


class Side(Ground, Container):
    """One of both: its title, its panels, its guess."""

    DEFAULT_CSS = "Side { width: 1fr; }"

    def __init__(self, number: int, quantities: tuple[Quantity, ...], frame: Frame) -> None:
        super().__init__(classes="-b" if number else "")
        self.number = number
        self.panels = Panels(quantities, frame, number)

    def compose(self) -> ComposeResult:
        title, guess = TitleRow(), GuessRow()
        title.side = guess.side = self.number
        yield title
        yield self.panels
        yield guess


class Sides(Ground, Container):
    """Beside each other where there is room, else one above the other. See `TwoRooms` for the sizes."""

    DEFAULT_CSS = """
    Sides { height: auto; }
    Sides.-beside { layout: grid; grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 1fr 1; }
    Sides.-beside BetweenRow { column-span: 2; }
    Sides.-beside Side.-b { margin-left: 2; }
    Side GuessRow { dock: bottom; }
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        assert frame.sides is not None, "made for two"
        self._both = tuple(Side(number, each.quantities, each) for number, each in enumerate(frame.sides))
        self.between = BetweenRow()
        self.between.take(frame)

    def compose(self) -> ComposeResult:
        a, b = self._both
        yield a
        yield self.between
        yield b

    def fit(self, room: TwoRooms) -> None:
        """Gives each part its rows and columns."""
        for number, side in enumerate(self._both):
            bands, columns = room.bands(number), room.columns(number)
            side.styles.height = room.panel_rows * max(room.bands(0), room.bands(1)) + 2 if room.beside else (
                room.panel_rows * bands + 2
            )  # fmt: skip
            side.panels.share(columns, bands, room.panel_rows * bands)
        self.styles.height = room.all_rows
        if self.has_class("-beside") != room.beside:
            self.set_class(room.beside, "-beside")
            self.move_child(self.between, after=self._both[room.beside])

    def show(self, frame: Frame) -> None:
        """A cell with other quantities gets the panels it has."""
        for side, of in zip(self._both, frame.sides or (), strict=False):
            if of.quantities != side.panels.quantities:
                self.call_later(side.panels.show, of.quantities, of)

    def zoom(self, quantity: str | None) -> None:
        """One panel of each alone; None: all."""
        for side in self._both:
            side.panels.zoom(quantity)


class BetweenRow(Painted):
    """One line: where both differ, and since when."""

    DEFAULT_CSS = "BetweenRow { width: 1fr; height: 1; }"

    between: shown[Between | None] = shown(None)

    def take(self, frame: Frame) -> None:
        self.between = frame.between

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        between = self.between
        if between is None:
            return [[(" " * width, "text")] for _ in range(height)]
        kl = between.step.kl
        apart = "" if kl is None else f"KL {kl:.4f} " if kl < 100 else f"KL {kl:.4g} "
        parts = [self._guesses(between, ascii), between.first]
        if between.shared is not None:
            parts.append(f"of the {between.shared} symbols both know")
        words = " " + "   ".join(filter(None, parts))
        line = [*fit([(words, "quiet")], max(width - cell_len(apart) - 1, 0), "text", ascii), (" " + apart, "number")]
        return [fit(line, width, "text", ascii), *([(" " * width, "text")] for _ in range(height - 1))]

    @staticmethod
    def _guesses(between: Between, ascii: bool) -> str:
        a, b = between.step.guess
        if a is None or b is None:
            return "no guess yet" if not between.step.a.position else "no guesses to compare"
        one, other = (f"'{cell(symbol, ascii)}'" for symbol in (a, b))
        if a == b:
            return f"both guess {one}"
        return f"a guesses {one}, b {other}"
