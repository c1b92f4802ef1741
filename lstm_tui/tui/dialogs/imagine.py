"""How the model continues the text: at which temperature, and how far."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input

from lstm_tui.core.errors import UserError
from lstm_tui.tui.dialogs.base import Check, Dialog
from lstm_tui.tui.dialogs.train import Field


@dataclass(frozen=True)
class SamplingRequest:
    """What the user chose in the dialog."""

    temperature: float
    count: int


class AskForecast(Dialog[SamplingRequest]):
    """How many rows a model of numbers goes on for, reading its own predictions."""

    BINDINGS = [Binding("enter", "forecast", "forecast", priority=True, id="dialog.imagine", show=False)]

    def __init__(self, count: int, check: Check[SamplingRequest]) -> None:
        super().__init__(
            "forecast: the model reads its own predictions from here",
            "what it reads and does not predict stays as it is in this row",
            "enter: forecast   escape: go back",
        )
        self._count, self._check = count, check

    def asked(self) -> list[Widget]:
        return [Field("rows", str(self._count), "count")]

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def action_forecast(self) -> None:
        count = self.query_one("#count", Input).value.strip()
        if not (count.isascii() and count.isdigit()):
            raise UserError(f"rows '{count}' must be a whole number")
        request = SamplingRequest(1.0, int(count))
        self._check(request)
        self.dismiss(request)


class AskImagining(Dialog[SamplingRequest]):
    """Enter imagines from either field. It closes only with numbers that `check` accepts."""

    BINDINGS = [Binding("enter", "imagine", "imagine", priority=True, id="dialog.imagine", show=False)]

    def __init__(self, temperature: float, count: int, check: Check[SamplingRequest]) -> None:
        super().__init__(
            "imagine: the model continues the text from here",
            "temperature 0: always the top guess   1: the model's own probabilities   above 1: more random",
            "tab: next field   enter: imagine   escape: go back",
        )
        self._temperature, self._count, self._check = temperature, count, check

    def asked(self) -> list[Widget]:
        return [
            Field("temperature", f"{self._temperature:g}", "temperature"),
            Field("characters", str(self._count), "count"),
        ]

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)

    def action_imagine(self) -> None:
        temperature, count = (self.query_one(name, Input).value.strip() for name in ("#temperature", "#count"))
        try:
            request = SamplingRequest(float(temperature), int(count))
        except ValueError:
            raise UserError(f"temperature '{temperature}' and characters '{count}' must both be numbers") from None
        self._check(request)
        self.dismiss(request)
