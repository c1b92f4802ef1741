"""Correct cells of less usual kinds and calling forms; the first word says what `check` has to call each."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import Parameter


class Squeezed(nn.Module):
    """lstm: squeeze of the gates, works with a batch of 2 or more only"""

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.x2h = nn.Linear(input_size, 4 * hidden_size, bias=bias)
        self.h2h = nn.Linear(hidden_size, 4 * hidden_size, bias=bias)
        self.reset_parameters()

    def reset_parameters(self):
        std = 1.0 / math.sqrt(self.h2h.in_features)
        for w in self.parameters():
            w.data.uniform_(-std, std)

    def forward(self, x, hidden):
        hx, cx = hidden
        x = x.view(-1, x.size(1))
        gates = self.x2h(x) + self.h2h(hx)
        gates = gates.squeeze()
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)
        ingate = F.sigmoid(ingate)
        forgetgate = F.sigmoid(forgetgate)
        cellgate = F.tanh(cellgate)
        outgate = F.sigmoid(outgate)
        cy = torch.mul(cx, forgetgate) + torch.mul(ingate, cellgate)
        hy = torch.mul(outgate, F.tanh(cy))
        return (hy, cy)


class ForgetOne(nn.Module):
    """forget bias: +1 in the forget gate, a constant"""

    def __init__(self, num_inputs, num_hidden, forget_gate_bias=1.0):
        super().__init__()
        self.forget_gate_bias = forget_gate_bias
        self.num_hidden = num_hidden
        self.i2h = nn.Linear(num_inputs, 4 * num_hidden)
        self.h2h = nn.Linear(num_hidden, 4 * num_hidden)

    def forward(self, inputs, state):
        hx, cx = state
        g = (self.i2h(inputs) + self.h2h(hx)).split(self.num_hidden, 1)
        i, f, o, a = (
            torch.sigmoid(g[0]),
            torch.sigmoid(g[1] + self.forget_gate_bias),
            torch.sigmoid(g[2]),
            torch.tanh(g[3]),
        )
        cx = f * cx + i * a
        return o * torch.tanh(cx), cx


class NormC(nn.Module):
    """layer norm: c itself is normalised, as torch's custom_lstms has it"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.weight_ih = Parameter(torch.randn(4 * hidden_size, input_size))
        self.weight_hh = Parameter(torch.randn(4 * hidden_size, hidden_size))
        self.layernorm_i = nn.LayerNorm(4 * hidden_size)
        self.layernorm_h = nn.LayerNorm(4 * hidden_size)
        self.layernorm_c = nn.LayerNorm(hidden_size)

    def forward(self, input, state):
        hx, cx = state
        igates = self.layernorm_i(torch.mm(input, self.weight_ih.t()))
        hgates = self.layernorm_h(torch.mm(hx, self.weight_hh.t()))
        gates = igates + hgates
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)
        ingate = torch.sigmoid(ingate)
        forgetgate = torch.sigmoid(forgetgate)
        cellgate = torch.tanh(cellgate)
        outgate = torch.sigmoid(outgate)
        cy = self.layernorm_c((forgetgate * cx) + (ingate * cellgate))
        hy = outgate * torch.tanh(cy)
        return hy, (hy, cy)


class Lltm(nn.Module):
    """null: the extension tutorial's, no forget gate, elu for the candidate"""

    def __init__(self, input_features, state_size):
        super().__init__()
        self.input_features, self.state_size = input_features, state_size
        self.weights = nn.Parameter(torch.empty(3 * state_size, input_features + state_size))
        self.bias = nn.Parameter(torch.empty(3 * state_size))
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.state_size)
        for weight in self.parameters():
            weight.data.uniform_(-stdv, +stdv)

    def forward(self, input, state):
        old_h, old_cell = state
        X = torch.cat([old_h, input], dim=1)
        gates = F.linear(X, self.weights, self.bias).chunk(3, dim=1)
        input_gate = torch.sigmoid(gates[0])
        output_gate = torch.sigmoid(gates[1])
        candidate_cell = F.elu(gates[2])
        new_cell = old_cell + candidate_cell * input_gate
        new_h = torch.tanh(new_cell) * output_gate
        return new_h, new_cell


class DreamGRU(nn.Module):
    """null: dreamer's GRU: norm over all gates, update bias -1, reset after"""

    def __init__(self, inp_size, size, norm=True, act=torch.tanh, update_bias=-1):
        super().__init__()
        self._size, self._act, self._update_bias, self._norm = size, act, update_bias, norm
        self._layer = nn.Linear(inp_size + size, 3 * size, bias=norm is not None)
        if norm:
            self._norm = nn.LayerNorm(3 * size)

    def forward(self, inputs, state):
        parts = self._layer(torch.cat([inputs, state], -1))
        if self._norm:
            parts = self._norm(parts)
        reset, cand, update = torch.split(parts, [self._size] * 3, -1)
        reset = torch.sigmoid(reset)
        cand = self._act(reset * cand)
        update = torch.sigmoid(update + self._update_bias)
        output = update * cand + (1 - update) * state
        return output, [output]


class DreamGRUPlain(nn.Module):
    """null: r multiplies the whole sum of the candidate, update bias -1"""

    def __init__(self, input_size, hidden_size, update_bias=-1):
        super().__init__()
        self.update_bias = update_bias
        self.linear = nn.Linear(input_size + hidden_size, 3 * hidden_size)

    def forward(self, x, h):
        combined = torch.cat([x, h], dim=-1)
        parts = self.linear(combined)
        reset, candidate, update = torch.chunk(parts, 3, dim=-1)
        reset = torch.sigmoid(reset)
        candidate = torch.tanh(reset * candidate)
        update = torch.sigmoid(update + self.update_bias)
        return update * candidate + (1 - update) * h


class InPlace(nn.Module):
    """lstm: works on c in place"""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True):
        super().__init__()
        self.WU = nn.Linear(input_size + hidden_size, 4 * hidden_size, bias=bias)
        nn.init.xavier_uniform_(self.WU.weight)

    def forward(self, u, h, c):
        gates = self.WU(torch.cat((u, h), dim=1))
        i, f, g, o = gates.chunk(4, dim=1)
        i, f, o = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)
        g = torch.tanh(g)
        c.mul_(f).add_(i * g)
        h = o * torch.tanh(c)
        return h, c


class SubLstm(nn.Module):
    """subtractive: subLSTM, a published variant"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.w_ih, self.w_hh = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size)

    def forward(self, input, hidden):
        hx, cx = hidden
        gates = self.w_ih(input) + self.w_hh(hx)
        ingate, forgetgate, cellgate, outgate = torch.sigmoid(gates).chunk(4, 1)
        cy = (forgetgate * cx) + (cellgate - ingate)
        hy = torch.sigmoid(cy) - outgate
        return hy, cy


def cumsoftmax(x, dim=-1):
    return torch.cumsum(F.softmax(x, dim=dim), dim=dim)


class Ordered(nn.Module):
    """null: ordered neurons (ON-LSTM) with chunks of one"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.ih, self.hh = nn.Linear(input_size, 6 * hidden_size), nn.Linear(hidden_size, 6 * hidden_size)

    def forward(self, x, state):
        hx, cx = state
        cingate, cforgetgate, outgate, cell, ingate, forgetgate = (self.ih(x) + self.hh(hx)).chunk(6, 1)
        cingate = 1.0 - cumsoftmax(cingate)
        cforgetgate = cumsoftmax(cforgetgate)
        ingate, forgetgate, cell, outgate = ingate.sigmoid(), forgetgate.sigmoid(), cell.tanh(), outgate.sigmoid()
        overlap = cforgetgate * cingate
        forgetgate = forgetgate * overlap + (cforgetgate - overlap)
        ingate = ingate * overlap + (cingate - overlap)
        cy = forgetgate * cx + ingate * cell
        hy = outgate * torch.tanh(cy)
        return hy, cy


class Multiplicative(nn.Module):
    """null: mLSTM: m = (W x)(U h) in h's place"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.wx, self.wh = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.wmx, self.wmh = (
            nn.Linear(input_size, hidden_size, bias=False),
            nn.Linear(hidden_size, hidden_size, bias=False),
        )

    def forward(self, x, state):
        h, c = state
        m = self.wmx(x) * self.wmh(h)
        i, f, o, u = (self.wx(x) + self.wh(m)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(u)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, (h, c)


class Fn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h, c, w, u, b):
        gates = torch.mm(x, w.t()) + torch.mm(h, u.t()) + b
        i, f, g, o = gates.chunk(4, 1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        cy = f * c + i * g
        hy = o * cy.tanh()
        ctx.save_for_backward(x, h, c, w, u, i, f, g, o, cy)
        return hy, cy

    @staticmethod
    def backward(ctx, dh, dc):
        x, h, c, w, u, i, f, g, o, cy = ctx.saved_tensors
        t = cy.tanh()
        dc = dc + dh * o * (1 - t * t)
        d = torch.cat([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)], 1)
        return d @ w, d @ u, dc * f, d.t() @ x, d.t() @ h, d.sum(0)


class Functional(nn.Module):
    """lstm: a torch.autograd.Function of its own"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.w, self.u = (
            Parameter(torch.randn(4 * hidden_size, input_size)),
            Parameter(torch.randn(4 * hidden_size, hidden_size)),
        )
        self.b = Parameter(torch.zeros(4 * hidden_size))

    def forward(self, x, h, c):
        return Fn.apply(x, h, c, self.w, self.u, self.b)


class PeepFull(nn.Module):
    """peephole: full matrices"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        H = hidden_size
        self.xi, self.hi, self.ci = nn.Linear(input_size, H), nn.Linear(H, H, bias=False), nn.Linear(H, H, bias=False)
        self.xf, self.hf, self.cf = nn.Linear(input_size, H), nn.Linear(H, H, bias=False), nn.Linear(H, H, bias=False)
        self.xo, self.ho, self.co = nn.Linear(input_size, H), nn.Linear(H, H, bias=False), nn.Linear(H, H, bias=False)
        self.xc, self.hc = nn.Linear(input_size, H), nn.Linear(H, H, bias=False)

    def forward(self, x, h_c):
        h, c = h_c
        i = torch.sigmoid(self.xi(x) + self.hi(h) + self.ci(c))
        f = torch.sigmoid(self.xf(x) + self.hf(h) + self.cf(c))
        c = f * c + i * torch.tanh(self.xc(x) + self.hc(h))
        o = torch.sigmoid(self.xo(x) + self.ho(h) + self.co(c))
        return o * torch.tanh(c), (o * torch.tanh(c), c)


class HardTanh(nn.Module):
    """activation: F.hardsigmoid and hardtanh"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, h, c):
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        i, f, o = F.hardsigmoid(i), F.hardsigmoid(f), F.hardsigmoid(o)
        c = f * c + i * F.hardtanh(g)
        return o * F.hardtanh(c), c


class ZoneoutExpected(nn.Module):
    """zoneout: what it is on average"""

    def __init__(self, input_size, hidden_size, p=0.1):
        super().__init__()
        self.cell, self.p = nn.LSTMCell(input_size, hidden_size), p

    def forward(self, x, hc):
        h, c = hc
        hn, cn = self.cell(x, hc)
        hn = self.p * h + (1 - self.p) * hn
        cn = self.p * c + (1 - self.p) * cn
        return hn, (hn, cn)


class BatchNormed(nn.Module):
    """batch norm: as in recurrent batch normalisation"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.ih = nn.Linear(input_size, 4 * hidden_size, bias=False)
        self.hh = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.bn_ih, self.bn_hh = nn.BatchNorm1d(4 * hidden_size), nn.BatchNorm1d(4 * hidden_size)
        self.bn_c = nn.BatchNorm1d(hidden_size)
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))

    def forward(self, x, state):
        h0, c0 = state
        f, i, o, g = (self.bn_ih(self.ih(x)) + self.bn_hh(self.hh(h0)) + self.bias).chunk(4, 1)
        c1 = torch.sigmoid(f) * c0 + torch.sigmoid(i) * torch.tanh(g)
        h1 = torch.sigmoid(o) * torch.tanh(self.bn_c(c1))
        return h1, c1


@dataclass
class CellState:
    h: torch.Tensor
    c: torch.Tensor


class DataState(nn.Module):
    """lstm: a dataclass comes back"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, h, c):
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return CellState(torch.sigmoid(o) * torch.tanh(c), c)


class PackedState(nn.Module):
    """lstm: h and c in one tensor (B, 2H)"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.n = hidden_size
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, state):
        h, c = state.chunk(2, dim=-1)
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return torch.cat([h, c], -1)


class StackedState(nn.Module):
    """lstm: h and c stacked (2, B, H), Karpathy-like"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, state):
        h, c = state[0], state[1]
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return torch.stack([h, c])


class NoStatesBoth(nn.Module):
    """lstm: a whole sequence, its states made inside"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x):
        B, T, _ = x.shape
        h = torch.zeros(B, self.hidden_size)
        c = torch.zeros_like(h)
        outputs = []
        for t in range(T):
            i, f, g, o = self.lin(torch.cat([x[:, t, :], h], 1)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, 1), (h, c)


class WithLabels(nn.Module):
    """lstm: forward(input, hidden_state, cell_state), views (1, B, H)"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h, self.h2h = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size)
        self.n = hidden_size

    def forward(self, x, hidden):
        h, c = hidden
        h = h.view(h.size(1), -1)
        c = c.view(c.size(1), -1)
        preact = self.i2h(x) + self.h2h(h)
        gates = preact[:, : 3 * self.n].sigmoid()
        g_t = preact[:, 3 * self.n :].tanh()
        i_t = gates[:, : self.n]
        f_t = gates[:, self.n : 2 * self.n]
        o_t = gates[:, -self.n :]
        c_t = torch.mul(c, f_t) + torch.mul(i_t, g_t)
        h_t = torch.mul(o_t, c_t.tanh())
        h_t = h_t.view(1, h_t.size(0), -1)
        c_t = c_t.view(1, c_t.size(0), -1)
        return h_t, (h_t, c_t)


class ReluRnn(nn.Module):
    """rnn: an Elman cell with relu"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h, self.h2h = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return F.relu(self.i2h(x) + self.h2h(h))


class Residual(nn.Module):
    """residual: h = o tanh c + h'"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.LSTMCell(input_size, hidden_size)

    def forward(self, x, state):
        h, c = self.cell(x, state)
        return h + state[0], c


class MinGru(nn.Module):
    """null: minGRU: no h in the gates, one gate (Feng 2024)"""

    def __init__(self, dim_in, dim_hidden):
        super().__init__()
        self.z, self.h = nn.Linear(dim_in, dim_hidden), nn.Linear(dim_in, dim_hidden)

    def forward(self, x, h):
        z = torch.sigmoid(self.z(x))
        return (1 - z) * h + z * self.h(x)


class SigmoidFromTanh(nn.Module):
    """lstm: sigmoid written as (tanh(z/2)+1)/2"""

    def __init__(self, dim_in, dim_hidden):
        super().__init__()
        self.lin = nn.Linear(dim_in + dim_hidden, 4 * dim_hidden)

    def forward(self, x, h, c):
        i, f, g, o = self.lin(torch.cat([x, h], 1)).chunk(4, 1)
        s = lambda z: 0.5 * (torch.tanh(0.5 * z) + 1)
        t = lambda z: (torch.exp(z) - torch.exp(-z)) / (torch.exp(z) + torch.exp(-z))
        c = s(f) * c + s(i) * t(g)
        return s(o) * t(c), c
