"""The command line as text: which options there are, what they accept, and the sentence for everything else.

Every command takes the same model options. A mistake is a `UserError` whose sentence names the option and the mend;
argparse's usage block is never printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import NoReturn

from lstm_tui.cli import argument_types as values
from lstm_tui.cli.output import write
from lstm_tui.cli.usage import ABOUT, COMMAND_LIST, COMMANDS, DEBUGGER, EXAMPLES, USAGE
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.sessions.session import THEMES
from lstm_tui.core.vocabulary import visible


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command in `argv` (`.command`) and its options. Raises `UserError`; `--help` and `--version` exit."""
    command, rest = DEBUGGER, list(argv)
    if rest and rest[0] in COMMANDS:
        command = rest.pop(0)
    parser = _parser(command)
    known = _options_of(parser)
    try:
        arguments, extra = parser.parse_known_args(_joined(rest, known))
    except argparse.ArgumentError as error:
        raise UserError(_mistake(error)) from None
    if extra:
        raise UserError(_too_many(extra, known, command))
    for name, value in vars(arguments).items():
        if value == []:  # what argparse before 3.13 makes of `--text=--`
            raise UserError(f"--{name.replace('_', '-')} cannot be '--': leave it out, or give such a text with --file")
    arguments.command = command
    return arguments


def model_options(arguments: argparse.Namespace) -> ModelOptions:
    """What was said about the model and its text."""
    said = {field.name: getattr(arguments, field.name) for field in fields(ModelOptions)}
    said["device"] = arguments.device or ModelOptions.device
    return ModelOptions(**{**said, "stops": tuple(t if isinstance(t, str) else "--" for t in said["stops"] or ())})


def screen_options(arguments: argparse.Namespace) -> ScreenOptions:
    """What was said about the screen."""
    said = {field.name: getattr(arguments, field.name) for field in fields(ScreenOptions)}
    return ScreenOptions(**{**said, "theme": arguments.theme or "dark"})


# The parsers


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}: 'lstm-tui --help' lists the options")

    def _print_message(self, message: str, file: object = None) -> None:
        """What --help and --version print: argparse's own, by its version, swallows a full disk or lets it through."""
        write(message)


def _parser(command: str) -> argparse.ArgumentParser:
    about = f"{ABOUT}\n\n{COMMAND_LIST}" if command == DEBUGGER else f"{COMMANDS[command].capitalize()}."
    parser = _Parser(
        usage=USAGE[command],
        description=about,
        epilog=EXAMPLES[command],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
        exit_on_error=False,
    )
    if command == "record":
        parser.add_argument("script", metavar="SCRIPT", nargs="?", help="a file with one command a line")
    if command not in ("cells", "doctor"):
        parser.add_argument("model", metavar="MODEL", nargs="?", help="a model file, or a bundled model's name")
    if command in (DEBUGGER, "trace", "train", "record"):
        _add_model_options(parser)
    own = {
        DEBUGGER: _add_debugger_options,
        "trace": _add_trace_options,
        "train": _add_train_options,
        "record": _add_record_options,
    }.get(command)
    if own is not None:
        own(parser)
    parser.add_argument("-h", "--help", action="help", help="show this and exit")
    if command == DEBUGGER:
        from lstm_tui import __version__

        parser.add_argument("--version", action="version", version=f"lstm-tui {__version__}", help="show it and exit")
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
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


def _add_debugger_options(parser: argparse.ArgumentParser) -> None:
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


def _add_record_options(parser: argparse.ArgumentParser) -> None:
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


def _add_trace_options(parser: argparse.ArgumentParser) -> None:
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
        "--only",
        metavar="NAME,…",
        type=values.names,
        help="only these quantities (or logits, loss), as in c,loss",
    )
    group.add_argument(
        "--where",
        metavar="CONDITION",
        dest="stops",
        action="append",
        help='only the steps where it holds, as in --where "loss > 2"; given again: where any of them holds',
    )


def _add_train_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(stops=None)
    group = parser.add_argument_group("the result")
    group.add_argument("-o", "--output", metavar="FILE.safetensors", help="where to write the model")
    group.add_argument("--force", action="store_true", help="replace the file if it exists")


# Mistakes


def _options_of(parser: argparse.ArgumentParser) -> dict[str, bool]:
    """Every option's name, and whether it takes a value."""
    return {name: action.nargs != 0 for action in parser._actions for name in action.option_strings}


def _joined(argv: list[str], known: dict[str, bool]) -> list[str]:
    """`--text -x` as `--text=-x`: argparse would take the value for an option. A real option is left alone."""
    joined: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            return [*joined, word, *words]
        if not known.get(word):
            joined.append(word)
            continue
        value = next(words, None)
        if value is None or value == "--" or value.partition("=")[0] in known:
            joined.append(word)
            if value is not None:
                return [*joined, *_joined([value, *words], known)]
        else:
            joined.append(f"{'--output' if word == '-o' else word}={value}")
    return joined


def _mistake(error: argparse.ArgumentError) -> str:
    """argparse's complaint as a sentence that names the option."""
    option, message = error.argument_name or "the command line", error.message
    option = option.partition("/")[0]
    if message.startswith("expected"):
        return f"{option} needs a value (one that begins with a dash is written {option}=VALUE)"
    if message.startswith("ignored explicit argument"):
        return f"{option} takes no value: leave out what follows the ="
    return f"{option} {message}"


def _too_many(extra: Sequence[str], known: dict[str, bool], command: str) -> str:
    """Words that no option and no argument took."""
    word = extra[0]
    where = "lstm-tui" if command == DEBUGGER else f"lstm-tui {command}"
    if command == DEBUGGER and word in COMMANDS:
        return f"'{word}' is a command and stands first: 'lstm-tui {word} …'"
    if not word.startswith("-") or word == "-":
        takes = "takes no argument" if command in ("cells", "doctor") else "takes one MODEL"
        return f"'{visible(word)}' is one word too many: '{where}' {takes} (a text goes after --text, in quotes)"
    name = word.partition("=")[0]
    near = values.closest(name, known)
    hint = f"did you mean {near}?" if near else f"'{where} --help' lists what it takes"
    return f"'{where}' has no option {visible(name)}: {hint}"
