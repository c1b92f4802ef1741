"""The one list of keys. The screen's bindings, the footer, the help and the README's table are all made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """What one action is called, which keys do it, and the sentence that explains it."""

    id: str
    """Stable: the action's, by which users' keymaps and scripts name it."""
    keys: str
    """As Textual spells them, separated by commas."""
    display: str
    """As people write them; the table puts each word in code."""
    description: str
    tooltip: str
    footer: tuple[str, str] | None = None
    """The sign and the word of the footer's entry, where it has one."""


def _zoom(digit: int, panel: str) -> Key:
    return Key(
        f"view.zoom{digit}",
        str(digit),
        str(digit),
        f"{panel} alone",
        f"Show only {panel}, as large as possible; 0 shows all panels again",
    )


GROUPS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    (
        "Stepping",
        (
            Key("step.forward", "right,n,l,pagedown", "right space n l pagedown", "step one character",
                "Read the next character of the text", ("→", "step")),
            Key("step.space", "space", "", "step, or pause autoplay",
                "Read the next character; while autoplay runs, pause it"),
            Key("step.back", "left,p,h,pageup", "left p h pageup", "step back one character",
                "Go back to the state before the last character", ("←", "back")),
            Key("step.into", "s", "s", "next equation of the step",
                "Run the next line of the cell and show what it made; → finishes the step", ("s", "equation")),
            Key("step.into_back", "S", "S", "previous equation",
                "Go back by one line of the cell"),
            Key("step.first", "home,<", "home <", "step 0",
                "Go to the zero state before any character"),
            Key("step.last", "end,>", "end >", "the last step",
                "Read the text to its end"),
            Key("step.goto", "g", "g", "go to a step or a unit",
                "Go to step 120 (t = 119), +50, -50, 50% or unit 37", ("g", "go to")),
            Key("text.find", "/", "/", "find text",
                "Go to the next occurrence of a text; c and C also stop there until you search for another"),
            Key("jump.back", "backspace", "backspace", "return from the last jump",
                "Return to where g, /, c, C or a click started; again: the jump before"),
            Key("play.toggle", "a", "a", "start or stop autoplay",
                "Step automatically, at the speed that the status row shows", ("a", "play")),
            Key("play.faster", "+,=", "+ =", "autoplay faster", "More steps a second"),
            Key("play.slower", "-", "-", "autoplay slower", "Fewer steps a second"),
        ),
    ),
    (
        "Stopping",
        (
            Key("stops.edit", "b", "b", "stops: conditions such as f[3] < 0.1",
                "Add, edit, switch or remove stops; the selected value is suggested", ("b", "stops")),
            Key("run.forward", "c", "c", "run to the next stop",
                "Run to the next step where a stop is met; escape cancels", ("c", "run")),
            Key("run.back", "C", "C", "run back to the previous stop",
                "Run back to the previous step where a stop is met; escape cancels"),
        ),
    ),
    (
        "Looking",
        (
            Key("unit.previous", "up,k", "up k", "previous unit", "Select the unit above", ("↑↓", "unit")),
            Key("unit.next", "down,j", "down j", "next unit", "Select the unit below"),
            Key("unit.previous_ten", "K", "K", "ten units up", "Select the unit ten above"),
            Key("unit.next_ten", "J", "J", "ten units down", "Select the unit ten below"),
            Key("layer.next", "tab,]", "tab ]", "next layer", "Show the layer above"),
            Key("layer.previous", "shift+tab,[", "shift+tab [", "previous layer", "Show the layer below"),
            _zoom(1, "f, the forget gate"),
            _zoom(2, "i, the input gate"),
            _zoom(3, "c̃, the candidate"),
            _zoom(4, "o, the output gate"),
            _zoom(5, "c, the cell"),
            _zoom(6, "h, the hidden state"),
            _zoom(7, "a seventh quantity"),
            _zoom(8, "an eighth quantity"),
            Key("view.all", "0", "0", "all panels", "Show all panels again"),
            Key("unit.mover", "m", "m", "the unit that changed most; again: the next one",
                "Select the unit whose c changed most at this step"),
            Key("state.alike", "M", "M", "the step whose states are most alike; again: the next",
                "Go to the step elsewhere whose c and h are most like those here"),
            Key("unit.explain", "enter", "enter", "explain the unit",
                "Show its equations with the numbers, and which characters wrote its cell", ("enter", "explain")),
            Key("grad.show", "d", "d", "derivatives: of the loss here, all losses, a logit",
                "Show how the loss grows with each value, in place of values; ← goes back in time, s through equations",
                ("d", "derivatives")),
            Key("view.next", "v", "v", "next view: bars, heat, lines, units, text, loss",
                "Show values or the loss over time; digits choose the quantity, a click goes to a step", ("v", "view")),
            Key("view.previous", "V", "V", "previous view", "Cycle through the views backwards"),
        ),
    ),
    (
        "Changing",
        (
            Key("state.reset", "r", "r", "reset: step 0, h = c = 0",
                "Restart the text from the zero state, with nothing clamped or zeroed"),
            Key("state.zero", "z", "z", "zero h and c here",
                "Set h and c to 0 at this step and continue from there; u restores them"),
            Key("state.clamp", "f", "f", "clamp the selected unit",
                "Hold a value of it for a step, a span or from here on; what follows is computed from it"),
            Key("state.clamps", "F", "F", "what is clamped or zeroed; take it back",
                "List what is done to the model, and take it back"),
            Key("weight.edit", "W", "W", "type a weight of the selected unit anew",
                "Choose a contribution of the unit's equations and give its weight another value; u takes it back"),
            Key("run.beside", "y", "y", "another model, or the untouched run, beside this one",
                "Put another model on the same text, or the untouched run beside a changed one; again: one alone"),
            Key("side.other", "Y", "Y", "keys act on the other of two models",
                "Select the other model: s, enter, v, w and what changes a model act on the one with the arrow"),
            Key("train.start", "t", "t", "train",
                "Train the model on its text; escape cancels", ("t", "train")),
            Key("epoch.back", "{", "{", "back through the training, epoch by epoch",
                "Show this step with the weights of an earlier epoch; w writes them, u undoes the whole training"),
            Key("epoch.forward", "}", "}", "forward through the training",
                "Show this step with the weights of a later epoch"),
            Key("edit.undo", "u", "u", "undo the last training or edit; again: the one before",
                "Restore the weights or the state before the last change"),
            Key("edit.redo", "ctrl+r", "ctrl+r", "redo what was undone",
                "Redo what u undid, one change at a time"),
            Key("text.imagine", "i", "i", "imagine: the model continues the text from here",
                "Sample at a temperature that you choose; u removes the new text"),
            Key("cell.next", "x", "x", "next cell implementation",
                "Compute the same function with the next implementation of the cell", ("x", "cell")),
            Key("text.edit", "e", "e", "type another text",
                "Read another text with the same model", ("e", "text")),
            Key("file.open", "o", "o", "open a model", "Open a bundled model or a file", ("o", "open")),
            Key("file.write", "w", "w", "write .safetensors, .svg, .jsonl, .csv or .html",
                "Save the model, a picture of the screen, or the numbers of every step", ("w", "write")),
        ),
    ),
    (
        "The program",
        (
            Key("app.escape", "escape", "escape", "close, cancel; never quits",
                "Cancel a run or the training, close what is open, show all six panels"),
            Key("app.commands", ":,ctrl+p", ": ctrl+p", "commands: theme, choose a cell, show keys",
                "Find any command by its name", (":", "commands")),
            Key("app.help", "?,f1", "? f1", "help", "Show all keys, and how to read the screen", ("?", "help")),
            Key("app.suspend", "ctrl+z", "ctrl+z", "suspend; fg in the shell resumes",
                "Return to the shell; fg resumes"),
            Key("app.redraw", "ctrl+l", "ctrl+l", "redraw", "Redraw the whole screen"),
            Key("app.quit", "q", "q", "quit (asks only if something is unsaved)",
                "Quit; asks only if trained or edited weights are unsaved", ("q", "quit")),
        ),
    ),
)  # fmt: skip

KEYS: tuple[Key, ...] = tuple(key for _, keys in GROUPS for key in keys)

FOOTER = (
    "step.forward", "step.back", "unit.previous", "unit.explain", "step.into", "train.start", "view.next",
    "grad.show", "run.forward", "stops.edit", "step.goto", "play.toggle", "cell.next", "text.edit", "file.open",
    "file.write", "app.commands", "app.help", "app.quit",
)  # fmt: skip
"""The footer's entries from left to right; the least important come last and are dropped first."""
ALWAYS = ("step.forward", "step.back", "app.help", "app.quit")
"""What the footer never drops, however narrow the terminal."""


def bindings() -> list[BindingType]:
    """One binding a key, with priority: a key typed quickly after `g` must reach the dialog that `g` opens, and only
    priority bindings are obeyed before the next key is read."""
    return [
        Binding(key.keys, f"do('{key.id}')", key.description, priority=True, tooltip=key.tooltip, id=key.id)
        for key in KEYS
    ]


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Group, keys, words and action of every line of the help and the table; the zooms are one line."""
    for group, keys in GROUPS:
        for key in keys:
            if key.id == "view.zoom1":
                yield (
                    group,
                    "1 2 3 4 5 6 7 8",
                    "one panel alone: f, i, c̃, o, c, h; other cells have fewer, or more",
                    key.id,
                )
            elif key.display and not key.id.startswith("view.zoom"):
                yield (
                    group,
                    key.display,
                    "step one character (space pauses autoplay)" if (key.id == "step.forward") else key.description,
                    key.id,
                )
