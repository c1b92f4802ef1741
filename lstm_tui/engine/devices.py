"""Where a model is trained. It is stepped and searched on the CPU, which is faster for one row."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import AUTO, CPU
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.runners.row_runner import has_fused_form, row_runner

WORTH_MEASURING = 1_000_000
"""Multiplications of a time step, all streams together, from which a GPU may be faster: below, starting its work takes
longer than the CPU needs to do it."""
_TRIES = 3


def device_named(name: str) -> torch.device:
    """`--device` as torch has it; of `auto` the GPU that there is. Raises `UserError` where there is none."""
    there = _gpus()
    if name == AUTO:
        return torch.device(there[0] if there else CPU)
    if name != CPU and name not in there:
        kind = "Apple GPU" if name == "mps" else "CUDA device"
        raise UserError(f"--device {name}: torch sees no {kind} here; leave the option out to train on the CPU")
    return torch.device(name)


def _gpus() -> list[str]:
    return [kind for kind in ("cuda", "mps") if _available(kind)]


def _available(kind: str) -> bool:
    return torch.cuda.is_available() if kind == "cuda" else torch.backends.mps.is_available()


def where_trained(name: str, model: Network) -> str:
    """The note on `--device`: where this model is trained; empty for the CPU alone."""
    if name == CPU or not has_fused_form(model):
        return ""
    if name != AUTO:
        return name
    there = _gpus()
    return f"{CPU} or {there[0]}" if there else ""


def training_device(name: str, model: Network, symbols: Tensor) -> torch.device:
    """Where to train `model` on windows such as `symbols` (w, B): for `auto`, where one was read sooner.

    A cell that PyTorch has no layer of is run step by step, on the CPU.
    """
    device, cpu = device_named(name), torch.device(CPU)
    if name != AUTO or device == cpu or not has_fused_form(model):
        return device if has_fused_form(model) else cpu
    if sum(p.numel() for p in model.parameters()) * symbols.shape[1] < WORTH_MEASURING:
        return cpu
    there = _seconds(model, symbols, device)
    return cpu if _seconds(model, symbols, cpu, there) < there else device


def _seconds(model: Network, symbols: Tensor, device: torch.device, enough: float = math.inf) -> float:
    """The shortest of a few readings, there and back. The first makes the device ready; where it takes over twice
    `enough`, it is the only one."""
    fast = row_runner(model).train().on(device)
    rows, start = symbols.to(device), moved(model.zero_state(symbols.shape[1]), device)
    taken = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        h, _ = fast(rows, start)
        torch.autograd.backward(h.sum())
        float(h.detach().sum() + sum(p.grad.sum() for p in fast.parameters() if p.grad is not None))  # waits for all
        taken.append(time.perf_counter() - began)
        if taken[0] > 2 * enough:
            break
    return min(taken)


def moved(stack: Stack, device: torch.device) -> Stack:
    """A stack of states on `device`."""
    return tuple(tuple(state.to(device) for state in layer) for layer in stack)


def no_room(error: RuntimeError) -> str | None:
    """In one sentence that a device has no memory left, and what to do; None for another error."""
    if not isinstance(error, torch.OutOfMemoryError) and "out of memory" not in str(error):
        return None
    return "the device has no memory left for it; train with --device cpu, or a model of fewer units"
