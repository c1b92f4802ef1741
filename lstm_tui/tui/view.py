"""What the screen is made of and how a frame gets onto it; the verbs are in the controllers."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen

from lstm_tui.core.quantities import LSTM, Quantity
from lstm_tui.core.step import Step
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.frame import Frame, unjudged_characters
from lstm_tui.tui.layout import Room, Viewport
from lstm_tui.tui.loading import known
from lstm_tui.tui.paired.two_rooms import TwoRooms
from lstm_tui.tui.selection import Selection
from lstm_tui.tui.system.showing_errors import ShowsErrors
from lstm_tui.tui.widgets import (
    BesideRow,
    Equations,
    Ground,
    GuessRow,
    HistoryPlot,
    LossCurve,
    Panels,
    SourcePane,
    StatusRow,
    TextRow,
    TitleRow,
)
from lstm_tui.tui.widgets.caption import CaptionBar
from lstm_tui.tui.widgets.footer import KeyFooter
from lstm_tui.tui.widgets.notice import MessageRow, MoreRoom, Notice, folded
from lstm_tui.tui.widgets.painted import Painted

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from lstm_tui.tui.dialogs.base import Dialog
    from lstm_tui.tui.paired.sides import Sides

T = TypeVar("T")


class Below(Ground, Horizontal):
    """What is below them, side by side."""


class DebuggerView(ShowsErrors, Ground, Screen[None]):
    """Owns one `frame`, which the leaves paint, and what the reader has selected. Knows no debugger.

    Nothing here paints: a leaf paints itself, and has the rows of it that changed refreshed.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-too-low"), (16, "-enough")]

    frame: var[Frame] = var(Frame())

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(classes="-loading")
        self.prepared = prepared
        self.message = ""
        self.selection = Selection()
        self.sides: Sides | None = None
        """Two models side by side, while there are two."""
        self._panels = Panels(LSTM, Frame(), id="panels")
        self._places: dict[Painted, Region] = {}
        """Where the leaves were in the layout before."""
        self._room: tuple[bool, int] | None = None
        """What of `_seen` the frame was made for; None before there was one."""

    def compose(self) -> ComposeResult:
        yield MoreRoom()
        title = TitleRow()
        title.name_first, title.facts_first = self.prepared.name, known(self.prepared)
        yield title
        yield TextRow()
        yield StatusRow()
        yield MessageRow()
        yield self._panels
        with Below(id="below"):
            yield Equations()
            yield HistoryPlot()
            yield LossCurve()
            yield SourcePane()
        yield BesideRow()
        yield GuessRow()
        yield CaptionBar()
        yield KeyFooter()
        yield Notice()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What the panels show, in their order."""
        return self._panels.quantities

    def watch_frame(self, before: Frame, frame: Frame) -> None:
        """Hands it to the leaves: each knows what it shows of it. A recording gets a marker for every step."""
        mark = getattr(self.app.driver_class, "mark", None)
        if mark is not None and frame.step is not None and frame.step != before.step:
            mark(frame.step)
        for leaf in self.walk_children(Painted):
            leaf.take(frame.of(leaf.side))
        if self.sides is not None:
            self.sides.show(frame)
        self.dim_keys()

    def dim_keys(self) -> None:
        """Dims what does nothing now; nothing until a model is open."""

    def on_mount(self) -> None:
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._laid_out())

    def _laid_out(self) -> None:
        """Where a leaf went, or came, the screen is drawn again. Textual compares a layout with the last one for that:
        in vain if the place of a widget was asked for in between, since that arranges all of them already.
        """
        before = self._places
        self._places = {leaf: leaf.region for leaf in self.query(Painted) if leaf.is_on_screen}
        changed = {place for _, place in before.items() ^ self._places.items() if place}
        if changed:
            self.refresh(*changed)
        if self._room is not None and self._seen() != self._room:
            self.room_changed()

    def room_changed(self) -> None:
        """There is room now for what the frame was made without, or the other way round."""

    def _seen(self) -> tuple[bool, int]:
        """Whether the equations are on the screen, and how many steps the curve has columns for."""
        history = self.query_one(HistoryPlot)
        plotted = history.is_on_screen and history.size.width
        plot = max(history.capacity(history.size.width), 1) if plotted else 0
        return bool(self.query_one(Equations).is_on_screen), plot

    async def _show_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """A cell with other quantities gets the panels it has."""
        if quantities != self.quantities:
            self.selection.zoomed = 0
            await self._panels.show(quantities, self.frame)
            self.fit()

    async def put_beside(self, sides: Sides | None) -> None:
        """Shows two models, or (None) one again."""
        before, self.sides = self.sides, sides
        if before is not None:
            await before.remove()
        if sides is not None:
            await self.mount(sides, after="#panels")
        self.fit()

    def zoom(self, digit: int) -> None:
        """Shows one panel as large as the area of all; the same digit again, and 0, bring them back."""
        known = self.quantities
        zoomed = self.selection.zoomed = digit if 0 < digit <= len(known) and digit != self.selection.zoomed else 0
        name = known[zoomed - 1].name if zoomed else None
        self._panels.zoom(name)
        if self.sides is not None:
            self.sides.zoom(name)
            self.fit()

    def zoom_again(self) -> None:
        """Shows the panel that is selected to be alone, or all."""
        zoomed, self.selection.zoomed = self.selection.zoomed, 0
        self.zoom(zoomed)

    def fit(self) -> None:
        """Gives each part of the screen its rows. A pane that explains covers the panels where it has no place below
        them."""
        busy = self.has_class("-training") or self.has_class("-walking")
        room, explaining = self.rows, self.selection.explaining
        for name, holds in {
            "-two": isinstance(room, TwoRooms),
            "-explaining": explaining,
            "-covering": explaining and not room.explained and not busy,
            "-looking": self.selection.view != "bars",
            "-below": room.below,
            "-beside": self.selection.beside,
            "-uncurved": not room.curved or self.selection.view in ("lines", "units"),
            "-unsaid": not room.message,
            "-squeezed": room.squeezed,
        }.items():
            self.set_class(holds, name)
        if isinstance(room, TwoRooms):
            if self.sides is not None:
                self.sides.fit(room)
            return
        for place in self.query("#panels, OverTime"):
            place.styles.height = room.panel_rows

    @property
    def rows(self) -> Room | TwoRooms:
        """What the screen's rows are shared among now. What is looked at of one model has the place of both."""
        two = self._two_rooms()
        if two is not None and self.selection.view == "bars" and not self.has_class("-walking"):
            training, explaining = self.has_class("-training"), self.selection.explaining
            if (two.explained or not explaining) and (two.below or not training):
                return two
        return Room(
            self.size.height,
            self.size.width,
            self.query_one(CaptionBar).rows,
            self.frame.about.hidden_sizes if self.frame.about else self.prepared.hidden_sizes,
            len(self.quantities),
            self.has_class("-training"),
            self.has_class("-walking"),
            self.selection.beside,
        )

    def _two_rooms(self) -> TwoRooms | None:
        """What two models would share, where there are two."""
        sides = self.frame.sides
        if self.sides is None or sides is None:
            return None
        a, b = (side.about.hidden_sizes if side.about is not None else (1,) for side in sides)
        return TwoRooms(
            self.size.height,
            self.size.width,
            self.query_one(CaptionBar).rows,
            (a, b),
            (len(sides[0].quantities), len(sides[1].quantities)),
        )

    def show_message(self, sentence: str, hint: bool = False) -> None:
        """Shows a sentence until the next one: in its own row, on a low screen beside the step in the status row, and
        where it is too long for either, over what is below them. A mere `hint` is left out there."""
        if self.query_one(TextRow).look.ascii:  # what takes more columns there is replaced before it is measured
            sentence = sentence.replace("c\u0303", "c~").replace("∂", "d").replace("δ", "d")
        self.message = sentence
        low, step = not self.rows.message, self.frame.step
        taken = f" step {step.position}/{step.length}  " if low and step is not None else ""
        crowded = cell_len(taken + sentence) >= self.size.width
        if hint and taken and crowded:
            sentence, crowded = "", False
        long = crowded or len(folded(sentence, self.size.width)) > 1
        self.query_one(Notice).text = sentence if long else ""
        self.query_one(StatusRow).message = sentence if low and not long else ""
        self.query_one(MessageRow).text = sentence if not low and not long else ""

    def ask(
        self, dialog: Dialog[T], then: Callable[[T], object], otherwise: Callable[[], object] = lambda: None
    ) -> AwaitMount:
        """Opens a dialog; `then` gets its answer, `otherwise` is called where there is none."""

        async def answered(answer: T | None) -> None:
            with self.showing_errors():
                done = otherwise() if answer is None else then(answer)
                if isawaitable(done):
                    await done

        return self.app.push_screen(dialog, answered)

    def show_text(self) -> None:
        """Shows the text before there is a model that could have read it."""
        symbols = self.prepared.symbols
        if self.prepared.rows is not None:  # the strip is drawn with the rest
            return
        self.frame = Frame(characters=unjudged_characters(symbols, *TextRow.window(0, len(symbols), self.size.width)))

    def viewport(self, position: int, length: int) -> Viewport:
        """What there is room for at a position of a text of that length."""
        width, history, rows = self.size.width, self.query_one(HistoryPlot), self.query_one("#panels").styles.height
        self._room = equations, plot = self._seen()
        pictured = self.selection.view != "bars" and not self.has_class("-covering")
        return Viewport(
            width,
            TextRow.window(position, length, width),
            equations,
            plot,
            int(rows.value) if pictured and rows is not None else 0,
            history.look.depth == "none",
            history.look.depth == "full" and self.app.console.color_system == "truecolor",
        )

    def make_room_for(self, step: Step, quantities: tuple[Quantity, ...]) -> None:
        """The panels of its quantities, and a place for the cell's code while the step is walked through."""
        if quantities != self.quantities:
            self.call_later(self._show_quantities, quantities)
        walking = step.stage is not None
        if walking != self.has_class("-walking"):
            self.set_class(walking, "-walking")
            self.fit()
