"""How soon a stranger's file is understood, and what damaged ones cost at most."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lstm_tui.checkpoints.foreign import read_plain
from lstm_tui.engine.loading.from_reply import build
from tests.benchmarks.fuzz_checkpoints import SECONDS, run
from tests.benchmarks.measuring import Row, by_turns

KERAS = Path(__file__).parents[1] / "checkpoints" / "keras_files" / "two_lstm.keras"
ROUNDS, CASES = 7, 20_000


def reading() -> Iterator[Row]:
    """A Keras file against the same weights in safetensors: each by a child of its own."""
    import safetensors.torch

    model = build(read_plain(str(KERAS)))
    assert model.embedding is not None
    assert model.output_weight is not None
    tensors = {"embedding.weight": model.embedding, "fc.weight": model.output_weight}
    tensors |= {
        f"lstm{number}.{part}": tensor
        for number, layer in enumerate(model.layers)
        for part, tensor in vars(layer).items()
        if tensor is not None
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        safetensors.torch.save_file(tensors, path)
        keras, plain = by_turns(lambda: _opened(KERAS), lambda: _opened(path), ROUNDS)
    yield Row("a Keras file opened", keras * 1e3, plain * 1e3, "ms", 6, "the same weights in safetensors")


def fuzz() -> Iterator[Row]:
    """Damaged files: each is a model or one sentence."""
    for what, keras in (("torch and safetensors", False), ("Keras", True)):
        tally = run(CASES, seed=1, keras=keras)
        assert tally.failures == [], tally.failures[:3]
        yield Row(f"slowest of {CASES:,} damaged files ({what})", tally.slowest, SECONDS, "s", 1, "the most allowed")
        yield Row(f"memory for them ({what})", tally.peak_kib / 1024, 1024, "MiB", 1, "the most allowed")


def _opened(path: Path) -> float:
    began = time.perf_counter()
    read_plain(str(path), vocab=tuple("abcde"))
    return time.perf_counter() - began
