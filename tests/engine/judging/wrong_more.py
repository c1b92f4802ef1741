"""More cells with one mistake each; the first word says at which equation, the rest what is said."""

import torch
import torch.nn.functional as F
from torch import nn


class L(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        n = input_size + hidden_size
        self.Wf, self.Wi, self.Wg, self.Wo = (nn.Linear(n, hidden_size) for _ in range(4))
        self.hidden_size = hidden_size

    def gates(self, x, h):
        z = torch.cat([x, h], 1)
        return self.Wf(z).sigmoid(), self.Wi(z).sigmoid(), self.Wg(z).tanh(), self.Wo(z).sigmoid()


class SoftmaxF(L):
    """f: f is squashed by softmax where σ belongs"""

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        f = F.softmax(self.Wf(z), dim=-1)
        i, g, o = torch.sigmoid(self.Wi(z)), torch.tanh(self.Wg(z)), torch.sigmoid(self.Wo(z))
        c = f * c + i * g
        return o * torch.tanh(c), c


class ReluH(L):
    """h: h = o·relu(c): tanh belongs around c"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        return o * F.relu(c), c


class BiasAfter(nn.Module):
    """f: the bias of f is added after σ: it belongs inside"""

    def __init__(self, d, u):
        super().__init__()
        for g in "figo":
            setattr(self, "W" + g, nn.Parameter(torch.randn(d + u, u) * 0.3))
            setattr(self, "b" + g, nn.Parameter(torch.zeros(u)))

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        f = torch.sigmoid(z @ self.Wf) + self.bf
        i = torch.sigmoid(z @ self.Wi + self.bi)
        g = torch.tanh(z @ self.Wg + self.bg)
        o = torch.sigmoid(z @ self.Wo + self.bo)
        c = f * c + i * g
        return o * torch.tanh(c), c


class RecurrentAfter(nn.Module):
    """f: U h stands outside of σ"""

    def __init__(self, d, u):
        super().__init__()
        self.xf, self.xi, self.xg, self.xo = (nn.Linear(d, u) for _ in range(4))
        self.hf, self.hi, self.hg, self.ho = (nn.Linear(u, u) for _ in range(4))

    def forward(self, x, state):
        h, c = state
        f = torch.sigmoid(self.xf(x)) + self.hf(h)
        i = torch.sigmoid(self.xi(x) + self.hi(h))
        g = torch.tanh(self.xg(x) + self.hg(h))
        o = torch.sigmoid(self.xo(x) + self.ho(h))
        c = f * c + i * g
        return o * torch.tanh(c), c


class TwoSigmoids(RecurrentAfter):
    """i: i is σ of x plus σ of h"""

    def forward(self, x, state):
        h, c = state
        f = torch.sigmoid(self.xf(x) + self.hf(h))
        i = torch.sigmoid(self.xi(x)) + torch.sigmoid(self.hi(h))
        g = torch.tanh(self.xg(x) + self.hg(h))
        o = torch.sigmoid(self.xo(x) + self.ho(h))
        c = f * c + i * g
        return o * torch.tanh(c), c


class ProductInside(RecurrentAfter):
    """o: W x and U h are multiplied inside o"""

    def forward(self, x, state):
        h, c = state
        f = torch.sigmoid(self.xf(x) + self.hf(h))
        i = torch.sigmoid(self.xi(x) + self.hi(h))
        g = torch.tanh(self.xg(x) + self.hg(h))
        o = torch.sigmoid(self.xo(x) * self.ho(h))
        c = f * c + i * g
        return o * torch.tanh(c), c


class HforC(L):
    """c: h' stands where c' belongs"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * h + i * g
        return o * torch.tanh(c), c


class CforH(L):
    """c: the gates read c where they read h"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, c)
        c = f * c + i * g
        return o * torch.tanh(c), c


class OneReadsC(L):
    """i: i reads c where it reads h"""

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        f, g, o = torch.sigmoid(self.Wf(z)), torch.tanh(self.Wg(z)), torch.sigmoid(self.Wo(z))
        i = torch.sigmoid(self.Wi(torch.cat([x, c], 1)))
        c = f * c + i * g
        return o * torch.tanh(c), c


class SquashedC(L):
    """c: c is squashed by tanh before it is handed on"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = torch.tanh(f * c + i * g)
        h = o * c
        return h, c


class ReturnsHH(L):
    """c: h is handed back in the place of c"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, h


class NewHInO(L):
    """o: o is made from the new h"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        h = o * torch.tanh(c)
        o = torch.sigmoid(self.Wo(torch.cat([x, h], 1)))
        h = o * torch.tanh(c)
        return h, c


class OneMinusF(L):
    """c: 1 - f stands where i belongs"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + (1 - f) * g
        return o * torch.tanh(c), c


class WrongCoupled(L):
    """c: 1 - o stands where i belongs"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + (1 - o) * g
        return o * torch.tanh(c), c


class InvertedF(L):
    """c: 1 - f stands where f belongs"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = (1 - f) * c + i * g
        return o * torch.tanh(c), c


class DropAlways(L):
    """h: dropout stays on in evaluation"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        h = F.dropout(o * torch.tanh(c), 0.5)
        return h, c


class BatchMean(L):
    """h: what it computes for one row of a batch depends on the other rows"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        c = f * c + i * g
        c = c - c.mean(0, keepdim=True) * 0.5
        return o * torch.tanh(c), c


class InPlaceH(L):
    """c: c' is multiplied by f·c'"""

    def forward(self, x, h, c):
        f, i, g, o = self.gates(x, h)
        kept = f.mul_(c)
        c = f * c + i * g
        return o * torch.tanh(c), c


class StepsOnFirst(L):
    """h: every step of a sequence reads the first x"""

    def forward(self, x, state):
        h, c = state
        outs = []
        for t in range(x.size(1)):
            f, i, g, o = self.gates(x[:, 0], h)
            c = f * c + i * g
            h = o * torch.tanh(c)
            outs.append(h)
        return torch.stack(outs, 1), (h, c)


class StepsForgets(L):
    """h: h is not carried on from step to step"""

    def forward(self, x, state):
        h0, c = state
        outs = []
        for t in range(x.size(1)):
            f, i, g, o = self.gates(x[:, t], h0)
            c = f * c + i * g
            h = o * torch.tanh(c)
            outs.append(h)
        return torch.stack(outs, 1), (h, c)


class Order(nn.LSTMCell):
    """f: the rows of weight_ih are read as f, i, c̃, o"""

    def forward(self, input, hx):
        h, c = hx
        z = F.linear(input, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)
        f, i, g, o = z.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class G(nn.Module):
    def __init__(self, d, u):
        super().__init__()
        self.Wr, self.Wz, self.Wn = (nn.Linear(d + u, u) for _ in range(3))

    def rz(self, x, h):
        v = torch.cat([x, h], 1)
        return torch.sigmoid(self.Wr(v)), torch.sigmoid(self.Wz(v))


class ZforR(G):
    """n: z multiplies h' in the candidate, where r belongs"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.Wn(torch.cat([x, z * h], 1)))
        return (1 - z) * n + z * h


class RforZ(G):
    """h: r mixes n and h', where z belongs"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.Wn(torch.cat([x, r * h], 1)))
        return (1 - r) * n + r * h


class ResetX(G):
    """n: r multiplies x"""

    def __init__(self, d, u):
        super().__init__(d, u)
        self.Wr = nn.Linear(d + u, d)

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.Wn(torch.cat([r * x, h], 1)))
        return (1 - z) * n + z * h


class ResetOutside(G):
    """n: r multiplies the candidate itself"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = r * torch.tanh(self.Wn(torch.cat([x, h], 1)))
        return (1 - z) * n + z * h


class MinusG(G):
    """h: z·h' is subtracted"""

    def forward(self, x, h):
        r, z = self.rz(x, h)
        n = torch.tanh(self.Wn(torch.cat([x, r * h], 1)))
        return (1 - z) * n - z * h


class SwapLayersG(G):
    """r: r is made by Wz and z by Wr"""

    def forward(self, x, h):
        v = torch.cat([x, h], 1)
        r, z = torch.sigmoid(self.Wz(v)), torch.sigmoid(self.Wr(v))
        n = torch.tanh(self.Wn(torch.cat([x, r * h], 1)))
        return (1 - z) * n + z * h


class E(nn.Module):
    def __init__(self, d, u):
        super().__init__()
        self.i2h, self.h2h = nn.Linear(d, u), nn.Linear(u, u)


class ElmanAfter(E):
    """h: U h stands outside of tanh"""

    def forward(self, x, h):
        return torch.tanh(self.i2h(x)) + self.h2h(h)


class ElmanTwice(E):
    """h: h is squashed twice"""

    def forward(self, x, h):
        return torch.tanh(torch.tanh(self.i2h(x) + self.h2h(h)))


class ElmanProduct(E):
    """h: W x and U h are multiplied inside tanh"""

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) * self.h2h(h))


class TrainFails(nn.Module):
    """weights: it cannot be trained: a number that the way back needs is overwritten in place"""

    def __init__(self, ninp, nhid):
        super().__init__()
        self.ih, self.hh = nn.Linear(ninp, 4 * nhid), nn.Linear(nhid, 4 * nhid)

    def forward(self, x, hc):
        h, c = hc
        i, f, g, o = (self.ih(x) + self.hh(h)).chunk(4, 1)
        i.sigmoid_()
        f.sigmoid_()
        g.tanh_()
        o.sigmoid_()
        c = f * c + i * g
        return o * c.tanh(), (o * c.tanh(), c)


class PlainSizes(nn.Module):
    """weights: it works only where x and h have the same size"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W, self.U = nn.Linear(input_size, 4 * hidden_size), nn.Linear(input_size, 4 * hidden_size)

    def forward(self, x, h, c):
        i, f, g, o = (self.W(x) + self.U(h)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class NoGradTensor(nn.Module):
    """weights: no gradient reaches W, which it uses"""

    def __init__(self, d, u):
        super().__init__()
        self.W = nn.Parameter(torch.randn(d + u, 4 * u) * 0.3)
        self.b = nn.Parameter(torch.zeros(4 * u))

    def forward(self, x, h, c):
        i, f, g, o = (torch.cat([x, h], 1) @ self.W.data + self.b).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class NewLinear(nn.Module):
    """weights: a layer is made anew in every call"""

    def __init__(self, d, u):
        super().__init__()
        self.u = u
        self.lin = nn.Linear(d + u, 3 * u)

    def forward(self, x, h, c):
        z = torch.cat([x, h], 1)
        i, f, g = self.lin(z).chunk(3, 1)
        o = nn.Linear(z.shape[1], self.u)(z)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
