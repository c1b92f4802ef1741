"""Screencasts: a session recorded while it is used, and a script played without a terminal.

Puts together what knows nothing of each other: the screen (`tui`) and recordings (`recording`).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from lstm_tui.cli.arguments import model_options, parse, screen_options
from lstm_tui.cli.output import print_message
from lstm_tui.cli.scripts.script_run import ScriptedSession, ScriptRun, player_theme
from lstm_tui.cli.usage import DEBUGGER
from lstm_tui.core.clamps import titled
from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import check_destination, quoted, write_atomically
from lstm_tui.core.filesystem.reach import FolderReach, Reach
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.user_cell import is_user_cell
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.screencast.script import Script

ENDINGS = (".cast", ".gif", ".html")


def recorded(prepared: Prepared, screen: ScreenOptions, arguments: Namespace) -> int:
    """The debugger on the terminal, written down as it is shown; the exit code."""
    from lstm_tui.screencast.cast import Cast
    from lstm_tui.screencast.gif import ENDING, find_agg, gif_of
    from lstm_tui.screencast.recorder import IDLE, Recording
    from lstm_tui.tui.app import run

    path, force = arguments.record, arguments.force
    as_gif = path.lower().endswith(ENDING)
    if as_gif:  # whatever ends the program, the recording that the GIF is made of is there
        check_destination(path, ENDING, force)
        find_agg()
    cast = Cast(f"{path}.cast" if as_gif else path, force)
    title = titled("lstm-tui", prepared.options.clamps)
    recording = Recording(cast, player_theme(screen.theme), step_markers=arguments.step_markers, title=title)
    try:
        code = run(prepared, screen, recording.driver)
    finally:
        recording.close()
    if as_gif and code < 128:
        print_message(f"making {quoted(path)} …")
        try:
            with tempfile.TemporaryDirectory() as folder:
                write_atomically(path, gif_of(cast.path, folder, path, IDLE), force)
        except (UserError, RunFailed) as error:
            raise RunFailed(f"{error}; the recording is in {quoted(cast.path)}") from None
        os.unlink(cast.path)
    return code


def lesson(arguments: Namespace) -> ScriptedSession:
    """What `lstm-tui record` was asked for. Raises `UserError` before anything is written."""
    from lstm_tui.screencast.gif import find_agg
    from lstm_tui.screencast.script import read_script

    if arguments.script is None:
        raise UserError("record needs a script: lstm-tui record lesson.keys -o lesson.cast")
    if arguments.output is None:
        raise UserError("record needs to know where to write the recording: add -o FILE.cast, FILE.gif or FILE.html")
    path, force = arguments.output, arguments.force
    ending = os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        raise UserError(f"{quoted(path)} must end in .cast, .gif or .html: the ending says what is made")
    check_destination(path, ending, force)
    if ending == ".gif":
        find_agg()
    script = read_script(_placed(arguments))
    here, beside = _reaches(arguments)
    for picture in script.pictures:
        with naming_line(script, picture.line):
            check_destination(picture.path, ".svg", force, beside)
    options, screen = model_options(arguments), screen_options(arguments)
    if script.opened is not None:
        if options != ModelOptions():
            raise UserError(
                f"{script.name}, line {script.opened.line} already says what to open: remove that line, or "
                "MODEL and its options"
            )
        with naming_line(script, script.opened.line):
            options, shown = opened(script.opened.words, here)
        screen = over(shown, screen)
    elif isinstance(here, FolderReach):
        for file in (options.model, options.file, options.vocab, options.vocab_from):
            if isinstance(file, str):
                here.spare(file)
    return ScriptedSession(script, options, screen, path, force, arguments.step_markers, here, beside)


def _placed(arguments: Namespace) -> str:
    """The script's path; one that ships is trusted."""
    from lstm_tui.screencast.shipped_lessons import lesson_file

    shipped = None if os.path.lexists(arguments.script) else lesson_file(arguments.script)
    if shipped is not None:
        arguments.script, arguments.trust = shipped.path, True
    path: str = arguments.script
    return path


def _reaches(arguments: Namespace) -> tuple[Reach, Reach]:
    """The script's reach and its pictures': everything only where the user trusts its author."""
    folder, beside = (os.path.dirname(path) or os.curdir for path in (arguments.script, arguments.output))
    if arguments.trust:
        return Reach(folder), Reach(beside)
    here = FolderReach(folder, arguments.force)
    here.spare(arguments.script)
    return here, here.beside(beside)


@contextlib.contextmanager
def naming_line(script: Script, line: int) -> Iterator[None]:
    """What is wrong inside is wrong with that line."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{script.name}, line {line}: {error}") from None


@contextlib.contextmanager
def named(lesson: ScriptedSession) -> Iterator[None]:
    """What the script opens is opened inside, within its reach; its errors name the script's line."""
    opened = lesson.script.opened
    if opened is None:  # the user's own words say what to open
        yield
        return
    with naming_line(lesson.script, opened.line), reach.within(lesson.reach):
        yield


def play(lesson: ScriptedSession, prepared: Prepared) -> None:
    """Plays it in the app and writes the recording.

    Raises `RunFailed` where the script could not be played to its end; a screen that did not show what was expected is
    printed first.
    """
    from lstm_tui.screencast.player import ExpectationFailed

    script_run = ScriptRun(lesson, prepared)
    try:
        script_run.make()
    except ExpectationFailed as failed:
        if sys.stderr is not None:
            for row in failed.screen:
                print(f"| {visible(row)}", file=sys.stderr)
        raise
    except UserError as error:
        if script_run.played:
            raise RunFailed(str(error)) from None
        raise


def opened(words: tuple[str, ...], here: Reach) -> tuple[ModelOptions, ScreenOptions]:
    """What a script's own `open` line says. Raises `UserError`."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # what --help would print
            arguments = parse(words)
    except SystemExit:  # --help and --version
        arguments = Namespace(command="help")
    if arguments.command != DEBUGGER or arguments.record is not None or arguments.resume:
        raise UserError("open takes a MODEL and the debugger's options")
    if arguments.device is not None:
        here.check_device()
    options = model_options(arguments)
    if "-" in (options.file, options.vocab, options.vocab_from):
        raise UserError("a script cannot read standard input: save the text as a file beside the script")
    if options.cell is not None and is_user_cell(options.cell):
        here.check_code(options.cell)
        options = replace(options, cell=here.placed(options.cell))
    return options, screen_options(arguments)


def over(base: ScreenOptions, given: ScreenOptions) -> ScreenOptions:
    """`base`, where the command line says nothing else."""
    usual = ScreenOptions(mouse=given.mouse)
    changes: dict[str, Any] = {
        field.name: getattr(given, field.name)
        for field in fields(ScreenOptions)
        if getattr(given, field.name) != getattr(usual, field.name)
    }
    return replace(base, **changes)


def describe(lesson: ScriptedSession) -> str:
    """The sentence after a script that came to its end."""
    pictures = len(lesson.script.pictures)
    also = "" if not pictures else " and 1 picture" if pictures == 1 else f" and {pictures} pictures"
    return f"played {lesson.script.name}: wrote {quoted(lesson.path)}{also}"
