"""Cells written by chance: a correct one in a style drawn from many, and the same with one equation changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

GATES = ("f", "i", "g", "o")
NAMES = {
    "short": {"f": "f", "i": "i", "g": "g", "o": "o", "c": "c", "h": "h"},
    "torch": {"f": "forgetgate", "i": "ingate", "g": "cellgate", "o": "outgate", "c": "cy", "h": "hy"},
    "time": {"f": "f_t", "i": "i_t", "g": "c_tilde", "o": "o_t", "c": "c_t", "h": "h_t"},
    "long": {"f": "forget_gate", "i": "input_gate", "g": "candidate", "o": "output_gate", "c": "c_new", "h": "h_new"},
    "odd": {"f": "keep", "i": "put", "g": "what", "o": "show", "c": "memory", "h": "seen"},
}
WEIGHTS = ("linear", "pair", "fused", "fused pair", "parameters", "fused parameters", "einsum", "dict", "functional")
SQUASH = ("torch", "method", "module", "functional", "manual")
CALLS = ("x, h, c", "x, hc", "x, ch", "sequence", "kept", "h, c, x")


@dataclass(frozen=True)
class Style:
    """How a cell is written; the equations are lambdas from names to source."""

    weights: str
    squash: str
    names: str
    call: str
    order: tuple[str, ...]
    late: bool
    """Whether gates are squashed where they are used."""
    cell: str
    hidden: str
    x_first: bool
    acts: dict[str, str] = field(default_factory=lambda: {"f": "σ", "i": "σ", "g": "τ", "o": "σ"})
    layers: dict[str, str] = field(default_factory=lambda: {q: q for q in GATES})
    """Gate → the gate whose weights make it."""
    blind: str = ""
    """A gate that does not read h."""


CELLS = (
    "{f} * {c0} + {i} * {g}",
    "{c0} * {f} + {g} * {i}",
    "{i} * {g} + {f} * {c0}",
    "torch.add(torch.mul({f}, {c0}), torch.mul({i}, {g}))",
    "torch.addcmul({f} * {c0}, {i}, {g})",
    "{c0} - (1 - {f}) * {c0} + {i} * {g}",
    "({c0} * {f}).add_({i} * {g})",
    "torch.einsum('bh,bh->bh', {f}, {c0}) + {i} * {g}",
)
HIDDENS = ("{o} * {tanh_c}", "{tanh_c} * {o}", "torch.mul({o}, {tanh_c})")


def drawn(random: Random) -> Style:
    """A style."""
    weights = random.choice(WEIGHTS)
    order = list(GATES)
    random.shuffle(order)
    return Style(
        weights,
        random.choice(SQUASH),
        random.choice(tuple(NAMES)),
        random.choice(CALLS),
        tuple(order),
        random.random() < 0.3,
        random.choice(CELLS),
        random.choice(HIDDENS),
        random.random() < 0.5,
    )


def source(style: Style) -> str:
    """The file; its class is `Cell`."""
    head = (
        "import math\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\nclass Cell(nn.Module):\n"
    )
    made = "\n".join(f"        {line}" for line in _made(style))
    body = "\n".join(f"    {line}" for line in _forward(style))
    sizes = "        D, H = input_size, hidden_size\n"
    squash = "        self.sig, self.tan = nn.Sigmoid(), nn.Tanh()\n" if style.squash == "module" else ""
    return (
        f"{head}    def __init__(self, input_size, hidden_size):\n        super().__init__()\n"
        f"{sizes}{squash}{made}\n\n{body}\n"
    )


def _made(style: Style) -> list[str]:
    kept = ["self.h = torch.zeros(1, H)", "self.c = torch.zeros(1, H)"] if style.call == "kept" else []
    lines = {
        "linear": [f"self.W{q} = nn.Linear(D + H, H)" for q in GATES],
        "pair": [f"self.x{q}, self.h{q} = nn.Linear(D, H), nn.Linear(H, H)" for q in GATES],
        "fused": ["self.lin = nn.Linear(D + H, 4 * H)"],
        "fused pair": ["self.x2h = nn.Linear(D, 4 * H)", "self.h2h = nn.Linear(H, 4 * H, bias=False)"],
        "parameters": [
            f"self.W{q}, self.U{q}, self.b{q} = (nn.Parameter(torch.randn(*s) * .3) for s in ((D, H), (H, H), (H,)))"
            for q in GATES
        ],
        "fused parameters": [
            "self.W, self.U, self.b = (nn.Parameter(torch.randn(*s) * .3) for s in ((4 * H, D), (4 * H, H), (4 * H,)))"
        ],
        "einsum": ["self.W = nn.Parameter(torch.randn(4, D + H, H) * .3)"],
        "dict": ["self.layers = nn.ModuleDict({q: nn.Linear(D + H, H) for q in 'figo'})"],
        "functional": [
            f"self.w{q}, self.b{q} = nn.Parameter(torch.randn(H, D + H) * .3), nn.Parameter(torch.zeros(H))"
            for q in GATES
        ],
    }
    return lines[style.weights] + kept


def _raw(style: Style, gate: str) -> str:
    q = style.layers[gate]
    z = "z0" if style.blind == gate else "z"
    h = "(0 * h)" if style.blind == gate else "h"
    return {
        "linear": f"self.W{q}({z})",
        "pair": f"self.x{q}(x) + self.h{q}({h})",
        "parameters": f"x @ self.W{q} + {h} @ self.U{q} + self.b{q}",
        "dict": f"self.layers['{q}']({z})",
        "functional": f"F.linear({z}, self.w{q}, self.b{q})",
    }[style.weights]


def _squashed(style: Style, act: str, what: str) -> str:
    if act == "":
        return what
    if act == "ττ":
        return _squashed(style, "τ", _squashed(style, "τ", what))
    if act == "στ":
        return _squashed(style, "σ", _squashed(style, "τ", what))
    known = {
        ("torch", "σ"): f"torch.sigmoid({what})", ("torch", "τ"): f"torch.tanh({what})",
        ("method", "σ"): f"({what}).sigmoid()", ("method", "τ"): f"({what}).tanh()",
        ("module", "σ"): f"self.sig({what})", ("module", "τ"): f"self.tan({what})",
        ("functional", "σ"): f"F.sigmoid({what})", ("functional", "τ"): f"F.tanh({what})",
        ("manual", "σ"): f"(1 / (1 + torch.exp(-({what}))))", ("manual", "τ"): f"(2 * torch.sigmoid(2 * ({what})) - 1)",
    }  # fmt: skip
    return known[style.squash, act]


def _forward(style: Style) -> list[str]:
    names = NAMES[style.names]
    call = {
        "x, h, c": ("def forward(self, x, h, c):", []),
        "x, hc": ("def forward(self, x, state):", ["h, c = state"]),
        "x, ch": ("def forward(self, x, state):", ["c, h = state"]),
        "h, c, x": ("def forward(self, h_prev, c_prev, inp):", ["x, h, c = inp, h_prev, c_prev"]),
        "kept": ("def forward(self, x):", ["h, c = self.h, self.c"]),
        "sequence": ("def forward(self, xs, state):", ["h, c = state", "outs = []", "for t in range(xs.size(1)):"]),
    }[style.call]
    inner = _step(style, names)
    h, c = names["h"], names["c"]
    if style.call == "sequence":
        ends = [f"    outs.append({h})", f"    h, c = {h}, {c}"]
        inner = ["    x = xs[:, t]", *(f"    {line}" for line in inner), *ends]
        inner.append("return torch.stack(outs, 1), (h, c)")
    elif style.call == "kept":
        inner += [f"self.h, self.c = {h}, {c}", f"return {h}"]
    else:
        inner.append(f"return {h}, ({c}, {h})" if style.call == "x, ch" else f"return {h}, {c}")
    return [call[0], *(f"    {line}" for line in [*call[1], *inner])]


def _step(style: Style, names: dict[str, str]) -> list[str]:
    joined = "[x, h]" if style.x_first else "[h, x]"
    lines = [f"z = torch.cat({joined}, 1)"]
    if style.blind:
        lines.append(f"z0 = torch.cat({joined.replace('h', '0 * h')}, 1)")
    whole = {
        "fused": "self.lin(z)",
        "fused pair": "self.x2h(x) + self.h2h(h)",
        "fused parameters": "x @ self.W.t() + h @ self.U.t() + self.b",
        "einsum": "torch.einsum('bk,gkh->bgh', z, self.W).flatten(1)",
    }.get(style.weights)
    if whole is not None:
        lines.append(f"{', '.join(names[q] for q in style.order)} = ({whole}).chunk(4, 1)")
        copied = [f"{names[q]} = {names[style.layers[q]]}" for q in GATES if style.layers[q] != q]
        lines += copied
        if not style.late:
            lines += [f"{names[q]} = {_squashed(style, style.acts[q], names[q])}" for q in style.order]
    else:
        for q in style.order:
            raw = _raw(style, q)
            lines.append(f"{names[q]} = {raw if style.late else _squashed(style, style.acts[q], raw)}")
    used = {q: _squashed(style, style.acts[q], names[q]) if style.late else names[q] for q in GATES}
    lines.append(f"{names['c']} = {style.cell.format(c0='c', **used)}")
    tanh = _squashed(replace(style, squash="torch" if style.squash == "manual" else style.squash), "τ", names["c"])
    words = {**used, "tanh_c": tanh, "c1": names["c"], "c0": "c", "σc": _squashed(style, "σ", names["c"])}
    lines.append(f"{names['h']} = {style.hidden.format(**words)}")
    return lines


# One equation changed


def _act(gate: str, act: str) -> Callable[[Style], Style]:
    return lambda style: replace(style, acts={**style.acts, gate: act})


def _layer(gate: str, other: str) -> Callable[[Style], Style]:
    return lambda style: replace(style, layers={**style.layers, gate: other})


def _cell(text: str) -> Callable[[Style], Style]:
    return lambda style: replace(style, cell=text)


def _hidden(text: str) -> Callable[[Style], Style]:
    return lambda style: replace(style, hidden=text)


MUTATIONS: dict[str, tuple[str, Callable[[Style], Style]]] = {
    **{f"{q} raw": (q, _act(q, "")) for q in GATES},
    **{f"{q} tanh": (q, _act(q, "τ")) for q in "fio"},
    **{f"{q} twice": (q, _act(q, "στ")) for q in "fio"},
    "g sigmoid": ("g", _act("g", "σ")),
    "g twice": ("g", _act("g", "ττ")),
    **{f"{q} from {p}": (q, _layer(q, p)) for q, p in ("fi", "fo", "if", "og", "oi", "gf", "go")},
    **{f"{q} blind": (q, lambda style, q=q: replace(style, blind=q)) for q in GATES},  # type: ignore[misc]
    "c f twice": ("c", _cell("{f} * {c0} + {f} * {g}")),
    "c i twice": ("c", _cell("{i} * {c0} + {i} * {g}")),
    "c exchanged": ("c", _cell("{i} * {c0} + {f} * {g}")),
    "c plus": ("c", _cell("{f} * {c0} + {i} + {g}")),
    "c minus": ("c", _cell("{f} * {c0} - {i} * {g}")),
    "c no f": ("c", _cell("{c0} + {i} * {g}")),
    "c no i": ("c", _cell("{f} * {c0} + {g}")),
    "c no g": ("c", _cell("{f} * {c0} + {i}")),
    "c no old": ("c", _cell("{i} * {g}")),
    "c nothing new": ("c", _cell("{f} * {c0}")),
    "c f over all": ("c", _cell("{f} * ({c0} + {i} * {g})")),
    "c o for f": ("c", _cell("{o} * {c0} + {i} * {g}")),
    "c o for i": ("c", _cell("{f} * {c0} + {o} * {g}")),
    "h no tanh": ("h", _hidden("{o} * {c1}")),
    "h sigmoid": ("h", _hidden("{o} * {σc}")),
    "h old c": ("h", _hidden("{o} * torch.tanh({c0})")),
    "h no o": ("h", _hidden("{tanh_c}")),
    "h is c": ("h", _hidden("{c1} + 0")),
    "h f for o": ("h", _hidden("{f} * {tanh_c}")),
    "h i for o": ("h", _hidden("{i} * {tanh_c}")),
    "h plus": ("h", _hidden("{o} + {tanh_c}")),
    "h tanh of all": ("h", _hidden("torch.tanh({o} * {c1})")),
}
"""What is done → the equation at which it is to be named, and how."""


def possible(style: Style, mutation: str) -> bool:
    """Whether a change is one: of names that say nothing, an exchange changes nothing; some styles cannot be blind."""
    if mutation == "h old c":
        return style.names != "short"  # there c is the new one by then
    if style.names == "odd" and " for " in mutation:
        return style.weights not in ("fused", "fused pair", "fused parameters", "einsum")
    if mutation == "c exchanged":
        return style.names != "odd"
    if "blind" in mutation:
        return style.weights not in ("fused", "fused pair", "fused parameters", "einsum")
    if " from " in mutation:
        return style.weights not in ("fused", "fused pair", "fused parameters", "einsum")
    return True
