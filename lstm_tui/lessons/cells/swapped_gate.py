"""An LSTM cell as somebody pasted it. It runs, it even learns a little, and one of its lines is wrong."""

import torch
from torch import nn


class PastedLSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forget_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.input_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)
        self.output_gate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h, c):
        xh = torch.cat((x, h), dim=1)
        f = torch.sigmoid(self.forget_gate(xh))
        i = torch.sigmoid(self.input_gate(xh))
        g = torch.tanh(self.candidate(xh))
        o = torch.sigmoid(self.output_gate(xh))
        c = i * c + f * g
        h = o * torch.tanh(c)
        return h, c
