"""`lstm-tui find`: the units that follow a track, as a table or JSON."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lstm_tui.cli.output import print_message, write
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.filesystem.files import quoted
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.backwards.unit_finder import FindRequest, finding, note

if TYPE_CHECKING:
    from lstm_tui.core.step import About
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.engine.finding.unit_search import Follower, UnitSearch

PERFECT = 0.99


def find(debugger: Debugger, arguments: Namespace) -> None:
    """Print the units. Raises `UserError` for a track, quantity or layer that there is not."""
    request = FindRequest(
        arguments.track, arguments.quantity, arguments.layer, arguments.top or FindRequest.top, arguments.streams
    )
    found = finding(debugger.debuggee, request)
    _watched(found)
    lines = _json(found) if arguments.format == "json" else _table(found, debugger.about)
    for line in lines:
        write(line + "\n")
    if how := note(found):
        print_message(how)


def _watched(found: Iterable[float]) -> None:
    """Work, and say on a terminal how far it is."""
    show_progress = sys.stderr is not None and sys.stderr.isatty()
    shown = -1
    for share in found:
        if show_progress and int(share * 100) > shown:
            shown = int(share * 100)
            sys.stderr.write(f"\rreading {shown} %")
            sys.stderr.flush()
    if show_progress:
        sys.stderr.write("\r\x1b[K")


def _json(found: UnitSearch) -> Iterator[str]:
    units = [
        {
            "layer": one.layer,
            "unit": one.unit,
            "quantity": one.quantity,
            "score": one.score,
            "sign": 1 if one.rises else -1,
            "first_half": one.first_half,
            "held_out": one.held_out,
        }
        for one in found.followers
    ]
    yield json.dumps({"track": found.track.name, "steps": len(found.track.values), "units": units})


def _table(found: UnitSearch, about: About) -> Iterator[str]:
    yes_no = found.track.yes_no
    score, steps = "AUC" if yes_no else "r", len(found.track.values)
    yield f"{visible(found.track.name)} over {steps:,} steps: ranked by {score} on the first half"
    yield f"{'unit':14} {score + ' 1st half':>12} {score + ' held out':>12}"
    for one in found.followers:
        falls = " (falls where the track holds)" if yes_no and not one.rises else ""
        yield f"{_unit(one):14} {one.first_half:12.4f} {one.held_out:12.4f}{falls}"
    if not found.followers:
        yield "no unit changes at all"
    elif abs(found.followers[0].held_out) >= PERFECT:
        best, model = _unit(found.followers[0]), _model(about)
        yield f"Even a perfect correlation is no cause. Hold {best} and see whether the guesses change:"
        yield f'  lstm-tui compare {model} {model} --clamp-b "{best} = 0"'


def _model(about: About) -> str:
    """As it is named on the command line."""
    shipped = about.path is None or about.path == bundled_path(about.name)
    return visible(about.name) if shipped else quoted(about.path or "")


def _unit(one: Follower) -> str:
    """As conditions name it: `c[3]`, in the second layer `l1.c[3]`."""
    return f"{f'l{one.layer}.' if one.layer else ''}{one.quantity}[{one.unit}]"
