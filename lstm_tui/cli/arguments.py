"""The command line as text: which options there are, what they accept, and the sentence for everything else.

Every command takes the same model options. A mistake is a `UserError` whose sentence names the option and the mend;
argparse's usage block is never printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import NoReturn

from lstm_tui.cli.flags import argument_types as values
from lstm_tui.cli.flags import command_options
from lstm_tui.cli.output import write
from lstm_tui.cli.usage import ABOUT, COMMAND_LIST, COMMANDS, DEBUGGER, EXAMPLES, USAGE
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
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
    if command == "compare" and arguments.model_b is None and extra and not extra[0].startswith("-"):
        arguments.model_b = extra.pop(0)  # after an option: argparse thinks that the models have ended by then
    if extra:
        raise UserError(_too_many(extra, known, command))
    for name, value in vars(arguments).items():
        if value == []:  # what argparse before 3.13 makes of `--text=--`
            raise UserError(f"--{name.replace('_', '-')} cannot be '--': leave it out, or give such a text with --file")
    arguments.command = command
    return arguments


def model_options(arguments: argparse.Namespace) -> ModelOptions:
    """What was said about the model and its text."""
    values = {field.name: getattr(arguments, field.name) for field in fields(ModelOptions)}
    values["device"] = arguments.device or ModelOptions.device
    for name in ("stops", "clamps"):
        values[name] = tuple(text if isinstance(text, str) else "--" for text in values[name] or ())
    return ModelOptions(**values)


def screen_options(arguments: argparse.Namespace) -> ScreenOptions:
    """What was said about the screen."""
    values = {field.name: getattr(arguments, field.name) for field in fields(ScreenOptions)}
    return ScreenOptions(**{**values, "theme": arguments.theme or "dark"})


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
        what = "a file with one command per line, or the name of a lesson that ships"
        parser.add_argument("script", metavar="SCRIPT", nargs="?", help=what)
    if command == "lesson":
        parser.add_argument("lesson", metavar="NAME|FILE.keys", nargs="?", help="which (see 'lstm-tui lessons')")
    elif command == "check":
        parser.add_argument("own_class", metavar="FILE.py:CLASS", nargs="?", help="a class of a file of your own")
    elif command not in ("cells", "doctor", "lessons"):
        parser.add_argument("model", metavar="MODEL", nargs="?", help="a model file, or a bundled model's name")
    if command in (DEBUGGER, "trace", "train", "find", "record", "compare"):
        command_options.add_model_options(parser)
    own = {
        DEBUGGER: command_options.add_debugger_options,
        "trace": command_options.add_trace_options,
        "train": command_options.add_train_options,
        "find": command_options.add_find_options,
        "inspect": command_options.add_part,
        "record": command_options.add_record_options,
        "lesson": command_options.add_lesson_options,
        "check": _add_check_options,
        "compare": _add_compare_options,
    }.get(command)
    if own is not None:
        own(parser)
    parser.add_argument("-h", "--help", action="help", help="show this and exit")
    if command == DEBUGGER:
        _add_version(parser)
    return parser


def _add_version(parser: argparse.ArgumentParser) -> None:
    from lstm_tui import __version__

    parser.add_argument("--version", action="version", version=f"lstm-tui {__version__}", help="show it and exit")


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    from lstm_tui.cli.flags.check_options import add_check_options  # of no other command

    add_check_options(parser)


def _add_compare_options(parser: argparse.ArgumentParser) -> None:
    from lstm_tui.cli.flags.compare_options import add_compare_options  # of no other command

    add_compare_options(parser)


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
        return f"'{word}' is a command and must come first: 'lstm-tui {word} …'"
    if not word.startswith("-") or word == "-":
        takes = {
            "cells": "takes no argument",
            "doctor": "takes no argument",
            "check": "takes one FILE.py:CLASS",
            "compare": "takes two models",
        }.get(command, "takes one MODEL")
        return f"'{visible(word)}' is an extra argument: '{where}' {takes} (a text goes after --text, in quotes)"
    name = word.partition("=")[0]
    near = values.closest(name, known)
    hint = f"did you mean {near}?" if near else f"'{where} --help' lists its options"
    return f"'{where}' has no option {visible(name)}: {hint}"
