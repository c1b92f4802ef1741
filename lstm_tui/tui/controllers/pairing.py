"""The actions that put something beside what is open: another model, or the same one with nothing done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.bundled import bundled
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.contrasts.asked_pair import FRESH, SharedText, asked_beside, check_company, is_fresh
from lstm_tui.tui.actions import Action, Requirement, unless
from lstm_tui.tui.messages import OpenRequested
from lstm_tui.tui.paired.companion import Companion

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstm_tui.debugger.door import DebuggerDoor, TrainingDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.workspace import Workspace

    Trainings = tuple[tuple[DebuggerDoor, TrainingDoor], ...]

ALONE = "there is one model here: y puts another one beside it"


class PairingController:
    """Owns nothing: the second model is the workspace's companion."""

    def __init__(self, workspace: Workspace, train: Callable[[Trainings], None]) -> None:
        self._workspace, self._train = workspace, train
        workspace.left_alone = self._left_alone

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("run.beside", self.beside, Requirement.NO_WORK),
            Action("side.other", self.switch, Requirement.NO_RUN),
            Action(
                "state.patch_other",
                self.patch,
                Requirement.NO_WORK,
                unless(lambda: self._workspace.companion, ALONE),
            ),
        )

    async def beside(self) -> None:
        """The untouched run beside a changed one; else asks for another model. Again: takes it away."""
        workspace = self._workspace
        if workspace.companion is not None:
            self.part()
            return workspace.refresh("one model again")
        if workspace.selection.beside:
            workspace.selection.beside = False
            workspace.view.fit()
            return workspace.refresh()
        if not workspace.debugger.interventions:
            return await self._ask()
        job = workspace.debugger.beside()
        workspace.selection.beside = True
        workspace.view.fit()
        workspace.start(job)

    # Another model

    async def _ask(self) -> None:
        check_company(self._workspace.view.prepared.options)
        if self._workspace.debugger.about.channels:
            return self._workspace.show_message("this model reads rows of numbers: nothing can stand beside it")
        from lstm_tui.tui.dialogs import AskModel

        kinds = ((f"{FRESH}{name}", kind.summary) for name, kind in IMPLEMENTATIONS.items())
        dialog = AskModel(
            (*bundled(), *kinds), self._check, "put a model beside this one, on the same text",
            "path to a checkpoint, or cell:KIND for an untrained one",
        )  # fmt: skip
        await self._workspace.view.ask(dialog, self._open)

    def _check(self, name: str) -> Prepared:
        """Fit to run in a thread."""
        debugger = self._workspace.debugger
        about = debugger.about
        known = SharedText(debugger.text, about.vocabulary, about.words, about.hidden_sizes)
        model = name if is_fresh(name) or name in dict(bundled()) else reach.now().whole(name)
        return asked_beside(model, known, self._workspace.view.prepared.options)

    def _open(self, prepared: Prepared) -> None:
        self._workspace.show_message(f"opening {visible(prepared.name)} …")
        self._workspace.view.post_message(OpenRequested(prepared, beside=True))

    async def opened(self, prepared: Prepared, debugger: DebuggerDoor) -> None:
        """Another model is there: from now on it goes along. Raises `UserError` where it cannot."""
        from lstm_tui.debugger.contrasts.pair import Pair
        from lstm_tui.tui.paired.sides import Sides

        workspace = self._workspace
        workspace.pause()
        workspace.cancel_run()
        self.part()
        first = workspace.debugger
        both, asked = (first, debugger), (workspace.view.prepared, prepared)
        workspace.companion = Companion(workspace.view, Pair(*both), both, asked, self._again)
        workspace.selection.beside = False
        workspace.companion.follow()
        workspace.show()
        await workspace.view.put_beside(Sides(workspace.view.frame))
        told = "; ".join(debugger.about.notes) or "Y: keys act on the other one, y: one model again"
        workspace.refresh(told)
        if asked[0].beside is prepared:  # both were asked for at once
            wanted = tuple((each, each.training()) for each in both if each.train_first)
            if wanted:
                self._train(wanted)

    def _again(self) -> None:
        """What was looked for in a thread is known."""
        if self._workspace.companion is not None:
            self._workspace.show()

    def switch(self) -> None:
        """Keys act on the other one."""
        workspace = self._workspace
        if workspace.companion is None:
            return workspace.show_message(ALONE)
        workspace.debugger = workspace.companion.switch()
        workspace.selection.slope, workspace.selection.walked = None, 0
        workspace.refresh()
        workspace.view.fit()

    def patch(self) -> None:
        """Goes on from here with the states of the other one."""
        workspace, companion = self._workspace, self._workspace.companion
        assert companion is not None, "the table of actions refuses it"
        job = companion.patching()
        workspace.cancel_run()
        workspace.start(job)

    def part(self, kept: int = 0) -> None:
        """One of them goes; the other is what is open."""
        workspace = self._workspace
        companion, workspace.companion = workspace.companion, None
        if companion is not None:
            workspace.debugger, workspace.view.prepared = companion.close(kept)
            workspace.view.call_later(workspace.view.put_beside, None)

    def _left_alone(self, why: str) -> str:
        companion = self._workspace.companion
        if companion is None:
            return why
        gone = visible(companion.other.about.name)
        self.part(companion.selected)
        return f"{gone} cannot read that and is gone: {why}"
