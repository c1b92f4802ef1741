"""`python -m tests.gpu [cuda|mps|cpu] [H …]`: the table, as Markdown. Ends with 1 where something is out of reach."""

from __future__ import annotations

import importlib.util
import platform
import sys
import time


def main(words: list[str]) -> int:
    """Prints each row as soon as it is known; `cpu` is there to try the script itself."""
    missing = [name for name in ("torch", "numpy", "safetensors") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"needs {', '.join(missing)}: python -m pip install {' '.join(missing)}", file=sys.stderr)
        return 2
    import torch

    from tests.gpu.checks import SEARCHED, SIZES, checks

    device = words[0] if words else "mps" if torch.backends.mps.is_available() else "cuda"
    sizes = tuple(map(int, words[1:])) or SIZES
    if device == "cuda" and not torch.cuda.is_available():
        print(f"torch {torch.__version__} sees no CUDA device here", file=sys.stderr)
        return 2
    name = torch.cuda.get_device_name() if device == "cuda" else device
    print(f"{name}, torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}\n")
    print("| what | measured | baseline | ratio | reach | ok |")
    print("|---|---|---|---|---|---|", flush=True)
    began, good = time.perf_counter(), True
    for row in checks(device, sizes, SEARCHED if device != "cpu" else 5_000):
        print(f"| {' | '.join(row.cells())} |", flush=True)
        good = good and row.ok
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
