"""What `lstm-tui compare` takes besides the options of a model."""

from __future__ import annotations

import argparse

from lstm_tui.cli.flags import argument_types as values
from lstm_tui.cli.flags.command_options import add_screen_options


def add_compare_options(parser: argparse.ArgumentParser) -> None:
    """Its second model and its options."""
    parser.add_argument("model_b", metavar="B", nargs="?", help="the other one: a file, a bundled model or cell:KIND")
    parser.set_defaults(stops=None, grad=None, jacobian=False, autosave=False, resume=False)
    group = parser.add_argument_group("the comparison")
    formats = ("table", "jsonl", "csv")
    group.add_argument(
        "--format", metavar="|".join(formats), type=values.one_of(*formats), help="printed, not shown: how (table)"
    )
    group.add_argument("--steps", metavar="A:B", type=values.span, help="only t = A to B-1; either may be left out")
    group.add_argument(
        "--clamp", metavar="CLAMP", dest="clamps", action="append", help="a value held in both, as in 'trace --help'"
    )
    group.add_argument("--clamp-b", metavar="CLAMP", dest="clamps_b", action="append", help="a value held in B alone")
    group.add_argument("-o", "--output", metavar="FILE", help="where to write it (standard output)")
    group.add_argument("--force", action="store_true", help="replace the file if it exists")
    add_screen_options(parser)
    recording = parser.add_argument_group("recording")
    recording.add_argument("--record", metavar="FILE.cast|FILE.gif", help="write a screencast of what is shown")
    recording.add_argument("--step-markers", action="store_true", help="with a marker at every step")
