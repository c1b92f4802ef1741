"""The options of each command: their names, what they accept, and what `--help` says of them."""

from __future__ import annotations

import argparse

from lstm_tui.cli.flags import argument_types as values
from lstm_tui.core.options import DEVICES, SCALES, THEMES


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """What every command takes that opens a model."""
    _add_text_options(parser.add_argument_group("the text"))
    _add_row_options(parser.add_argument_group("rows of numbers, instead of a text"))
    _add_network_options(parser.add_argument_group("the model"))
    _add_training_options(parser.add_argument_group("training"))


def _add_text_options(text: argparse._ArgumentGroup) -> None:
    text.add_argument("--text", metavar="STRING", help="the text to read")
    text.add_argument("--file", metavar="PATH", help="a file with the text; - is standard input")
    text.add_argument(
        "--random",
        metavar="N",
        type=values.whole(1, values.LARGEST_RANDOM),
        help="instead of a text, N random characters of the vocabulary (see --seed)",
    )
    text.add_argument("--words", action="store_true", help="the symbols are words")
    text.add_argument("--encoding", metavar="NAME", default="utf-8", help="the text file's encoding (utf-8)")
    text.add_argument("--unknown", metavar="SYMBOL", help="the symbol for characters the vocabulary lacks")
    text.add_argument("--vocab", metavar="FILE", help="the vocabulary: a JSON list of symbols in index order")
    text.add_argument("--vocab-from", metavar="TEXTFILE", help="the vocabulary: the characters of a text, sorted")


def _add_row_options(rows: argparse._ArgumentGroup) -> None:
    rows.add_argument(
        "--rows", metavar="FILE", help="a .csv, .npy or .npz file, one row a step; - is CSV on standard input"
    )
    rows.add_argument("--columns", metavar="A,B", help="which columns are read (all that hold numbers)")
    rows.add_argument("--target", metavar="A,B", help="which are predicted, one row ahead (all that are read)")
    rows.add_argument("--time", metavar="COLUMN", help="the column that names the steps")
    rows.add_argument(
        "--scale",
        metavar="|".join(SCALES),
        type=values.one_of(*SCALES),
        help="how numbers are scaled (as the model's file says; standard for a fresh model, none for a foreign one)",
    )
    rows.add_argument(
        "--scaler", metavar="FILE", help='the scale: JSON {"mean": […], "std": […]} or min and max; .pkl, .joblib'
    )
    rows.add_argument(
        "--missing",
        metavar="previous|zero",
        type=values.one_of("previous", "zero"),
        help="what replaces missing values; without it they are refused",
    )
    rows.add_argument(
        "--window",
        metavar="T",
        type=values.whole(1, values.LARGEST_COUNT),
        help="the state starts from zero every T rows, as in training on windows",
    )


def _add_network_options(model: argparse._ArgumentGroup) -> None:
    model.add_argument(
        "--cell", metavar="NAME|FILE.py:CLASS", help="the cell: one of 'lstm-tui cells', or a class in your own file"
    )
    model.add_argument(
        "--names", metavar="f=NAME,…", help="which variables of your class are which quantities (f, i, g, o, r, z, n)"
    )
    model.add_argument("--args", metavar="NAME=VALUE,…", help="what your class's constructor needs besides the sizes")
    model.add_argument(
        "--gates", choices=("sigmoid", "hard"), help="what makes the gates, where a Keras file does not say"
    )
    model.add_argument(
        "--reset", choices=("before", "after"), help="where a GRU's reset gate stands, where a Keras file does not say"
    )
    model.add_argument("--head", metavar="relu,…", help="activations below the output layer, where a file does not say")
    model.add_argument("--classes", metavar="FILE|A,B", help="the outputs of a classifier, in index order")
    model.add_argument("--label", metavar="NAME", help="the class that its last step should say")
    add_part(model)
    model.add_argument(
        "--hidden", metavar="N", type=values.whole(1, values.LARGEST_HIDDEN), help="units of a fresh model (8)"
    )
    model.add_argument(
        "--layers", metavar="N", type=values.whole(1, values.LARGEST_STACK), help="layers of a fresh model (1)"
    )
    model.add_argument(
        "--seed", metavar="N", type=values.whole(0, values.LARGEST_SEED), help="the seed of a fresh model's weights (0)"
    )
    model.add_argument("--forget-bias", metavar="B", type=values.number, help="a fresh model's forget bias (as drawn)")
    model.add_argument("--fresh", action="store_true", help="untrained weights from the seed")


def add_part(group: argparse._ActionsContainer) -> None:
    """One network of several in a file."""
    group.add_argument(
        "--part",
        metavar="NAME",
        help="one network of several in a file: encoder, forward … ('inspect' lists them)",
    )


def _add_training_options(train: argparse._ArgumentGroup) -> None:
    train.add_argument(
        "--device",
        metavar="|".join(DEVICES),
        type=values.one_of(*DEVICES),
        help="where it is trained (cpu); auto: on the GPU where that is measured to be faster",
    )
    train.add_argument("--train", action="store_true", help="train first, then open")
    train.add_argument(
        "--epochs",
        metavar="N",
        type=values.whole(1, values.LARGEST_COUNT),
        help="passes through the text (200; over 512 characters 20)",
    )
    train.add_argument("--lr", metavar="X", type=values.rate, help="learning rate (0.1; over 512 characters 0.01)")


def _add_stops(parser: argparse.ArgumentParser) -> None:
    stops = parser.add_argument_group("stopping, and what if")
    stops.add_argument(
        "--stop",
        metavar="CONDITION",
        dest="stops",
        action="append",
        help='a condition where c and C stop, as in --stop "f[3] < 0.1"; can be repeated',
    )
    _add_clamps(stops)


def add_screen_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(session=None, place=None, newcomer=False)
    screen = parser.add_argument_group("the screen")
    colors = ("auto", "truecolor", "256", "16", "none")
    screen.add_argument("--theme", metavar="|".join(THEMES), type=values.one_of(*THEMES), help="colours (dark)")
    screen.add_argument(
        "--color", metavar="|".join(colors), type=values.one_of(*colors), default="auto", help="depth (auto)"
    )
    screen.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    screen.add_argument(
        "--ltr", action="store_true", help="words from left to right, even of scripts written from the right"
    )
    screen.add_argument("--no-mouse", dest="mouse", action="store_false", help="leave the mouse to the terminal")
    screen.add_argument("--show-keys", action="store_true", help="show the keys pressed, for an audience")


def _add_clamps(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--clamp",
        metavar="CLAMP",
        dest="clamps",
        action="append",
        help='a value held at a number, as in --clamp "c[3] = 0.5 from 12 to 40"; can be repeated',
    )


def add_debugger_options(parser: argparse.ArgumentParser) -> None:
    _add_stops(parser)
    add_screen_options(parser)
    session = parser.add_argument_group("the session")
    session.add_argument(
        "--resume",
        metavar="NAME",
        nargs="?",
        const=True,
        default=False,
        help="continue a session that was kept; with several, name one, or see the list",
    )
    session.add_argument(
        "--no-autosave", dest="autosave", action="store_false", help="do not keep this session on disk"
    )
    group = parser.add_argument_group("recording")
    group.add_argument("--record", metavar="FILE.cast|FILE.gif", help="write a screencast of the session")
    group.add_argument("--force", action="store_true", help="replace it if it exists")
    group.add_argument("--step-markers", action="store_true", help="with a marker at every step")


def add_lesson_options(parser: argparse.ArgumentParser) -> None:
    _add_stops(parser)
    add_screen_options(parser)
    parser.set_defaults(autosave=False)
    group = parser.add_argument_group("the lesson")
    group.add_argument("--notes", action="store_true", help="print the presenter's words instead")
    group.add_argument(
        "--trust", action="store_true", help="let a script run your own cells, and read and write anywhere"
    )


def add_record_options(parser: argparse.ArgumentParser) -> None:
    _add_stops(parser)
    add_screen_options(parser)
    parser.set_defaults(autosave=False)
    group = parser.add_argument_group("the result")
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a recording (.cast), a GIF (.gif) or a page for a browser (.html); pictures are written beside it",
    )
    group.add_argument("--force", action="store_true", help="replace files that exist")
    group.add_argument("--step-markers", action="store_true", help="with a marker at every step of a recording")
    script = parser.add_argument_group("the script")
    script.add_argument(
        "--trust",
        action="store_true",
        help="let the script run your own cells, choose the device, and read and write anywhere; "
        "without it, a script stays in its folder",
    )


def add_trace_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the trace")
    formats = ("table", "jsonl", "csv", "html")
    group.add_argument(
        "--format", metavar="|".join(formats), type=values.one_of(*formats), default="table", help="which (table)"
    )
    group.add_argument("-o", "--output", metavar="FILE", help="where to write it (standard output)")
    group.add_argument("--force", action="store_true", help="replace the file if it exists")
    group.add_argument(
        "--imagine",
        metavar="N",
        type=values.whole(1, values.LARGEST_IMAGINED),
        help="let the model continue the text by N characters, sampled with --seed",
    )
    group.add_argument(
        "--temperature", metavar="X", type=values.temperature, help="sampling; 0 is always the top guess (1)"
    )
    group.add_argument(
        "--grad",
        metavar="loss|loss@T|logit:SYMBOL@T",
        help="with the derivatives of the sum of all losses (the loss, a logit at T) by every value (jsonl, csv)",
    )
    group.add_argument("--jacobian", action="store_true", help="instead: the eigenvalues of each step's Jacobian")
    group.add_argument("--steps", metavar="A:B", type=values.span, help="only t = A to B-1; either may be left out")
    group.add_argument("--layer", metavar="N", type=values.numbers, help="only this layer, counted from 0 (l0)")
    group.add_argument("--units", metavar="N,A:B", type=values.numbers, help="only these units, such as 3,7 or 0:16")
    group.add_argument(
        "--only", metavar="NAME,…", type=values.names, help="only these quantities (or logits, loss), as in c,loss"
    )
    group.add_argument(
        "--where",
        metavar="CONDITION",
        dest="stops",
        action="append",
        help='only the steps where CONDITION holds, as in --where "loss > 2"; repeated: where any holds',
    )
    _add_clamps(group)


def add_train_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(stops=None, clamps=None)
    group = parser.add_argument_group("the result")
    group.add_argument("-o", "--output", metavar="FILE.safetensors", help="where to write the model")
    group.add_argument("--force", action="store_true", help="replace the file if it exists")


def add_find_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(stops=None, clamps=None)
    group = parser.add_argument_group("what to find")
    group.add_argument("--track", metavar="NAME", help="what the units should follow: depth, quote, regex:RE …")
    group.add_argument("--quantity", metavar="NAME", help="which of their values (c; h where there is none)")
    group.add_argument(
        "--layer", metavar="N", type=values.whole(0, values.LARGEST_STACK), help="only this layer's, from 0 (all)"
    )
    group.add_argument("--top", metavar="N", type=values.whole(1, values.LARGEST_HIDDEN), help="how many (10)")
    group.add_argument(
        "--streams", metavar="N", type=values.whole(1, values.LARGEST_HIDDEN), help="stretches read side by side (auto)"
    )
    formats = ("table", "json")
    group.add_argument(
        "--format", metavar="|".join(formats), type=values.one_of(*formats), default="table", help="how (table)"
    )
