"""Values that are held: the steps that follow against equations written in numpy, and everything told of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from lstm_tui.core.clamps import Clamp, read_clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import ALL
from lstm_tui.engine.explain.ledger import ledger
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.stepping.substeps import substeps
from tests.engine import students

TEXT = "the quick brown fox"
SIZES = (5, 3)
Row = Any  # numpy's arrays of float64
Named = dict[str, Row]
Hold = Callable[[str, Row], Row]
Squash = Callable[[Row], Row]


def s(z: Row) -> Row:
    return 1 / (1 + np.exp(-z))


def z_of(w: Named, x: Row, h: Row) -> list[Row]:
    z = w["weight_ih"] @ x + w["bias_ih"] + w["bias_hh"] + (w["weight_hh"] @ h if "weight_hh" in w else 0)
    return np.split(z, len(z) // len(h))


def norm(w: Named, name: str, z: Row) -> Row:
    return (z - z.mean()) / np.sqrt(z.var() + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]


def lstm(
    w: Named,
    x: Row,
    b: Named,
    k: Hold,
    rows: str = "ifgo",
    gate: Squash = s,
    g: Squash = np.tanh,
    shown: Squash = np.tanh,
) -> Named:
    """The LSTM, and what is left of it without some of its rows: a gate that is gone is open."""
    made = dict(zip(rows, z_of(w, x, b["h"]), strict=True))
    gates = {name: k(name, gate(made[name])) for name in "ifo" if name in made}
    gates["c_tilde"] = k("c_tilde", g(made["g"]))
    c = k("c", gates.get("f", 1.0) * b["c"] + gates.get("i", 1.0) * gates["c_tilde"])
    return {**gates, "c": c, "h": k("h", gates.get("o", 1.0) * shown(c))}


def peephole(w: Named, x: Row, b: Named, k: Hold) -> Named:
    i, f, g, o = z_of(w, x, b["h"])
    i, f = k("i", s(i + w["peephole_i"] * b["c"])), k("f", s(f + w["peephole_f"] * b["c"]))
    g = k("c_tilde", np.tanh(g))
    c = k("c", f * b["c"] + i * g)
    o = k("o", s(o + w["peephole_o"] * c))
    return {"f": f, "i": i, "c_tilde": g, "o": o, "c": c, "h": k("h", o * np.tanh(c))}


def cifg(w: Named, x: Row, b: Named, k: Hold) -> Named:
    f, g, o = z_of(w, x, b["h"])
    f = k("f", s(f))
    i, g, o = k("i", 1 - f), k("c_tilde", np.tanh(g)), k("o", s(o))
    c = k("c", f * b["c"] + i * g)
    return {"f": f, "i": i, "c_tilde": g, "o": o, "c": c, "h": k("h", o * np.tanh(c))}


def lnlstm(w: Named, x: Row, b: Named, k: Hold) -> Named:
    z = norm(w, "norm_ih", w["weight_ih"] @ x) + norm(w, "norm_hh", w["weight_hh"] @ b["h"]) + w["bias_ih"]
    i, f, g, o = np.split(z, 4)
    i, f, g, o = k("i", s(i)), k("f", s(f)), k("c_tilde", np.tanh(g)), k("o", s(o))
    c = k("c", f * b["c"] + i * g)
    return {"f": f, "i": i, "c_tilde": g, "o": o, "c": c, "h": k("h", o * np.tanh(norm(w, "norm_c", c)))}


def janet(w: Named, x: Row, b: Named, k: Hold) -> Named:
    f, g = z_of(w, x, b["h"])
    f, i, g = k("f", s(f)), k("i", s(1 - f)), k("c_tilde", np.tanh(g))
    c = k("c", f * b["c"] + i * g)
    return {"f": f, "i": i, "c_tilde": g, "c": c, "h": k("h", c)}


def slstm(w: Named, x: Row, b: Named, k: Hold) -> Named:
    i, f, g, o = z_of(w, x, b["h"])
    kept = np.log(s(f)) + b["m"]
    m = k("m", np.maximum(kept, i))
    i, f, g, o = k("i", np.exp(i - m)), k("f", np.exp(kept - m)), k("c_tilde", np.tanh(g)), k("o", s(o))
    c, n = k("c", f * b["c"] + i * g), k("n", f * b["n"] + i)
    return {"i": i, "f": f, "c_tilde": g, "o": o, "c": c, "n": n, "m": m, "h": k("h", o * c / n)}


def gru(w: Named, x: Row, b: Named, k: Hold) -> Named:
    (xr, xz, xn), (hr, hz, hn) = (
        np.split(w[f"weight_{a}"] @ v + w[f"bias_{a}"], 3) for a, v in (("ih", x), ("hh", b["h"]))
    )
    r, z = k("r", s(xr + hr)), k("z", s(xz + hz))
    n = k("n", np.tanh(xn + r * hn))
    return {"r": r, "z": z, "n": n, "h": k("h", n + z * (b["h"] - n))}


def gru_before(w: Named, x: Row, b: Named, k: Hold) -> Named:
    r, z, _ = z_of(w, x, b["h"])
    r, z = k("r", s(r)), k("z", s(z))
    n = k("n", np.tanh(z_of(w, x, r * b["h"])[2]))
    return {"r": r, "z": z, "n": n, "h": k("h", n + z * (b["h"] - n))}


def minlstm(w: Named, x: Row, b: Named, k: Hold) -> Named:
    f, i, g = z_of(w, x, b["h"])
    f, i, g = k("f", s(f) / (s(f) + s(i))), k("i", s(i) / (s(f) + s(i))), k("c_tilde", g)
    return {"f": f, "i": i, "c_tilde": g, "h": k("h", f * b["h"] + i * g)}


def mingru(w: Named, x: Row, b: Named, k: Hold) -> Named:
    z, n = z_of(w, x, b["h"])
    z, n = k("z", s(z)), k("n", n)
    return {"z": z, "n": n, "h": k("h", (1 - z) * b["h"] + z * n)}


def hard(by: float) -> Squash:
    return lambda z: np.clip(z / by + 0.5, 0, 1)


def relu(z: Row) -> Row:
    return np.maximum(z, 0)


def rnn(w: Named, x: Row, b: Named, k: Hold, squashed: Callable[[Row], Row] = np.tanh) -> Named:
    a = k("a", z_of(w, x, b["h"])[0])
    return {"a": a, "h": k("h", squashed(a))}


PAPERS: dict[str, Callable[[Named, Row, Named, Hold], Named]] = {
    "by-hand": lstm, "fused": lstm, "builtin": lstm, "peephole": peephole, "cifg": cifg, "lnlstm": lnlstm,
    "janet": janet, "slstm": slstm, "gru": gru, "gru-before": gru_before, "minlstm": minlstm, "mingru": mingru,
    "rnn": rnn, "rnn-relu": partial(rnn, squashed=relu), "lstm97": partial(lstm, rows="igo"),
    "nig": partial(lstm, rows="fgo"), "nog": partial(lstm, rows="ifg"),
    "niaf": partial(lstm, g=lambda z: z), "noaf": partial(lstm, shown=lambda c: c),
    "lstm-hard": partial(lstm, gate=hard(5)), "lstm-hard6": partial(lstm, gate=hard(6)),
    "lstm-relu": partial(lstm, g=relu, shown=relu),
}  # fmt: skip


def test_there_is_a_paper_for_every_kind() -> None:
    assert PAPERS.keys() == ALL.keys()


def reading(kind: str) -> Rollout:
    """Two layers in float64 with weights that move every quantity."""
    vocabulary = Vocabulary.of(TEXT)
    model = fresh(len(vocabulary), SIZES, 2, ALL[kind], seed=3).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    return Rollout(model, Text(vocabulary, TEXT))


def by_numpy(model: Network, indices: list[int], kind: str, clamps: tuple[Clamp, ...]) -> list[list[Named]]:
    """Every layer's quantities at every step."""
    weights = [{name: value.numpy() for name, value in layer.items()} for layer in model.weights()]
    zero = [
        {n: v[0].numpy() for n, v in zip(c.states, z, strict=True)}
        for c, z in zip(model.cells, model.zero_state(), strict=True)
    ]
    states, found = zero, []
    for t, index in enumerate(indices):
        x = np.eye(model.input_size)[index]
        layers = []
        for at, layer in enumerate(weights):

            def hold(name: str, value: Row, at: int = at, t: int = t) -> Row:
                value = value.copy()
                for clamp in clamps:
                    late = clamp.stop is not None and t >= clamp.stop
                    if (clamp.layer, clamp.quantity) == (at, name) and t >= clamp.start and not late:
                        value[clamp.unit] = clamp.value
                return value

            made = PAPERS[kind](layer, x, states[at], hold)
            states = [made if which == at else state for which, state in enumerate(states)]
            layers.append(made)
            x = made["h"]
        found.append(layers)
    return found


@pytest.mark.parametrize("kind", list(PAPERS))
def test_what_follows_from_a_held_value_is_computed_by_the_cells_own_equations(kind: str) -> None:
    """Every quantity in turn, in both layers, for a step, for a span and from somewhere on."""
    free = reading(kind)
    for at, quantity in enumerate(free.model.cell_type.quantities):
        texts = (
            f"{quantity.name}[1] = 0.75 from 4 to 9",
            f"l1.{quantity.name}[2] = 0.3125 at {at}",
            "l1.h[0] = -0.5 from 12",
        )
        held = free.with_clamps(map(read_clamp, texts))
        wanted = by_numpy(held.model, held.indices.tolist(), kind, held.interventions.clamps)
        for position in range(1, len(held) + 1):
            for mine, theirs in zip(held.timeline.at(position).layers, wanted[position - 1], strict=True):
                assert mine.keys() == theirs.keys()
                for name, values in mine.items():
                    off = np.abs(values[0].numpy() - theirs[name]).max()
                    assert off <= 1e-12 * (1 + np.abs(theirs[name]).max()), (texts, position, name)
        assert held.step(19).prediction.logits != free.step(19).prediction.logits  # type: ignore[union-attr]
        assert held.step(0 if at else 4).layers[0].values == free.step(0 if at else 4).layers[0].values


@pytest.mark.parametrize("kind", ["by-hand", "builtin", "slstm", "gru-before", "lnlstm"])
def test_every_view_of_a_changed_run_shows_its_steps(kind: str) -> None:
    """Walked through, over time, explained, and summed up: the held value and what follows from it."""
    free = reading(kind)
    memory = free.model.cell_type.kind.memories[0].state
    gate = free.model.cell_type.quantities[0].name
    held = free.with_clamps(map(read_clamp, (f"{gate}[1] = 0.75 from 4 to 9", f"{memory}[2] = 0.5 from 6 to 11")))
    for position in (3, 5, 8, 12, 19):
        step, walked = held.step(position), substeps(held, position)
        assert walked[-1].layers[0].values == step.layers[0].values
        for layer in (0, 1):
            for name, values in step.layers[layer].values.items():
                over_time = held.values(name, layer, range(SIZES[layer]), 1, 20)
                np.testing.assert_allclose([row[position - 1] for row in over_time], values, atol=1e-12)
        account = ledger(held.timeline, position, 0, 2)
        assert account is not None
        assert account.total == pytest.approx(dict(step.layers[0].values)[memory][2], abs=1e-6)
        assert account.first == (position if 7 <= position <= 11 else 12 if position > 11 else 1)
    told = {line.quantity: line.text for line in equations(held, 8, 0, 1)}
    assert told[gate].endswith("= 0.75    (clamped)")
    assert sum("clamped" in line.text for line in equations(held, 8, 0, 2)) == 1
    assert not any("clamped" in line.text for line in equations(held, 8, 1, 1))


def test_clamps_that_do_not_fit_are_refused_in_one_sentence() -> None:
    run = reading("by-hand")
    for text, said in (
        ("c3 = 1", "write QUANTITY[UNIT] = NUMBER"),
        ("c[3] = one", "one is not a finite number"),
        ("c[3] = nan", "not a finite number"),
        ("c[3] = 1e99", "not a finite number"),
        ("c[3] = 1 from 7 to 7", "no step lies from 7 to 7"),
        ("q[3] = 1", "does not compute 'q' but f, i, c_tilde, o, c, h"),
        ("c[5] = 1", "there is no unit 5: the layer has 5, from 0 to 4"),
        ("l2.c[0] = 1", "2 layers, l0 to l1"),
        ("c[0] = 1 at 19", "19 is beyond the end: the text has 19 steps, from t = 0 to 18"),
        ("c[0] = 1 from 3 to 20", "20 is beyond the end"),
        ("c[0] = 1 from 3 until 20", "write QUANTITY[UNIT] = NUMBER"),
    ):
        with pytest.raises(UserError, match="clamp") as refused:
            run.with_clamps([read_clamp(text)])
        assert said in str(refused.value), text
    two = [read_clamp(text) for text in ("g[1] = 1 from 3 to 9", "c_tilde[1] = 2 from 8")]
    with pytest.raises(UserError, match=r"disagree at t = 8"):
        run.with_clamps(two)
    run.with_clamps([two[0], read_clamp("c~[1] = 2 from 9"), read_clamp("c̃[1]=1 at 3")])
    for text in ("l1.c[3] = 0.1 at 12", "f[0] = -2.5", "h[1] = 1e-05 from 3", "h[1] = 0.3333333333333333 from 3 to 9"):
        assert read_clamp(text).text == text


def test_a_class_of_ones_own_is_refused() -> None:
    from lstm_tui.engine.user_cells.pasting import pasted

    vocabulary = Vocabulary.of("abc")
    model = fresh(3, 4, 1, pasted(f"{students.__file__}:Textbook", 3, 4, 0, {}), seed=0)
    with pytest.raises(UserError, match="class of your own"):
        Rollout(model, Text(vocabulary, "abc")).with_clamps([read_clamp("c[0] = 1")])
