"""What the screen is made of and how a step gets onto it; the verbs are in the classes that build on this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen

from lstm_tui.core.quantities import LSTM, Quantity
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.frame import Frame, frame_of, untold
from lstm_tui.tui.layout import HIGH, TALL, Room, Viewport
from lstm_tui.tui.loading import known
from lstm_tui.tui.selection import Selection
from lstm_tui.tui.telling import Tells
from lstm_tui.tui.widgets import (
    Equations,
    Ground,
    GuessRow,
    History,
    LossCurve,
    QuantityPanel,
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
    from lstm_tui.tui.over_time_model import OverTimeModel

T = TypeVar("T")


class Panels(Ground, Container):
    """The panels of all quantities."""


class Below(Ground, Horizontal):
    """What stands below them, side by side."""


class DebuggerView(Tells, Ground, Screen[None]):
    """Owns one `frame`, which the leaves paint, and what the reader has selected.

    Nothing here paints: a leaf paints itself, and has the rows of it that changed refreshed.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-too-low"), (16, "-low"), (HIGH, "-high"), (TALL, "-tall")]

    frame: var[Frame] = var(Frame())

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(classes="-loading")
        self.prepared = prepared
        self.debugger: DebuggerDoor | None = None
        self.message = ""
        self.quantities: tuple[Quantity, ...] = LSTM
        """What the panels show, in their order."""
        self.selection = Selection()
        self.over_time: OverTimeModel | None = None
        """Made when the first view over time is shown."""
        self._places: dict[Painted, Region] = {}
        """Where the leaves stood in the layout before."""

    def compose(self) -> ComposeResult:
        yield MoreRoom()
        title = TitleRow()
        title.name_first, title.facts_first = self.prepared.name, known(self.prepared)
        yield title
        yield TextRow()
        yield StatusRow()
        yield MessageRow()
        with Panels(id="panels"):
            yield from self._panels(LSTM)
        with Below(id="below"):
            yield Equations()
            yield History()
            yield LossCurve()
            yield SourcePane()
        yield GuessRow()
        yield CaptionBar()
        yield KeyFooter()
        yield Notice()

    def _panels(self, quantities: tuple[Quantity, ...]) -> Iterator[QuantityPanel]:
        self.quantities = quantities
        for digit, quantity in enumerate(quantities, 1):
            lower = digit > (2 if len(quantities) == 4 else 3)
            panel = QuantityPanel(quantity, digit, classes="lower" if lower else "")
            panel.take(self.frame)
            yield panel

    def watch_frame(self, before: Frame, frame: Frame) -> None:
        """Hands it to the leaves: each knows what it shows of it."""
        for leaf in self.query(Painted):
            leaf.take(frame)

    def on_mount(self) -> None:
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._laid_out())

    def _laid_out(self) -> None:
        """Where a leaf went, or came, the screen is drawn anew. Textual compares a layout with the one before for that:
        in vain where anybody asked in between where a widget stands, for that arranges all of them already.
        """
        before = self._places
        self._places = {leaf: leaf.region for leaf in self.query(Painted) if leaf.is_on_screen}
        changed = {place for _, place in before.items() ^ self._places.items() if place}
        if changed:
            self.refresh(*changed)

    async def show_quantities(self) -> None:
        """A cell with other quantities gets the panels it has."""
        if self.debugger is None or self.debugger.quantities == self.quantities:
            return
        panels = self.query_one("#panels", Container)
        self.selection.zoomed = 0
        await panels.remove_children()
        panels.set_classes(f"-of{len(self.debugger.quantities)}")
        await panels.mount(*self._panels(self.debugger.quantities))
        self.fit()

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer units, characters and values fit now."""
        self.fit()
        self.present(self.message or None)

    def on_history_wanted(self) -> None:
        """What was not on the screen when the step was presented is now."""
        if self.debugger is not None:
            self._show_step(self.debugger)

    @property
    def pictured(self) -> bool:
        """Whether values over time stand in the place of the panels."""
        return self.selection.view != "bars" and not self.has_class("-covering")

    def fit(self) -> None:
        """Gives each part of the screen its rows. A pane that explains covers the panels where it has no place below
        them."""
        busy = self.has_class("-training") or self.has_class("-walking")
        self.set_class(self.selection.explaining, "-explaining")
        self.set_class(self.selection.explaining and self.size.height < TALL and not busy, "-covering")
        self.set_class(self.selection.view != "bars", "-looking")
        room = Room(
            self.size.height,
            self.query_one(CaptionBar).rows,
            self.debugger.about.hidden_sizes if self.debugger else self.prepared.hidden_sizes,
            len(self.quantities),
            self.has_class("-training"),
            self.has_class("-walking"),
        )
        self.set_class(room.squeezed, "-squeezed")
        for place in self.query("#panels, OverTime"):
            place.styles.height = room.panel_rows

    def say(self, sentence: str) -> None:
        """Shows a sentence until the next one: in its own row, on a low screen in the status row, and where it is
        too long for either, over what is below them."""
        self.message = sentence
        long = len(folded(sentence, self.size.width)) > 1
        low = self.size.height < HIGH
        self.query_one(Notice).text = sentence if long else ""
        self.query_one(StatusRow).message = sentence if low and not long else ""
        self.query_one(MessageRow).text = sentence if not low and not long else ""

    def ask(
        self, dialog: Dialog[T], then: Callable[[T], object], otherwise: Callable[[], object] = lambda: None
    ) -> AwaitMount:
        """Opens a dialog; `then` gets its answer, `otherwise` is called where there is none."""

        async def answered(answer: T | None) -> None:
            with self.telling():
                done = otherwise() if answer is None else then(answer)
                if isawaitable(done):
                    await done

        return self.app.push_screen(dialog, answered)

    def standing(self) -> str:
        """What the message row says while nothing happened."""
        return ""

    def present(self, message: str | None = None) -> None:
        """Shows the debugger's step, and `message` (None: what stands there anyway)."""
        if self.debugger is None:
            symbols = self.prepared.vocabulary.split(self.prepared.text)
            self.frame = Frame(characters=untold(symbols, *TextRow.window(0, len(symbols), self.size.width)))
            return self.say(message or "")
        step = self.debugger.step
        self.selection.fit(step)
        if self.debugger.quantities != self.quantities:
            self.call_later(self.show_quantities)
        self._make_room_for_code(step.stage is not None)
        self._show_step(self.debugger)
        self.say(self.standing() if message is None else message)

    def _show_step(self, debugger: DebuggerDoor) -> None:
        viewport = self._viewport(debugger)
        all_read = self.read_up(debugger, viewport)
        self.frame = frame_of(debugger, self.selection, viewport, self.over_time, all_read)
        if self.frame.failure is not None:
            raise self.frame.failure

    def read_up(self, debugger: DebuggerDoor, viewport: Viewport) -> bool:
        """Whether all that is shown can be asked for at once; else it is being read, and presented when it has been."""
        return True

    def _viewport(self, debugger: DebuggerDoor) -> Viewport:
        width, history, panels = self.size.width, self.query_one(History), self.query_one("#panels")
        plotted = history.is_on_screen and history.size.width
        rows = panels.styles.height
        return Viewport(
            width,
            TextRow.window(debugger.position, debugger.length, width),
            max(history.capacity(history.size.width), 1) if plotted else 0,
            int(rows.value) if self.pictured and rows is not None else 0,
            history.look.depth == "none",
        )

    def _make_room_for_code(self, walking: bool) -> None:
        if walking != self.has_class("-walking"):
            self.set_class(walking, "-walking")
            self.fit()
