"""What torch keeps for the whole process: its threads, and how exactly it computes. A script that borrows us gets its
own back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

_BACKENDS: tuple[Any, ...] = tuple(
    getattr(backend, operation)
    for backend in (torch.backends.cudnn, torch.backends.mkldnn)
    for operation in ("conv", "rnn")
    if hasattr(backend, operation)  # by torch's version
)
EXACT = "ieee"


def compute_alone_and_exactly() -> None:
    """One thread, and float32 that is float32.

    A step is too small to share, and the screen needs the other core while one trains. cuDNN takes TF32, with ten bits
    of a float32's 23, for recurrent layers unless it is told not to; oneDNN can be told to take bfloat16.
    """
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")  # cuBLAS and oneDNN
    torch.backends.cudnn.allow_tf32 = False
    for backend in _BACKENDS:
        backend.fp32_precision = EXACT


@contextlib.contextmanager
def settings_kept() -> Iterator[None]:
    """Puts torch's number of threads and its precision back to what they were before."""
    threads, matmul = torch.get_num_threads(), torch.get_float32_matmul_precision()
    precisions = [backend.fp32_precision for backend in _BACKENDS]
    tf32: bool | None = None
    with contextlib.suppress(RuntimeError):  # torch does not say where both of its ways to set it were used
        tf32 = torch.backends.cudnn.allow_tf32
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(matmul)
        if tf32 is not None:
            torch.backends.cudnn.allow_tf32 = tf32
        for backend, precision in zip(_BACKENDS, precisions, strict=True):
            backend.fp32_precision = precision
