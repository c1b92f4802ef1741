"""Every other kind of cell against its paper's equations, written in numpy; and what follows from its description."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.core.formulas import read_formula
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.kinds.variants import VARIANTS
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.explain.ledger import ledger
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.row_runner import row_runner
from lstm_tui.engine.runners.scanned_network import ScannedNetwork
from lstm_tui.engine.runners.unfused_network import UnfusedNetwork
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.stepping.substeps import substeps
from lstm_tui.engine.training.loop import recipe_for, train

TEXT = "the quick brown fox, the lazy dog"
SIZES = (6, 4)
Row = Any  # numpy's arrays of float64
Named = dict[str, Row]
Layer = Callable[[Named, Row, Named], Named]


def s(z: Row) -> Row:
    return 1 / (1 + np.exp(-z))


def rows(w: Named, x: Row, h: Row) -> list[Row]:
    """W x + R h' + b, cut into blocks of H."""
    return np.split(w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"], len(w["bias_ih"]) // len(h))


def norm(z: Row, gain: Row, shift: Row) -> Row:
    return (z - z.mean()) / np.sqrt(z.var() + 1e-5) * gain + shift


def lstm97(w: Named, x: Row, b: Named) -> Named:
    i, g, o = rows(w, x, b["h"])
    c = b["c"] + s(i) * np.tanh(g)
    return {"i": s(i), "c_tilde": np.tanh(g), "o": s(o), "c": c, "h": s(o) * np.tanh(c)}


def peephole(w: Named, x: Row, b: Named) -> Named:
    i, f, g, o = rows(w, x, b["h"])
    i, f = s(i + w["peephole_i"] * b["c"]), s(f + w["peephole_f"] * b["c"])
    c = f * b["c"] + i * np.tanh(g)
    o = s(o + w["peephole_o"] * c)
    return {"f": f, "i": i, "c_tilde": np.tanh(g), "o": o, "c": c, "h": o * np.tanh(c)}


def cifg(w: Named, x: Row, b: Named) -> Named:
    f, g, o = rows(w, x, b["h"])
    c = s(f) * b["c"] + s(-f) * np.tanh(g)
    return {"f": s(f), "i": s(-f), "c_tilde": np.tanh(g), "o": s(o), "c": c, "h": s(o) * np.tanh(c)}


def nig(w: Named, x: Row, b: Named) -> Named:
    f, g, o = rows(w, x, b["h"])
    c = s(f) * b["c"] + np.tanh(g)
    return {"f": s(f), "c_tilde": np.tanh(g), "o": s(o), "c": c, "h": s(o) * np.tanh(c)}


def nog(w: Named, x: Row, b: Named) -> Named:
    i, f, g = rows(w, x, b["h"])
    c = s(f) * b["c"] + s(i) * np.tanh(g)
    return {"f": s(f), "i": s(i), "c_tilde": np.tanh(g), "c": c, "h": np.tanh(c)}


def niaf(w: Named, x: Row, b: Named) -> Named:
    i, f, g, o = rows(w, x, b["h"])
    c = s(f) * b["c"] + s(i) * g
    return {"f": s(f), "i": s(i), "c_tilde": g, "o": s(o), "c": c, "h": s(o) * np.tanh(c)}


def noaf(w: Named, x: Row, b: Named) -> Named:
    i, f, g, o = rows(w, x, b["h"])
    c = s(f) * b["c"] + s(i) * np.tanh(g)
    return {"f": s(f), "i": s(i), "c_tilde": np.tanh(g), "o": s(o), "c": c, "h": s(o) * c}


def lnlstm(w: Named, x: Row, b: Named) -> Named:
    z = norm(w["weight_ih"] @ x, w["norm_ih.weight"], w["norm_ih.bias"])
    z = z + norm(w["weight_hh"] @ b["h"], w["norm_hh.weight"], w["norm_hh.bias"]) + w["bias_ih"] + w["bias_hh"]
    i, f, g, o = np.split(z, 4)
    c = s(f) * b["c"] + s(i) * np.tanh(g)
    h = s(o) * np.tanh(norm(c, w["norm_c.weight"], w["norm_c.bias"]))
    return {"f": s(f), "i": s(i), "c_tilde": np.tanh(g), "o": s(o), "c": c, "h": h}


def janet(w: Named, x: Row, b: Named) -> Named:
    f, g = rows(w, x, b["h"])
    c = s(f) * b["c"] + s(1 - f) * np.tanh(g)
    return {"f": s(f), "i": s(1 - f), "c_tilde": np.tanh(g), "c": c, "h": c}


def slstm(w: Named, x: Row, b: Named) -> Named:
    """Without the level: c and n in logarithms that are only put together at the end."""
    i, f, g, o = rows(w, x, b["h"])
    level = np.maximum(np.log(s(f)) + b["m"], i)
    old = np.exp(np.log(s(f)) + b["m"] - level)
    new = np.exp(i - level)
    c, n = old * b["c"] + new * np.tanh(g), old * b["n"] + new
    return {"i": new, "f": old, "c_tilde": np.tanh(g), "o": s(o), "c": c, "n": n, "m": level, "h": s(o) * c / n}


def gru_before(w: Named, x: Row, b: Named) -> Named:
    r, z, _ = rows(w, x, b["h"])
    size, h = len(b["h"]), b["h"]
    own = slice(2 * size, None)
    n = np.tanh(w["weight_ih"][own] @ x + w["bias_ih"][own] + w["weight_hh"][own] @ (s(r) * h) + w["bias_hh"][own])
    return {"r": s(r), "z": s(z), "n": n, "h": s(-z) * n + s(z) * h}


def minlstm(w: Named, x: Row, b: Named) -> Named:
    f, i, g = np.split(w["weight_ih"] @ x + w["bias_ih"] + w["bias_hh"], 3)
    f, i = s(f) / (s(f) + s(i)), s(i) / (s(f) + s(i))
    return {"f": f, "i": i, "c_tilde": g, "h": f * b["h"] + i * g}


def mingru(w: Named, x: Row, b: Named) -> Named:
    z, n = np.split(w["weight_ih"] @ x + w["bias_ih"] + w["bias_hh"], 2)
    return {"z": s(z), "n": n, "h": s(-z) * b["h"] + s(z) * n}


PAPERS: dict[str, Layer] = {
    "lstm97": lstm97, "peephole": peephole, "cifg": cifg, "nig": nig, "nog": nog, "niaf": niaf, "noaf": noaf,
    "lnlstm": lnlstm, "janet": janet, "slstm": slstm, "gru-before": gru_before, "minlstm": minlstm, "mingru": mingru,
}  # fmt: skip
EACH = pytest.mark.parametrize("kind", list(PAPERS))


def reading(kind: str, text: str = TEXT, dtype: torch.dtype = torch.float32) -> Rollout:
    vocabulary = Vocabulary.of(text)
    model = fresh(len(vocabulary), SIZES, cell=ALL[kind], seed=3)
    torch.manual_seed(0)
    for cell in model.cells:  # large enough, and unequal enough, that every part matters
        cell.load({n: t * (1 if "norm" in n else 2) + torch.randn_like(t) * 0.1 for n, t in cell.weights().items()})
    return Rollout(model.to(dtype), Text(vocabulary, text))


def by_the_paper(read: Rollout, kind: str) -> Iterator[list[Named]]:
    layers = [{name: tensor.double().numpy() for name, tensor in layer.items()} for layer in read.model.weights()]
    states: list[Named] = [{name: np.zeros(size) for name in "hcn"} for size in SIZES]
    for state in states:
        state["m"] = np.full(len(state["h"]), -np.inf)
    for index in read.indices.tolist():
        x, made = np.eye(read.model.input_size)[index], []
        for at, weights in enumerate(layers):
            values = PAPERS[kind](weights, x, states[at])
            states[at] = {**states[at], **values}
            made.append(values)
            x = values["h"]
        yield made


def test_every_kind_is_tested_here() -> None:
    assert set(PAPERS) == set(VARIANTS)


@EACH
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-12), (torch.float32, 5e-5)])
def test_every_quantity_of_300_steps_and_two_layers_is_the_papers(kind: str, dtype: torch.dtype, bound: float) -> None:
    read = reading(kind, TEXT * 10 if dtype == torch.float64 else TEXT * 4, dtype)
    for position, wanted in zip(range(1, 301), by_the_paper(read, kind), strict=False):
        for layer, values in enumerate(wanted):
            shown = read.timeline.at(position).layers[layer]
            assert list(shown) == [quantity.name for quantity in KINDS[kind].quantities]
            for name, row in values.items():
                error = np.abs(shown[name][0].double().numpy() - row)
                assert np.all(error <= bound * (1 + np.abs(row))), (position, layer, name)


@EACH
def test_what_is_explained_adds_up_to_what_was_computed(kind: str) -> None:
    """In float64, where a sum of addends that squashes to another number would show."""
    read = reading(kind, dtype=torch.float64)
    squash: dict[str | None, Callable[[float], float]] = {
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, None: lambda z: z,
    }  # fmt: skip
    described = {quantity.name: quantity for quantity in KINDS[kind].quantities}
    for layer in (0, 1):
        found = equations(read, 9, layer, 2)
        assert sorted(line.quantity for line in found) == sorted(described)
        for line in found:
            value = float(read.timeline.at(9).layers[layer][line.quantity][0, 2])
            assert line.value == value
            assert line.text.startswith(f"{described[line.quantity].symbol} = ")
            assert "c_tilde" not in line.symbols
            assert " - -" not in line.text
            if line.terms and line.quantity not in KINDS[kind].formulas:
                made = squash[described[line.quantity].squash](sum(term.value for term in line.terms))
                assert made == pytest.approx(value, abs=1e-9), line.text
        assert all(line.terms for line in found if line.quantity in KINDS[kind].gate_rows)


@EACH
def test_a_formula_makes_the_quantity_and_a_memory_the_state(kind: str) -> None:
    read, kinds = reading(kind, dtype=torch.float64), KINDS[kind]
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "log": torch.log}
    step = read.timeline.at(12)
    for layer, cell in enumerate(read.model.cells):
        weights, x = read.model.weights()[layer], step.inputs[layer]
        values = {**step.layers[layer]}
        values |= {f"{name}'": part for name, part in zip(cell.states, step.before[layer], strict=True)}
        x = x if x.is_floating_point() else read.model.inputs(x)
        z = x @ weights["weight_ih"].t() + weights["bias_ih"] + weights["bias_hh"]
        z = z + values["h'"] @ weights["weight_hh"].t() if "weight_hh" in weights else z
        values |= {f"z_{n}": block for n, block in zip(kinds.gate_rows, z.chunk(len(kinds.gate_rows), 1), strict=True)}
        for name, formula in kinds.formulas.items():
            assert torch.allclose(read_formula(formula).value(values, functions), values[name], atol=1e-12), name
        for memory in kinds.memories:
            keep, write = (read_formula(part).value(values, functions) for part in (memory.keep, memory.write))
            assert torch.allclose(keep * values[f"{memory.state}'"] + write, values[memory.state], atol=1e-12)


@EACH
def test_it_is_written_and_read_back_bit_for_bit_and_named_as_agreed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    debugger = prepare(ModelOptions(text=TEXT, cell=kind, hidden=5, layers=2)).open()
    debugger.save(str(path))
    names = {name for name in load_file(path) if not name.startswith("fc.")}
    assert names == {f"cell.{layer}.{name}" for layer in (0, 1) for name in KINDS[kind].tensors}
    again = prepare(ModelOptions(model=str(path))).open()
    assert again.about.cell == kind
    ours, theirs = list(debugger.steps(1, 12)), list(again.steps(1, 12))
    assert [step.layers[1].values for step in ours] == [step.layers[1].values for step in theirs]


@EACH
def test_it_is_walked_searched_trained_and_differentiated(kind: str) -> None:
    read = reading(kind, TEXT * 9)
    stages = [step.stage.equation for step in substeps(read, 5) if step.stage]
    assert all(any(line.startswith(f"{q.symbol} = ") for line in stages) for q in KINDS[kind].quantities), stages
    space = NameSpace.of(KINDS[kind].quantities, SIZES, read.vocabulary.symbols)
    wanted = [k for k in range(1, len(read) + 1) if float(read.timeline.at(k).layers[1]["h"][0, 0]) > 0.05]
    search = Search(read.timeline.fork(), [parse("l1.h[0] > 0.05", space)], True, 1, len(read))
    assert [found.position for found in search if isinstance(found, Hit)] == wanted
    back = next(iter(BackwardPass(read.timeline, Objective(20)).forward(10, 10)))
    assert all(bool(slope.isfinite().all()) for values in back.layers for slope in values.values())
    model = fresh(len(read.vocabulary), 6, cell=ALL[kind])
    report = train(model, read.indices[:33], recipe_for(33, epochs=12, lr=0.05))
    losses = list(report)
    assert losses[-1].loss < losses[0].loss


@EACH
def test_who_wrote_a_memory_adds_up_to_it(kind: str) -> None:
    read, memory = reading(kind), KINDS[kind].memories[0]
    account = ledger(read.timeline, 30, 1, 2)
    assert account is not None
    total = float(read.timeline.at(30).layers[1][memory.state][0, 2])
    assert account.total == total
    assert sum(write.amount for write in account.writes) + account.older == pytest.approx(total, abs=1e-9)
    assert len(account.writes) == 12


@pytest.mark.parametrize("kind", ["minlstm", "mingru"])
def test_gates_that_see_only_x_are_scanned_at_once_with_the_same_derivatives(kind: str) -> None:
    read = reading(kind, TEXT, torch.float64)
    rows, stack = read.indices[:, None], tuple((torch.full((1, n), 0.3, dtype=torch.float64),) for n in SIZES)
    runners = row_runner(read.model), UnfusedNetwork(read.model)
    assert isinstance(runners[0], ScannedNetwork)
    made = [runner(rows, stack) for runner in runners]
    assert torch.allclose(made[0][0], made[1][0], atol=1e-13)
    assert torch.allclose(made[0][1][1][0], made[1][1][1][0], atol=1e-13)
    slopes = []
    for runner, (h, _) in zip(runners, made, strict=True):
        parameters = [p for name, p in runner.named_parameters() if "cells" in name]
        slopes.append(torch.autograd.grad((h * h).sum(), parameters))
    assert all(torch.allclose(a, b, atol=1e-11) for a, b in zip(*slopes, strict=True))
    nothing, unchanged = runners[0](rows[:0], stack)
    assert len(nothing) == 0
    assert unchanged[1][0] is stack[1][0]


def test_gates_that_see_the_input_alone_are_a_lookup_of_it() -> None:
    """The same character opens the same gates wherever it stands; an LSTM's hang on what came before."""
    spreads = {}
    for kind in ("minlstm", "mingru", "by-hand"):
        run = Rollout(fresh(4, 8, cell=ALL[kind], seed=0), Text(Vocabulary("abcd"), "abcadbcaabdc" * 5))
        gate = run.model.cell_type.quantities[0].name
        seen: dict[str | None, list[tuple[float, ...]]] = {}
        for step in run.steps(1, 61):
            seen.setdefault(step.char, []).append(step.layers[0].values[gate])
        spreads[kind] = max(np.ptp(np.array(rows), axis=0).max() for rows in seen.values())
    assert spreads["minlstm"] == spreads["mingru"] == 0
    assert spreads["by-hand"] > 0.01
