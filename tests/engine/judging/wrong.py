"""Cells with one mistake each, as people make them; the first word says at which equation, the rest what is said."""

import torch
from torch import nn


class Linears(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        n = input_size + hidden_size
        self.Wf, self.Wi, self.Wg, self.Wo = (nn.Linear(n, hidden_size) for _ in range(4))
        self.hidden_size = hidden_size

    def gates(self, x, h):
        z = torch.cat([x, h], 1)
        return self.Wf(z).sigmoid(), self.Wi(z).sigmoid(), self.Wg(z).tanh(), self.Wo(z).sigmoid()


class OldC(Linears):
    """c: the c that comes back is the one that went in"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c_new = f * c + i * g
        return o * torch.tanh(c_new), c


class OldH(Linears):
    """h: the h that comes back is the one that went in"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        h_new = o * torch.tanh(c)  # noqa: F841
        return h, c


class Forgotten(Linears):
    """c: the h and c that are handed in are not used"""

    def forward(self, x, state=None):
        h, c = torch.zeros(len(x), self.hidden_size), torch.zeros(len(x), self.hidden_size)
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, (h, c)


class Detached(Linears):
    """c: the way back from c to the step before is cut"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c.detach() + i * g
        return o * torch.tanh(c), c


class HandsBack(Linears):
    """h: takes (h, c) and hands back (c, h)"""

    def forward(self, x, hc):
        h, c = hc
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        return c, o * torch.tanh(c)


class PlainList(nn.Module):
    """weights: no parameter at all: layers is a plain Python list"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.layers = [nn.Linear(input_size + hidden_size, hidden_size) for _ in range(4)]

    def forward(self, x, h, c):
        f, i, g, o = (layer(torch.cat([x, h], 1)) for layer in self.layers)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class PlainTensors(nn.Module):
    """weights: no parameter at all: its weights are plain tensors"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = torch.randn(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, h, c):
        f, i, g, o = (torch.cat([x, h], 1) @ self.W).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class OneBias(nn.Module):
    """i: i adds the bias of f"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        n = input_size + hidden_size
        self.W_f, self.W_i, self.W_g, self.W_o = (nn.Parameter(torch.randn(n, hidden_size)) for _ in range(4))
        self.b_f, self.b_i, self.b_g, self.b_o = (nn.Parameter(torch.zeros(hidden_size)) for _ in range(4))

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        f = torch.sigmoid(z @ self.W_f + self.b_f)
        i = torch.sigmoid(z @ self.W_i + self.b_f)
        g = torch.tanh(z @ self.W_g + self.b_g)
        o = torch.sigmoid(z @ self.W_o + self.b_o)
        c = f * c + i * g
        return o * torch.tanh(c), c


class HalfCopied(nn.Module):
    """o: o reads h with the weights of i"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        for g in "figo":
            setattr(self, "x" + g, nn.Linear(input_size, hidden_size))
            setattr(self, "h" + g, nn.Linear(hidden_size, hidden_size, bias=False))

    def forward(self, x, h, c):
        f = torch.sigmoid(self.xf(x) + self.hf(h))
        i = torch.sigmoid(self.xi(x) + self.hi(h))
        g = torch.tanh(self.xg(x) + self.hg(h))
        o = torch.sigmoid(self.xo(x) + self.hi(h))
        c = f * c + i * g
        return o * torch.tanh(c), c


class Blind(Linears):
    """c: x is never used"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(0 * x, h)
        c = f * c + i * g
        return o * torch.tanh(c), c


class Deaf(Linears):
    """c: h is never used"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, 0 * h)
        c = f * c + i * g
        return o * torch.tanh(c), c


class Recurrent(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.r, self.z, self.n = (nn.Linear(input_size + hidden_size, hidden_size) for _ in range(3))

    def rz(self, x, h):
        v = torch.cat([x, h], 1)
        return self.r(v).sigmoid(), self.z(v).sigmoid()


class NoReset(Recurrent):
    """n: r is made and never used"""

    def forward(self, x, h):
        r, z = self.rz(x, h)  # noqa: RUF059
        n = torch.tanh(self.n(torch.cat([x, h], 1)))
        return (1 - z) * n + z * h


class TwiceZ(Recurrent):
    """h: z is used twice"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.n(torch.cat([x, r * h], 1)))
        return z * n + z * h


class Unweighted(Recurrent):
    """h: the candidate is not weighted"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.n(torch.cat([x, r * h], 1)))
        return n + z * h


class RawN(Recurrent):
    """n: n is not squashed"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = self.n(torch.cat([x, r * h], 1))
        return (1 - z) * n + z * h


class SigmoidN(Recurrent):
    """n: n is squashed by σ where tanh belongs"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.sigmoid(self.n(torch.cat([x, r * h], 1)))
        return (1 - z) * n + z * h


class TanhZ(Recurrent):
    """z: z is squashed by tanh where σ belongs"""

    def forward(self, x, h):
        v = torch.cat([x, h], 1)
        r, z = self.r(v).sigmoid(), self.z(v).tanh()
        n = torch.tanh(self.n(torch.cat([x, r * h], 1)))
        return (1 - z) * n + z * h


class CopiedZ(Recurrent):
    """z: z and r come from the same weights"""

    def forward(self, x, h):
        v = torch.cat([x, h], 1)
        r, z = torch.sigmoid(self.r(v)), torch.sigmoid(self.r(v))
        n = torch.tanh(self.n(torch.cat([x, r * h], 1)))
        return (1 - z) * n + z * h


class NoOldH(Recurrent):
    """h: the old h is not kept"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.n(torch.cat([x, r * h], 1)))
        return (1 - z) * n


class LinearElman(nn.Module):
    """h: h is not squashed"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h):
        return self.lin(torch.cat([x, h], 1))
