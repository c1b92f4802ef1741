"""The verbs that look: one unit explained, values over time, the unit that moved most, the model writing on.

The widgets for it are made when they are first asked for, and fed only while they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import Explanation
from lstm_tui.debugger.door import DebuggerDoor, JobDoor
from lstm_tui.tui.controllers.navigation import Moving
from lstm_tui.tui.layout import TALL

if TYPE_CHECKING:
    from lstm_tui.tui.dialogs.imagine import ImagineWish
    from lstm_tui.tui.over_time_model import Views
    from lstm_tui.tui.widgets.explained import Explained
    from lstm_tui.tui.widgets.over_time import OverTime

IMAGINED_AT_MOST = 5000
"""Characters in one go on the screen, which waits for them."""


class Looks(Moving):
    """Explaining, the views, and what the model imagines."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._pane: Explained | None = None
        self._explaining = False
        self._over_time: OverTime | None = None
        self._views: Views | None = None
        self._mover: tuple[int, int, int] | None = None
        """The position, layer and unit that `m` selected last."""

    @property
    def picture(self) -> str:
        """The view shown: `bars`, `heat`, `lines` or `text`."""
        return "bars" if self._views is None else self._views.picture

    def present(self, message: str | None = None) -> None:
        """See `DebuggerView.present`."""
        super().present(message)
        if self.debugger is not None:
            self._present_picture(self.debugger)
            self._present_explanation(self.debugger)

    def looked_at(self, debugger: DebuggerDoor) -> tuple[int, int]:
        """See `ReadingUp.looked_at`."""
        first, last = super().looked_at(debugger)
        first = min(first, self.history_from(debugger))
        if self._pane is not None and self._explaining:
            first = min(first, debugger.explained_from)
        if self._views is not None and self._pictured:
            layer = min(self.layer_index, len(debugger.step.layers) - 1)
            start, stop = self._views.steps(debugger, layer, self.size.width, self._rows)
            first, last = min(first, start), max(last, stop - 1)
        return first, last

    @property
    def _pictured(self) -> bool:
        """Whether values over time stand in the place of the panels."""
        return self._views is not None and self.picture != "bars" and not self.has_class("-covering")

    @property
    def _rows(self) -> int:
        height = self.query_one("#panels").styles.height
        return int(height.value) if height is not None else 0

    def fit(self) -> None:
        """See `DebuggerView.fit`. A pane that explains covers the panels where it has no place below them."""
        busy = self.has_class("-training") or self.has_class("-walking")
        self.set_class(self._explaining, "-explaining")
        self.set_class(self._explaining and self.size.height < TALL and not busy, "-covering")
        self.set_class(self.picture != "bars", "-looking")
        super().fit()
        if self._over_time is not None:
            self._over_time.styles.height = self.query_one("#panels").styles.height

    def _shown_differently(self) -> None:
        self.fit()
        self.present(self.message or None)

    # Explaining

    async def action_explain(self) -> None:
        """Opens the pane, or closes it."""
        if self.debugger is None or self.close_explanation():
            return
        if self._pane is None:
            from lstm_tui.tui.widgets.explained import Explained

            self._pane = Explained()
            await self.query_one("#below").mount(self._pane)
        self._explaining = True
        self._shown_differently()

    def close_explanation(self) -> bool:
        """Whether there was one open."""
        was, self._explaining = self._explaining, False
        if was:
            self._shown_differently()
        return was

    def _present_explanation(self, debugger: DebuggerDoor) -> None:
        if self._pane is None or not self._explaining:
            return
        self._pane.explanation = None  # where this one fails, no other's stays
        if self.all_read:
            told = debugger.explain(self.layer_index, self.unit)
        else:
            equations = debugger.equations(self.layer_index, self.unit)
            told = Explanation(self.layer_index, self.unit, equations, None, (), 0, None)
        writes = () if told.ledger is None else told.ledger.writes
        self._pane.read = tuple(debugger.symbols[write.position - 1] for write in writes)
        self._pane.step, self._pane.explanation = debugger.step, told

    # Views

    async def action_view(self, by: int) -> None:
        """Bars, heat, lines, text, and round again."""
        if self.debugger is None:
            return
        if self._views is None:
            from lstm_tui.tui.over_time_model import Views
            from lstm_tui.tui.widgets.over_time import OverTime

            self._views, self._over_time = Views(), OverTime()
            await self.mount(self._over_time, after="#panels")
        self._views.turn(by)
        self._shown_differently()

    def leave_view(self) -> bool:
        """Whether another view than the bars was left for them."""
        if self._views is None or self.picture == "bars":
            return False
        self._views.picture = "bars"
        self._shown_differently()
        return True

    def action_zoom(self, digit: int) -> None:
        """In the views over time digits choose the quantity, and 0 brings the panels back."""
        if self._views is None or self.debugger is None or self.picture == "bars":
            super().action_zoom(digit)
        elif not digit:
            self.leave_view()
        elif digit <= len(self.debugger.quantities):
            self._views.quantity = self.debugger.quantities[digit - 1].name
            self.present()

    def _present_picture(self, debugger: DebuggerDoor) -> None:
        if self._views is None or self._over_time is None or not self._pictured or not self.all_read:
            return
        mono = self._over_time.look.depth == "none"
        data = self._views.data(debugger, self.layer_index, self.unit, self.size.width, self._rows, mono)
        self._over_time.set_picture(self._views.picture, data)

    def on_over_time_clicked(self, event: OverTime.Clicked) -> None:
        if event.unit is not None:
            self.unit = event.unit
        self.move_to(event.position)

    # The unit that moved

    def action_mover(self) -> None:
        """The unit that moved most, again: the next."""
        debugger = self.debugger
        if debugger is None:
            return
        layer = debugger.step.layers[self.layer_index]
        state = self._remembered(debugger)
        order = debugger.movers(self.layer_index, state.name, layer.units)
        if not order:
            return self.say(f"no unit's {state.symbol} moved at this step")
        here = (debugger.position, self.layer_index, self.unit)
        rank = (order.index(self.unit) + 1) % len(order) if self._mover == here and self.unit in order else 0
        unit = order[rank]
        self.select(unit)
        self._mover = (debugger.position, self.layer_index, unit)
        old, new = layer.before[state.name][unit], layer.values[state.name][unit]
        self.say(f"mover {rank + 1} of {len(order)}: {state.symbol}[{unit}] {old:+.2f} → {new:+.2f} (m: the next)")

    # Imagining

    async def action_imagine(self) -> None:
        """Asks how boldly and how much, and lets the model write on."""
        if self.debugger is None or self.busy():
            return
        if self.debugger.position == 0:
            return self.say("nothing has been read at step 0: → reads a character, and i goes on from there")
        from lstm_tui.tui.dialogs.imagine import AskImagining

        await self.ask(AskImagining(1.0, 40, self._check_imagining), self._imagine)

    def busy(self) -> bool:
        """Whether the model must be left as it is, which says so."""
        return False

    @staticmethod
    def _check_imagining(wish: ImagineWish) -> None:
        if not 1 <= wish.count <= IMAGINED_AT_MOST:
            raise UserError(f"{wish.count} characters: give a whole number from 1 to {IMAGINED_AT_MOST}")
        if not 0 <= wish.temperature < float("inf"):
            raise UserError(
                f"a temperature of {wish.temperature:g} makes no sense: give 0 (always the top guess) or more"
            )

    def _imagine(self, wish: ImagineWish) -> None:
        if self.debugger is not None and not self.busy():
            self.change(self.debugger.imagining(wish.count, wish.temperature))

    def change(self, job: JobDoor) -> None:
        """Sets off what makes the model, its state or its text another one."""
        raise NotImplementedError
