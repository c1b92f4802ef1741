"""A process of its own for a debugger, kept going: asked, watched, ended, and started again where it was."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, Self

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.step import step_name
from lstm_tui.core.user_cell import class_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.apart.child import LOOK, Child, ChildDied, Decision, Look
from lstm_tui.debugger.apart.wire import unpacked
from lstm_tui.debugger.session_state import reopened

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.prepared import Prepared


class Watch(Protocol):
    """What the waiting side shows and wants while a question to the debugger is open."""

    def look(self, seconds: float, what: str) -> Decision:
        """Called repeatedly during a wait, with its length in seconds and a description; decides what happens."""

    def over(self) -> None:
        """The wait is over."""


class CellLost(UserError):
    """The process ended under a request, which has changed nothing. It is started again."""


class Supervised:
    """Knows what it was told of the debugger, and with that where to continue in another process."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._class = visible(class_name(prepared.options.cell or ""))
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._state: dict[str, Any] = {}
        self._weights: bytes | None = None
        """A file of them as they are now; None while they are those that were opened."""
        self._weights_now = object()
        self._interrupted = False
        self._closed = False
        self._began: float | None = None
        self._watch: Watch | None = None
        self._watcher: int | None = None
        self.generation = 0
        """Counts the processes: what is spoken of by number belongs to one."""

    def open(self) -> Self:
        """Start it, and open the model there. Raises what that raises, in whatever thread."""
        with self._lock:
            try:
                try:
                    self._start(self._prepared, None)
                except ChildDied as died:
                    if self._closed:
                        raise
                    said = f"{self._class} {died} during its first steps, so nothing was checked"
                    known = self._prepared.notes
                    self._start(replace(self._prepared, unchecked=True, notes=(said, *known)), None)
            except ChildDied as died:
                raise RunFailed(f"{self._class} {died} while it was opening") from None
            finally:
                self._began = None
        return self

    @property
    def state(self) -> dict[str, Any]:
        """Everything that was told of the debugger."""
        return self._state

    def watched(self, watch: Watch) -> None:
        """From now on `watch` is called during long waits of this thread."""
        self._watch, self._watcher = watch, threading.get_ident()

    @property
    def busy_for(self) -> float:
        """Seconds since the cell has been at work."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def interrupt(self) -> None:
        """Let what is going on be given up. From any thread."""
        self._interrupted = True

    def close(self) -> None:
        """End the process. Waits for it in other threads end with an error."""
        self._closed = True
        if self._lock.acquire(timeout=0.2):
            try:
                if self._child is not None:
                    self._child.close()
                    self._child = None
            finally:
                self._lock.release()

    def ask(self, name: str, *arguments: Any, look: Look | None = None, generation: int | None = None) -> Any:
        """The answer to a request of `host`. Raises what it raised there, and `CellLost` where it died of it.

        What is spoken of by number is of a `generation` of processes.
        """
        what = self._what(name, arguments)
        look = look or self._look(what)
        try:
            self._acquire(look)
            try:
                if generation not in (None, self.generation):
                    raise UserError(f"the process of {self._class} that started this has ended")
                self._revived(look)
                return self._asked(name, arguments, look)
            finally:
                self._began = None
                self._lock.release()
        except ChildDied as died:
            self._start_again()
            raise CellLost(f"{what} {died}: it is being restarted, and nothing else is lost") from None
        finally:
            if self._watch is not None and threading.get_ident() == self._watcher:
                self._watch.over()

    def _acquire(self, look: Look) -> None:
        began = time.monotonic()
        while not self._lock.acquire(timeout=LOOK):
            decision = look(time.monotonic() - began)
            if self._closed or decision == "leave":
                raise ChildDied("was ended")
            if decision == "interrupt" and self._began:
                self._interrupted = True  # who holds the lock looks at this

    def _asked(self, name: str, arguments: tuple[Any, ...], look: Look, starting: bool = False) -> Any:
        assert self._child is not None
        self._interrupted, self._began = False, time.monotonic()
        try:
            value, error, changes = self._child.ask(name, arguments, self._or_interrupted(look))
            if "weights_now" in changes and not starting:
                self._weights, _, _ = self._child.ask("kept_file", (), look)
                self._weights_now = object()
        except ChildDied:
            self._child = None
            self.generation += 1
            raise
        self._state.update(changes)
        if error is not None:
            raise unpacked(error)
        return value

    def _or_interrupted(self, look: Look) -> Look:
        def both(seconds: float) -> Decision:
            decision = look(seconds)
            if self._closed:
                return "leave"
            return "interrupt" if decision == "wait" and self._interrupted else decision

        return both

    def _look(self, what: str) -> Look:
        watch = self._watch
        if watch is None or threading.get_ident() != self._watcher:
            return lambda _: "wait"
        return lambda seconds: watch.look(seconds, self._saying(what))

    def _saying(self, what: str) -> str:
        return f"{what} takes long: escape interrupts" if self._began else f"{self._class} is being restarted"

    def _what(self, name: str, arguments: tuple[Any, ...]) -> str:
        """Which step, where one is being made."""
        position = self._state["step"].position if self._state else 0
        target = {"forward": position + 1, "into": position + 1, "back": position - 1}.get(name)
        if name == "to":
            target = arguments[0]
        return self._class if target is None else f"{step_name(max(target, 0))}: {self._class}"

    def _start(self, prepared: Prepared, session: Session | None) -> None:
        if self._closed:
            raise ChildDied("was ended")
        self._child = child = Child()
        try:
            child.greet(lambda _: "leave" if self._closed else "wait")
            self._asked("open", (prepared,), lambda _: "wait", starting=True)
            if session is not None:
                self._asked("resume", (session,), lambda _: "wait", starting=True)
        except BaseException:
            child.kill()
            self._child = None
            raise

    def restart(self) -> None:
        """End the process, and continue in another."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                self._child = None
                self.generation += 1
        self._start_again()

    def _start_again(self) -> None:
        """Started at once; only callers that need it wait for it."""
        if not self._closed:
            threading.Thread(target=self._revive, daemon=True).start()

    def _revived(self, look: Look) -> None:
        """A process runs, at the step where the one before was."""
        if self._child is not None:
            return
        session: Session = replace(self._state["session"], position=self._state["step"].position)
        if self._state["about"].unsaved:
            session = replace(session, weights="in memory")
        prepared = reopened(self._prepared, session, self._weights)
        try:
            self._start(prepared, session)
        except (UserError, RunFailed) as error:
            raise UserError(f"{self._class} could not be restarted: {error}") from None

    def _revive(self) -> None:
        with self._lock:
            if not self._closed:
                try:
                    self._revived(lambda _: "wait")
                except (ChildDied, UserError, OSError):
                    pass  # the next request tries it again, and says what is wrong
                finally:
                    self._began = None
