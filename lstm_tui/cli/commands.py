"""The command line: one function a command. Exit codes: 0; 2 unusable input; 1 a run that failed; 130 Ctrl+C.

Whatever ends a command badly is one sentence on standard error. Importing this loads neither torch nor a screen.
"""

from __future__ import annotations

import io
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.cli.arguments import model_options, parse, screen_options
from lstm_tui.cli.asked_model import check_exists, prepared_model
from lstm_tui.cli.output import close_output, print_message, report_crash, write
from lstm_tui.cli.usage import DEBUGGER
from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.files import MODEL_ENDING, check_destination, quoted
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.sessions.places import SessionFolder, never_used
from lstm_tui.terminal_driver.tty import check_terminal, is_dumb, set_colors

if TYPE_CHECKING:
    from lstm_tui.core.screen_options import ScreenOptions
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.debugger.training_job import TrainingJob


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (None: the process's own) and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a character the terminal lacks is shown as its number
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        if code == 0:  # else there is a reason already, and the terminal may be gone
            write("", flush=True)
    except (UserError, RunFailed) as error:
        print_message(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:  # the reader, such as `head`, has what it wanted
        code = 0
    except Exception as error:
        report_crash(error)
        code = 1
    return close_output(code)


def _run(argv: Sequence[str]) -> int:
    try:
        arguments = parse(argv)
        return _RUN[arguments.command](arguments)
    except SystemExit as exit:  # --help and --version have printed what they had to say
        return exit.code if isinstance(exit.code, int) else 0


def debug(arguments: Namespace) -> int:
    """`lstm-tui [MODEL]`: the debugger on the terminal."""
    if arguments.resume:
        from lstm_tui.cli.resume import wanted

        found = wanted(arguments)
        if found is None:  # one of several sessions, which are listed now
            return 0
        prepared, screen = found
    else:
        prepared = _opened(model_options(arguments))
        newcomer = prepared.options == ModelOptions() and never_used()
        screen = replace(screen_options(arguments), place=SessionFolder(), newcomer=newcomer)
    check_terminal()
    set_colors(screen.color)
    code = _shown(prepared, screen, arguments)
    if code > 128 and screen.autosave:
        from lstm_tui.cli.resume import resume_hint

        print_message(resume_hint(code, screen.place, prepared.options))
    return code


def _opened(options: ModelOptions) -> Prepared:
    if "-" in (options.file, options.rows, options.vocab, options.vocab_from):
        raise UserError(
            "the debugger reads keys from standard input, so it cannot read its input there: "
            "save that as a file, or print the steps with 'lstm-tui trace'"
        )
    return prepared_model(options, or_command=True)


def _shown(prepared: Prepared, screen: ScreenOptions, arguments: Namespace) -> int:
    if arguments.record is not None:
        from lstm_tui.cli.scripts.record import recorded

        return recorded(prepared, screen, arguments)
    from lstm_tui.cli.scripts.lesson_command import LessonShelf
    from lstm_tui.terminal_driver.driver import ThriftyDriver
    from lstm_tui.tui.app import run

    return run(prepared, screen, ThriftyDriver, LessonShelf())


def trace(arguments: Namespace) -> int:
    """`lstm-tui trace`: every step on standard output."""
    options, imagined = model_options(arguments), arguments.imagine or 0
    from lstm_tui.cli.trace_output import check_output, excerpt_of, formatted, graded, span, write_trace

    check_output(arguments)
    if arguments.temperature is not None and not imagined:
        raise UserError("--temperature only affects --imagine: add --imagine N")
    # With a MODEL a seed can only be meant for what is drawn.
    drawn = imagined and options.model and not options.fresh
    prepared = prepared_model(replace(options, clamps=(), seed=None if drawn else options.seed))
    steps = span(arguments.steps, len(prepared.symbols) + imagined)
    debugger = prepared.open()
    debugger.apply(options.clamps, beyond=imagined)
    graded_by = graded(arguments.grad, debugger, imagined)
    if options.train:
        _trained(debugger)
    if imagined:
        debugger.to(debugger.length)
        debugger.imagine(imagined, 1.0 if arguments.temperature is None else arguments.temperature, options.seed)
    excerpt = excerpt_of(arguments, debugger)
    for note in debugger.about.notes:
        print_message(note)
    write_trace(arguments, formatted(arguments, debugger, steps, excerpt, graded_by))
    if debugger.stops.note:
        print_message(debugger.stops.note)
    return 0


def train(arguments: Namespace) -> int:
    """`lstm-tui train -o FILE`: trains, and writes what was learned even when it is stopped."""
    from lstm_tui.cli.saving import saved
    from lstm_tui.core.step import loss_words

    path, force = arguments.output, arguments.force
    if path is None:
        raise UserError("train needs to know where to write the model: add -o FILE.safetensors")
    check_destination(path, MODEL_ENDING, force)
    options = model_options(arguments)
    # Without a MODEL there is nothing to continue from: the bundled hello is trained already.
    prepared = prepared_model(options if options.model is not None else replace(options, fresh=True))
    if prepared.text_is_placeholder:
        raise UserError(f"{quoted(prepared.path or '')} contains no text to train on: give one with --text or --file")
    debugger = prepared.open()
    debugger.rehearse_saving(path, force)
    for note in debugger.about.notes:
        print_message(note)
    training, stopped = _train(debugger)
    done = f"{len(training.losses)} of {training.epochs} epochs"
    if training.outcome == "failed":
        print_message(f"{training.sentence}; {quoted(path)} was not written")
        return 1
    if not training.losses:
        why, mend = "stopped", ""
        if training.outcome == "nan":
            why, mend = "the loss became NaN", f"; try a smaller --lr than {training.lr:g}"
        print_message(f"{why} before the first epoch finished: {quoted(path)} was not written{mend}")
        return 1 if stopped is None else 128 + stopped
    saved(debugger, path, force)
    if training.outcome == "nan":
        print_message(f"{training.sentence}; {quoted(path)} holds them")
        return 1
    loss = debugger.about.loss
    ended = f"trained {done}" if stopped is None else f"stopped after {done}"
    write(f"{ended}{'' if loss is None else f', loss {loss_words(loss)}'}: wrote {quoted(path)}\n")
    return 0 if stopped is None else 128 + stopped


def find(arguments: Namespace) -> int:
    """`lstm-tui find`: which units follow a track of the text."""
    if arguments.track is None:
        from lstm_tui.core.questions.tracks import FORMS

        raise UserError(f"find needs a track to follow: add --track with one of {FORMS}")
    from lstm_tui.cli.find import find

    options = model_options(arguments)
    debugger = prepared_model(options).open()
    if options.train:
        _trained(debugger)
    find(debugger, arguments)
    return 0


def inspect(arguments: Namespace) -> int:
    """`lstm-tui inspect MODEL`: what a file holds."""
    if arguments.model is None:
        raise UserError("inspect needs a MODEL: name a model file, or a bundled model such as hello")
    check_exists(arguments.model, or_command=False)
    from lstm_tui.cli.inspect_report import report_lines

    write("".join(f"{line}\n" for line in report_lines(arguments.model, arguments.part)))
    return 0


def cells(arguments: Namespace) -> int:
    """`lstm-tui cells`: the implementations there are."""
    from lstm_tui.core.kinds import IMPLEMENTATIONS

    group = None
    for name, cell in IMPLEMENTATIONS.items():
        if cell.group != group:
            write(f"{'' if group is None else chr(10)}{cell.group}\n")
            group = cell.group
        write(f"  {name:11} {cell.summary}\n")
    return 0


def check(arguments: Namespace) -> int:
    """`lstm-tui check FILE.py:CLASS`: what a class of one's own computes."""
    from lstm_tui.cli.check_command import check as run

    return run(arguments)


def compare(arguments: Namespace) -> int:
    """`lstm-tui compare A B`: two models in lock-step on one text, on a terminal the screen shows them."""
    from lstm_tui.cli.comparing.compare_command import both_prepared, wants_screen
    from lstm_tui.cli.comparing.compare_command import compare as run

    if not wants_screen(arguments):
        return run(arguments, model_options(arguments), _trained)
    a, b = both_prepared(arguments, model_options(arguments))
    screen = screen_options(arguments)
    check_terminal()
    set_colors(screen.color)
    return _shown(replace(a, beside=b), screen, arguments)


def record(arguments: Namespace) -> int:
    """`lstm-tui record SCRIPT -o FILE`: what a user would have seen who presses the keys of a script."""
    from lstm_tui.cli.scripts.record import describe, lesson, named, play

    wanted = lesson(arguments)
    with named(wanted):
        prepared = prepared_model(wanted.options)
    play(wanted, prepared)
    write(describe(wanted) + "\n")
    return 0


def lesson(arguments: Namespace) -> int:
    """`lstm-tui lesson`: one played at a person's pace."""
    from lstm_tui.cli.scripts.lesson_command import lesson

    return lesson(arguments)


def lessons(arguments: Namespace) -> int:
    """`lstm-tui lessons`: those that ship."""
    from lstm_tui.cli.scripts.lesson_command import listed

    listed()
    return 0


def doctor(arguments: Namespace) -> int:
    """`lstm-tui doctor`: what will and will not work in this terminal."""
    from lstm_tui.cli.doctor import lines

    for line in lines():
        write(line + "\n")
    return 0


_RUN = {
    DEBUGGER: debug, "trace": trace, "train": train, "find": find, "inspect": inspect, "cells": cells, "record": record,
    "doctor": doctor, "check": check, "compare": compare, "lesson": lesson, "lessons": lessons,
}  # fmt: skip


# Training


def _trained(debugger: Debugger) -> None:
    """Train before a trace. Ends the command where the training did not come to its own end."""
    training, stopped = _train(debugger)
    if stopped is not None:
        raise SystemExit(128 + stopped)
    if training.outcome in ("nan", "failed"):
        raise RunFailed(training.sentence)


def _train(debugger: Debugger) -> tuple[TrainingJob, int | None]:
    """Train `debugger`'s model and adopt the result; the signal that stopped it, None where none did."""
    from lstm_tui.cli.progress import watch

    training = debugger.training()
    stopped = watch(training, sys.stderr or io.StringIO(), dumb=is_dumb())
    if stopped is not None:
        training.keep()
    debugger.adopt(training)
    return training, stopped
