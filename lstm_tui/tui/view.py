"""What the screen is made of and how a step gets onto it; the verbs are in the classes that build on this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen

from lstm_tui.core.quantities import LSTM, C, Quantity
from lstm_tui.core.step import About, Character, Equation, Progress, Step
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.layout import HIGH, TALL, Room
from lstm_tui.tui.loading import known
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

T = TypeVar("T")


class Panels(Ground, Container):
    """The panels of all quantities."""


class Below(Ground, Horizontal):
    """What stands below them, side by side."""


class DebuggerView(Tells, Ground, Screen[None]):
    """Owns what is shown as plain variables, bound to leaves that paint themselves; asks the debugger for the rest.

    Nothing here paints: a leaf paints itself, and has the rows of it that changed refreshed.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-too-low"), (16, "-low"), (HIGH, "-high"), (TALL, "-tall")]

    step: var[Step | None] = var(None)
    about: var[About | None] = var(None)
    layer_index: var[int] = var(0)
    unit: var[int] = var(0)
    scale: var[float] = var(1.0)
    cell_movers: var[tuple[int, ...]] = var(())
    hidden_movers: var[tuple[int, ...]] = var(())
    characters: var[tuple[Character, ...]] = var(())
    status_message: var[str] = var("")
    message_line: var[str] = var("")
    equations: var[tuple[Equation, ...]] = var(())
    position: var[int] = var(0)
    history: var[tuple[float, ...]] = var(())
    history_quantity: var[Quantity] = var(C)
    history_start: var[int] = var(0)
    history_scale: var[float] = var(1.0)
    losses: var[tuple[float, ...]] = var(())
    progress: var[Progress | None] = var(None)

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(classes="-loading")
        self.prepared = prepared
        self.debugger: DebuggerDoor | None = None
        self.message = ""
        self.quantities: tuple[Quantity, ...] = LSTM
        """What the panels show, in their order."""
        self.zoomed = 0
        """The digit of the panel shown alone; 0 while all are shown."""
        self._places: dict[Painted, Region] = {}
        """Where the leaves stood in the layout before."""
        self.all_read = True
        """Whether what lies behind the cursor could be asked for when the step was presented."""

    def compose(self) -> ComposeResult:
        view = DebuggerView
        yield MoreRoom()
        title = TitleRow().data_bind(view.about, view.layer_index)
        title.name_first, title.facts_first = self.prepared.name, known(self.prepared)
        yield title
        yield TextRow().data_bind(view.step, view.characters)
        yield StatusRow().data_bind(view.step, message=view.status_message)
        yield MessageRow().data_bind(text=view.message_line)
        with Panels(id="panels"):
            yield from self._panels(LSTM)
        with Below(id="below"):
            yield Equations().data_bind(view.step, view.unit, view.equations)
            yield History().data_bind(
                view.unit,
                cursor=view.position,
                values=view.history,
                quantity=view.history_quantity,
                start=view.history_start,
                scale=view.history_scale,
            )
            yield LossCurve().data_bind(view.losses, view.progress)
            yield SourcePane().data_bind(view.step)
        yield GuessRow().data_bind(view.step)
        yield CaptionBar()
        yield KeyFooter()
        yield Notice()

    def _panels(self, quantities: tuple[Quantity, ...]) -> Iterator[QuantityPanel]:
        view = DebuggerView
        self.quantities = quantities
        for digit, quantity in enumerate(quantities, 1):
            lower = digit > (2 if len(quantities) == 4 else 3)
            panel = QuantityPanel(quantity, digit, classes="lower" if lower else "")
            panel.data_bind(view.step, view.layer_index, view.unit)
            if quantity.grows:
                panel.data_bind(view.scale)
            if quantity.state:
                panel.data_bind(movers=view.cell_movers if quantity.name == "c" else view.hidden_movers)
            yield panel

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
        self.zoomed = 0
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
            self._present_unit(self.debugger)

    def fit(self) -> None:
        """Gives each part of the screen its rows."""
        room = Room(
            self.size.height,
            self.query_one(CaptionBar).rows,
            self.debugger.about.hidden_sizes if self.debugger else self.prepared.hidden_sizes,
            len(self.quantities),
            self.has_class("-training"),
            self.has_class("-walking"),
        )
        self.set_class(room.squeezed, "-squeezed")
        self.query_one("#panels").styles.height = room.panel_rows

    def say(self, sentence: str) -> None:
        """Shows a sentence until the next one: in its own row, on a low screen in the status row, and where it is
        too long for either, over what is below them."""
        self.message = sentence
        long = len(folded(sentence, self.size.width)) > 1
        low = self.size.height < HIGH
        self.query_one(Notice).text = sentence if long else ""
        self.status_message = sentence if low and not long else ""
        self.message_line = sentence if not low and not long else ""

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
            self._present_text(self.prepared.text)
            return self.say(message or "")
        debugger = self.debugger
        step = debugger.step
        self.about = debugger.about
        self.layer_index = min(self.layer_index, len(step.layers) - 1)
        self.unit = min(self.unit, step.layers[self.layer_index].units - 1)
        self.scale = debugger.scale(self.layer_index)
        self.cell_movers = debugger.movers(self.layer_index, "c")
        self.hidden_movers = debugger.movers(self.layer_index, "h")
        self.all_read = self.read_up(debugger)
        window = self.window_shown(debugger)
        self.characters = debugger.characters(*window) if self.all_read else _untold(debugger.symbols, *window)
        self.position = step.position
        self.step = step
        if debugger.quantities != self.quantities:
            self.call_later(self.show_quantities)
        self._make_room_for_code(step.stage is not None)
        self._present_unit(debugger)
        self.say(self.standing() if message is None else message)

    def read_up(self, debugger: DebuggerDoor) -> bool:
        """Whether all that is shown can be asked for at once; else it is being read, and presented when it has been."""
        return True

    def window_shown(self, debugger: DebuggerDoor) -> tuple[int, int]:
        """The characters start..stop-1 of the text row."""
        return self._window(debugger.position, debugger.length)

    def _make_room_for_code(self, walking: bool) -> None:
        if walking != self.has_class("-walking"):
            self.set_class(walking, "-walking")
            self.fit()

    def _present_unit(self, debugger: DebuggerDoor) -> None:
        """The selected unit's arithmetic and past: computed only where they are on the screen."""
        history = self.query_one(History)
        if not history.is_on_screen or not history.size.width:
            self.equations, self.history = (), ()  # nothing old is there when they come back
            return
        quantity = debugger.quantities[self.zoomed - 1] if self.zoomed else self._remembered(debugger)
        start, stop = self.history_from(debugger), debugger.position + 1
        self.equations = debugger.equations(self.layer_index, self.unit)
        self.history_quantity = quantity
        self.history_scale = self.scale if quantity.grows else 1.0
        self.history_start = start
        if self.all_read:
            self.history = debugger.curve(quantity.name, self.layer_index, self.unit, start, stop)
        else:
            self.history = ()

    def history_from(self, debugger: DebuggerDoor) -> int:
        """The first step of the plot below the panels; the step after the cursor where there is no plot."""
        history, stop = self.query_one(History), debugger.position + 1
        shown = history.is_on_screen and history.size.width
        return max(0, stop - max(history.capacity(history.size.width), 1)) if shown else stop

    @staticmethod
    def _remembered(debugger: DebuggerDoor) -> Quantity:
        """The quantity whose past is shown unless another is zoomed: c, or h where the cell has no c."""
        states = [quantity for quantity in debugger.quantities if quantity.state]
        return states[0]

    def _window(self, position: int, length: int) -> tuple[int, int]:
        return TextRow.window(position, length, self.size.width)

    def _present_text(self, text: str) -> None:
        """The text before there is a model that could have read it."""
        symbols = self.prepared.vocabulary.split(text)
        start, stop = self._window(0, len(symbols))
        self.characters = _untold(symbols, start, stop)


def _untold(symbols: Sequence[str], start: int, stop: int) -> tuple[Character, ...]:
    """Characters of which nobody says whether they were guessed."""
    return tuple(Character(at, symbols[at - 1], None) for at in range(max(start, 1), min(stop, len(symbols) + 1)))
