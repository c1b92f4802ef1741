"""The screen: the controllers put together, the table of what they do, and what belongs to the program itself."""

from __future__ import annotations

from dataclasses import replace
from inspect import isawaitable
from itertools import chain
from typing import TYPE_CHECKING

from textual import events

from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.actions import Action
from lstm_tui.tui.controllers.autoplay import AutoplayController
from lstm_tui.tui.controllers.clamping import ClampingController
from lstm_tui.tui.controllers.differentiation import DifferentiationController
from lstm_tui.tui.controllers.editing import EditingController
from lstm_tui.tui.controllers.files import FilesController
from lstm_tui.tui.controllers.inspection import InspectionController
from lstm_tui.tui.controllers.lesson import LessonController
from lstm_tui.tui.controllers.navigation import NavigationController
from lstm_tui.tui.controllers.pairing import PairingController
from lstm_tui.tui.controllers.presentation import PresentationController
from lstm_tui.tui.controllers.program import ProgramController
from lstm_tui.tui.controllers.search import SearchController
from lstm_tui.tui.controllers.training import TrainingController
from lstm_tui.tui.jobs import JobEnded
from lstm_tui.tui.keys import FOOTER, KEYS, bindings
from lstm_tui.tui.messages import QuitRequested
from lstm_tui.tui.palette import Commands
from lstm_tui.tui.system.autosave import Snapshot
from lstm_tui.tui.system.lesson_shelf import Lesson, NoShelf, Shelf
from lstm_tui.tui.view import DebuggerView
from lstm_tui.tui.widgets import QuantityPanel, StatusRow, TextRow
from lstm_tui.tui.widgets.footer import KeyFooter
from lstm_tui.tui.widgets.notice import MessageRow
from lstm_tui.tui.workspace import Workspace

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.widgets.over_time import OverTime


KNOWN = frozenset(name for key in KEYS for name in key.keys.split(","))
"""The names of the keys that do something here."""


class DebuggerScreen(DebuggerView):
    """Composes and dispatches; has no verb of its own but `escape`."""

    AUTO_FOCUS = ""
    CSS_PATH = "app.tcss"
    BINDINGS = bindings()
    COMMANDS = {Commands}

    navigation: NavigationController
    differentiation: DifferentiationController
    inspection: InspectionController
    autoplay: AutoplayController
    training: TrainingController
    files: FilesController
    lesson: LessonController
    pairing: PairingController

    def __init__(
        self, prepared: Prepared, shelf: Shelf | None = None, begins: Lesson | None = None, welcome: str = ""
    ) -> None:
        """`begins` is played as soon as its model, the first one, is open; `welcome` is said then."""
        super().__init__(prepared)
        self._shelf, self._begins = shelf or NoShelf(), begins
        self._welcome = welcome
        self._workspace: Workspace | None = None
        self.presentation = PresentationController(self)
        self.program = ProgramController(self, self._leave, self.refusal)
        self.actions = {action.id: action for action in (*self.program.actions(), Action("app.escape", self._escape))}
        """What can be done, by its id: the program's own until a model is open, then all of it."""
        self._strange: set[str] = set()
        """Keys that were said to do nothing."""

    async def action_do(self, id: str) -> None:
        """Does what a key, the footer, the palette or a script names."""
        if id == "step.space" and self._workspace is not None and self.lesson.space():
            return
        action = self.actions.get(id)
        if action is None:
            return
        if sentence := self.refusal(id):
            return self.show_message(sentence)
        done = action.run()
        if isawaitable(done):
            await done

    def refusal(self, id: str) -> str | None:
        """Why an action would do nothing now; empty where it says that itself; None where it does something."""
        action, workspace = self.actions.get(id), self._workspace
        if action is None or workspace is None:
            return None  # keys are kept until a model is open
        return workspace.jobs.refusal(action.needs) or action.refusal()

    def dim_keys(self) -> None:
        """See `DebuggerView.dim_keys`."""
        for footer in self.query(KeyFooter):  # none before the screen is composed
            footer.idle = frozenset(id for id in FOOTER if self.refusal(id) is not None)

    def on_key(self, event: events.Key) -> None:
        """A key that does nothing says so, once."""
        if event.key in KNOWN or event.key in self._strange or event.key in self.active_bindings:
            return
        self._strange.add(event.key)
        name = event.character if event.is_printable else event.key
        self.show_message(f"'{visible(name or '')}' is not a key: ? shows all keys")

    def holds_back(self, key: events.Key) -> bool:
        """Whether a key must not come between those of a lesson."""
        return self._workspace is not None and self.lesson.holds_back(key)

    def before_key(self) -> None:
        """A key is going to be obeyed here."""
        if self._workspace is not None:
            self.training.before_key()

    def _escape(self) -> None:
        workspace = self._workspace
        if workspace is None or workspace.cancel_run() or self.training.cancel():
            return
        workspace.pause()
        if self.navigation.leave_step() or self.inspection.close_explanation() or self.differentiation.leave():
            return
        if self.inspection.leave_view():
            return
        if self.selection.zoomed:
            self.zoom(0)
        workspace.refresh()

    def _leave(self) -> None:
        def leave() -> None:
            self.post_message(QuitRequested())

        if self._workspace is None or self.lesson.alone:
            leave()
        elif not self.lesson.leave():
            self.files.if_nothing_is_lost("quit", leave)

    # What is open

    def room_changed(self) -> None:
        """See `DebuggerView.room_changed`."""
        if self._workspace is not None:
            self.call_later(self.workspace.show)

    @property
    def workspace(self) -> Workspace:
        """Of the model that is open."""
        assert self._workspace is not None
        return self._workspace

    @property
    def debugger(self) -> DebuggerDoor | None:
        """None until a model is open."""
        return None if self._workspace is None else self._workspace.debugger

    def _compose_controllers(self, workspace: Workspace) -> None:
        self.inspection = InspectionController(workspace)
        self.differentiation = DifferentiationController(workspace, self.inspection.show_view)
        self.navigation = NavigationController(workspace, self.differentiation.into)
        self.training = TrainingController(workspace)
        self.autoplay = AutoplayController(workspace, self.navigation.forward, self.training.travel)
        self.files = FilesController(workspace)
        search = SearchController(workspace, self.navigation.jump)
        editing = EditingController(workspace, self.training.start)
        clamping, self.pairing = ClampingController(workspace), PairingController(workspace, self.training.start_all)
        self.lesson = LessonController(workspace, self._shelf, self._begins)
        workspace.put_back = self._show_model
        controllers = (
            self.navigation, self.inspection, self.differentiation, self.autoplay, self.training, self.files, search,
            editing, clamping, self.pairing, self.lesson,
        )  # fmt: skip
        self.actions |= {action.id: action for action in chain(*(each.actions() for each in controllers))}
        speaking = (self.training, workspace.jobs, self.autoplay, self.navigation, workspace.reading)
        workspace.idle_sources = tuple(each.idle for each in speaking)

    def opened(self, prepared: Prepared, debugger: DebuggerDoor) -> None:
        """Shows a model from its start."""
        workspace = self._workspace
        if workspace is None:
            workspace = self._workspace = Workspace(self, debugger)
            self._compose_controllers(workspace)
        else:
            workspace.cancel_run()
            workspace.pause()
            self.pairing.part()
            if not self.lesson.playing:
                debugger.stops.adopt(workspace.debugger.stops)
            if not self.lesson.keeps(workspace.debugger):
                workspace.debugger.close()
        self._show_model(prepared, debugger)
        self.selection.layer = self.selection.unit = 0
        self.selection.slope = self.selection.track = None
        workspace.refresh("; ".join(debugger.about.notes) or self._welcome or None)
        self._welcome = ""
        if debugger.train_first and prepared.beside is None:
            self.training.start(debugger.training())
        self.lesson.opened(prepared)

    def _show_model(self, prepared: Prepared, debugger: DebuggerDoor) -> None:
        self.pairing.part()
        self.navigation.forget()
        self.prepared, self.workspace.debugger = prepared, debugger
        self.remove_class("-loading")
        self.frame = replace(self.frame, about=debugger.about)
        self.fit()

    def resumed(self, session: Session, missed: str) -> None:
        """Looks at what was looked at when the session was kept; `missed` is what is not as it was."""
        self.selection.layer, self.selection.unit = session.layer, session.unit
        if session.zoomed != self.selection.zoomed:
            self.inspection.zoom(session.zoomed)
        self.workspace.refresh(missed or f"resumed at {step_name(self.frame.position)}")

    def snapshot(self, ending: bool) -> Snapshot | None:
        """What is to be kept of the session, `ending` a training under way; None until a model is open."""
        debugger = self.debugger
        if debugger is None or self.lesson.playing:
            return None
        aim, note = self.training.interrupted() if ending else (None, None)
        debugger = self.workspace.all[0]
        session = replace(
            debugger.session(self.prepared, aim),
            layer=self.selection.layer,
            unit=self.selection.unit,
            zoomed=self.selection.zoomed,
            theme=self.app.theme,
            beside=None if self.workspace.companion is None else self.workspace.companion.asked,
        )
        of = debugger.weights_now if aim is None else aim
        return Snapshot(session, of, debugger.weights(aim), debugger.about.unsaved, note)

    # What happens to it

    @property
    def message_at(self) -> int:
        """The row that sentences are in."""
        rows = [self.query_one(kind) for kind in (MessageRow, StatusRow)]
        return next((row.region.y for row in rows if row.is_on_screen and row.size.height), 0)

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer units, characters and values fit now."""
        self.fit()
        if self._workspace is None:
            self.show_text()
            self.show_message(self.message)
        else:
            self._workspace.refresh(self.message or None)

    def on_history_plot_wanted(self) -> None:
        """What was not on the screen when the step was presented is now."""
        if self._workspace is not None:
            self._workspace.show()

    def on_job_ended(self, event: JobEnded) -> None:
        """What a thread has done is taken over."""
        event.finish()

    def on_quantity_panel_unit_selected(self, event: QuantityPanel.UnitSelected) -> None:
        companion = self.workspace.companion
        if companion is not None and event.side not in (None, companion.selected):
            self.pairing.switch()
        self.workspace.select(event.unit)

    def on_text_row_position_clicked(self, event: TextRow.PositionClicked) -> None:
        if self._workspace is not None:
            self.navigation.move_to(event.position)

    def on_over_time_clicked(self, event: OverTime.Clicked) -> None:
        if event.unit is not None:
            self.selection.unit = event.unit
        self.navigation.move_to(event.position)

    def on_unmount(self) -> None:
        """A running thread would keep the program alive."""
        if self._workspace is not None:
            self._workspace.jobs.close()
            self._workspace.reading.close()
