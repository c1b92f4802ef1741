"""Ours against `nn.LSTM` on the same device: agreement, training, stepping, searching, and no memory left."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop
from lstm_tui.engine.devices import moved
from lstm_tui.engine.network import fresh
from lstm_tui.engine.process_settings import compute_alone_and_exactly
from lstm_tui.engine.runners.row_runner import row_runner
from lstm_tui.engine.training.loop import Recipe, train
from tests.benchmarks.measuring import Row, by_turns

SYMBOLS, STEPS, SEARCHED = 64, 2000, 100_000
WINDOW, BATCH, UPDATES, ROUNDS = 64, 16, 16, 3
AGREED = 5e-5
EARLY = 3
SIZES = (64, 256, 1024)


def checks(device: str, sizes: tuple[int, ...] = SIZES, searched: int = SEARCHED) -> Iterator[Row]:
    """Every row. `device` is what `--device` takes."""
    compute_alone_and_exactly()
    for hidden in sizes:
        yield agreement(device, hidden)
    for hidden in sizes:
        yield from trained_there(device, hidden)
    yield from _stepping(device, searched)
    if device == "cuda":
        yield no_memory()


@torch.no_grad()
def agreement(device: str, hidden: int) -> Row:
    """The largest difference between the h of both, over 1 + |h|, as a share of what is allowed."""
    where = torch.device(device)
    model = fresh(SYMBOLS, hidden)
    symbols = _symbols(STEPS)[:, None]
    here, _ = row_runner(model).eval()(symbols, model.zero_state())
    there, _ = row_runner(model).eval().on(where)(symbols.to(where), moved(model.zero_state(), where))
    off = float(((here - there.cpu()).abs() / (1 + here.abs())).max())
    return Row(f"h after up to {STEPS:,} steps, H {hidden}, {device} and CPU apart", off, AGREED, "", 1, "allowed")


def trained_there(device: str, hidden: int) -> Iterator[Row]:
    """An epoch on the device: against a plain loop there, and the same epoch on the CPU."""
    indices = _symbols(BATCH * WINDOW * UPDATES + 1)

    def ours(where: str) -> list[float]:
        recipe = Recipe(1, 0.01, BATCH, WINDOW, 1.0, True, where)
        return [update.loss for update in train(fresh(SYMBOLS, hidden), indices, recipe)]

    plain = _waited(lambda: _plain_epoch(torch.device(device), hidden, indices), device)
    measured, baseline = by_turns(_waited(lambda: ours(device), device), plain, ROUNDS)
    what = f"training, H {hidden}, T {WINDOW}, B {BATCH}, an update on {device}"
    yield Row(what, measured / UPDATES * 1e3, baseline / UPDATES * 1e3, "ms", 1.1, "a plain nn.LSTM loop there")
    chosen, faster = by_turns(_waited(lambda: ours("auto"), device), _waited(lambda: ours("cpu"), device), 1)
    faster = min(faster, measured)
    yield Row(
        f"the same with --device auto, its measurement included, H {hidden}", chosen, faster, "s", 3, "the faster"
    )
    pairs = list(zip(ours(device), ours("cpu"), strict=True))
    for count, what in ((EARLY, f"first {EARLY} updates"), (len(pairs), "updates of that epoch")):
        apart = max(abs(a - b) / (1 + abs(b)) for a, b in pairs[:count])
        yield Row(f"losses of the {what}, H {hidden}, {device} and CPU apart", apart, AGREED, "", 1, "allowed")


def _plain_epoch(device: torch.device, hidden: int, indices: Tensor) -> None:
    torch.manual_seed(0)
    lstm, head = nn.LSTM(SYMBOLS, hidden).to(device), nn.Linear(hidden, SYMBOLS).to(device)
    parameters = [*lstm.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    x = indices[:-1].view(BATCH, -1).t().to(device)
    y = indices[1:].view(BATCH, -1).t().to(device)
    state = None
    for start in range(0, len(x), WINDOW):
        h, state = lstm(functional.one_hot(x[start : start + WINDOW], SYMBOLS).float(), state)
        state = tuple(s.detach() for s in state)
        loss = functional.cross_entropy(head(h).flatten(0, 1), y[start : start + WINDOW].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        loss.item()


def _stepping(device: str, searched: int) -> Iterator[Row]:
    """A step and a search cost no more with a GPU than without, and give the same bits."""
    letters = [chr(48 + symbol) for symbol in range(SYMBOLS)]
    text = "".join(letters) + "".join(random.Random(0).choices(letters, k=searched - SYMBOLS))

    def opened(where: str) -> Debugger:
        return prepare(ModelOptions(text=text, hidden=128, device=where)).open()

    one, other = opened(device), opened("cpu")
    same = all(
        a.layers[0].values == b.layers[0].values for a, b in zip(one.steps(1, 300), other.steps(1, 300), strict=True)
    )
    yield Row(f"steps of 300 that differ with --device {device}", float(not same), 1, "", 0, "one bit is one too many")
    step, base = by_turns(lambda: _steps(opened(device)), lambda: _steps(opened("cpu")), ROUNDS)
    yield Row(f"a step with --device {device}, H 128", step, base, "µs", 1.2, "--device cpu")
    search, base = by_turns(lambda: _searched(opened(device)), lambda: _searched(opened("cpu")), 1)
    yield Row(
        f"searching {searched:,} characters with --device {device}, H 128", search, base, "s", 1.2, "--device cpu"
    )
    there = _waited(lambda: _scan(torch.device(device), searched), device)
    there()
    yield Row(f"the same search, H 128, and nn.LSTM on {device}", search, there(), "s", float("inf"), "for comparison")


def _steps(debugger: Debugger) -> float:
    began = time.perf_counter()
    for _ in range(500):
        debugger.forward()
    return (time.perf_counter() - began) / 500 * 1e6


def _searched(debugger: Debugger) -> float:
    debugger.stops.set([Stop("f[3] < -1")])
    began = time.perf_counter()
    run = debugger.stops.run()
    run.run()
    return time.perf_counter() - began


@torch.inference_mode()
def _scan(device: torch.device, length: int) -> None:
    lstm = nn.LSTM(SYMBOLS, 128).to(device)
    state = None
    for rows in torch.split(_symbols(length), 4096):
        _, state = lstm(functional.one_hot(rows[:, None].to(device), SYMBOLS).float(), state)


def no_memory() -> Row:
    """A device that is full: one sentence, and the model as it was."""
    debugger = prepare(ModelOptions(text="hello world" * 100, hidden=512, device="cuda")).open()
    before = [p.clone() for p in debugger.debuggee.network.parameters()]
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-4)
    try:
        training = debugger.training(epochs=1)
        training.run()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    print(f"\n{training.sentence}\n", flush=True)
    kept = all(map(torch.equal, before, debugger.debuggee.network.parameters()))
    good = training.outcome == "failed" and "--device cpu" in training.sentence and kept
    return Row(
        "out of memory: a sentence with the mend, the model whole", float(not good), 1, "", 0, "neither may lack"
    )


def _symbols(count: int) -> Tensor:
    return torch.randint(SYMBOLS, (count,), generator=torch.Generator().manual_seed(0))


def _waited(work: Callable[[], object], device: str) -> Callable[[], float]:
    """A measurement by the clock, until the device has done all that it was given."""

    def measure() -> float:
        began = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        elif device == "mps":
            torch.mps.synchronize()
        return time.perf_counter() - began

    return measure
