"""The command palette: every key's action by name, and a few that have no key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.events import Mount
from textual.widgets import OptionList

from lstm_tui.tui.dialogs.dismiss import DismissOnce
from lstm_tui.tui.keys import KEYS

HIDDEN = ("app.commands", "app.escape", "step.space")
WITHOUT_KEYS = (
    ("choose a cell", "Choose the implementation that computes the steps", "cell.choose"),
    ("check", "List the equations of your own cell: what each computes, and what departs", "cell.check"),
    ("another kind of cell", "Start an untrained one of another kind on the same text, seed and sizes", "cell.kind"),
    (
        "take the state from another step",
        "Go on from here with the h and c of that step; u restores them",
        "state.patch",
    ),
    (
        "take the state from the other model",
        "Go on from here with the h and c of the model beside this one",
        "state.patch_other",
    ),
    ("choose a theme", "Choose dark, light, contrast or projector", "theme.choose"),
    ("rank units: largest |c|", "List the units that held most in the last steps; selects the first", "rank.largest"),
    ("rank units: most saturated", "List the units whose gates were shut or open most often", "rank.saturated"),
    ("rank units: dead", "List the units whose h hardly changed in the last steps", "rank.dead"),
    ("loss over the text", "Show the loss of every step as a curve", "view.loss"),
    ("loss as colour of the text", "Show how unexpected each character was", "view.loss_text"),
    ("rank steps: largest loss", "List where the next character was least expected", "rank.losses"),
    ("find units that follow a track", "Rank the units by how well they follow depth, quote, column …", "units.find"),
    (
        "where does this settle?",
        "Read the present character for ever: the fixed point, its slowest modes",
        "grad.settle",
    ),
    ("does the gradient reach?", "See how large it is at every step back, beside the forget gates", "grad.reach"),
    ("which characters made this guess?", "Split the top guess's logit into contributions", "grad.contributions"),
    ("play the training", "Show this step as every epoch kept would have it, from the first on", "epoch.play"),
    ("lessons", "Play one of the lessons; what is open comes back afterwards", "lesson.choose"),
    ("show keys", "Show the keys pressed, for recordings; again: hide them", "keys.show"),
)


@dataclass(frozen=True)
class Command:
    """A line of the palette."""

    name: str
    keys: str
    help: str
    id: str
    """Of the action."""


def commands() -> Iterator[Command]:
    """All of them, those with keys first."""
    for key in KEYS:
        if key.id not in HIDDEN:
            yield Command(key.description, key.display, key.tooltip, key.id)
    for name, help_text, action_id in WITHOUT_KEYS:
        yield Command(name, "", help_text, action_id)


class Refusing(Protocol):
    """The debugger's screen."""

    def refusal(self, id: str) -> str | None:
        """See `DebuggerScreen.refusal`."""


class Commands(Provider):
    """What the palette finds on the debugger's screen."""

    async def discover(self) -> Hits:
        for command in commands():
            yield self.hit(command)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in commands():
            score = matcher.match(command.name)
            if score > 0:
                help_text = self._refusal(command) or command.help
                yield Hit(score, matcher.highlight(command.name), self._run(command), command.name, help_text)

    def hit(self, command: Command) -> DiscoveryHit:
        """Its line; one that would do nothing now is dimmed, and says why."""
        refusal = self._refusal(command)
        shown = Content.styled(f"{command.name}   {command.keys}".rstrip(), "" if refusal is None else "dim")
        return DiscoveryHit(shown, self._run(command), command.name, refusal or command.help)

    def _refusal(self, command: Command) -> str | None:
        return cast(Refusing, self.screen).refusal(command.id)

    def _run(self, command: Command) -> Callable[[], Awaitable[None]]:
        return partial(self.screen.run_action, f"do('{command.id}')")


class ActionPalette(DismissOnce, CommandPalette):
    """Textual's palette, which runs one command however often enter is pressed before it has closed."""

    def __init__(self) -> None:
        super().__init__(id="--command-palette")  # what `CommandPalette.is_open` looks for
        self._chosen = False

    def on_mount(self, event: Mount) -> None:
        """Textual's own handler follows and searches the list, unless the list has been taken away already."""
        if not self.is_current:
            event.prevent_default()

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close, and stop searching: a search that outlives the list it fills ends the program."""
        self.workers.cancel_node(self)
        return super().dismiss(result)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """See `DOMNode.check_action`. A list without room has no pages: Textual's own fails at turning them."""
        if action == "command_list" and not self.query_one(CommandList).scrollable_content_region:
            return False
        return super().check_action(action, parameters)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Textual's own handler follows, unless it has had its command."""
        if self._chosen:
            event.prevent_default().stop()
        self._chosen = True
