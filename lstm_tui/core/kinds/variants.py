"""The kinds of cells that are compared with the LSTM: each without one of its parts, or with another memory.

Every entry is a whole description: panels, rows of the weights, formulas, and what its memory is the sum of. What the
cell computes stands, as a page to read, in its file in `engine.cells.variants`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lstm_tui.core.kinds.cell_kind import CellKind, Implementation, Memory, Size, stacked
from lstm_tui.core.quantities import C_TILDE, C, F, H, I, N, O, Quantity, R

_WITHOUT = "the LSTM without one of its parts"
_OTHERWISE = "the LSTM with something added or changed"
_SMALLER = "one state, fewer gates"


def _reworded(quantity: Quantity, sentence: str, **changes: object) -> Quantity:
    """The quantity with another sentence."""
    return replace(quantity, sentence=sentence, **changes)  # type: ignore[arg-type]


def _described(
    name: str,
    words: str,
    rows: tuple[str, ...],
    panels: tuple[Quantity, ...],
    formulas: Mapping[str, str],
    memories: tuple[Memory, ...],
    tensors: dict[str, tuple[Size, ...]] | None = None,
    right_sides: Mapping[str, str] = {},
    roles: Mapping[str, str] = {},
    rows_made: Mapping[str, str] = {},
    recalled: Mapping[str, str] = {},
    elementwise: bool = True,
) -> CellKind:
    """The description of a kind that torch has no module for."""
    states = ("h", *(quantity.name for quantity in panels if quantity.state and quantity.name != "h"))
    return CellKind(
        name,
        words,
        panels,
        states,
        rows,
        stacked(len(rows)) if tensors is None else tensors,
        name,
        right_sides=right_sides,
        formulas=formulas,
        memories=memories,
        roles=roles,
        rows_made=rows_made,
        recalled=recalled,
        elementwise=elementwise,
    )


def _input_only(blocks: int) -> dict[str, tuple[Size, ...]]:
    """Rows that see x alone."""
    rows = stacked(blocks)
    del rows["weight_hh"]
    return rows


_KEPT = Memory("c", "f", "i*c_tilde")
_LSTM97 = _described(
    "lstm97",
    "an LSTM of 1997, without a forget gate",
    ("i", "c_tilde", "o"),
    (I, C_TILDE, O, _reworded(C, "memory carried on = c' + i·c̃, never forgotten"), H),
    {"c": "c' + i*c_tilde", "h": "o*tanh(c)"},
    (Memory("c", "1", "i*c_tilde"),),
)
_PEEPHOLE = _described(
    "peephole",
    "an LSTM with peepholes",
    ("i", "f", "c_tilde", "o"),
    (F, I, C_TILDE, O, C, H),
    {"c": "f*c' + i*c_tilde", "h": "o*tanh(c)"},
    (_KEPT,),
    stacked(4) | {f"peephole_{gate}": ((1, "H"),) for gate in "ifo"},
    {"f": "σ(… + p_f·c')", "i": "σ(… + p_i·c')", "o": "σ(… + p_o·c)"},
    {"peephole_i": "c' → i", "peephole_f": "c' → f", "peephole_o": "c → o"},
    {
        "i": "sigmoid(z_i + peephole_i*c')",
        "f": "sigmoid(z_f + peephole_f*c')",
        "o": "sigmoid(z_o + peephole_o*c)",
    },
)
_CIFG = _described(
    "cifg",
    "an LSTM with coupled input and forget gates",
    ("f", "c_tilde", "o"),
    (
        F,
        _reworded(I, "how much of c̃ to write: what is not kept", squash=None),
        C_TILDE,
        O,
        _reworded(C, "memory carried on = f·c' + (1-f)·c̃", grows=False),
        H,
    ),
    {"i": "1 - f", "c": "f*c' + i*c_tilde", "h": "o*tanh(c)"},
    (_KEPT,),
)
_NIG = _described(
    "nig",
    "an LSTM without an input gate",
    ("f", "c_tilde", "o"),
    (F, C_TILDE, O, _reworded(C, "memory carried on = f·c' + c̃"), H),
    {"c": "f*c' + c_tilde", "h": "o*tanh(c)"},
    (Memory("c", "f", "c_tilde"),),
)
_NOG = _described(
    "nog",
    "an LSTM without an output gate",
    ("i", "f", "c_tilde"),
    (F, I, C_TILDE, C, _reworded(H, "all of the memory, squashed: makes the guess and the next gates = tanh c")),
    {"c": "f*c' + i*c_tilde", "h": "tanh(c)"},
    (_KEPT,),
)
_NIAF = _described(
    "niaf",
    "an LSTM whose candidate is not squashed",
    ("i", "f", "c_tilde", "o"),
    (F, I, _reworded(C_TILDE, "the content proposed, not squashed", squash=None, grows=True), O, C, H),
    {"c": "f*c' + i*c_tilde", "h": "o*tanh(c)"},
    (_KEPT,),
)
_NOAF = _described(
    "noaf",
    "an LSTM that shows its memory unsquashed",
    ("i", "f", "c_tilde", "o"),
    (F, I, C_TILDE, O, C, _reworded(H, "the part shown: makes the guess and the next gates = o·c", grows=True)),
    {"c": "f*c' + i*c_tilde", "h": "o*c"},
    (_KEPT,),
)
_NORMED = ("weight", "bias")
_LNLSTM = _described(
    "lnlstm",
    "an LSTM with layer normalisation",
    ("i", "f", "c_tilde", "o"),
    (F, I, C_TILDE, O, C, _reworded(H, "the part shown: makes the guess and the next gates = o·tanh(norm c)")),
    {"c": "f*c' + i*c_tilde"},
    (_KEPT,),
    stacked(4)
    | {f"norm_{of}.{what}": ((4, "H"),) for of in ("ih", "hh") for what in _NORMED}
    | {f"norm_c.{what}": ((1, "H"),) for what in _NORMED},
    {
        "f": "σ(norm(W x) + norm(R h') + b)",
        "i": "σ(norm(W x) + norm(R h') + b)",
        "c_tilde": "tanh(norm(W x) + norm(R h') + b)",
        "o": "σ(norm(W x) + norm(R h') + b)",
        "h": "o·tanh(norm c)",
    },
    {"norm_ih.weight": "norm(W x)", "norm_hh.weight": "norm(R h')", "norm_c.weight": "norm(c) → h"},
    elementwise=False,
)
_JANET = _described(
    "janet",
    "a JANET: an LSTM with nothing but the forget gate",
    ("f", "c_tilde"),
    (
        F,
        _reworded(I, "how much of c̃ to write = σ(1 - z_f)", squash=None),
        C_TILDE,
        C,
        _reworded(H, "all of the memory: makes the guess and the next gates = c", grows=True),
    ),
    {"i": "sigmoid(1 - z_f)", "c": "f*c' + i*c_tilde", "h": "c"},
    (_KEPT,),
)
_SLSTM = _described(
    "slstm",
    "an sLSTM, with exponential gates",
    ("i", "f", "c_tilde", "o"),
    (
        Quantity("i", "i", "input", "gate", "how much of c̃ to write = exp(z_i - m)", "ignore", "write"),
        Quantity("f", "f", "forget", "gate", "how much old memory to keep = exp(log σ(z_f) + m' - m)", "erase", "keep"),
        C_TILDE,
        O,
        C,
        Quantity("n", "n", "norm", "signed", "how much has been written = f·n' + i", grows=True, state=True),
        Quantity("m", "m", "level", "signed", "what gates are measured against = max(log σ(z_f) + m', z_i)",
                 grows=True, state=True, initial=float("-inf")),
        Quantity("h", "h", "hidden", "signed", "the part shown, which makes the guess = o·c/n", state=True),
    ),
    {
        "m": "max(log(sigmoid(z_f)) + m', z_i)",
        "i": "exp(z_i - m)",
        "f": "exp(log(sigmoid(z_f)) + m' - m)",
        "c": "f*c' + i*c_tilde",
        "n": "f*n' + i",
        "h": "o*c / n",
    },
    (_KEPT, Memory("n", "f", "i")),
)  # fmt: skip
_GRU_BEFORE = _described(
    "gru-before",
    "a GRU whose reset gate stands before the product",
    ("r", "z", "n"),
    (
        R,
        Quantity("z", "z", "update", "gate", "how much of the old h to keep", "replace", "keep", squash="sigmoid"),
        N,
        Quantity("h", "h", "hidden", "signed", "memory and output = (1-z)·n + z·h'", state=True),
    ),
    {"h": "(1 - z)*n + z*h'"},
    (Memory("h", "z", "(1 - z)*n"),),
    right_sides={"n": "tanh(W x + b + R (r·h'))"},
    recalled={"n": "r*h'"},
)
_MINLSTM = _described(
    "minlstm",
    "a minLSTM, whose gates see x alone",
    ("f", "i", "c_tilde"),
    (
        _reworded(F, "how much old memory to keep = σ(z_f) / (σ(z_f) + σ(z_i))", squash=None),
        _reworded(I, "how much of c̃ to write: what is not kept", squash=None),
        _reworded(C_TILDE, "the content proposed = W x + b", squash=None, grows=True),
        Quantity("h", "h", "hidden", "signed", "memory and output = f·h' + i·c̃", grows=True, state=True),
    ),
    {
        "f": "sigmoid(z_f) / (sigmoid(z_f) + sigmoid(z_i))",
        "i": "sigmoid(z_i) / (sigmoid(z_f) + sigmoid(z_i))",
        "h": "f*h' + i*c_tilde",
    },
    (Memory("h", "f", "i*c_tilde"),),
    _input_only(3),
    {"c_tilde": "W x + b"},
)
_MINGRU = _described(
    "mingru",
    "a minGRU, whose gate sees x alone",
    ("z", "n"),
    (
        Quantity("z", "z", "update", "gate", "how much of the new to take", "keep", "replace", squash="sigmoid"),
        _reworded(N, "the content proposed = W x + b", squash=None, grows=True),
        Quantity("h", "h", "hidden", "signed", "memory and output = (1-z)·h' + z·n", grows=True, state=True),
    ),
    {"h": "(1 - z)*h' + z*n"},
    (Memory("h", "1 - z", "z*n"),),
    _input_only(2),
    {"z": "σ(W x + b)", "n": "W x + b"},
)

VARIANTS: dict[str, Implementation] = {
    kind.name: Implementation(summary, kind, f"variants.{home}", one_bias=True, group=group)
    for group, kind, home, summary in (
        (_WITHOUT, _LSTM97, "lstm97.LSTM97", "no forget gate: c only ever adds up, as in 1997"),
        (_WITHOUT, _CIFG, "cifg.CIFG", "one gate for two: it writes what it does not keep, i = 1 - f"),
        (_WITHOUT, _NIG, "nig.NIG", "no input gate: everything proposed is written"),
        (_WITHOUT, _NOG, "nog.NOG", "no output gate: all of the memory shows"),
        (_WITHOUT, _NIAF, "niaf.NIAF", "no tanh where c̃ is made: what is written has no bound"),
        (_WITHOUT, _NOAF, "noaf.NOAF", "no tanh where c is shown: h = o·c has no bound"),
        (_WITHOUT, _JANET, "janet.JANET", "the forget gate alone: is one gate enough?"),
        (_OTHERWISE, _PEEPHOLE, "peephole.Peephole", "gates see the cell too, through a weight a unit: for timing"),
        (_OTHERWISE, _LNLSTM, "lnlstm.LNLSTM", "layer normalisation in the gates and before c is shown"),
        (
            _OTHERWISE,
            _SLSTM,
            "slstm.SLSTM",
            "exponential gates, and a norm that c is divided by (xLSTM)",
        ),
        (_SMALLER, _GRU_BEFORE, "gru_before.GRUBefore", "a GRU as first published: r multiplies h' before the product"),
        (_SMALLER, _MINLSTM, "minlstm.MinLSTM", "gates that see only x: a lookup, which can be computed in parallel"),
        (_SMALLER, _MINGRU, "mingru.MinGRU", "the same with one gate"),
    )
}
"""By the names users give them."""
