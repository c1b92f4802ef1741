"""The options of each command: their names, what they accept, and what `--help` says of them."""

from __future__ import annotations

import argparse

from lstm_tui.cli import argument_types as values
from lstm_tui.core.sessions.session import THEMES


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """What every command takes that opens a model."""
    _add_text_options(parser.add_argument_group("the text"))
    _add_network_options(parser.add_argument_group("the model"))
    _add_training_options(parser.add_argument_group("training"))


def _add_text_options(text: argparse._ArgumentGroup) -> None:
    text.add_argument("--text", metavar="STRING", help="the text to read")
    text.add_argument("--file", metavar="PATH", help="a file with the text; - is standard input")
    text.add_argument(
        "--random",
        metavar="N",
        type=values.whole(1, values.LARGEST_RANDOM),
        help="instead of a text, N characters drawn from the vocabulary with the seed",
    )
    text.add_argument("--encoding", metavar="NAME", default="utf-8", help="the text file's encoding (utf-8)")
    text.add_argument("--unknown", metavar="SYMBOL", help="the symbol that stands for characters the vocabulary lacks")
    text.add_argument("--vocab", metavar="FILE", help="the vocabulary: a JSON list of symbols in index order")
    text.add_argument("--vocab-from", metavar="TEXTFILE", help="the vocabulary: the characters of a text, sorted")


def _add_network_options(model: argparse._ArgumentGroup) -> None:
    model.add_argument(
        "--cell", metavar="NAME|FILE.py:CLASS", help="the cell: one of 'lstm-tui cells', or a class of your own file"
    )
    model.add_argument(
        "--names", metavar="f=NAME,…", help="which of your class's variables are which quantity (f, i, g, o, r, z, n)"
    )
    model.add_argument(
        "--hidden", metavar="N", type=values.whole(1, values.LARGEST_HIDDEN), help="units of a fresh model (8)"
    )
    model.add_argument(
        "--layers", metavar="N", type=values.whole(1, values.LARGEST_STACK), help="layers of a fresh model (1)"
    )
    model.add_argument(
        "--seed", metavar="N", type=values.whole(0, values.LARGEST_SEED), help="draws a fresh model's weights (0)"
    )
    model.add_argument("--forget-bias", metavar="B", type=values.number, help="a fresh model's forget bias (as drawn)")
    model.add_argument("--fresh", action="store_true", help="untrained weights from the seed")
    model.add_argument("--device", metavar="cpu|cuda", type=values.one_of("cpu", "cuda"), help="where it runs (cpu)")


def _add_training_options(train: argparse._ArgumentGroup) -> None:
    train.add_argument("--train", action="store_true", help="train before anything is shown")
    train.add_argument(
        "--epochs",
        metavar="N",
        type=values.whole(1, values.LARGEST_COUNT),
        help="times through the text (200; over 512 characters 20)",
    )
    train.add_argument("--lr", metavar="X", type=values.rate, help="learning rate (0.1; over 512 characters 0.01)")


def _add_screen_options(parser: argparse.ArgumentParser) -> None:
    stops = parser.add_argument_group("stopping")
    stops.add_argument(
        "--stop",
        metavar="CONDITION",
        dest="stops",
        action="append",
        help='stop there when c or C runs, as in --stop "f[3] < 0.1"; may be given again',
    )
    parser.set_defaults(session=None, place=None)
    screen = parser.add_argument_group("the screen")
    colors = ("auto", "truecolor", "256", "16", "none")
    screen.add_argument("--theme", metavar="|".join(THEMES), type=values.one_of(*THEMES), help="colours (dark)")
    screen.add_argument(
        "--color", metavar="|".join(colors), type=values.one_of(*colors), default="auto", help="how many (auto)"
    )
    screen.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    screen.add_argument("--no-mouse", dest="mouse", action="store_false", help="leave the mouse to the terminal")
    screen.add_argument("--show-keys", action="store_true", help="show the keys pressed, for an audience")


def add_debugger_options(parser: argparse.ArgumentParser) -> None:
    _add_screen_options(parser)
    session = parser.add_argument_group("the session")
    session.add_argument(
        "--resume",
        metavar="NAME",
        nargs="?",
        const=True,
        default=False,
        help="go on where a session ended; of several, the one of that NAME, or a list of them",
    )
    session.add_argument(
        "--no-autosave", dest="autosave", action="store_false", help="keep nothing of this session on disk"
    )
    group = parser.add_argument_group("recording")
    group.add_argument("--record", metavar="FILE.cast", help="write a screencast of the session (asciicast v2)")
    group.add_argument("--force", action="store_true", help="replace it if it exists")


def add_record_options(parser: argparse.ArgumentParser) -> None:
    _add_screen_options(parser)
    parser.set_defaults(autosave=False)
    group = parser.add_argument_group("the result")
    group.add_argument("-o", "--output", metavar="FILE.cast", help="where to write the recording, pictures beside it")
    group.add_argument("--force", action="store_true", help="replace files that exist")
    script = parser.add_argument_group("the script")
    script.add_argument(
        "--trust",
        action="store_true",
        help="let it run cells of your own, choose the device, read and write anywhere; "
        "without it a script stays in its folder",
    )


def add_trace_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the trace")
    formats = ("table", "jsonl", "csv")
    group.add_argument(
        "--format", metavar="|".join(formats), type=values.one_of(*formats), default="table", help="how (table)"
    )
    group.add_argument(
        "--imagine",
        metavar="N",
        type=values.whole(1, values.LARGEST_IMAGINED),
        help="let the model write N characters on from the text's end, drawn with the seed",
    )
    group.add_argument(
        "--temperature", metavar="X", type=values.temperature, help="how boldly: 0 is always the top guess (1)"
    )
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
        help='only the steps where it holds, as in --where "loss > 2"; given again: where any of them holds',
    )


def add_train_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(stops=None)
    group = parser.add_argument_group("the result")
    group.add_argument("-o", "--output", metavar="FILE.safetensors", help="where to write the model")
    group.add_argument("--force", action="store_true", help="replace the file if it exists")


def add_find_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(stops=None)
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
