"""Cells as students paste them: the file that `--cell` opens in the tests. Some are right, most are not."""

import torch
from torch import nn


class Textbook(nn.Module):
    """One layer a gate, `forward(x, h, c)`, returns `h, c, gates`."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forget_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.input_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)
        self.output_gate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h_prev, c_prev):
        combined = torch.cat((x, h_prev), dim=1)
        ft = torch.sigmoid(self.forget_gate(combined))
        it = torch.sigmoid(self.input_gate(combined))
        c_hat = torch.tanh(self.candidate(combined))
        ot = torch.sigmoid(self.output_gate(combined))
        c_t = ft * c_prev + it * c_hat
        h_t = ot * torch.tanh(c_t)
        print("h is", tuple(h_t.shape))
        return h_t, c_t, (ft, it, c_hat, ot)


class Chunks(nn.Module):
    """One layer for all gates, `forward(x, (h, c))`, returns `h, (h, c)`."""

    def __init__(self, input_size, hidden_size):
        super(Chunks, self).__init__()  # noqa: UP008 - as many notebooks still write it
        self.linear = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, state):
        h, c = state
        gates = self.linear(torch.cat([x, h], 1))
        i, f, g, o = gates.chunk(4, 1)
        i = torch.sigmoid(i)
        f = torch.sigmoid(f)
        g = torch.tanh(g)
        o = torch.sigmoid(o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, (h, c)


class TwoWeights(nn.Module):
    """W x + U h, everything in the return, two tensors back."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Linear(input_size, 4 * hidden_size)
        self.U = nn.Linear(hidden_size, 4 * hidden_size, bias=False)

    def forward(self, x, h, c):
        z = self.W(x) + self.U(h)
        f, i, o, g = z.chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * torch.tanh(c), c


class Gru(nn.Module):
    """A GRU whose gates are made by a helper of its own."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.wz = nn.Linear(input_size + hidden_size, hidden_size)
        self.wr = nn.Linear(input_size + hidden_size, hidden_size)
        self.wh = nn.Linear(input_size + hidden_size, hidden_size)

    def gate(self, layer, x, h):
        joined = torch.cat([x, h], 1)
        return torch.sigmoid(layer(joined))

    def forward(self, x, h):
        z_t = self.gate(self.wz, x, h)
        r_t = self.gate(self.wr, x, h)
        h_tilde = torch.tanh(self.wh(torch.cat([x, r_t * h], 1)))
        h = (1 - z_t) * h + z_t * h_tilde
        return h


class OddNames(Textbook):
    """Variables that nobody could guess."""

    def forward(self, x, h, c):
        both = torch.cat((x, h), dim=1)
        keep = torch.sigmoid(self.forget_gate(both))
        put = torch.sigmoid(self.input_gate(both))
        what = torch.tanh(self.candidate(both))
        show = torch.sigmoid(self.output_gate(both))
        c = keep * c + put * what
        h = show * torch.tanh(c)
        return h, c


class InPlace(Textbook):
    """Works on the tensors it is given."""

    def forward(self, x, h, c):
        both = torch.cat((x, h), dim=1)
        f = torch.sigmoid(self.forget_gate(both))
        i = torch.sigmoid(self.input_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c.mul_(f).add_(i * g)
        h = o * torch.tanh(c)
        return h, c


class SwappedLayers(Textbook):
    """f is made by the layer of i, and i by that of f."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.input_gate(both))
        i = torch.sigmoid(self.forget_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c


class SwappedGates(Textbook):
    """f and i are exchanged in the equation of c."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.forget_gate(both))
        i = torch.sigmoid(self.input_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c = i * c + f * g
        h = o * torch.tanh(c)
        return h, c


class Raises(Textbook):
    """The input gate reads x alone."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.forget_gate(both))
        i = torch.sigmoid(self.input_gate(x))
        return h, f * c + i


class RaisesLater(Textbook):
    """Right until it reads an l, the third symbol of `hello`'s vocabulary."""

    def forward(self, x, h, c):
        if x[0, 2] == 1:
            raise ValueError("no l today")
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.forget_gate(both))
        c = f * c + torch.sigmoid(self.input_gate(both))
        return torch.tanh(c), c


class WrongShape(Textbook):
    """A matrix product where the product of each unit is meant."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        o = torch.sigmoid(self.output_gate(both))
        h = o @ torch.tanh(c).t()
        return h, c


class ForgetsC(Textbook):
    """The old c is not used."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.forget_gate(both))  # noqa: F841
        i = torch.sigmoid(self.input_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c = i * g
        h = o * torch.tanh(c)
        return h, c


class NoSigmoid(Textbook):
    """f is not squashed."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = 3 * self.forget_gate(both)
        i = torch.sigmoid(self.input_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c


class NotANumber(Textbook):
    """The logarithm of a negative number."""

    def forward(self, x, h, c):
        both = torch.cat((h, x), dim=1)
        f = torch.sigmoid(self.forget_gate(both))
        g = torch.log(-torch.ones_like(f))
        c = f * c + g
        return torch.tanh(c), c


class Restless(Textbook):
    """Never twice the same."""

    def forward(self, x, h, c):
        h = torch.tanh(self.candidate(torch.cat((h, x), dim=1)) + torch.rand(1))
        return h, h + c


class Child(nn.LSTMCell):
    """Whose forward stands in torch."""


class OneRow(Textbook):
    """Written for a single row: it flattens whatever it is given."""

    def forward(self, x, h, c):
        both = torch.cat((x.reshape(-1), h.reshape(-1))).unsqueeze(0)
        f = torch.sigmoid(self.forget_gate(both))
        i = torch.sigmoid(self.input_gate(both))
        g = torch.tanh(self.candidate(both))
        o = torch.sigmoid(self.output_gate(both))
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c
