"""The verbs that look: one unit explained, values over time, the unit that moved most, the model writing on.

The widgets for it are made when they are first asked for, and fed only while they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.tui.controllers.navigation import Moving
from lstm_tui.tui.selection import remembered

if TYPE_CHECKING:
    from lstm_tui.tui.dialogs.imagine import ImagineWish
    from lstm_tui.tui.widgets.over_time import OverTime

IMAGINED_AT_MOST = 5000
"""Characters in one go on the screen, which waits for them."""


class Looks(Moving):
    """Explaining, the views, and what the model imagines."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._mover: tuple[int, int, int] | None = None
        """The position, layer and unit that `m` selected last."""

    def _shown_differently(self) -> None:
        self.fit()
        self.present(self.message or None)

    # Explaining

    async def action_explain(self) -> None:
        """Opens the pane, or closes it."""
        if self.debugger is None or self.close_explanation():
            return
        from lstm_tui.tui.widgets.explained import Explained

        if not self.query(Explained):
            await self.query_one("#below").mount(Explained())
        self.selection.explaining = True
        self._shown_differently()

    def close_explanation(self) -> bool:
        """Whether there was one open."""
        was, self.selection.explaining = self.selection.explaining, False
        if was:
            self._shown_differently()
        return was

    # Views

    async def action_view(self, by: int) -> None:
        """Bars, heat, lines, text, and round again."""
        if self.debugger is None:
            return
        if self.over_time is None:
            from lstm_tui.tui.over_time_model import OverTimeModel
            from lstm_tui.tui.widgets.over_time import OverTime

            self.over_time = OverTimeModel()
            await self.mount(OverTime(), after="#panels")
        self.selection.turn(by)
        self._shown_differently()

    def leave_view(self) -> bool:
        """Whether another view than the bars was left for them."""
        if self.selection.view == "bars":
            return False
        self.selection.view = "bars"
        self._shown_differently()
        return True

    def action_zoom(self, digit: int) -> None:
        """In the views over time digits choose the quantity, and 0 brings the panels back."""
        if self.debugger is None or self.selection.view == "bars":
            super().action_zoom(digit)
        elif not digit:
            self.leave_view()
        elif digit <= len(self.debugger.quantities):
            self.selection.quantity = self.debugger.quantities[digit - 1].name
            self.present()

    def on_over_time_clicked(self, event: OverTime.Clicked) -> None:
        if event.unit is not None:
            self.selection.unit = event.unit
        self.move_to(event.position)

    # The unit that moved

    def action_mover(self) -> None:
        """The unit that moved most, again: the next."""
        debugger = self.debugger
        if debugger is None:
            return
        layer = debugger.step.layers[self.selection.layer]
        state = remembered(debugger.quantities)
        order = debugger.movers(self.selection.layer, state.name, layer.units)
        if not order:
            return self.say(f"no unit's {state.symbol} moved at this step")
        here = (debugger.position, self.selection.layer, self.selection.unit)
        rank = (
            (order.index(self.selection.unit) + 1) % len(order)
            if self._mover == here and self.selection.unit in order
            else 0
        )
        unit = order[rank]
        self.select(unit)
        self._mover = (debugger.position, self.selection.layer, unit)
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
        if self.debugger is None:
            return
        self.debugger.imagine(wish.count, wish.temperature)
        count = f"{wish.count} character" + ("" if wish.count == 1 else "s")
        self.present(f"imagined {count} after step {self.debugger.position}: → steps into them, u takes them away")
