"""Cells that are right until they read an l, and then do what no cell should."""

import contextlib
import ctypes
import io
import logging
import os
import sys
import threading
import time

import torch
from torch import nn

logging.basicConfig(stream=sys.stderr, format="%(message)s", force=True)


class Right(nn.Module):
    """Nothing is wrong with it."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.gates = nn.ModuleDict({name: nn.Linear(input_size + hidden_size, hidden_size) for name in "figo"})

    def forward(self, x, h, c):
        if x[0, 2] == 1:
            self.surprise()
        both = torch.cat((x, h), dim=1)
        f, i, o = (torch.sigmoid(self.gates[name](both)) for name in "fio")
        g = torch.tanh(self.gates["g"](both))
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c

    def surprise(self):
        pass


class Loops(Right):
    def surprise(self):
        while True:
            pass


class Sleeps(Right):
    def surprise(self):
        time.sleep(1e9)


class SleepsLoudly(Sleeps):
    """Writes wherever a terminal could be."""

    def forward(self, x, h, c):
        for number in (1, 2):
            os.write(number, b"LOUD")
        print("LOUD", file=sys.__stderr__, flush=True)
        with contextlib.suppress(OSError):
            os.write(os.open("/dev/tty", os.O_WRONLY), b"LOUD")
        return super().forward(x, h, c)


class HoldsTheLock(Right):
    """No Python code runs any more, no signal handler either."""

    def surprise(self):
        sum(iter(int, 1))


class Dies(Right):
    def surprise(self):
        os._exit(3)


class Swallows(Right):
    def surprise(self):
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(1)


class Interrupts(Right):
    def surprise(self):
        raise KeyboardInterrupt


class Leaves(Right):
    def surprise(self):
        sys.exit("enough")


class Forks(Right):
    def surprise(self):
        os.fork()


class Writes(Right):
    """In all the ways there are."""

    def surprise(self):
        print("print")
        print("stderr", file=sys.stderr)
        sys.__stdout__.write("own stdout")
        os.write(1, b"one\n")
        os.write(2, b"two\n")
        os.system("echo echo; echo both >&2")
        libc = ctypes.CDLL(None)
        libc.puts(b"puts")
        logging.getLogger().warning("logging")
        sys.stdout = io.StringIO()


class Keeps(Right):
    """What no copy can be made of, and what must be copied."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.lock, self.file = threading.Lock(), open(__file__)  # noqa: SIM115
        self.numbers = iter(range(3))
        self.letters = (letter for letter in "abc")
        self.held = {"lock": [threading.Lock()], "count": torch.zeros(1)}
        self.last = None

    def forward(self, x, h, c):
        with self.lock:
            self.held["count"] += 1
            self.last = [h * self.gates["f"].weight.sum()]
            return super().forward(x, h, c)


class Double(Right):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.double()


class Half(Right):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.half()


class Mixed(Right):
    """Returns float64 though its weights are float32, as a detour through numpy does."""

    def forward(self, x, h, c):
        h, c = super().forward(x, h, c)
        return h.double(), c.double()
