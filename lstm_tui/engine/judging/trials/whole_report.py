"""All that is said of a class that could be read: its equations, its steps and rows, its weights, the way back."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from lstm_tui.core.user_cell import CheckReport
from lstm_tui.engine.judging.reading import ClassReading
from lstm_tui.engine.judging.recording import INPUTS, UNITS, float_like, probe
from lstm_tui.engine.judging.trials.backward_pass import gradients
from lstm_tui.engine.judging.trials.hand_written import wrong_derivatives
from lstm_tui.engine.judging.trials.row_order import row_order
from lstm_tui.engine.judging.trials.several_steps import tried
from lstm_tui.engine.user_cells.file import UserClass


def everything(user: UserClass, inner: nn.Module, read: ClassReading, inputs: int = INPUTS) -> CheckReport:
    """`read` is what one call of `inner` told. Raises `UserError` where the class was interrupted."""
    first = read.report(user.name, user.cells)
    if read.found is None:
        return first
    recording = read.found.recording
    x, both = probe(inputs, UNITS, 1, float_like(inner))
    learned = gradients(user, inner, recording, x, both[: read.form.count])
    wrong = wrong_derivatives(user, inner, read.form, x, both[: read.form.count])
    others, order = tried(inner, recording, inputs), row_order(inner, read.found)
    told = first.with_findings((*order.found, *others.found))
    return replace(
        told,
        findings=(*told.findings, *learned.cut, *wrong),
        gradient=learned.facts,
        facts=(*order.facts, *others.facts),
    )
