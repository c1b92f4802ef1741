"""Which model is open."""

from __future__ import annotations

from lstm_tui.core.facts import facts
from lstm_tui.core.step import About, loss_words
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.paint import Line, paint_title
from lstm_tui.tui.widgets.painted import Painted, shown


class TitleRow(Painted):
    """One line over the whole width: `height: 1`."""

    DEFAULT_CSS = "TitleRow { width: 1fr; height: 1; }"

    about: shown[About | None] = shown(None)
    layer_index: shown[int] = shown(0)
    name_first: shown[str] = shown("lstm-tui")
    """The model's name as it is known before the model is open."""
    facts_first: shown[tuple[str, ...]] = shown(())
    """What else is known before: the cell, `8 units`."""

    mark: shown[str] = shown("")
    loss: shown[str] = shown("")
    """At this step, of one of two models."""
    edits: shown[tuple[int, ...]] = shown(())
    clamps: shown[int] = shown(0)

    def take(self, frame: Frame) -> None:
        self.about, self.layer_index, self.edits = frame.about, frame.layer, frame.edits
        self.clamps, self.mark = frame.clamps, frame.mark
        loss = frame.step.loss if frame.step is not None and self.side is not None else None
        self.loss = "" if loss is None else f"loss here {loss_words(loss)}"

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        about = self.about
        if about is None:
            line = paint_title(visible(self.name_first), [visible(fact) for fact in self.facts_first], "", width, ascii)
        else:
            end = "  ".join(filter(None, (layer_name(self.layer_index, len(about.hidden_sizes)), self.loss)))
            name = f"{self.mark} {visible(about.name)}" if self.mark else visible(about.name)
            parts = [*clamped(self.clamps), *edited(self.edits), *facts(about)]
            line = paint_title(name, parts, end, width, ascii)
        return [line, *([(" " * width, "text")] for _ in range(height - 1))]


def layer_name(index: int, layers: int) -> str:
    """`layer 2/2 (l1)`; nothing where there is only one."""
    return f"layer {index + 1}/{layers} (l{index})" if layers > 1 else ""


def clamped(count: int) -> list[str]:
    """`2 clamped`."""
    return [f"{count} clamped"] if count else []


def edited(steps: tuple[int, ...]) -> list[str]:
    """`state edited at step 2`: it stays in sight wherever the cursor goes."""
    if not steps:
        return []
    numbers = ", ".join(f"{step:,}" for step in steps[:3]) + (f" and {len(steps) - 3} more" if len(steps) > 3 else "")
    return [f"state edited at step{'s' if len(steps) > 1 else ''} {numbers}"]
