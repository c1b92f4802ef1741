"""What `lstm-tui check` takes."""

from __future__ import annotations

import argparse

from lstm_tui.cli.flags import argument_types as values


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    group = parser.add_argument_group("the check")
    group.add_argument("--against", metavar="MODEL|KIND", help="whether it is this function, such as nn.LSTM or nn.GRU")
    group.add_argument("--args", metavar="NAME=VALUE,…", help="what your class's constructor needs besides the sizes")
    group.add_argument(
        "--names", metavar="f=NAME,…", help="which of your class's variables are which quantity (f, i, g, o, r, z, n)"
    )
    group.add_argument("--text", metavar="STRING", help="the text whose steps are quoted (hello)")
    formats = ("table", "json")
    group.add_argument(
        "--format", metavar="|".join(formats), type=values.one_of(*formats), default="table", help="how (table)"
    )
