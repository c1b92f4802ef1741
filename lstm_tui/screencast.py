"""Screencasts: a session recorded while it is used, and a script played without a terminal.

Puts together what knows nothing of each other: the screen (`tui`) and recordings (`recording`).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from lstm_tui.arguments import model_options, parse, screen_options
from lstm_tui.errors import RunFailed, UserError
from lstm_tui.files import check_destination, quoted
from lstm_tui.options import ModelOptions
from lstm_tui.terminal import set_colors
from lstm_tui.tui.screen_options import ScreenOptions
from lstm_tui.usage import DEBUGGER
from lstm_tui.user_cell import is_user_cell
from lstm_tui.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger import Prepared
    from lstm_tui.recording.cast import Cast
    from lstm_tui.recording.script import Script

_PALETTE = "#000000:#cd0000:#00cd00:#cdcd00:#0000ee:#cd00cd:#00cdcd:#e5e5e5"
_BRIGHT = "#7f7f7f:#ff0000:#00ff00:#ffff00:#5c5cff:#ff00ff:#00ffff:#ffffff"


def recorded(prepared: Prepared, screen: ScreenOptions, path: str, force: bool) -> int:
    """The debugger on the terminal, written down in `path` as it is shown; the exit code."""
    from lstm_tui.recording.cast import Cast
    from lstm_tui.recording.recorder import Recording
    from lstm_tui.tui.app import run

    recording = Recording(Cast(path, force), _theme(screen.theme))
    try:
        return run(prepared, screen, recording.driver)
    finally:
        recording.close()


@dataclass(frozen=True)
class Lesson:
    """A script that was read, and what it is played on."""

    script: Script
    options: ModelOptions
    screen: ScreenOptions
    path: str
    force: bool


def lesson(arguments: Namespace) -> Lesson:
    """What `lstm-tui record` was asked for. Raises `UserError` before anything is written."""
    from lstm_tui.recording.cast import ENDING
    from lstm_tui.recording.script import read_script

    if arguments.script is None:
        raise UserError("record needs a script: lstm-tui record lesson.keys -o lesson.cast")
    if arguments.output is None:
        raise UserError("record needs to know where to write the recording: add -o FILE.cast")
    path, force = arguments.output, arguments.force
    check_destination(path, ENDING, force)
    script = read_script(arguments.script)
    for picture in script.pictures:
        check_destination(os.path.join(os.path.dirname(path), picture.path), ".svg", force)
    options, screen = model_options(arguments), screen_options(arguments)
    if script.opened is not None:
        asked, shown = _opened(script, os.path.dirname(arguments.script))
        if options != ModelOptions():
            raise UserError(
                f"{script.name}, line {script.opened.line} says what to open: drop MODEL and its options, or that line"
            )
        options, screen = asked, _over(shown, screen)
    return Lesson(script, options, screen, path, force)


@contextlib.contextmanager
def named(lesson: Lesson) -> Iterator[None]:
    """Whatever is wrong with what the script opens is said with the line that says so."""
    try:
        yield
    except UserError as error:
        opened = lesson.script.opened
        if opened is None:
            raise
        raise UserError(f"{lesson.script.name}, line {opened.line}: {error}") from None


def play(lesson: Lesson, prepared: Prepared) -> None:
    """Plays it in the app and writes the recording.

    Raises `RunFailed` where the script could not be played to its end; a screen that did not show what was expected is
    printed first.
    """
    from lstm_tui.recording.cast import Cast
    from lstm_tui.recording.player import ExpectationFailed

    cast = Cast(lesson.path, lesson.force)
    try:
        _play(lesson, prepared, cast)
    except ExpectationFailed as failed:
        if sys.stderr is not None:
            for row in failed.screen:
                print(f"| {visible(row)}", file=sys.stderr)
        raise
    finally:
        cast.close()


def _play(lesson: Lesson, prepared: Prepared, cast: Cast) -> None:
    from lstm_tui.recording.player import Performance

    # What the environment says of colours must not change what the same script records.
    color = "truecolor" if lesson.screen.color == "auto" else lesson.screen.color
    set_colors(color)
    from lstm_tui.tui.app import make_app
    from lstm_tui.tui.opening import apart

    performance = Performance(lesson.script, cast, _theme(lesson.screen.theme))
    # A lesson is nobody's session: nothing of it is kept, and it goes on from none.
    screen = replace(lesson.screen, color=color, autosave=False, session=None)
    app = make_app(prepared, screen, performance.driver, apart)
    performance.run(app, lesson.force)
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        how = "was told to end" if app.return_code > 128 else "failed"
        failure = RunFailed(f"{lesson.script.name}: the program {how} while the script was played")
        failure.exit_code = app.return_code
        raise failure


def _opened(script: Script, folder: str) -> tuple[ModelOptions, ScreenOptions]:
    """The script's own `open` line; the files it names are looked for beside the script."""
    assert script.opened is not None
    where = f"{script.name}, line {script.opened.line}"
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # what --help would print
            arguments = parse(script.opened.words)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    except SystemExit:  # --help and --version
        arguments = Namespace(command="help")
    if arguments.command != DEBUGGER or arguments.record is not None or arguments.resume:
        raise UserError(f"{where}: open takes a MODEL and the debugger's options")
    options = model_options(arguments)
    if "-" in (options.file, options.vocab, options.vocab_from):
        raise UserError(f"{where}: a script reads nothing from standard input: save it as a file beside the script")
    beside = replace(
        options,
        model=_beside(folder, "model", options.model),
        file=_beside(folder, "file", options.file),
        vocab=_beside(folder, "vocab", options.vocab) if isinstance(options.vocab, str) else options.vocab,
        vocab_from=_beside(folder, "vocab_from", options.vocab_from),
        cell=_beside(folder, "cell", options.cell),
    )
    return beside, screen_options(arguments)


def _beside(folder: str, option: str, value: str | None) -> str | None:
    """A file named in a script, seen from here."""
    from lstm_tui.debugger import bundled

    if value is None or (option == "model" and value in (name for name, _ in bundled())):
        return value
    if option == "cell" and not is_user_cell(value):
        return value
    return os.path.join(folder, value)


def _over(base: ScreenOptions, said: ScreenOptions) -> ScreenOptions:
    """`base`, where the command line says nothing else."""
    usual = ScreenOptions(mouse=said.mouse)
    changes: dict[str, Any] = {
        field.name: getattr(said, field.name)
        for field in fields(ScreenOptions)
        if getattr(said, field.name) != getattr(usual, field.name)
    }
    return replace(base, **changes)


def _theme(name: str) -> dict[str, str]:
    """The colours a player should take for those that a recording does not say."""
    from lstm_tui.tui.theme import COLOURS

    colours = COLOURS[name]
    return {"fg": colours.text, "bg": colours.ground, "palette": f"{_PALETTE}:{_BRIGHT}"}


def describe(lesson: Lesson) -> str:
    """The sentence after a script that came to its end."""
    pictures = len(lesson.script.pictures)
    also = "" if not pictures else " and 1 picture" if pictures == 1 else f" and {pictures} pictures"
    return f"played {lesson.script.name}: wrote {quoted(lesson.path)}{also}"
