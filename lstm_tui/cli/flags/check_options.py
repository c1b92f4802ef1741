"""What `lstm-tui check` takes."""

from __future__ import annotations

import argparse

from lstm_tui.cli.flags import argument_types as values
from lstm_tui.core.questions.quiz import LARGEST


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
    quiz = parser.add_argument_group("a quiz for a class")
    quiz.add_argument(
        "--quiz",
        metavar="N",
        type=values.whole(1, LARGEST),
        help="write N small cells, each with one wrong equation",
    )
    quiz.add_argument("--answers", action="store_true", help="print what is wrong in them, and write nothing")
    quiz.add_argument("--seed", metavar="N", type=values.whole(0, values.LARGEST_SEED), help="other cells (0)")
    quiz.add_argument("-o", "--output", metavar="FOLDER", help="where to write them (here)")
    quiz.add_argument("--force", action="store_true", help="replace files that exist")
