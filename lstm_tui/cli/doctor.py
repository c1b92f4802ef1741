"""`lstm-tui doctor`: what the terminal it runs in can do, and what will and will not work there. Loads no torch."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from textwrap import wrap

from lstm_tui.core.errors import UserError
from lstm_tui.core.sessions import places as sessions
from lstm_tui.core.sessions.listing import listed
from lstm_tui.core.vocabulary import visible
from lstm_tui.terminal_driver.tty import check_terminal

LEAST, USUAL, ALL = (60, 16), (80, 24), (120, 40)
"""Columns and rows: below which nothing is drawn, for which it is made, and from which everything fits."""
PACKAGES = ("textual", "rich", "torch", "safetensors", "numpy")
VARIABLES = ("TERM", "COLORTERM", "NO_COLOR", "TMUX", "STY", "SSH_CONNECTION", "TERM_PROGRAM", "LANG", "LC_ALL")
WIDTH, INDENT = 79, " " * 16
_CUDA = "libtorch_cuda.so"
_PRIVATE = ("TMUX", "STY", "SSH_CONNECTION")  # that they are set is enough: a report may be posted
_COLOURS = {"truecolor": "16 million", "256": "256", "16": "16", "none": "none"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at, what was found, and what to do where it is not as good as can be."""

    what: str
    found: str
    mend: str = ""
    stops: bool = False
    """Whether the debugger cannot run because of it."""


def findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Everything, the most important first."""
    yield _screen()
    yield _size(_terminal_size())
    yield _encoding()
    yield colours(environ)
    yield _over(environ)
    yield Finding("mouse", "works, but every action has a key; --no-mouse leaves it to the terminal")
    yield _pause()
    yield _session()
    yield _reading()
    yield _device()


def lines(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """The report as text, harmless to any terminal."""
    found = list(findings(environ))
    for one in found:
        head = f"{'no ' if one.stops else 'but' if one.mend else 'ok '}  {one.what:10} "
        yield from wrap(visible(one.found), WIDTH, initial_indent=head, subsequent_indent=INDENT)
        yield from wrap(visible(one.mend), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    yield ""
    yield "versions    " + ", ".join([f"lstm-tui {version('lstm-tui')}", f"Python {platform.python_version()}"])
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield from wrap(packages, WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 12)
    yield f"system      {visible(f'{platform.system()} {platform.release()} {platform.machine()}')}"
    for name in VARIABLES:
        value = environ.get(name)
        shown = "not set" if value is None else "set" if name in _PRIVATE and value else f"'{visible(value)}'"
        yield f"{name:15} {shown}"
    yield ""
    yield "you should see rising stairs and a frame without gaps:  ▁▂▃▄▅▆▇█  ╭─╮│╰─╯  (otherwise: --ascii)"


def version(name: str) -> str:
    """A package's version, without loading it."""
    try:
        return visible(metadata.version(name))
    except metadata.PackageNotFoundError:
        return "not installed"


def _screen() -> Finding:
    try:
        check_terminal()
    except UserError as error:
        return Finding("screen", "the debugger cannot run here", str(error), stops=True)
    return Finding("screen", "the debugger runs here: lstm-tui, step with the arrow keys, q quits")


def _terminal_size() -> tuple[int, int] | None:
    for stream in (sys.__stderr__, sys.__stdout__, sys.__stdin__):
        try:
            return tuple(os.get_terminal_size(stream.fileno())) if stream is not None else None  # type: ignore[return-value]
        except (OSError, ValueError):
            continue
    return None


def _size(size: tuple[int, int] | None) -> Finding:
    if size is None:
        return Finding("size", "there is no terminal to measure")
    shown = f"{size[0]} columns, {size[1]} rows"
    for wanted, what in ((LEAST, "the debugger draws nothing"), (USUAL, "panels are cut off"), (ALL, "")):
        if size[0] < wanted[0] or size[1] < wanted[1]:
            if not what:
                return Finding("size", f"{shown} (equations and history appear from 120 by 40)")
            return Finding("size", shown, f"{what} below {wanted[0]} by {wanted[1]}: enlarge the window")
    return Finding("size", shown)


def _encoding() -> Finding:
    encoding = getattr(sys.__stderr__, "encoding", None) or "unknown"
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        return Finding("characters", "UTF-8")
    return Finding("characters", encoding, "set PYTHONUTF8=1 and unset PYTHONIOENCODING", stops=True)


def depth(environ: Mapping[str, str]) -> str:
    """How many colours `--color auto` uses: `truecolor`, `256`, `16` or `none`."""
    if environ.get("NO_COLOR"):
        return "none"
    from rich.console import Console

    system = Console(force_terminal=True, _environ={**environ, "NO_COLOR": ""}, legacy_windows=False).color_system
    return {"truecolor": "truecolor", "256": "256"}.get(system or "", "16")


def colours(environ: Mapping[str, str]) -> Finding:
    """How many colours there will be, why, and how to have more."""
    if environ.get("TERM") == "dumb":
        return Finding("colours", "none: the terminal is dumb (TERM=dumb)")
    found = depth(environ)
    shown = f"{_COLOURS[found]} (--color {found})"
    if found == "none":
        return Finding(
            "colours", shown, "NO_COLOR is set: signs and sizes are drawn with characters; --color overrides"
        )
    if found in ("256", "16"):
        hint = "COLORTERM does not announce truecolor (ssh does not forward it): try --color truecolor"
        if environ.get("TMUX"):
            hint += "; tmux needs set -as terminal-features ',*:RGB' for it"
        return Finding("colours", shown, hint)
    return Finding("colours", shown)


def _over(environ: Mapping[str, str]) -> Finding:
    through = [
        word for name, word in (("SSH_CONNECTION", "ssh"), ("TMUX", "tmux"), ("STY", "screen")) if environ.get(name)
    ]
    if not through:
        return Finding("line", "local; over ssh only what changed on the screen is sent")
    return Finding("line", f"through {' and '.join(through)}: only what changed on the screen is sent")


def _pause() -> Finding:
    from lstm_tui.tui.system.signals import can_come_back

    if can_come_back():
        return Finding("ctrl+z", "pauses; fg in the shell resumes")
    return Finding("ctrl+z", "does nothing here: no shell could resume the program")


def _session() -> Finding:
    if problem := sessions.why_unwritable():
        mend = "set XDG_STATE_HOME to a folder of yours, or use --no-autosave"
        return Finding("session", f"a lost connection loses the session: {problem}", mend)
    kept = listed()
    if not kept:
        return Finding("session", "no session to resume: one is kept while the debugger runs (not with --no-autosave)")
    found = f"{len(kept)} are kept" if len(kept) > 1 else "one is kept"
    return Finding(
        "session", f"{found} in {sessions.shown()}: lstm-tui --resume {'lists them' if len(kept) > 1 else 'opens it'}"
    )


def _device() -> Finding:
    """What runs where, as far as it can be known without loading torch."""
    rule = "stepping and searching run on the CPU, and so does training"
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Finding("device", f"{rule}; --device mps trains on the GPU, --device auto where it is faster")
    torch = find_spec("torch")
    built = torch is not None and os.path.exists(os.path.join(os.path.dirname(torch.origin or ""), "lib", _CUDA))
    if not os.path.exists("/dev/nvidiactl"):
        return Finding("device", f"{rule}: there is no NVIDIA GPU here")
    if not built:
        return Finding("device", f"{rule}: this torch is built without CUDA", "install one with it for --device cuda")
    return Finding("device", f"{rule}; --device cuda trains on the GPU, --device auto where it is faster")


def _reading() -> Finding:
    from lstm_tui.debugger.prepare_foreign import reading_walls

    try:
        walls = reading_walls()
    except UserError as error:
        return Finding("reading", "foreign model files cannot be opened here", str(error))
    kept = ", ".join(what for what, refused in walls.items() if refused)
    found = (
        f"foreign model files are read in a process that cannot {kept}"
        if kept
        else "foreign model files are read without restrictions"
    )
    open_ = ", ".join(what for what, refused in walls.items() if not refused)
    return Finding("reading", found, f"this system does not restrict: {open_}" if open_ else "")
