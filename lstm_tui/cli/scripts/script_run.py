"""A script played in the app, and what is made of it: a recording, a GIF, a page."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstm_tui.core.clamps import titled
from lstm_tui.core.errors import RunFailed
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import writing
from lstm_tui.core.filesystem.reach import Reach
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.terminal_driver.tty import set_colors

if TYPE_CHECKING:
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.screencast.playable import Watch
    from lstm_tui.screencast.player import ScriptPlayer
    from lstm_tui.screencast.script import Script

_PALETTE = "#000000:#cd0000:#00cd00:#cdcd00:#0000ee:#cd00cd:#00cdcd:#e5e5e5"
_BRIGHT = "#7f7f7f:#ff0000:#00ff00:#ffff00:#5c5cff:#ff00ff:#00ffff:#ffffff"


@dataclass(frozen=True)
class ScriptedSession:
    """A script that was read, and what it is played on."""

    script: Script
    options: ModelOptions
    screen: ScreenOptions
    path: str
    force: bool
    step_markers: bool
    reach: Reach
    """What it may read and write; names in it are of files beside it."""
    beside: Reach
    """The same for its pictures, which stand beside the recording."""


class ScriptRun:
    """One script, played once, and what is made of it: all of it, pictures included, or nothing."""

    def __init__(self, lesson: ScriptedSession, prepared: Prepared) -> None:
        self._lesson, self._prepared = lesson, prepared
        self._player: ScriptPlayer | None = None
        self.played = False
        """Whether the script came to its end."""

    def make(self) -> None:
        """What the ending of its file's name says."""
        make = {".cast": self._cast, ".gif": self._gif, ".html": self._page}
        try:
            make[os.path.splitext(self._lesson.path)[1].lower()]()
        except BaseException:
            if self._player is not None:
                self._player.drop_pictures()
            raise

    def _cast(self) -> None:
        with writing(self._lesson.path, self._lesson.force, where=Reach()) as draft:
            self._play(draft.fileno())
            self._keep_pictures()

    def _gif(self) -> None:
        from lstm_tui.screencast.gif import gif_of

        lesson = self._lesson
        with tempfile.TemporaryDirectory() as folder:
            cast = os.path.join(folder, "played.cast")
            with open(cast, "wb", buffering=0) as file:
                self._play(file.fileno())
            made = gif_of(cast, folder, lesson.path)
        with writing(lesson.path, lesson.force, where=Reach()) as draft:
            draft.write(made)
            self._keep_pictures()

    def _page(self) -> None:
        from lstm_tui import __version__
        from lstm_tui.cli.scripts.lesson_page import LessonPage

        lesson, scenes = self._lesson, LessonPage()
        with open(os.devnull, "wb", buffering=0) as nowhere:
            self._play(nowhere.fileno(), scenes.look)
        with writing(lesson.path, lesson.force, where=Reach()) as draft:
            for piece in scenes.written(lesson.script.title, __version__):
                draft.write(piece.encode())
            self._keep_pictures()

    def _keep_pictures(self) -> None:
        assert self._player is not None  # it has played
        self._player.keep_pictures(self._lesson.force)

    def _play(self, file: int, watch: Watch | None = None) -> None:
        """Plays it in the app, written down in an open file."""
        from lstm_tui.screencast.cast import Cast
        from lstm_tui.screencast.player import ScriptPlayer

        lesson = self._lesson
        # What the environment says of colours must not change what the same script records.
        color = "truecolor" if lesson.screen.color == "auto" else lesson.screen.color
        set_colors(color)
        from lstm_tui.tui.app import make_app
        from lstm_tui.tui.messages import apart

        cast = Cast(lesson.path, descriptor=file)
        theme = player_theme(lesson.screen.theme)
        script = replace(lesson.script, title=titled(lesson.script.title, self._prepared.options.clamps))
        self._player = ScriptPlayer(script, cast, theme, lesson.beside, lesson.step_markers, watch)
        # A lesson is not a session: nothing of it is kept, and it resumes none.
        screen = replace(lesson.screen, color=color, autosave=False, session=None)
        with reach.within(lesson.reach):
            app = make_app(self._prepared, screen, self._player.driver, apart)
            self._player.run(app)
        if app.failure is not None:
            raise app.failure
        if app.return_code:
            how = "was asked to end" if app.return_code > 128 else "failed"
            failure = RunFailed(f"{lesson.script.name}: the program {how} while the script was playing")
            failure.exit_code = app.return_code
            raise failure
        self.played = True


def player_theme(name: str) -> dict[str, str]:
    """The colours a player should take for those that a recording does not say."""
    from lstm_tui.tui.system.theme import COLOURS

    colours = COLOURS[name]
    return {"fg": colours.text, "bg": colours.ground, "palette": f"{_PALETTE}:{_BRIGHT}"}
