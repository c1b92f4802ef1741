"""Correct cells, each in another style; its first word says what `check` has to call it."""

import math
from collections import namedtuple
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn


class Gate(nn.Module):
    def __init__(self, d, u, act):
        super().__init__()
        self.linear, self.act = nn.Linear(d + u, u), act

    def forward(self, both):
        return self.act(self.linear(both))


class Submodules(nn.Module):
    """lstm: one call of one helper class a gate"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forget, self.write, self.show = (Gate(input_size, hidden_size, torch.sigmoid) for _ in range(3))
        self.content = Gate(input_size, hidden_size, torch.tanh)

    def forward(self, x, h, c):
        both = torch.cat([x, h], -1)
        c = self.forget(both) * c + self.write(both) * self.content(both)
        return self.show(both) * c.tanh(), c


class Sequentials(nn.Module):
    """lstm: nn.Sequential with its activation inside, nothing has a gate's name"""

    def __init__(self, n_in, n_units):
        super().__init__()
        self.a, self.b, self.d = (nn.Sequential(nn.Linear(n_in + n_units, n_units), nn.Sigmoid()) for _ in range(3))
        self.e = nn.Sequential(nn.Linear(n_in + n_units, n_units), nn.Tanh())

    def forward(self, inp, hidden):
        s, m = hidden
        v = torch.cat((s, inp), 1)
        m = m * self.a(v) + self.b(v) * self.e(v)
        s = self.d(v) * torch.tanh(m)
        return s, (s, m)


class Slices(nn.Module):
    """lstm: slices of one matrix, columns as vectors, W @ x"""

    def __init__(self, input_dim, hidden_dim):
        super().__init__()
        self.n = hidden_dim
        self.W = nn.Parameter(torch.randn(4 * hidden_dim, input_dim) / math.sqrt(input_dim))
        self.U = nn.Parameter(torch.randn(4 * hidden_dim, hidden_dim) / math.sqrt(hidden_dim))
        self.b = nn.Parameter(torch.zeros(4 * hidden_dim, 1))

    def forward(self, x_t, h_prev, c_prev):
        assert x_t.dim() == 2
        assert x_t.shape[1] == 1
        n = self.n
        z = self.W @ x_t + self.U @ h_prev + self.b
        i, f, o, g = z[:n], z[n : 2 * n], z[2 * n : 3 * n], z[3 * n :]
        c = torch.sigmoid(f) * c_prev + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Vectors(nn.Module):
    """lstm: no batch at all, torch.mv"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.ParameterList([nn.Parameter(torch.randn(hidden_size, input_size + hidden_size)) for _ in range(4)])
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(hidden_size)) for _ in range(4)])

    def forward(self, x, h, c):
        assert x.dim() == 1
        v = torch.cat([h, x])
        f, i, g, o = (torch.mv(W, v) + b for W, b in zip(self.W, self.b, strict=True))
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


class Zeroed(nn.Module):
    """lstm: weights that begin as zeros, forget bias 1"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(input_size + hidden_size, 4 * hidden_size))
        self.b = nn.Parameter(torch.cat([torch.ones(hidden_size), torch.zeros(3 * hidden_size)]))

    def forward(self, x, state):
        h, c = state
        f, i, o, g = torch.split(torch.cat([x, h], 1) @ self.W + self.b, h.size(1), dim=1)
        c_next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
        h_next = o.sigmoid().mul(c_next.tanh())
        return h_next, (h_next, c_next)


State = namedtuple("State", "hx cx")


class Named(nn.Module):
    """lstm: a namedtuple goes in and comes back, states unpacked by name, F.linear"""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias_ih, self.bias_hh = (nn.Parameter(torch.empty(4 * hidden_size)) for _ in range(2))
        for p in self.parameters():
            nn.init.uniform_(p, -0.3, 0.3)

    def forward(self, input: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor]):
        hx, cx = state
        gates = F.linear(input, self.weight_ih, self.bias_ih) + F.linear(hx, self.weight_hh, self.bias_hh)
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)
        cy = torch.sigmoid(forgetgate) * cx + torch.sigmoid(ingate) * torch.tanh(cellgate)
        hy = torch.sigmoid(outgate) * torch.tanh(cy)
        return State(hy, cy)


class Builtin(nn.Module):
    """lstm: a wrapper around nn.LSTM"""

    def __init__(self, input_size, hidden_size, num_layers=1):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, x, hidden=None):
        out, hidden = self.rnn(x, hidden)
        return out, hidden


class Wrapped(nn.Module):
    """lstm: a wrapper around nn.LSTMCell"""

    def __init__(self, in_dim, hid_dim):
        super().__init__()
        self.cell = nn.LSTMCell(in_dim, hid_dim)

    def forward(self, x, state):
        h, c = self.cell(x, state)
        return h, c


class TimeFirst(nn.Module):
    """lstm: a whole sequence, time first, states optional, the usual blog's names"""

    def __init__(self, input_sz, hidden_sz):
        super().__init__()
        self.hidden_size = hidden_sz
        self.weights = nn.ParameterDict(
            {f"{k}_{g}": nn.Parameter(torch.randn(s, hidden_sz) * 0.2)
             for g in ("i", "f", "c", "o") for k, s in (("W", input_sz), ("U", hidden_sz), ("b", 1))}
        )  # fmt: skip

    def gate(self, name, x, h):
        w = self.weights
        return x @ w["W_" + name] + h @ w["U_" + name] + w["b_" + name]

    def forward(self, inputs, init_states: tuple[torch.Tensor, torch.Tensor] | None = None):
        B = inputs.shape[1]
        if init_states is None:
            h_t = inputs.new_zeros(B, self.hidden_size)
            c_t = torch.zeros_like(h_t)
        else:
            h_t, c_t = init_states
        seq = []
        for x_t in inputs:
            i_t = torch.sigmoid(self.gate("i", x_t, h_t))
            f_t = torch.sigmoid(self.gate("f", x_t, h_t))
            g_t = torch.tanh(self.gate("c", x_t, h_t))
            o_t = torch.sigmoid(self.gate("o", x_t, h_t))
            c_t = f_t * c_t + i_t * g_t
            h_t = o_t * torch.tanh(c_t)
            seq.append(h_t)
        return torch.stack(seq), (h_t, c_t)


class Held(nn.Module):
    """lstm: self.hidden is a tuple that it keeps itself, made at the first call"""

    def __init__(self, n_features, n_hidden):
        super().__init__()
        self.fc = nn.Linear(n_features + n_hidden, 4 * n_hidden)
        self.n_hidden = n_hidden
        self.hidden = None

    def forward(self, x):
        if self.hidden is None:
            self.hidden = (x.new_zeros(len(x), self.n_hidden), x.new_zeros(len(x), self.n_hidden))
        h, c = self.hidden
        i, j, f, o = self.fc(torch.cat([x, h], 1)).chunk(4, dim=-1)
        c = c * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(j)
        h = torch.tanh(c) * torch.sigmoid(o)
        self.hidden = (h, c)
        return h


class OutAndStates(nn.Module):
    """lstm: returns output, h and c, its output layer asked for by name"""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.i2f, self.i2i, self.i2c, self.i2o = (nn.Linear(input_size + hidden_size, hidden_size) for _ in range(4))
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, x, h, c):
        comb = torch.cat((x, h), 1)
        f, i, o = (torch.sigmoid(layer(comb)) for layer in (self.i2f, self.i2i, self.i2o))
        c = f * c + i * torch.tanh(self.i2c(comb))
        h = o * torch.tanh(c)
        return self.out(h), h, c


class Peephole(nn.Module):
    """peephole: diagonal, o looks at the new c"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.x, self.h = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.pi, self.pf, self.po = (nn.Parameter(torch.zeros(hidden_size)) for _ in range(3))

    def forward(self, x, state):
        h, c = state
        zi, zf, zg, zo = (self.x(x) + self.h(h)).chunk(4, 1)
        i = torch.sigmoid(zi + self.pi * c)
        f = torch.sigmoid(zf + self.pf * c)
        c = f * c + i * torch.tanh(zg)
        o = torch.sigmoid(zo + self.po * c)
        return o * torch.tanh(c), c


class Coupled(nn.Module):
    """coupled: i = 1 - f"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.f, self.g, self.o = (nn.Linear(input_size + hidden_size, hidden_size) for _ in range(3))

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        f, g, o = torch.sigmoid(self.f(z)), torch.tanh(self.g(z)), torch.sigmoid(self.o(z))
        c = f * c + (1 - f) * g
        return o * torch.tanh(c), c


class Norms(nn.Module):
    """layer norm: one for x, one for h, one for c"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.x, self.h = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size)
        self.nx, self.nh, self.nc = (
            nn.LayerNorm(4 * hidden_size),
            nn.LayerNorm(4 * hidden_size),
            nn.LayerNorm(hidden_size),
        )

    def forward(self, x, hc):
        h, c = hc
        i, f, g, o = (self.nx(self.x(x)) + self.nh(self.h(h))).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.nc(c))
        return h, (h, c)


class Hard(nn.Module):
    """hard sigmoid: as Keras had it"""

    def __init__(self, units, input_dim):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(input_dim, 4 * units) * 0.3)
        self.recurrent = nn.Parameter(torch.randn(units, 4 * units) * 0.3)

    def forward(self, inputs, states):
        h_tm1, c_tm1 = states
        z0, z1, z2, z3 = torch.split(inputs @ self.kernel + h_tm1 @ self.recurrent, h_tm1.shape[1], 1)
        i, f, o = (torch.clamp(0.2 * z + 0.5, 0.0, 1.0) for z in (z0, z1, z3))
        c = f * c_tm1 + i * torch.tanh(z2)
        return o * torch.tanh(c), [o * torch.tanh(c), c]


class First(nn.Module):
    """no forget gate: the LSTM of 1997"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i, self.g, self.o = (nn.Linear(input_size + hidden_size, hidden_size) for _ in range(3))

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        c = c + torch.sigmoid(self.i(z)) * torch.tanh(self.g(z))
        return torch.sigmoid(self.o(z)) * torch.tanh(c), c


class Dropped(nn.Module):
    """lstm: with dropout on c̃, a clip inside the sigmoid and weights copied at every call"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin, self.drop = nn.Linear(input_size + hidden_size, 4 * hidden_size), nn.Dropout(0.3)

    def forward(self, x, h, c):
        z = F.linear(torch.cat([x, h], 1), self.lin.weight.clone(), self.lin.bias)
        z = z.view(len(x), 4, -1)
        f, i, o = torch.sigmoid(z[:, :3].clamp(-20, 20)).unbind(1)
        c = f * c + i * self.drop(torch.tanh(z[:, 3]))
        h = o * torch.tanh(c)
        return h, c


class Torchy(nn.Module):
    """gru: as torch writes it, reset after the product"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.x2h, self.h2h = nn.Linear(input_size, 3 * hidden_size), nn.Linear(hidden_size, 3 * hidden_size)

    def forward(self, x, hidden):
        i_r, i_i, i_n = self.x2h(x).chunk(3, 1)
        h_r, h_i, h_n = self.h2h(hidden).chunk(3, 1)
        resetgate = torch.sigmoid(i_r + h_r)
        inputgate = torch.sigmoid(i_i + h_i)
        newgate = torch.tanh(i_n + resetgate * h_n)
        return newgate + inputgate * (hidden - newgate)


class Paper(nn.Module):
    """gru: the paper's, over a sequence, z exchanged, lerp"""

    def __init__(self, in_features, out_features):
        super().__init__()
        self.zr = nn.Linear(in_features + out_features, 2 * out_features)
        self.n = nn.Linear(in_features + out_features, out_features)

    def forward(self, xs, h):
        for x in xs.unbind(1):
            z, r = torch.sigmoid(self.zr(torch.cat([x, h], -1))).chunk(2, -1)
            n = torch.tanh(self.n(torch.cat([x, r * h], -1)))
            h = torch.lerp(h, n, z)
        return h


class BuiltinGru(nn.GRUCell):
    """gru: a child of nn.GRUCell"""


class Elman(nn.Module):
    """rnn: h = tanh(W x + U h + b), with its output"""

    def __init__(self, data_size, hidden_size, output_size=3):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(data_size + hidden_size, hidden_size), nn.Linear(hidden_size, output_size)

    def forward(self, data, last_hidden):
        hidden = torch.tanh(self.i2h(torch.cat((data, last_hidden), 1)))
        return self.h2o(hidden), hidden


class Minimal(nn.Module):
    """null: a minimal gated unit, nobody's mistake"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.f, self.n = (
            nn.Linear(input_size + hidden_size, hidden_size),
            nn.Linear(input_size + hidden_size, hidden_size),
        )

    def forward(self, x, h):
        f = torch.sigmoid(self.f(torch.cat([x, h], 1)))
        n = torch.tanh(self.n(torch.cat([x, f * h], 1)))
        return (1 - f) * h + f * n


class Stepped(NamedTuple):
    h: torch.Tensor
    c: torch.Tensor


class Keywords(nn.Module):
    """lstm: a NamedTuple, typed states, gates in a dict"""

    def __init__(self, *, input_size, hidden_size):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(input_size + hidden_size, hidden_size) for _ in range(4)])

    def forward(self, x, prev_state):
        v = torch.cat([prev_state[0], x], dim=1)
        gates = {name: layer(v) for name, layer in zip("figo", self.layers, strict=True)}
        c = torch.sigmoid(gates["f"]) * prev_state[1] + torch.sigmoid(gates["i"]) * torch.tanh(gates["g"])
        return Stepped(torch.sigmoid(gates["o"]) * torch.tanh(c), c)


class Biased(nn.Module):
    """forget bias: (c, h), TensorFlow's forget bias, rows i, j, f, o."""

    def __init__(self, input_size, num_units):
        super().__init__()
        self.kernel = nn.Linear(input_size + num_units, 4 * num_units)

    def forward(self, inputs, state):
        c, h = state
        i, j, f, o = torch.chunk(self.kernel(torch.cat([inputs, h], 1)), 4, 1)
        new_c = c * torch.sigmoid(f + 1.0) + torch.sigmoid(i) * torch.tanh(j)
        new_h = torch.tanh(new_c) * torch.sigmoid(o)
        return new_h, (new_c, new_h)
